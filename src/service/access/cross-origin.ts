/** CORS (WHATWG Fetch §3.2): which pages of other origins may read responses. It protects no data; only browsers obey it. */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { changeHeaders } from '../../http/context/context-response.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'

/** `*` for every origin, or the allowed ones as browsers send them, such as `https://app.example.com`. */
export type Origins = '*' | readonly string[]

/** Response headers that scripts may read, beside the few that they may always read. */
const EXPOSED = [
  ...['ETag', 'Last-Modified', 'Location', 'Link', 'Cache-Status', 'Age', 'Retry-After'],
  ...['X-Request-Id', 'traceparent'],
]

/** Request headers that scripts may send. */
const ALLOWED = [
  ...[
    'Content-Type',
    'Authorization',
    'If-Match',
    'If-None-Match',
    'If-Modified-Since',
    'If-Unmodified-Since',
  ],
  ...['X-Request-Id', 'traceparent', 'tracestate'],
]

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']

/** Time in seconds for which a browser may keep the answer to a preflight: the most that Chromium takes. */
const MAX_AGE_SECONDS = 7200

/**
 * Answers preflights (204), and adds the headers to all other responses.
 *
 * They are added after the handler, so that the cache stores none of them: a stored header would name one client's origin to
 * another. `cors` of hono would also replace the response to add `Vary`, which loses its length on Node; so it answers the
 * preflights only.
 */
export function crossOrigin(origins: Origins): MiddlewareHandler {
  const preflight = cors({
    origin: origins === '*' ? '*' : [...origins],
    allowMethods: METHODS,
    allowHeaders: ALLOWED,
    maxAge: MAX_AGE_SECONDS,
  })
  const headersFor = crossOriginHeaders(origins)

  return setsNoHeaders(async function crossOrigin(c, next) {
    if (isPreflight(c)) return preflight(c, next)
    await next()
    const { vary, ...others } = headersFor(c.req.header('origin'))
    changeHeaders(c, (headers) => {
      for (const [name, value] of Object.entries(others)) headers.set(name, value)
      if (vary !== undefined) headers.append('vary', vary)
    })
  })
}

/** The headers of a response, by lower-case name. */
export interface CrossOriginHeaders {
  'access-control-allow-origin'?: string
  'access-control-expose-headers'?: string
  vary?: string
}

/** Returns a function that returns the headers for the `Origin` of a request. */
export function crossOriginHeaders(origins: Origins): (origin: string | undefined) => CrossOriginHeaders {
  const exposed = { 'access-control-expose-headers': EXPOSED.join(', ') }
  // The same for every request, so caches need no `Vary`.
  if (origins === '*') {
    const headers = { 'access-control-allow-origin': '*', ...exposed }
    return () => headers
  }
  const refused = { vary: 'Origin' }
  const allowed = new Map(
    origins.map((origin) => [origin, { 'access-control-allow-origin': origin, ...exposed, ...refused }]),
  )
  return (origin) => (origin === undefined ? undefined : allowed.get(origin)) ?? refused
}

/** An OPTIONS request without this header is none of a browser: its answer has `Allow`. */
function isPreflight({ req }: Context): boolean {
  return req.method === 'OPTIONS' && req.header('access-control-request-method') !== undefined
}
