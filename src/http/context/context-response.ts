/** Putting a response of our own into Hono's context, where another may be already. */
import type { Context } from 'hono'
import { TARGETED_FIELD } from '../fields/cache-control.ts'
import { APPENDED_TO } from '../fields/internal-headers.ts'

/** What middleware around has set for the answer so far. Hono tells it only by making a response of it. */
export function headersSetBefore(c: Context): Headers {
  return c.body(null).headers
}

/**
 * Lets `c.text` write down that it is text. As long as no field has been set Hono leaves that to the runtime; Bun says it of a
 * string alone, and what a cache has read is none any more: `application/octet-stream`, which browsers download.
 */
export function forceContentType(c: Context): void {
  c.header('hitrate-no-field', undefined) // any will do that nobody has set: to take one away makes Hono look at fields too
}

/**
 * Assigning over a response would write the old one's fields over those of the new one. So it would be, too, with a response
 * that a middleware returns, where one around it has set fields on `c.res` before.
 */
export function setResponse(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

/** On a response of our own: what a handler has from `fetch` cannot be changed. */
export function setHeader(c: Context, name: string, value: string | null): void {
  const { body, status, statusText, headers } = c.res
  if (status < 200 || value === null || value === headers.get(name)) return
  const fields = new Headers(headers)
  fields.set(name, value)
  setResponse(c, new Response(body, { status, statusText, headers: fields }))
}

/** A body that nobody will read must not hold its source, a connection perhaps. */
export function cancelBody(body: ReadableStream | null): void {
  body?.cancel().catch(() => {}) // one that is being read, or is broken, holds nothing
}

/** As if nothing had been answered yet, but for the fields that were there before. */
export function discardResponse(c: Context, before: Headers): void {
  setResponse(c, new Response(null, { headers: before }))
  c.finalized = false
}

/** As if nothing had been answered. */
export function resetContext(c: Context): void {
  c.res = undefined
  c.finalized = false
}

/**
 * The fields of a response that were not there before its handler was asked. Where it has added to one, what it has added:
 * what stood there may be for one client alone. {@link APPENDED_TO} names these.
 */
export function ownHeaders(headers: Headers, before: Headers): Headers {
  const own = new Headers(headers)
  const appendedHeaders = new Set(own.get(APPENDED_TO)?.split(',')) // a validated answer has had some before
  for (const [name, value] of before) {
    const now = own.get(name)
    if (now === value) own.delete(name)
    else if (now?.startsWith(`${value}, `) && !JUDGED_WHOLE.includes(name)) {
      own.set(name, now.slice(value.length + 2))
      appendedHeaders.add(name)
    }
  }
  if (appendedHeaders.size > 0) own.set(APPENDED_TO, [...appendedHeaders].join())
  own.delete('set-cookie')
  const cookies = new Set(before.getSetCookie())
  for (const cookie of headers.getSetCookie()) if (!cookies.has(cookie)) own.append('set-cookie', cookie)
  return own
}

/** What these say together decides what may be kept, whoever has said it. */
const JUDGED_WHOLE = ['cache-control', 'vary']

/** The fields of a 304 that tell of what is kept: not those that middleware around gives to any answer. */
export function headersOf304(headers: Headers, before: Headers): Headers {
  const own = new Headers(headers)
  for (const [name, value] of before) {
    if (own.get(name) === value && !JUDGED_OF_304.includes(name)) own.delete(name)
  }
  return own
}

const JUDGED_OF_304 = [...JUDGED_WHOLE, TARGETED_FIELD, 'cdn-cache-control', 'expires', 'set-cookie']

/**
 * Adds the fields that the response does not have, and cookies in any case.
 *
 * @param addedTo those that the response only adds to.
 */
export function addHeaders(
  response: Response,
  fields: Headers,
  appendedHeaders: readonly string[] = [],
): Response {
  for (const [name, value] of fields) {
    const own = response.headers.get(name)
    if (name === 'set-cookie' || own === null) response.headers.append(name, value)
    else if (appendedHeaders.includes(name)) response.headers.set(name, `${value}, ${own}`)
  }
  return response
}
