/** RFC 9111 §4.4: invalidation by unsafe methods. */
import { HOST, type Row, type RowHeaders } from './row.ts'

const STORED = { handler: { headers: { 'cache-control': 'max-age=600, stale-if-error=600' } } }

/**
 * Stores responses for / and /b?x, and sends a request to /.
 *
 * @param stored which of the two responses must still be stored.
 */
function after(
  name: string,
  { method = 'POST', status = 200, headers = {}, ...row }: Change,
  stored: { root: boolean; other: boolean },
): Row {
  return {
    name,
    ...row,
    steps: [
      { ...STORED, expect: { from: 1 } },
      { ...STORED, path: '/b?x', expect: { from: 2 } },
      { method, handler: { status, headers }, expect: { from: 3 } },
      { ...STORED, expect: { from: stored.root ? 1 : 4 } },
      { ...STORED, path: '/b?x', expect: { from: stored.other ? 2 : 5 } },
    ],
  }
}

interface Change extends Partial<Omit<Row, 'name' | 'steps'>> {
  method?: string
  status?: number
  headers?: RowHeaders
}

const OTHER_STORED = { root: false, other: true }
const NONE_STORED = { root: false, other: false }
const BOTH_STORED = { root: true, other: true }

export const invalidation: Row[] = [
  after(
    'RFC 9111 §4.4 a successful POST invalidates its URI, and nothing else',
    { essential: true },
    OTHER_STORED,
  ),
  ...['PUT', 'DELETE', 'PATCH'].map((method) =>
    after(`RFC 9111 §4.4 a successful ${method} invalidates its URI`, { method }, OTHER_STORED),
  ),
  ...['M-SEARCH', 'PROPPATCH', 'MKCOL'].map((method) =>
    after(
      `RFC 9111 §4.4 a successful method of unknown safety invalidates its URI: ${method}`,
      { method },
      OTHER_STORED,
    ),
  ),
  ...[201, 204, 299, 301, 303, 307].map((status) =>
    after(`RFC 9111 §4.4 a POST with status ${status} invalidates its URI`, { status }, OTHER_STORED),
  ),
  ...[400, 404, 409, 412, 500, 503].map((status) =>
    after(
      `RFC 9111 §4.4 a POST with status ${status} invalidates nothing`,
      { status, headers: { location: '/b?x' } },
      BOTH_STORED,
    ),
  ),
  {
    name: 'RFC 9111 §4.4 a POST whose handler throws invalidates nothing',
    steps: [
      { ...STORED, expect: { from: 1 } },
      { method: 'POST', handler: { throws: true }, expect: { from: 2 } },
      { ...STORED, expect: { from: 1 } },
    ],
  },
  after(
    'RFC 9110 §16.1.1 PROPFIND is registered as safe and invalidates nothing',
    { method: 'PROPFIND' },
    BOTH_STORED,
  ),
  after(
    'RFC 9111 §4.4 OPTIONS is safe and invalidates nothing',
    { method: 'OPTIONS', headers: { location: '/b?x' } },
    BOTH_STORED,
  ),
  {
    name: 'RFC 9111 §4.4 GET is safe and invalidates nothing, whatever its Location is',
    steps: [
      { ...STORED, path: '/b?x', expect: { from: 1 } },
      {
        handler: { status: 302, headers: { location: '/b?x', 'content-location': '/b?x' } },
        expect: { from: 2 },
      },
      { path: '/b?x', expect: { from: 1 } },
    ],
  },

  // Location and Content-Location.
  ...['location', 'content-location'].flatMap((name) => [
    after(
      `RFC 9111 §4.4 ${name} on the same origin is invalidated: a path`,
      {
        headers: { [name]: '/b?x' },
        ...(name === 'location' && { essential: true }),
      },
      NONE_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} on the same origin is invalidated: a relative URL`,
      { headers: { [name]: './b?x' } },
      NONE_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} on the same origin is invalidated: an absolute URL`,
      {
        headers: { [name]: `http://${HOST}/b?x` },
      },
      NONE_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} on the same origin is invalidated: a URL with a fragment`,
      {
        status: 201,
        headers: { [name]: '/b?x#here' },
      },
      NONE_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} with another query does not invalidate the resource`,
      { headers: { [name]: '/b?y' } },
      OTHER_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} on another host invalidates nothing`,
      { headers: { [name]: 'http://b.test/b?x' } },
      OTHER_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} on another port invalidates nothing`,
      {
        headers: { [name]: `http://${HOST}:81/b?x` },
      },
      OTHER_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} with another scheme invalidates nothing`,
      {
        headers: { [name]: `https://${HOST}/b?x` },
      },
      OTHER_STORED,
    ),
    after(
      `RFC 9111 §4.4 ${name} with an invalid URI invalidates nothing`,
      {
        headers: { [name]: 'http://[' },
      },
      OTHER_STORED,
    ),
  ]),
  {
    name: 'RFC 9111 §4.4 a POST to one host invalidates nothing on another host',
    steps: [
      { ...STORED, host: 'b.test', path: '/b', expect: { from: 1 } },
      { method: 'POST', handler: { headers: { location: 'http://b.test/b' } }, expect: { from: 2 } },
      { ...STORED, host: 'b.test', path: '/b', expect: { from: 1 } },
    ],
  },

  {
    name: 'RFC 9111 §4.4 a POST invalidates every variant of its URI',
    steps: [
      {
        send: { 'x-a': '1' },
        handler: { headers: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        expect: { from: 1 },
      },
      { send: { 'x-a': '2' }, expect: { from: 2 } },
      { method: 'POST', handler: {}, expect: { from: 3 } },
      {
        send: { 'x-a': '1' },
        handler: { headers: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        expect: { from: 4 },
      },
      { send: { 'x-a': '2' }, expect: { from: 5 } },
    ],
  },
  {
    name: 'RFC 9111 §4.4 a POST invalidates every variant of its Location',
    steps: [
      {
        path: '/b',
        send: { 'x-a': '1' },
        handler: { headers: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        expect: { from: 1 },
      },
      { path: '/b', send: { 'x-a': '2' }, expect: { from: 2 } },
      { method: 'POST', handler: { status: 201, headers: { location: '/b' } }, expect: { from: 3 } },
      {
        path: '/b',
        send: { 'x-a': '1' },
        handler: { headers: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        expect: { from: 4 },
      },
      { path: '/b', send: { 'x-a': '2' }, expect: { from: 5 } },
    ],
  },
  {
    name: 'RFC 9111 §4.4 an invalidated response is not revalidated (own choice)',
    steps: [
      { handler: { headers: { 'cache-control': 'max-age=60', etag: '"a"' } }, expect: { from: 1 } },
      { method: 'DELETE', handler: { status: 204 }, expect: { from: 2 } },
      { handler: {}, expect: { from: 3 }, handlerCalls: { 'if-none-match': null } },
    ],
  },
]
