/** Well-formed requests: the plain hits of a few clients, and other requests that an HTTP server receives every day. */
import type { Random } from './random.ts'

/** A request in pieces, which a variation may change. Each character is one byte. */
export interface Draft {
  method: string
  target: string
  version: string
  /** Header lines without their ends. */
  fields: readonly string[]
  /** End of a line. */
  eol: string
  /** Bytes before the request line. */
  before: string
  body: string
  /** Replaces the request line. */
  requestLine?: string
}

export function render({ method, target, version, fields, eol, before, body, requestLine }: Draft): string {
  const lines = [requestLine ?? `${method} ${target} ${version}`, ...fields]
  return `${before}${lines.join(eol)}${eol}${eol}${body}`
}

/** Replaces the value of a field, or adds the field. */
export function withField(draft: Draft, name: string, value: string): Draft {
  return { ...withoutField(draft, name), fields: [...withoutField(draft, name).fields, `${name}: ${value}`] }
}

export function withoutField(draft: Draft, name: string): Draft {
  const start = `${name.toLowerCase()}:`
  return { ...draft, fields: draft.fields.filter((field) => !field.toLowerCase().startsWith(start)) }
}

/** Targets that the app caches. The clock of the app moves, so some of them expire now and then. */
const CACHED_TARGETS = [
  '/hit/small',
  '/hit/small',
  '/hit/small',
  '/hit/small?a=1',
  '/hit/wide',
  '/hit/bytes',
  '/hit/large',
  '/hit/empty',
  '/hit/untyped',
  '/hit/missing',
  '/control/small',
  '/vary/small',
  '/routed/small',
]
const OTHER_TARGETS = ['/echo', '/echo?b=2', '/echo/deep/path', '/']

/** Header lines of clients, without Host. */
const CLIENTS: readonly (readonly string[])[] = [
  [],
  [],
  ['Connection: keep-alive'],
  ['User-Agent: curl/8.14.1', 'Accept: */*'],
  ['accept: */*', 'accept-encoding: gzip, deflate', 'connection: keep-alive', 'user-agent: node'],
  [
    'Connection: keep-alive',
    'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"',
    'sec-ch-ua-mobile: ?0',
    'sec-ch-ua-platform: "Linux"',
    'Upgrade-Insecure-Requests: 1',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'Sec-Fetch-Site: none',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-User: ?1',
    'Sec-Fetch-Dest: document',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en;q=0.9',
    'Cookie: session=abc; theme=dark',
  ],
]

const HOSTS = ['localhost', 'localhost', 'localhost', 'localhost:8080', 'example.com']

/** A request that a hit may answer on the socket. */
export function plainRequest(random: Random): Draft {
  const host = `Host: ${random.pick(HOSTS)}`
  const client = random.pick(CLIENTS)
  return {
    method: 'GET',
    target: random.chance(0.9) ? random.pick(CACHED_TARGETS) : random.pick(OTHER_TARGETS),
    version: 'HTTP/1.1',
    fields: random.chance(0.8) ? [host, ...client] : [...client, host],
    eol: '\r\n',
    before: '',
    body: '',
  }
}

/** Text of a request that must not be answered when it is the body of another one. */
export const smuggled = 'GET /hit/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** A request with a body, a condition, a range and the like. */
export function otherRequest(random: Random): { name: string; draft: Draft } {
  const draft = plainRequest(random)
  const [name, change] = random.pick(Object.entries(OTHER_REQUESTS))
  return { name, draft: change(draft, random) }
}

const OTHER_REQUESTS: Readonly<Record<string, (draft: Draft, random: Random) => Draft>> = {
  'POST with a body': (draft, random) =>
    sized({ ...draft, method: 'POST' }, random.pick(['', 'a=1', smuggled])),
  'POST of chunks': (draft, random) =>
    chunked({ ...draft, method: 'POST' }, random.pick(['', 'a=1', smuggled])),
  'POST to an uncached target': (draft) => sized({ ...draft, method: 'POST', target: '/echo' }, 'a=1'),
  PUT: (draft) => sized({ ...draft, method: 'PUT' }, '{}'),
  DELETE: (draft) => ({ ...draft, method: 'DELETE' }),
  HEAD: (draft) => ({ ...draft, method: 'HEAD' }),
  OPTIONS: (draft) => ({ ...draft, method: 'OPTIONS' }),
  'If-None-Match *': (draft) => withField(draft, 'If-None-Match', '*'),
  'If-None-Match of another tag': (draft) => withField(draft, 'If-None-Match', '"other"'),
  'If-Modified-Since': (draft) => withField(draft, 'If-Modified-Since', 'Sun, 22 Nov 2026 11:00:00 GMT'),
  'If-Unmodified-Since': (draft) => withField(draft, 'If-Unmodified-Since', 'Sun, 01 Jan 2017 11:00:00 GMT'),
  'If-Match': (draft) => withField(draft, 'If-Match', '"other"'),
  'If-Range': (draft) => withField(withField(draft, 'Range', 'bytes=0-3'), 'If-Range', '"other"'),
  Range: (draft, random) =>
    withField(
      draft,
      'Range',
      random.pick(['bytes=0-3', 'bytes=-4', 'bytes=9999-', 'bytes=0-1,3-4', 'lines=1']),
    ),
  'Cache-Control': (draft, random) =>
    withField(
      draft,
      random.pick(['Cache-Control', 'cache-control', 'CACHE-CONTROL']),
      random.pick(['no-cache', 'no-store', 'max-age=0', 'only-if-cached', 'max-stale', 'x']),
    ),
  Pragma: (draft) => withField(draft, 'Pragma', 'no-cache'),
  Authorization: (draft) => withField(draft, 'Authorization', 'Bearer x'),
  'Proxy-Authorization': (draft) => withField(draft, 'Proxy-Authorization', 'Basic eDp5'),
  Cookie: (draft) => withField(draft, 'Cookie', 'a=b'),
  'Connection: close': (draft, random) =>
    withField(draft, 'Connection', random.pick(['close', 'Close', 'close '])),
  'Expect: 100-continue': (draft) =>
    sized(withField({ ...draft, method: 'POST' }, 'Expect', '100-continue'), 'a=1'),
  'an empty query': (draft) => ({ ...draft, target: `${draft.target.split('?')[0]}?` }),
  'a new query': (draft, random) => ({ ...draft, target: `/hit/small?new=${random.below(1000)}` }),
}

/** With `Content-Length` and this body. */
export function sized(draft: Draft, body: string): Draft {
  return { ...withField(draft, 'Content-Length', String(body.length)), body }
}

/** With a chunked body. */
export function chunked(draft: Draft, body: string): Draft {
  const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`
  return { ...withField(draft, 'Transfer-Encoding', 'chunked'), body: `${chunk}0\r\n\r\n` }
}
