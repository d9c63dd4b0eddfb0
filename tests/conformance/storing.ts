/** RFC 9111 §3: which answers are kept, and what is kept of them. */
import { askedAgain, date, type Row, reused } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60' }
const AUTHORIZED = { authorization: 'Bearer t' }
const LONG = 'x'.repeat(200_000)

/** Explicit freshness suffices whatever the status; without it only these may be kept (RFC 9110 §15.1). */
const HEURISTIC = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]
const OTHERS = [201, 202, 299, 302, 303, 307, 400, 403, 409, 429, 499, 500, 502, 503, 504, 599]

export const storing: Row[] = [
  reused('RFC 9111 §3 an answer to GET with a lifetime is kept', FRESH, {
    essential: true,
    sees: { fields: { age: '1', date: date(0) } },
  }),
  ...[...HEURISTIC, ...OTHERS].map((status) =>
    reused(`RFC 9111 §3 any final status with an explicit lifetime may be kept: ${status}`, FRESH, {
      handler: { status },
    }),
  ),
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => ({
    name: `RFC 9111 §3 the answer to ${method} is not kept, neither for a second one nor for GET`,
    steps: [
      { method, handler: { fields: FRESH }, sees: { from: 1 } },
      { method, sees: { from: 2 } },
      { sees: { from: 3 } },
    ],
  })),
  askedAgain('RFC 9111 §3 an answer without a lifetime and without a validator is not kept', {}),
  askedAgain(
    'RFC 9111 §3 a 206 from the handler is never kept',
    { ...FRESH, 'content-range': 'bytes 0-0/5' },
    {
      handler: { status: 206 },
      essential: true,
    },
  ),
  {
    name: 'RFC 9111 §3 a 304 that nobody asked the handler for is not kept',
    steps: [
      { handler: { status: 304, fields: FRESH }, sees: { from: 1 } },
      { handler: { fields: FRESH }, sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §3 a newer answer that may not be kept ends the older one',
    steps: [
      { handler: { fields: { 'cache-control': 'max-age=1, stale-if-error=600' } }, sees: { from: 1 } },
      { after: 2, handler: { fields: { 'cache-control': 'no-store' } }, sees: { from: 2 } },
      { handler: { throws: true }, sees: { from: 3 } },
    ],
  },
  reused(
    'RFC 9111 §3.1 every field is kept, also those that nobody knows',
    {
      ...FRESH,
      'x-unknown': 'a, b',
      'content-language': 'cy',
      link: ['</a>; rel=x', '</b>; rel=y'],
    },
    {
      sees: {
        fields: { 'x-unknown': 'a, b', 'content-language': 'cy', link: '</a>; rel=x, </b>; rel=y', ...FRESH },
      },
    },
  ),
  ...['keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-connection'].map((name) =>
    reused(
      `RFC 9111 §3.1 the fields of one connection are not kept: ${name}`,
      { ...FRESH, [name]: 'x-own' },
      {
        inProcessOnly: 'servers make these fields themselves',
        sees: { fields: { [name]: null } },
      },
    ),
  ),
  ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization'].map((name) =>
    reused(
      `RFC 9111 §3.1 what proxies say to each other is not kept: ${name}`,
      { ...FRESH, [name]: 'x-own' },
      {
        sees: { fields: { [name]: null } },
      },
    ),
  ),
  reused(
    'RFC 9111 §3.1 nor are the fields that Connection lists, in whatever case',
    {
      ...FRESH,
      connection: 'close, X-HOP',
      'x-hop': '1',
      'x-own': '2',
    },
    {
      inProcessOnly: 'servers make Connection themselves',
      sees: { fields: { connection: null, 'x-hop': null, 'x-own': '2' } },
    },
  ),
  {
    name: 'RFC 9111 §3.3 an answer that breaks off is not kept',
    steps: [
      { handler: { fields: FRESH, breaksOff: true }, sees: { broken: true }, asks: true },
      { handler: { fields: FRESH }, sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §3.3 nor is a long one, of which the client had a part',
    inProcessOnly: 'a server that has begun an answer breaks it off in its own way, and some end it',
    steps: [
      { handler: { fields: FRESH, body: LONG, breaksOff: true }, sees: { broken: true }, asks: true },
      { handler: { fields: FRESH }, sees: { from: 2 } },
    ],
  },
  reused('RFC 9111 §3 a body that is longer than bufferBytes is kept while it streams (ours)', FRESH, {
    essential: true,
    handler: { body: LONG },
    sees: { fields: { etag: /./ } },
  }),
  askedAgain('RFC 9111 §3 a body that is longer than maxBodyBytes is not kept (ours)', FRESH, {
    options: { maxBodyBytes: 5 },
    handler: { body: '123456' },
  }),
  reused('RFC 9111 §3 an empty body is kept', FRESH, { handler: { body: '' } }),

  // What forbids it.
  askedAgain(
    'RFC 9111 §5.2.2.5 no-store is not kept',
    { 'cache-control': 'no-store, max-age=60' },
    {
      essential: true,
    },
  ),
  askedAgain('RFC 9111 §5.2.2.5 no-store forbids it in any case and place', {
    'cache-control': ['max-age=60', 'public, No-StOrE'],
  }),
  askedAgain('RFC 9111 §5.2.2.5 no-store forbids it with a value, too', {
    'cache-control': 'max-age=60, no-store="x"',
  }),
  askedAgain(
    'RFC 9111 §5.2.2.7 private is not kept',
    { 'cache-control': 'private, max-age=60' },
    {
      essential: true,
    },
  ),
  askedAgain('RFC 9111 §5.2.2.7 private is stronger than public and s-maxage', {
    'cache-control': 'public, s-maxage=60, Private',
  }),
  ...['private', 'no-cache'].map(
    (directive): Row => ({
      name: `RFC 9111 §5.2.2.${directive === 'private' ? 7 : 4} ${directive}="x-own": no second client sees that field again`,
      steps: [
        {
          handler: { fields: { 'cache-control': `max-age=60, ${directive}="x-own"`, 'x-own': 'first' } },
          sees: { from: 1 },
        },
        {
          handler: { fields: { 'cache-control': `max-age=60, ${directive}="x-own"`, 'x-own': 'second' } },
          sees: { fields: { 'x-own': { not: 'first' } } },
          asks: 'either',
        },
      ],
    }),
  ),
  reused('RFC 9111 §5.2.2.3 must-understand outdoes no-store where the status is understood', {
    'cache-control': 'must-understand, no-store, max-age=60',
  }),
  askedAgain(
    'RFC 9111 §5.2.2.3 must-understand forbids it where the status is not understood',
    {
      'cache-control': 'must-understand, max-age=60',
    },
    { handler: { status: 499 } },
  ),
  askedAgain(
    'RFC 9111 §5.2.2.3 and no-store stays there what it is',
    {
      'cache-control': 'must-understand, no-store, max-age=60',
    },
    { handler: { status: 499 } },
  ),
  askedAgain('RFC 9111 §5.2.2.3 must-understand does not unlock private', {
    'cache-control': 'must-understand, private, max-age=60',
  }),
  askedAgain('RFC 9111 §4.1 Vary: * is not kept', { ...FRESH, vary: '*' }),
  askedAgain(
    'RFC 6265 §3 an answer that sets a cookie is not kept (ours)',
    { ...FRESH, 'set-cookie': 'a=1' },
    {
      essential: true,
    },
  ),
  askedAgain('RFC 6265 §3 not even with public (ours)', {
    'cache-control': 'public, max-age=60',
    'set-cookie': 'a=1',
  }),
  reused(
    'RFC 9111 §7.3 with storeSetCookie it is kept, cookie and all (ours)',
    { ...FRESH, 'set-cookie': 'a=1' },
    {
      options: { storeSetCookie: true },
      sees: { fields: { 'set-cookie': 'a=1' } },
    },
  ),
  askedAgain('WHATWG HTML §9.2 a stream of events is not kept (ours)', {
    ...FRESH,
    'content-type': 'text/event-stream',
  }),

  // Authorization.
  askedAgain('RFC 9111 §3.5 the answer to Authorization is not kept', FRESH, {
    send: AUTHORIZED,
    essential: true,
  }),
  {
    name: 'RFC 9111 §3.5 nor is it given to a client without',
    steps: [{ send: AUTHORIZED, handler: { fields: FRESH }, sees: { from: 1 } }, { sees: { from: 2 } }],
  },
  ...['public, max-age=60', 's-maxage=60', 'must-revalidate, max-age=60'].map((value) =>
    reused(
      `RFC 9111 §3.5 unless the handler allows it: ${value}`,
      { 'cache-control': value },
      {
        send: AUTHORIZED,
      },
    ),
  ),
  askedAgain(
    'RFC 9111 §3.5 proxy-revalidate does not allow it',
    {
      'cache-control': 'proxy-revalidate, max-age=60',
    },
    { send: AUTHORIZED },
  ),
  askedAgain(
    'RFC 9111 §3.5 nor do Expires and Last-Modified',
    {
      expires: date(600),
      'last-modified': date(-9000),
    },
    { send: AUTHORIZED },
  ),
  askedAgain('RFC 9111 §3.5 no option of the route allows it: targetedControl (ours)', FRESH, {
    send: AUTHORIZED,
    options: { targetedControl: 'public, s-maxage=60' },
  }),
  askedAgain(
    'RFC 9111 §3.5 no option of the route allows it: cacheControl (ours)',
    {},
    {
      send: AUTHORIZED,
      options: { cacheControl: 'public, s-maxage=60' },
    },
  ),
  {
    name: 'RFC 9111 §3.5 what was kept for others also answers a request with Authorization',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { send: AUTHORIZED, sees: { from: 1 } },
    ],
  },

  // Heuristics.
  ...HEURISTIC.map((status) =>
    reused(
      `RFC 9111 §4.2.2 Last-Modified gives ${status} a lifetime, a tenth of its age (ours)`,
      {
        date: date(0),
        'last-modified': date(-600),
      },
      { handler: { status }, after: 59 },
    ),
  ),
  askedAgain(
    'RFC 9111 §4.2.2 and no more than that tenth (ours)',
    {
      date: date(0),
      'last-modified': date(-600),
    },
    { after: 60 },
  ),
  ...[201, 302, 303, 307, 400, 403, 500, 503].map((status) =>
    askedAgain(
      `RFC 9111 §4.2.2 but it does not give one to ${status}`,
      {
        date: date(0),
        'last-modified': date(-600),
      },
      { handler: { status } },
    ),
  ),
  reused(
    'RFC 9111 §4.2.2 unless it is public',
    {
      'cache-control': 'public',
      'last-modified': date(-600),
    },
    { handler: { status: 302 }, after: 59 },
  ),
  reused('RFC 9111 §4.2.2 up to a day (ours)', { 'last-modified': date(-90 * 86_400) }, { after: 86_399 }),
  askedAgain(
    'RFC 9111 §4.2.2 and not beyond (ours)',
    { 'last-modified': date(-90 * 86_400) },
    { after: 86_400 },
  ),
  askedAgain('RFC 9111 §4.2.2 a Last-Modified in the future gives none', { 'last-modified': date(600) }),
  askedAgain('RFC 9111 §4.2.2 a Last-Modified that is no date gives none', { 'last-modified': 'yesterday' }),
  askedAgain(
    'RFC 9111 §4.2.2 an explicit lifetime leaves no room for it: max-age',
    {
      'cache-control': 'max-age=1',
      'last-modified': date(-600),
    },
    { after: 2 },
  ),
  askedAgain('RFC 9111 §4.2.2 an explicit lifetime leaves no room for it: an Expires that is no date', {
    expires: '0',
    'last-modified': date(-600),
  }),
  askedAgain('RFC 9111 §4.2.2 public alone is no lifetime (ours)', { 'cache-control': 'public' }),

  // Date.
  {
    name: 'RFC 9110 §6.6.1 an answer without Date is kept with the time it came',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 30, sees: { from: 1, fields: { date: date(0) } } },
    ],
  },
  reused(
    'RFC 9110 §6.6.1 a Date that is there is never rewritten',
    { ...FRESH, date: date(-20) },
    {
      sees: { fields: { date: date(-20) } },
    },
  ),

  // The key.
  {
    name: 'RFC 9111 §2 the query is part of the key',
    steps: [
      { path: '/?a=1', handler: { fields: FRESH }, sees: { from: 1 } },
      { path: '/?a=2', sees: { from: 2 } },
      { path: '/?a=1', sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §2 and so is the host',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { host: 'b.test', sees: { from: 2 } },
      { sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §4.2.3 the default port is none, and letters of a host have no case',
    steps: [{ host: 'A.test:80', handler: { fields: FRESH }, sees: { from: 1 } }, { sees: { from: 1 } }],
  },
  {
    name: 'RFC 9110 §4.2.3 what needs no percent-encoding is the same with it',
    steps: [
      { path: '/%7euser/%c3%a4', handler: { fields: FRESH }, sees: { from: 1 } },
      { path: '/~user/%C3%A4', sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §4.2.3 what separates is not the same with it',
    steps: [
      { path: '/a%2Fb', handler: { fields: FRESH }, sees: { from: 1 } },
      { path: '/a/b', sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §2 with `query`, other parameters do not count (ours)',
    options: { query: ['a'] },
    steps: [
      { path: '/?a=1&x=1', handler: { fields: FRESH }, sees: { from: 1 } },
      { path: '/?x=2&a=1', sees: { from: 1 } },
      { path: '/?a=2', sees: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §2 the order of parameters counts',
    steps: [
      { path: '/?a=1&b=2', handler: { fields: FRESH }, sees: { from: 1 } },
      { path: '/?b=2&a=1', sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §2 unless the route says that it does not: sortQuery (ours)',
    options: { sortQuery: true },
    steps: [
      { path: '/?a=1&b=2&a=0', handler: { fields: FRESH }, sees: { from: 1 } },
      { path: '/?b=2&a=1&a=0', sees: { from: 1 } },
      { path: '/?b=2&a=0&a=1', sees: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §7.2 what a proxy says of the client shapes no key (ours)',
    steps: [
      {
        send: { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' },
        handler: { fields: FRESH },
        sees: { from: 1 },
      },
      { sees: { from: 1 } },
    ],
  },
]
