/** RFC 9111 §4, §4.1, §4.2.4 and §5.2.1: reuse of a stored response for a request. */
import { date, notReused, type Row, reused } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60' }
const VARYING = { 'cache-control': 'max-age=60', vary: 'x-a' }
const CLIENT_CONTROL = { clientControl: true }
const OBEYED = { options: CLIENT_CONTROL }

/** The headers of two requests that share a response with `Vary: x-a`. */
const SAME: [
  clause: string,
  first: Record<string, string | string[]>,
  second: Record<string, string | string[]>,
][] = [
  ['white space around members is ignored', { 'x-a': 'a, b' }, { 'x-a': 'a,b' }],
  ['any amount of white space around members is ignored', { 'x-a': 'a ,\t b' }, { 'x-a': 'a, b' }],
  ['several lines equal one line', { 'x-a': 'a, b' }, { 'x-a': ['a', 'b'] }],
  ['a header that both requests lack is equal', {}, {}],
  ['a header that Vary does not name may differ', { 'x-b': '1' }, { 'x-b': '2' }],
]
/** The headers of two requests that do not share it. */
const DIFFERENT: typeof SAME = [
  ['a header with another value differs', { 'x-a': '1' }, { 'x-a': '2' }],
  ['a present header differs from an absent one', { 'x-a': '1' }, {}],
  ['an absent header differs from a present one', {}, { 'x-a': '1' }],
  ['values are case-sensitive', { 'x-a': 'a' }, { 'x-a': 'A' }],
  ['a list with another member differs', { 'x-a': 'a' }, { 'x-a': 'a, b' }],
  ['white space within quotes is significant', { 'x-a': '"a, b"' }, { 'x-a': '"a,b"' }],
]

