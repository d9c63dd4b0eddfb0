/** The header fields of responses, and the parameters in request header fields. */
import type { Header, Parameter, Ref } from './openapi-types.ts'

const text = { type: 'string' }
const ETAG = { type: 'string', pattern: '^"[^"]*"$' }

export const headers: Record<string, Header> = {
  ETag: {
    description: 'Strong validator of the response (RFC 9110 §8.8.3).',
    schema: ETAG,
    required: true,
    example: '"wx3T5QJ_VuFT--agyC8vpA"',
  },
  /** Under the name `ETag`, in responses that do not always have it. */
  CurrentETag: {
    description: 'Strong validator of the current user.',
    schema: ETAG,
    example: '"wx3T5QJ_VuFT--agyC8vpA"',
  },
  'Last-Modified': {
    description: 'Time of the last change, to the second. Reads within that second do not have it.',
    schema: text,
    example: 'Sun, 22 Nov 2026 12:00:00 GMT',
  },
  'Cache-Control': {
    description: 'Directives for clients and proxies (RFC 9111 §5.2).',
    schema: text,
    example: 'public, max-age=0',
  },
  'Cache-Status': {
    description: 'How the cache of the service handled the request (RFC 9211); `ttl` is in seconds.',
    schema: { type: 'string', pattern: '^hitrate(;|$)' },
    example: 'hitrate; hit; ttl=59',
  },
  Age: {
    description: 'Age of the stored response, in seconds. Absent if it was loaded for this request.',
    schema: { type: 'integer', minimum: 0 },
    example: 0,
  },
  'Accept-Ranges': { description: 'Ranges of bytes may be requested.', schema: { const: 'bytes' } },
  'Content-Range': {
    description: 'The bytes of the part, and the length of the whole; in a 416 the length alone.',
    schema: { type: 'string', pattern: '^bytes (\\d+-\\d+|\\*)/\\d+$' },
    required: true,
    example: 'bytes 0-9/68',
  },
  'Content-Length': { description: 'Length of the body, in bytes.', schema: { type: 'integer', minimum: 0 } },
  'Content-Location': {
    description: 'Path of the user in the body.',
    schema: { type: 'string', format: 'uri-reference' },
    example: '/api/user/user_001',
  },
  Location: {
    description: 'Path of the new user.',
    schema: { type: 'string', format: 'uri-reference' },
    required: true,
    example: '/api/user/dave',
  },
  Link: {
    description: 'Links to other pages (RFC 8288); absent on the last page.',
    schema: text,
    example: '</api/users?limit=2&after=user_002>; rel="next"',
  },
  Allow: {
    description: 'The methods of this path.',
    schema: text,
    required: true,
    example: 'GET, HEAD, PUT, DELETE, OPTIONS',
  },
  'Retry-After': {
    description: 'Seconds after which a retry may succeed.',
    schema: { type: 'integer', minimum: 0 },
    required: true,
    example: 1,
  },
  'WWW-Authenticate': {
    description: 'The scheme of the token that is needed.',
    schema: { type: 'string', pattern: '^Bearer' },
    required: true,
    example: 'Bearer',
  },
  Accept: { description: 'The media type that a body must have.', schema: text },
  'Accept-Encoding': { description: 'The content encoding that a body must have.', schema: text },
  'Content-Encoding': {
    description: 'Encoding of the body.',
    schema: text,
  },
  'Content-Security-Policy': {
    description: 'The origins from which the page may load anything: none.',
    schema: text,
    required: true,
  },
  Vary: { description: 'Request headers on which the response depends.', schema: text },
  'X-Request-Id': {
    description: 'The id of the request: the one that the client sent, or a new one. The log has it too.',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
  },
  traceparent: {
    description: 'The trace that the request belongs to (W3C Trace Context).',
    schema: { type: 'string', pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  'X-Content-Type-Options': {
    description: 'Browsers must not guess another media type.',
    schema: { const: 'nosniff' },
  },
  'Access-Control-Allow-Origin': {
    description: 'The origin whose scripts may read the response. Only with `CORS_ORIGINS`.',
    schema: text,
  },
  'Access-Control-Expose-Headers': {
    description: 'The response headers that these scripts may read.',
    schema: text,
  },
  'Access-Control-Allow-Methods': { description: 'The methods that these scripts may send.', schema: text },
  'Access-Control-Allow-Headers': {
    description: 'The request headers that these scripts may send.',
    schema: text,
  },
  'Access-Control-Max-Age': {
    description: 'Seconds for which the answer to a preflight request holds.',
    schema: { type: 'integer', minimum: 0 },
  },
}

/** Headers that any response may have. */
export const HEADERS_OF_ALL = [
  ...['Content-Length', 'X-Request-Id', 'traceparent', 'X-Content-Type-Options'],
  ...['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers', 'Vary'],
]

/** The `headers` of a response: these, and those that any response may have. */
export function withHeaders(...names: string[]): Record<string, Ref> {
  const all = [...new Set([...names, ...HEADERS_OF_ALL])]
  return Object.fromEntries(
    all.map((name) => [name === 'CurrentETag' ? 'ETag' : name, { $ref: `#/components/headers/${name}` }]),
  )
}

const ENTITY_TAGS = { type: 'string', pattern: '^(\\*|(W/)?"[^"]*"(\\s*,\\s*(W/)?"[^"]*")*)$' }

/** Parameters by the name of the component. */
export const headerParameters: Record<string, Parameter> = {
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description:
      'ETags that the client has. If the current one is among them, the response is a 304 without a body. A malformed list counts as none.',
    schema: text,
    example: '"wx3T5QJ_VuFT--agyC8vpA"',
  },
  IfModifiedSince: {
    name: 'If-Modified-Since',
    in: 'header',
    description:
      'A time; if nothing has changed since, the response is a 304. `If-None-Match` takes precedence.',
    schema: text,
    example: 'Sun, 22 Nov 2026 12:00:00 GMT',
  },
  Range: {
    name: 'Range',
    in: 'header',
    description: 'The bytes of the body that the client wants (RFC 9110 §14).',
    schema: text,
    example: 'bytes=0-9',
  },
  IfRange: {
    name: 'If-Range',
    in: 'header',
    description: 'An ETag: the range counts only if it is the current one. Otherwise the whole body is sent.',
    schema: text,
    example: '"wx3T5QJ_VuFT--agyC8vpA"',
  },
  CacheControl: {
    name: 'Cache-Control',
    in: 'header',
    description:
      'Of the directives of RFC 9111 §5.2.1 the service obeys `only-if-cached` (504 if nothing is stored) and `max-stale`.',
    schema: text,
    example: 'max-stale=60',
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The write happens only if the user has one of these strong ETags, or exists at all for `*`; otherwise 412.',
    schema: ENTITY_TAGS,
    example: '"wx3T5QJ_VuFT--agyC8vpA"',
  },
  WriteIfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description:
      'The write happens only if the user has none of these ETags, or does not exist for `*`; otherwise 412.',
    schema: ENTITY_TAGS,
    example: '*',
  },
  IfUnmodifiedSince: {
    name: 'If-Unmodified-Since',
    in: 'header',
    description:
      'The write happens only if the user has not changed since this time; otherwise 412. `If-Match` takes precedence.',
    schema: text,
    example: 'Sun, 22 Nov 2026 12:00:00 GMT',
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'An id for the request: 1 to 128 visible ASCII characters without `"`, `,` and `\\`. Others are replaced.',
    schema: text,
    example: 'order-4711',
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    description: 'The trace that the request belongs to (W3C Trace Context).',
    schema: text,
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
}

export function parameters(...names: string[]): Ref[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}
