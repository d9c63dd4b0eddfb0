/** RFC 9111 §4, §4.1, §4.2.4 and §5.2.1: when a kept answer is the one for this request. */
import { askedAgain, date, type Row, reused } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60' }
const VARYING = { 'cache-control': 'max-age=60', vary: 'x-a' }
const CLIENTS_DECIDE = { clientControl: true }
const HEARD = { options: CLIENTS_DECIDE }

/** Two requests that the same answer serves, by what they send; and two that it does not. */
const SAME: [
  clause: string,
  first: Record<string, string | string[]>,
  second: Record<string, string | string[]>,
][] = [
  ['white space around members means nothing', { 'x-a': 'a, b' }, { 'x-a': 'a,b' }],
  ['however much of it', { 'x-a': 'a ,\t b' }, { 'x-a': 'a, b' }],
  ['one line is what several are', { 'x-a': 'a, b' }, { 'x-a': ['a', 'b'] }],
  ['what both do not send is the same', {}, {}],
  ['what it does not vary by may differ', { 'x-b': '1' }, { 'x-b': '2' }],
]
const DIFFERENT: typeof SAME = [
  ['another value is another request', { 'x-a': '1' }, { 'x-a': '2' }],
  ['sent is not absent', { 'x-a': '1' }, {}],
  ['absent is not sent', {}, { 'x-a': '1' }],
  ['values have a case', { 'x-a': 'a' }, { 'x-a': 'A' }],
  ['one member more is another value', { 'x-a': 'a' }, { 'x-a': 'a, b' }],
  ['white space within quotes means what it is', { 'x-a': '"a, b"' }, { 'x-a': '"a,b"' }],
]

