/** Reads and replaces the response in Hono's context, where middleware may already have set headers or a response. */
import type { Context } from 'hono'
import { TARGETED_FIELD } from '../fields/cache-control.ts'
import { APPENDED_TO } from '../fields/internal-headers.ts'

/** Response headers that outer middleware has set so far. Hono has no getter for them, so they are read from a new response. */
export function headersSetBefore(c: Context): Headers {
  return c.body(null).headers
}

/**
 * Forces `c.text()` to set Content-Type. Hono's fast path leaves it to the runtime, and Bun infers it only for string bodies.
 * The cache sends a buffered body, so browsers would download it as `application/octet-stream`.
 */
export function forceContentType(c: Context): void {
  c.header('hitrate-no-field', undefined) // deleting a header, even one that is not set, switches Hono to its slow path
}

/**
 * Sets the response without merging headers. If `c.res` already holds a response, Hono copies the headers of that response onto
 * the new one, so `c.res` is reset first.
 */
export function setResponse(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

/**
 * True if no response with this status can be created: the 101 of an upgrade, and a status above 599, which `fetch` returns as the
 * server has sent it. The handler's response then stays as it is.
 */
export function isUncopyable(status: number): boolean {
  return status < 200 || status > 599
}

/** Property of a context: the response that `markComplete` was called with. */
const COMPLETE = Symbol('hitrate:complete-response')
type Marked = Context & { [COMPLETE]?: Response }

/** Declares that the body of this response is no stream, and that its length is declared. */
export function markComplete(c: Context, response: Response): void {
  ;(c as Marked)[COMPLETE] = response
}

export function isComplete(c: Context, response: Response): boolean {
  return (c as Marked)[COMPLETE] === response
}

/** Sets one response header, unless it is null or has this value already. */
export function setHeader(c: Context, name: string, value: string | null): void {
  if (isUncopyable(c.res.status) || value === null || value === c.res.headers.get(name)) return
  changeHeaders(c, (headers) => headers.set(name, value))
}

/**
 * Changes the response headers in place. A new response would need the body, and the access to `body` turns it into a stream: its
 * length is lost on Node, its Content-Type and the ranges of a file on Bun. Only immutable headers, those of a response from
 * `fetch`, are copied to a new response.
 */
export function changeHeaders(c: Context, change: (headers: Headers) => void): void {
  const { res } = c
  try {
    change(res.headers)
  } catch {
    // The class of the response: the global one of @hono/node-server sends the length of strings and bytes only.
    const { constructor: Same } = res as unknown as { constructor: typeof Response }
    setResponse(c, new Same(res.body, res))
    change(c.res.headers)
  }
}

/**
 * Restores the headers that an earlier request has changed: a handler may return one response object for several requests.
 *
 * @param originals the headers of each response object when it was seen first.
 */
export function restoreHeaders(c: Context, originals: WeakMap<Response, Headers>): void {
  if (isUncopyable(c.res.status)) return
  const original = originals.get(c.res)
  if (original === undefined) originals.set(c.res, new Headers(c.res.headers))
  else {
    changeHeaders(c, (headers) => {
      for (const name of [...headers.keys()]) headers.delete(name)
      for (const [name, value] of original) headers.append(name, value)
    })
  }
}

/** Cancels a response body that will not be read, so that its source (a connection, for example) is released. */
export function cancelBody(body: ReadableStream | null): void {
  body?.cancel().catch(() => {}) // a locked or failed stream needs no cancelling
}

/** Drops the handler's response. Keeps the headers that outer middleware had set. */
export function discardResponse(c: Context, headersBefore = new Headers()): void {
  setResponse(c, new Response(null, { headers: headersBefore }))
  c.finalized = false
}

/** Drops the response and all its headers. */
export function resetContext(c: Context): void {
  c.res = undefined
  c.finalized = false
}

/**
 * The response headers that the handler set, without those that outer middleware had set before. If the handler appended to
 * such a header, only the appended part is kept, because the first part may be for one client alone. {@link APPENDED_TO} lists
 * the names of these headers.
 */
export function ownHeaders(headers: Headers, headersBefore: Headers | undefined): Headers {
  const own = new Headers(headers)
  if (headersBefore === undefined) return own
  const appendedTo = new Set(own.get(APPENDED_TO)?.split(',')) // a revalidated response already has this header
  for (const [name, valueBefore] of headersBefore) {
    const value = own.get(name)
    if (value === valueBefore) own.delete(name)
    else if (value?.startsWith(`${valueBefore}, `) && !STORAGE_HEADERS.includes(name)) {
      own.set(name, value.slice(valueBefore.length + 2))
      appendedTo.add(name)
    }
  }
  if (appendedTo.size > 0) own.set(APPENDED_TO, [...appendedTo].join())
  const cookiesBefore = headersBefore.getSetCookie()
  if (cookiesBefore.length > 0) {
    own.delete('set-cookie')
    for (const cookie of headers.getSetCookie())
      if (!cookiesBefore.includes(cookie)) own.append('set-cookie', cookie)
  }
  return own
}

/** Headers whose complete value decides about storage, including the part that outer middleware set. */
const STORAGE_HEADERS = ['cache-control', 'vary']

/**
 * The headers of a 304 that update the stored response. Headers of outer middleware are left out, unless they decide about
 * storage.
 */
export function headersOf304(headers: Headers, headersBefore: Headers | undefined): Headers {
  const own = new Headers(headers)
  if (headersBefore === undefined) return own
  for (const [name, valueBefore] of headersBefore) {
    if (own.get(name) === valueBefore && !STORAGE_HEADERS_OF_304.includes(name)) own.delete(name)
  }
  return own
}

const STORAGE_HEADERS_OF_304 = [
  ...STORAGE_HEADERS,
  TARGETED_FIELD,
  'cdn-cache-control',
  'expires',
  'set-cookie',
]

/**
 * Adds the headers that the response lacks, and all cookies.
 *
 * @param appendedTo names of headers that get both values: the added one first, then the one of the response.
 */
export function addHeaders(
  response: Response,
  headers: Headers | undefined,
  appendedTo: readonly string[] = [],
): Response {
  if (headers === undefined) return response
  for (const [name, value] of headers) {
    const own = response.headers.get(name)
    if (name === 'set-cookie' || own === null) response.headers.append(name, value)
    else if (appendedTo.includes(name)) response.headers.set(name, `${value}, ${own}`)
  }
  return response
}