export const reusing: Row[] = [
  {
    name: 'RFC 9111 §4 a fresh response is reused until it is stale',
    essential: true,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 30, expect: { from: 1 } },
      { after: 29, expect: { from: 1 } },
      { after: 1, expect: { from: 4 } },
      { after: 59, expect: { from: 4 } },
    ],
  },
  {
    name: 'RFC 9111 §4 a response to GET is not reused for POST',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { method: 'POST', expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9110 §9.3.2 a stored response to GET is reused for HEAD with its headers, without its body',
    essential: true,
    steps: [
      { handler: { headers: { ...FRESH, etag: '"a"' }, body: '12345' }, expect: { from: 1 } },
      { method: 'HEAD', expect: { from: 1, headers: { etag: '"a"', 'content-length': '5' } } },
    ],
  },
  {
    name: 'RFC 9110 §9.3.2 a stored 404 is reused for HEAD',
    steps: [
      { handler: { status: 404, headers: FRESH }, expect: { from: 1 } },
      { method: 'HEAD', expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4 HEAD calls the handler with GET, and the response is reused for GET (own choice)',
    steps: [
      { method: 'HEAD', handler: { headers: FRESH, body: 'complete' }, expect: { from: 1 } },
      { expect: { from: 1 } },
    ],
  },

  // Vary.
  ...SAME.map(([clause, first, second]) => ({
    name: `RFC 9111 §4.1 ${clause}: ${JSON.stringify(first)}, ${JSON.stringify(second)}`,
    steps: [
      { send: first, handler: { headers: VARYING }, expect: { from: 1 } },
      { send: second, expect: { from: 1 } },
    ],
  })),
  ...DIFFERENT.map(([clause, first, second]) => ({
    name: `RFC 9111 §4.1 ${clause}: ${JSON.stringify(first)}, ${JSON.stringify(second)}`,
    steps: [
      { send: first, handler: { headers: VARYING }, expect: { from: 1 } },
      { send: second, expect: { from: 2 } },
    ],
  })),
  {
    name: 'RFC 9111 §4.1 several variants are stored at the same time',
    essential: true,
    steps: [
      { send: { 'x-a': '1' }, handler: { headers: VARYING }, expect: { from: 1 } },
      { send: { 'x-a': '2' }, expect: { from: 2 } },
      { expect: { from: 3 } },
      { send: { 'x-a': '1' }, expect: { from: 1 } },
      { send: { 'x-a': '2' }, expect: { from: 2 } },
      { expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 each variant has its own lifetime',
    steps: [
      { send: { 'x-a': '1' }, handler: { headers: VARYING }, expect: { from: 1 } },
      { after: 30, send: { 'x-a': '2' }, expect: { from: 2 } },
      { after: 40, send: { 'x-a': '2' }, expect: { from: 2, headers: { age: '40' } } },
      { send: { 'x-a': '1' }, expect: { from: 4 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 Vary may name headers on several lines and in any case',
    steps: [
      {
        send: { 'x-a': '1', 'x-b': '1' },
        handler: { headers: { ...FRESH, vary: ['X-A', 'x-c, X-b'] } },
        expect: { from: 1 },
      },
      { send: { 'x-a': '1', 'x-b': '2' }, expect: { from: 2 } },
      { send: { 'x-a': '2', 'x-b': '1' }, expect: { from: 3 } },
      { send: { 'x-a': '1', 'x-b': '1' }, expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 the values of two headers are not confused',
    steps: [
      {
        send: { 'x-a': '1', 'x-b': '2' },
        handler: { headers: { ...FRESH, vary: 'x-a, x-b' } },
        expect: { from: 1 },
      },
      { send: { 'x-a': '2', 'x-b': '1' }, expect: { from: 2 } },
      { send: { 'x-a': '1, 2' }, expect: { from: 3 } },
    ],
  },
  ...['*', 'x-a, *', '*, x-a'].map((vary) =>
    notReused(
      `RFC 9111 §4.1 a response with Vary: ${vary} is not reused`,
      { ...FRESH, vary },
      { send: { 'x-a': '1' } },
    ),
  ),
  notReused('RFC 9111 §4.1 a response with Vary: * on the second line is not reused', {
    ...FRESH,
    vary: ['x-a', '*'],
  }),
  {
    name: 'RFC 9111 §4.1 each response is reused by its own Vary, even if Vary changes',
    steps: [
      { send: { 'x-a': '1', 'x-b': '1' }, handler: { headers: VARYING }, expect: { from: 1 } },
      {
        send: { 'x-a': '2', 'x-b': '1' },
        handler: { headers: { ...FRESH, vary: 'x-b' } },
        expect: { from: 2 },
      },
      {
        send: { 'x-a': '2', 'x-b': '2' },
        handler: { headers: { ...FRESH, vary: 'x-b' } },
        expect: { from: 3 },
      },
      { send: { 'x-a': '2', 'x-b': '1' }, expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.1 the option vary is added to the handler’s Vary (own choice)',
    options: { vary: ['x-a'] },
    steps: [
      {
        send: { 'x-a': '1' },
        handler: { headers: { ...FRESH, vary: 'x-b' } },
        expect: { from: 1, headers: { vary: 'x-b, x-a' } },
      },
      { send: { 'x-a': '2' }, expect: { from: 2 } },
      { send: { 'x-a': '1' }, expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §12.5.3 a response in one encoding is not reused for a request with another',
    steps: [
      {
        send: { 'accept-encoding': 'x-own' },
        handler: { headers: { ...FRESH, vary: 'Accept-Encoding', 'content-encoding': 'x-own' } },
        expect: { from: 1 },
      },
      {
        send: { 'accept-encoding': 'identity' },
        handler: { headers: { ...FRESH, vary: 'Accept-Encoding' } },
        expect: { from: 2 },
      },
      { send: { 'accept-encoding': 'x-own' }, expect: { from: 1, headers: { 'content-encoding': 'x-own' } } },
    ],
  },

  // Stale.
  notReused('RFC 9111 §4.2.4 a stale response is not reused by default', FRESH, {
    after: 60,
    essential: true,
  }),
  {
    name: 'RFC 9111 §4.2.4 a stale response is not reused when the handler fails (own choice)',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 61, handler: { throws: true }, expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.2.4 a stale response is reused with staleOnThrow when the handler throws (own choice)',
    options: { staleOnThrow: true },
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 61, handler: { throws: true }, expect: { from: 1 }, handlerCalls: true },
    ],
  },
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'].map((directive) => ({
    name: `RFC 9111 §4.2.4 a stale response with ${directive} is not reused even with staleOnThrow`,
    options: { staleOnThrow: true },
    steps: [
      {
        handler: { headers: { 'cache-control': `max-age=60, ${directive}`, etag: '"a"' } },
        expect: { from: 1 },
      },
      { after: 61, handler: { throws: true }, expect: { status: [500, 504] }, handlerCalls: true },
    ],
  })),

  // Request directives that avoid loads.
  {
    name: 'RFC 9111 §5.2.1.7 only-if-cached gets a stored response',
    essential: true,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { send: { 'cache-control': 'only-if-cached' }, expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.7 only-if-cached gets a 504 if nothing is stored',
    essential: true,
    steps: [
      { send: { 'cache-control': 'only-if-cached' }, handler: { headers: FRESH }, expect: { status: 504 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.7 only-if-cached gets a 504 if the stored response is stale',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 60, send: { 'cache-control': 'Only-If-Cached' }, expect: { status: 504 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.7 only-if-cached gets a 504 if another variant is stored',
    steps: [
      { send: { 'x-a': '1' }, handler: { headers: VARYING }, expect: { from: 1 } },
      { send: { 'x-a': '2', 'cache-control': 'only-if-cached' }, expect: { status: 504 } },
    ],
  },
  ...(
    [
      ['max-stale=10 accepts a response that is stale for at most 10 s', 'max-stale=10', 69, 1],
      ['max-stale=10 does not accept a response that is stale for longer', 'max-stale=10', 71, 2],
      ['max-stale without a value accepts any stale response', 'max-stale', 5000, 1],
    ] as const
  ).map(([clause, value, after, from]) => ({
    name: `RFC 9111 §5.2.1.2 ${clause}`,
    steps: [
      { handler: { headers: { ...FRESH, etag: '"a"' } }, expect: { from: 1 } },
      { after, send: { 'cache-control': value }, expect: { from } },
    ],
  })),
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'].map((directive) => ({
    name: `RFC 9111 §5.2.1.2 max-stale does not accept a stale response with ${directive}`,
    steps: [
      {
        handler: { headers: { 'cache-control': `max-age=60, ${directive}`, etag: '"a"' } },
        expect: { from: 1 },
      },
      { after: 61, send: { 'cache-control': 'max-stale' }, expect: { from: 2 } },
    ],
  })),

  // Request directives that cause loads.
  ...(
    [
      ['5.2.1.4', 'no-cache', 'no-cache', 0],
      ['5.2.1.4', 'No-Cache in any case and position', 'x=1, No-Cache', 0],
      ['5.2.1.1', 'max-age=10, if the stored response is older', 'max-age=10', 11],
      ['5.2.1.1', 'max-age=0', 'max-age=0', 1],
      ['5.2.1.3', 'min-fresh=50, if the stored response is fresh for less', 'min-fresh=50', 11],
      ['5.2.1.5', 'no-store', 'no-store', 0],
    ] as const
  ).map(([section, clause, value, after]) => ({
    name: `RFC 9111 §${section} the handler is called for ${clause}`,
    ...OBEYED,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after, send: { 'cache-control': value }, expect: { from: 2 } },
    ],
  })),
  ...(
    [
      ['5.2.1.1', 'max-age=10, if the stored response is not older', 'max-age=10', 10],
      ['5.2.1.3', 'min-fresh=50, if the stored response is fresh for as long', 'min-fresh=50', 10],
      ['5.2.1', 'unknown directives', 'no-cached, x="no-cache"', 0],
      ['5.2.1.6', 'no-transform', 'no-transform', 0],
    ] as const
  ).map(([section, clause, value, after]) => ({
    name: `RFC 9111 §${section} a stored response is reused for ${clause}`,
    ...OBEYED,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after, send: { 'cache-control': value }, expect: { from: 1 } },
    ],
  })),
  {
    name: 'RFC 9111 §5.2.1.4 the response to a request with no-cache is stored and reused',
    ...OBEYED,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { send: { 'cache-control': 'no-cache' }, expect: { from: 2 } },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.5 the response to a request with no-store is not stored, and the stored one stays',
    ...OBEYED,
    steps: [
      { send: { 'cache-control': 'no-store' }, handler: { headers: FRESH }, expect: { from: 1 } },
      { expect: { from: 2 } },
      { send: { 'cache-control': 'no-store' }, expect: { from: 3 } },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.4 Pragma: no-cache in a request equals no-cache',
    ...OBEYED,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { send: { pragma: 'no-cache' }, expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.4 Pragma in a request with Cache-Control is ignored',
    ...OBEYED,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { send: { pragma: 'no-cache', 'cache-control': 'max-age=30' }, expect: { from: 1 } },
    ],
  },
  ...['no-cache', 'no-store', 'max-age=0', 'min-fresh=1000'].map((value) => ({
    name: `RFC 9111 §5.2.1 a request directive that causes loads is ignored without clientControl: ${value} (own choice)`,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 1, send: { 'cache-control': value, pragma: 'no-cache' }, expect: { from: 1 } },
    ],
  })),
  reused(
    'RFC 9111 §5.2.1 no-store in a request does not prevent storage without clientControl (own choice)',
    FRESH,
    {
      send: { 'cache-control': 'no-store' },
    },
  ),
  reused('RFC 9111 §5.3 Expires in a request has no meaning', FRESH, {
    ...OBEYED,
    send: { expires: date(-60) },
  }),
]