export const reusing: Row[] = [
  {
    name: 'RFC 9111 §4 a fresh answer serves again and again',
    essential: true,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 30, sees: { from: 1 } },
      { after: 29, sees: { from: 1 } },
      { after: 1, sees: { from: 4 } },
      { after: 59, sees: { from: 4 } },
    ],
  },
  {
    name: 'RFC 9111 §4 an answer to GET is none to POST',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { method: 'POST', sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9110 §9.3.2 a kept answer to GET serves HEAD, with its fields and without its body',
    essential: true,
    steps: [
      { handler: { fields: { ...FRESH, etag: '"a"' }, body: '12345' }, sees: { from: 1 } },
      { method: 'HEAD', sees: { from: 1, fields: { etag: '"a"', 'content-length': '5' } } },
    ],
  },
  {
    name: 'RFC 9110 §9.3.2 a kept 404 serves HEAD',
    steps: [
      { handler: { status: 404, fields: FRESH }, sees: { from: 1 } },
      { method: 'HEAD', sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4 a HEAD asks the handler for the whole, which serves GET then (ours)',
    steps: [
      { method: 'HEAD', handler: { fields: FRESH, body: 'whole' }, sees: { from: 1 } },
      { sees: { from: 1 } },
    ],
  },

  // Vary.
  ...SAME.map(([clause, first, second]) => ({
    name: `RFC 9111 §4.1 ${clause}: ${JSON.stringify(first)}, ${JSON.stringify(second)}`,
    steps: [
      { send: first, handler: { fields: VARYING }, sees: { from: 1 } },
      { send: second, sees: { from: 1 } },
    ],
  })),
  ...DIFFERENT.map(([clause, first, second]) => ({
    name: `RFC 9111 §4.1 ${clause}: ${JSON.stringify(first)}, ${JSON.stringify(second)}`,
    steps: [
      { send: first, handler: { fields: VARYING }, sees: { from: 1 } },
      { send: second, sees: { from: 2 } },
    ],
  })),
  {
    name: 'RFC 9111 §4.1 variants are kept side by side',
    essential: true,
    steps: [
      { send: { 'x-a': '1' }, handler: { fields: VARYING }, sees: { from: 1 } },
      { send: { 'x-a': '2' }, sees: { from: 2 } },
      { sees: { from: 3 } },
      { send: { 'x-a': '1' }, sees: { from: 1 } },
      { send: { 'x-a': '2' }, sees: { from: 2 } },
      { sees: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 each with its own lifetime',
    steps: [
      { send: { 'x-a': '1' }, handler: { fields: VARYING }, sees: { from: 1 } },
      { after: 30, send: { 'x-a': '2' }, sees: { from: 2 } },
      { after: 40, send: { 'x-a': '2' }, sees: { from: 2, fields: { age: '40' } } },
      { send: { 'x-a': '1' }, sees: { from: 4 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 every field counts that is named, on whatever line and in whatever case',
    steps: [
      {
        send: { 'x-a': '1', 'x-b': '1' },
        handler: { fields: { ...FRESH, vary: ['X-A', 'x-c, X-b'] } },
        sees: { from: 1 },
      },
      { send: { 'x-a': '1', 'x-b': '2' }, sees: { from: 2 } },
      { send: { 'x-a': '2', 'x-b': '1' }, sees: { from: 3 } },
      { send: { 'x-a': '1', 'x-b': '1' }, sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 two fields cannot be taken for one',
    steps: [
      {
        send: { 'x-a': '1', 'x-b': '2' },
        handler: { fields: { ...FRESH, vary: 'x-a, x-b' } },
        sees: { from: 1 },
      },
      { send: { 'x-a': '2', 'x-b': '1' }, sees: { from: 2 } },
      { send: { 'x-a': '1, 2' }, sees: { from: 3 } },
    ],
  },
  ...['*', 'x-a, *', '*, x-a'].map((vary) =>
    askedAgain(`RFC 9111 §4.1 Vary: ${vary} selects nobody`, { ...FRESH, vary }, { send: { 'x-a': '1' } }),
  ),
  askedAgain('RFC 9111 §4.1 * on the second line does not, either', { ...FRESH, vary: ['x-a', '*'] }),
  {
    name: 'RFC 9111 §4.1 what an answer varies by may change: it serves whom it selects, and nobody else',
    steps: [
      { send: { 'x-a': '1', 'x-b': '1' }, handler: { fields: VARYING }, sees: { from: 1 } },
      {
        send: { 'x-a': '2', 'x-b': '1' },
        handler: { fields: { ...FRESH, vary: 'x-b' } },
        sees: { from: 2 },
      },
      { send: { 'x-a': '2', 'x-b': '2' }, handler: { fields: { ...FRESH, vary: 'x-b' } }, sees: { from: 3 } },
      { send: { 'x-a': '2', 'x-b': '1' }, sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 the route’s `vary` is the handler’s, too (ours)',
    options: { vary: ['x-a'] },
    steps: [
      {
        send: { 'x-a': '1' },
        handler: { fields: { ...FRESH, vary: 'x-b' } },
        sees: { from: 1, fields: { vary: 'x-b, x-a' } },
      },
      { send: { 'x-a': '2' }, sees: { from: 2 } },
      { send: { 'x-a': '1' }, sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §12.5.3 an answer in one encoding does not serve who asks for another',
    steps: [
      {
        send: { 'accept-encoding': 'x-own' },
        handler: { fields: { ...FRESH, vary: 'Accept-Encoding', 'content-encoding': 'x-own' } },
        sees: { from: 1 },
      },
      {
        send: { 'accept-encoding': 'identity' },
        handler: { fields: { ...FRESH, vary: 'Accept-Encoding' } },
        sees: { from: 2 },
      },
      { send: { 'accept-encoding': 'x-own' }, sees: { from: 1, fields: { 'content-encoding': 'x-own' } } },
    ],
  },

  // Stale.
  askedAgain('RFC 9111 §4.2.4 a stale answer does not serve, unless something allows it', FRESH, {
    after: 60,
    essential: true,
  }),
  {
    name: 'RFC 9111 §4.2.4 not even when the handler fails (ours)',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 61, handler: { throws: true }, sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.2.4 staleOnThrow allows it when the handler throws (ours)',
    options: { staleOnThrow: true },
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 61, handler: { throws: true }, sees: { from: 1 }, asks: true },
    ],
  },
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'].map((directive) => ({
    name: `RFC 9111 §4.2.4 ${directive} forbids it all the same`,
    options: { staleOnThrow: true },
    steps: [
      {
        handler: { fields: { 'cache-control': `max-age=60, ${directive}`, etag: '"a"' } },
        sees: { from: 1 },
      },
      { after: 61, handler: { throws: true }, sees: { status: [500, 504] }, asks: true },
    ],
  })),

  // What a request says: what spares us work.
  {
    name: 'RFC 9111 §5.2.1.7 only-if-cached is answered with what is kept',
    essential: true,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { send: { 'cache-control': 'only-if-cached' }, sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.7 or with 504, when nothing is kept',
    essential: true,
    steps: [
      { send: { 'cache-control': 'only-if-cached' }, handler: { fields: FRESH }, sees: { status: 504 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.7 or what is kept is stale',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 60, send: { 'cache-control': 'Only-If-Cached' }, sees: { status: 504 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.7 or is another variant',
    steps: [
      { send: { 'x-a': '1' }, handler: { fields: VARYING }, sees: { from: 1 } },
      { send: { 'x-a': '2', 'cache-control': 'only-if-cached' }, sees: { status: 504 } },
    ],
  },
  ...(
    [
      ['max-stale=10 takes what is stale for that long', 'max-stale=10', 69, 1],
      ['max-stale=10 takes nothing older', 'max-stale=10', 71, 2],
      ['max-stale alone takes anything', 'max-stale', 5000, 1],
    ] as const
  ).map(([clause, value, after, from]) => ({
    name: `RFC 9111 §5.2.1.2 ${clause}`,
    steps: [
      { handler: { fields: { ...FRESH, etag: '"a"' } }, sees: { from: 1 } },
      { after, send: { 'cache-control': value }, sees: { from } },
    ],
  })),
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'].map((directive) => ({
    name: `RFC 9111 §5.2.1.2 max-stale is worth nothing against ${directive}`,
    steps: [
      {
        handler: { fields: { 'cache-control': `max-age=60, ${directive}`, etag: '"a"' } },
        sees: { from: 1 },
      },
      { after: 61, send: { 'cache-control': 'max-stale' }, sees: { from: 2 } },
    ],
  })),

  // What makes us work.
  ...(
    [
      ['5.2.1.4', 'no-cache', 'no-cache', 0],
      ['5.2.1.4', 'No-Cache, in whatever case and place', 'x=1, No-Cache', 0],
      ['5.2.1.1', 'max-age=10, when what is kept is older', 'max-age=10', 11],
      ['5.2.1.1', 'max-age=0', 'max-age=0', 1],
      ['5.2.1.3', 'min-fresh=50, when what is kept is fresh for less', 'min-fresh=50', 11],
      ['5.2.1.5', 'no-store', 'no-store', 0],
    ] as const
  ).map(([section, clause, value, after]) => ({
    name: `RFC 9111 §${section} asks the handler: ${clause}`,
    ...HEARD,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after, send: { 'cache-control': value }, sees: { from: 2 } },
    ],
  })),
  ...(
    [
      ['5.2.1.1', 'max-age=10, when what is kept is not older', 'max-age=10', 10],
      ['5.2.1.3', 'min-fresh=50, when what is kept is fresh for as long', 'min-fresh=50', 10],
      ['5.2.1', 'directives that nobody knows', 'no-cached, x="no-cache"', 0],
      ['5.2.1.6', 'no-transform', 'no-transform', 0],
    ] as const
  ).map(([section, clause, value, after]) => ({
    name: `RFC 9111 §${section} is served by the cache: ${clause}`,
    ...HEARD,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after, send: { 'cache-control': value }, sees: { from: 1 } },
    ],
  })),
  {
    name: 'RFC 9111 §5.2.1.4 what no-cache brings serves the others from then on',
    ...HEARD,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { send: { 'cache-control': 'no-cache' }, sees: { from: 2 } },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.5 what no-store brings serves nobody else, and what was kept stays',
    ...HEARD,
    steps: [
      { send: { 'cache-control': 'no-store' }, handler: { fields: FRESH }, sees: { from: 1 } },
      { sees: { from: 2 } },
      { send: { 'cache-control': 'no-store' }, sees: { from: 3 } },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.4 Pragma: no-cache is no-cache',
    ...HEARD,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { send: { pragma: 'no-cache' }, sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.4 but not beside a Cache-Control',
    ...HEARD,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { send: { pragma: 'no-cache', 'cache-control': 'max-age=30' }, sees: { from: 1 } },
    ],
  },
  ...['no-cache', 'no-store', 'max-age=0', 'min-fresh=1000'].map((value) => ({
    name: `RFC 9111 §5.2.1 without clientControl clients do not make us work: ${value} (ours)`,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 1, send: { 'cache-control': value, pragma: 'no-cache' }, sees: { from: 1 } },
    ],
  })),
  reused('RFC 9111 §5.2.1 nor keep what is kept for them from being kept (ours)', FRESH, {
    send: { 'cache-control': 'no-store' },
  }),
  reused('RFC 9111 §5.3 an Expires in a request means nothing', FRESH, {
    ...HEARD,
    send: { expires: date(-60) },
  }),
]
