/** RFC 9111 §3: storing responses, their headers and their keys. */
import { date, notReused, type Row, reused } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60' }
const AUTHORIZED = { authorization: 'Bearer t' }
const LONG = 'x'.repeat(200_000)

/** Statuses that may be stored without an explicit lifetime (RFC 9110 §15.1). */
const HEURISTIC = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]
const OTHERS = [201, 202, 299, 302, 303, 307, 400, 403, 409, 429, 499, 500, 502, 503, 504, 599]

export const storing: Row[] = [
  reused('RFC 9111 §3 a response to GET with a lifetime is stored', FRESH, {
    essential: true,
    expect: { headers: { age: '1', date: date(0) } },
  }),
  ...[...HEURISTIC, ...OTHERS].map((status) =>
    reused(`RFC 9111 §3 any final status with an explicit lifetime is stored: ${status}`, FRESH, {
      handler: { status },
    }),
  ),
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => ({
    name: `RFC 9111 §3 the response to ${method} is stored neither for ${method} nor for GET`,
    steps: [
      { method, handler: { headers: FRESH }, expect: { from: 1 } },
      { method, expect: { from: 2 } },
      { expect: { from: 3 } },
    ],
  })),
  notReused('RFC 9111 §3 a response without lifetime and validator is not stored', {}),
  notReused(
    'RFC 9111 §3 a 206 from the handler is not stored',
    { ...FRESH, 'content-range': 'bytes 0-0/5' },
    {
      handler: { status: 206 },
      essential: true,
    },
  ),
  {
    name: 'RFC 9111 §3 a 304 to an unconditional request is not stored',
    steps: [
      { handler: { status: 304, headers: FRESH }, expect: { from: 1 } },
      { handler: { headers: FRESH }, expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §3 a newer response that must not be stored removes the older one',
    steps: [
      { handler: { headers: { 'cache-control': 'max-age=1, stale-if-error=600' } }, expect: { from: 1 } },
      { after: 2, handler: { headers: { 'cache-control': 'no-store' } }, expect: { from: 2 } },
      { handler: { throws: true }, expect: { from: 3 } },
    ],
  },
  reused(
    'RFC 9111 §3.1 every header is stored, also unknown ones',
    {
      ...FRESH,
      'x-unknown': 'a, b',
      'content-language': 'cy',
      link: ['</a>; rel=x', '</b>; rel=y'],
    },
    {
      expect: {
        headers: {
          'x-unknown': 'a, b',
          'content-language': 'cy',
          link: '</a>; rel=x, </b>; rel=y',
          ...FRESH,
        },
      },
    },
  ),
  ...['keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-connection'].map((name) =>
    reused(
      `RFC 9111 §3.1 a hop-by-hop header is not stored: ${name}`,
      { ...FRESH, [name]: 'x-own' },
      {
        inProcessOnly: 'servers set these headers themselves',
        expect: { headers: { [name]: null } },
      },
    ),
  ),
  ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization'].map((name) =>
    reused(
      `RFC 9111 §3.1 a header between proxies is not stored: ${name}`,
      { ...FRESH, [name]: 'x-own' },
      {
        expect: { headers: { [name]: null } },
      },
    ),
  ),
  reused(
    'RFC 9111 §3.1 the headers that Connection lists are not stored, in any case',
    {
      ...FRESH,
      connection: 'close, X-HOP',
      'x-hop': '1',
      'x-own': '2',
    },
    {
      inProcessOnly: 'servers set Connection themselves',
      expect: { headers: { connection: null, 'x-hop': null, 'x-own': '2' } },
    },
  ),
  {
    name: 'RFC 9111 §3.3 a response whose body fails is not stored',
    steps: [
      { handler: { headers: FRESH, bodyFails: true }, expect: { fails: true }, handlerCalls: true },
      { handler: { headers: FRESH }, expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §3.3 a long response whose body fails after a part was sent is not stored',
    inProcessOnly: 'servers abort a response in different ways, and some end it normally',
    steps: [
      {
        handler: { headers: FRESH, body: LONG, bodyFails: true },
        expect: { fails: true },
        handlerCalls: true,
      },
      { handler: { headers: FRESH }, expect: { from: 2 } },
    ],
  },
  reused('RFC 9111 §3 a body longer than bufferBytes is stored while it streams (own choice)', FRESH, {
    essential: true,
    handler: { body: LONG },
    expect: { headers: { etag: /./ } },
  }),
  notReused('RFC 9111 §3 a body longer than maxBodyBytes is not stored (own choice)', FRESH, {
    options: { maxBodyBytes: 5 },
    handler: { body: '123456' },
  }),
  reused('RFC 9111 §3 an empty body is stored', FRESH, { handler: { body: '' } }),

  // Directives and headers that forbid storage.
  notReused(
    'RFC 9111 §5.2.2.5 a response with no-store is not stored',
    { 'cache-control': 'no-store, max-age=60' },
    {
      essential: true,
    },
  ),
  notReused('RFC 9111 §5.2.2.5 no-store may have any letter case and position', {
    'cache-control': ['max-age=60', 'public, No-StOrE'],
  }),
  notReused('RFC 9111 §5.2.2.5 no-store may have a value', {
    'cache-control': 'max-age=60, no-store="x"',
  }),
  notReused(
    'RFC 9111 §5.2.2.7 a response with private is not stored',
    { 'cache-control': 'private, max-age=60' },
    {
      essential: true,
    },
  ),
  notReused('RFC 9111 §5.2.2.7 private takes precedence over public and s-maxage', {
    'cache-control': 'public, s-maxage=60, Private',
  }),
  ...['private', 'no-cache'].map(
    (directive): Row => ({
      name: `RFC 9111 §5.2.2.${directive === 'private' ? 7 : 4} ${directive}="x-own": the header is not sent to a second client`,
      steps: [
        {
          handler: { headers: { 'cache-control': `max-age=60, ${directive}="x-own"`, 'x-own': 'first' } },
          expect: { from: 1 },
        },
        {
          handler: { headers: { 'cache-control': `max-age=60, ${directive}="x-own"`, 'x-own': 'second' } },
          expect: { headers: { 'x-own': { not: 'first' } } },
          handlerCalls: 'either',
        },
      ],
    }),
  ),
  reused('RFC 9111 §5.2.2.3 must-understand cancels no-store for a known status', {
    'cache-control': 'must-understand, no-store, max-age=60',
  }),
  notReused(
    'RFC 9111 §5.2.2.3 must-understand forbids storage for an unknown status',
    {
      'cache-control': 'must-understand, max-age=60',
    },
    { handler: { status: 499 } },
  ),
  notReused(
    'RFC 9111 §5.2.2.3 must-understand does not cancel no-store for an unknown status',
    {
      'cache-control': 'must-understand, no-store, max-age=60',
    },
    { handler: { status: 499 } },
  ),
  notReused('RFC 9111 §5.2.2.3 must-understand does not cancel private', {
    'cache-control': 'must-understand, private, max-age=60',
  }),
  notReused('RFC 9111 §4.1 a response with Vary: * is not stored', { ...FRESH, vary: '*' }),
  notReused(
    'RFC 6265 §3 a response with Set-Cookie is not stored (own choice)',
    { ...FRESH, 'set-cookie': 'a=1' },
    {
      essential: true,
    },
  ),
  notReused('RFC 6265 §3 a response with Set-Cookie is not stored even with public (own choice)', {
    'cache-control': 'public, max-age=60',
    'set-cookie': 'a=1',
  }),
  reused(
    'RFC 9111 §7.3 a response with Set-Cookie is stored with storeSetCookie, including its cookies (own choice)',
    { ...FRESH, 'set-cookie': 'a=1' },
    {
      options: { storeSetCookie: true },
      expect: { headers: { 'set-cookie': 'a=1' } },
    },
  ),
  notReused('WHATWG HTML §9.2 an event stream is not stored (own choice)', {
    ...FRESH,
    'content-type': 'text/event-stream',
  }),

  // Authorization.
  notReused('RFC 9111 §3.5 a response to Authorization is not stored', FRESH, {
    send: AUTHORIZED,
    essential: true,
  }),
  {
    name: 'RFC 9111 §3.5 a response to Authorization is not reused without Authorization',
    steps: [{ send: AUTHORIZED, handler: { headers: FRESH }, expect: { from: 1 } }, { expect: { from: 2 } }],
  },
  ...['public, max-age=60', 's-maxage=60', 'must-revalidate, max-age=60'].map((value) =>
    reused(
      `RFC 9111 §3.5 a response to Authorization is stored if the handler sets ${value}`,
      { 'cache-control': value },
      {
        send: AUTHORIZED,
      },
    ),
  ),
  notReused(
    'RFC 9111 §3.5 a response to Authorization is not stored with proxy-revalidate',
    {
      'cache-control': 'proxy-revalidate, max-age=60',
    },
    { send: AUTHORIZED },
  ),
  notReused(
    'RFC 9111 §3.5 a response to Authorization is not stored with Expires and Last-Modified',
    {
      expires: date(600),
      'last-modified': date(-9000),
    },
    { send: AUTHORIZED },
  ),
  notReused(
    'RFC 9111 §3.5 a response to Authorization is not stored with the option targetedControl (own choice)',
    FRESH,
    {
      send: AUTHORIZED,
      options: { targetedControl: 'public, s-maxage=60' },
    },
  ),
  notReused(
    'RFC 9111 §3.5 a response to Authorization is not stored with the option cacheControl (own choice)',
    {},
    {
      send: AUTHORIZED,
      options: { cacheControl: 'public, s-maxage=60' },
    },
  ),
  {
    name: 'RFC 9111 §3.5 a response stored without Authorization is reused for a request with it',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { send: AUTHORIZED, expect: { from: 1 } },
    ],
  },

  // Heuristics.
  ...HEURISTIC.map((status) =>
    reused(
      `RFC 9111 §4.2.2 a ${status} with Last-Modified is fresh for a tenth of the time since (own choice)`,
      {
        date: date(0),
        'last-modified': date(-600),
      },
      { handler: { status }, after: 59 },
    ),
  ),
  notReused(
    'RFC 9111 §4.2.2 a response with Last-Modified is stale after a tenth of the time since (own choice)',
    {
      date: date(0),
      'last-modified': date(-600),
    },
    { after: 60 },
  ),
  ...[201, 302, 303, 307, 400, 403, 500, 503].map((status) =>
    notReused(
      `RFC 9111 §4.2.2 a ${status} with Last-Modified has no heuristic lifetime`,
      {
        date: date(0),
        'last-modified': date(-600),
      },
      { handler: { status } },
    ),
  ),
  reused(
    'RFC 9111 §4.2.2 a public response with any status has a heuristic lifetime',
    {
      'cache-control': 'public',
      'last-modified': date(-600),
    },
    { handler: { status: 302 }, after: 59 },
  ),
  reused(
    'RFC 9111 §4.2.2 a heuristic lifetime lasts up to a day (own choice)',
    { 'last-modified': date(-90 * 86_400) },
    { after: 86_399 },
  ),
  notReused(
    'RFC 9111 §4.2.2 a heuristic lifetime ends after a day (own choice)',
    { 'last-modified': date(-90 * 86_400) },
    { after: 86_400 },
  ),
  notReused('RFC 9111 §4.2.2 a Last-Modified in the future gives no heuristic lifetime', {
    'last-modified': date(600),
  }),
  notReused('RFC 9111 §4.2.2 an invalid Last-Modified gives no heuristic lifetime', {
    'last-modified': 'yesterday',
  }),
  notReused(
    'RFC 9111 §4.2.2 max-age disables the heuristic',
    {
      'cache-control': 'max-age=1',
      'last-modified': date(-600),
    },
    { after: 2 },
  ),
  notReused('RFC 9111 §4.2.2 an invalid Expires disables the heuristic', {
    expires: '0',
    'last-modified': date(-600),
  }),
  notReused('RFC 9111 §4.2.2 public alone gives no lifetime (own choice)', { 'cache-control': 'public' }),

  // Date.
  {
    name: 'RFC 9110 §6.6.1 a response without Date is stored with the time of receipt',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 30, expect: { from: 1, headers: { date: date(0) } } },
    ],
  },
  reused(
    'RFC 9110 §6.6.1 an existing Date is not changed',
    { ...FRESH, date: date(-20) },
    {
      expect: { headers: { date: date(-20) } },
    },
  ),

  // The key.
  {
    name: 'RFC 9111 §2 the query is part of the key',
    steps: [
      { path: '/?a=1', handler: { headers: FRESH }, expect: { from: 1 } },
      { path: '/?a=2', expect: { from: 2 } },
      { path: '/?a=1', expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §2 the host is part of the key',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { host: 'b.test', expect: { from: 2 } },
      { expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §4.2.3 the default port and the case of the host do not change the key',
    steps: [{ host: 'A.test:80', handler: { headers: FRESH }, expect: { from: 1 } }, { expect: { from: 1 } }],
  },
  {
    name: 'RFC 9110 §4.2.3 percent-encoding of an unreserved character does not change the key',
    steps: [
      { path: '/%7euser/%c3%a4', handler: { headers: FRESH }, expect: { from: 1 } },
      { path: '/~user/%C3%A4', expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §4.2.3 percent-encoding of a separator changes the key',
    steps: [
      { path: '/a%2Fb', handler: { headers: FRESH }, expect: { from: 1 } },
      { path: '/a/b', expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §2 parameters that the option query does not name are not part of the key (own choice)',
    options: { query: ['a'] },
    steps: [
      { path: '/?a=1&x=1', handler: { headers: FRESH }, expect: { from: 1 } },
      { path: '/?x=2&a=1', expect: { from: 1 } },
      { path: '/?a=2', expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §2 the order of parameters is part of the key',
    steps: [
      { path: '/?a=1&b=2', handler: { headers: FRESH }, expect: { from: 1 } },
      { path: '/?b=2&a=1', expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §2 the order of parameters is not part of the key with sortQuery (own choice)',
    options: { sortQuery: true },
    steps: [
      { path: '/?a=1&b=2&a=0', handler: { headers: FRESH }, expect: { from: 1 } },
      { path: '/?b=2&a=1&a=0', expect: { from: 1 } },
      { path: '/?b=2&a=0&a=1', expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §7.2 Forwarded and X-Forwarded headers are not part of the key (own choice)',
    steps: [
      {
        send: { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' },
        handler: { headers: FRESH },
        expect: { from: 1 },
      },
      { expect: { from: 1 } },
    ],
  },
]
