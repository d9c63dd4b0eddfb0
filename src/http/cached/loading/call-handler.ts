/** Calls the handler behind `cached()`, with or without the client's conditions. */
import type { Context, Next } from 'hono'
import { forceContentType } from '../../context/context-response.ts'
import { type HeaderReads, watchHeaderReads } from '../../context/header-reads.ts'
import { shadowProperty } from '../../context/shadow-property.ts'

/** Request headers that apply to one client's response only. The handler does not get them for a response that may be shared. */
const CLIENT_HEADERS = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/**
 * Calls the handler for a response that may answer other requests too. Removes the client's conditions, and does not abort the
 * handler when the client disconnects.
 *
 * @param conditionalHeaders conditions of the cache itself, to revalidate the stored response.
 * @returns the request headers that the handler read by name.
 */
export async function callUnconditionally(
  c: Context,
  next: Next,
  conditionalHeaders: Readonly<Record<string, string>> = {},
): Promise<HeaderReads> {
  const { raw } = c.req
  const conditions = Object.entries(conditionalHeaders)
  const isPlain = raw.method === 'GET' && !CLIENT_HEADERS.some((name) => raw.headers.has(name))
  if (isPlain && conditions.length === 0) return callWithoutAbort(c, next)
  const headers = new Headers(raw.headers)
  for (const name of CLIENT_HEADERS) headers.delete(name)
  for (const [name, value] of conditions) headers.set(name, value)
  c.req.raw = getRequest(raw, headers)
  let reads: HeaderReads
  try {
    reads = await callHandler(c, next)
  } finally {
    c.req.raw = raw
  }
  // An outer cache records reads of the original headers, so the handler's reads of the copy are repeated on these.
  for (const name of reads.names) raw.headers.has(name)
  return reads
}

/**
 * Creates the request from its parts: the constructor of `Request` rejects the request object of `@hono/node-server`, unless
 * that package has replaced the global `Request`. On Workers, `cf` holds the properties of the client's connection.
 */
function getRequest(raw: Request, headers: Headers): Request {
  const { url, redirect } = raw
  const properties = 'cf' in raw ? { cf: raw.cf } : {}
  return new Request(url, { method: 'GET', headers, redirect, ...properties })
}

/**
 * Replaces `request.signal` by one that never aborts while the handler runs, because other requests may be waiting for this
 * response. `fetch(request)` does not read the property, so it still aborts when the client disconnects.
 */
async function callWithoutAbort(c: Context, next: Next): Promise<HeaderReads> {
  const { raw } = c.req
  let signal: AbortSignal | undefined
  const restore = shadowProperty(raw, 'signal', {
    get: () => (signal ??= new AbortController().signal), // created on demand, because few handlers read it
  })
  try {
    return await callHandler(c, next)
  } finally {
    restore()
  }
}

/** Calls the handler with the request in the context. @returns the request headers that the handler read by name. */
export async function callHandler(c: Context, next: Next): Promise<HeaderReads> {
  const { headers } = c.req.raw
  forceContentType(c)
  const reads = watchHeaderReads(headers)
  try {
    await next()
    for (const name of validatedNames(c)) headers.has(name)
  } finally {
    reads.stop()
  }
  return reads
}

/**
 * A header validator of Hono copies all headers, and the handler reads the copy. So `Cookie` and `Authorization` count as read
 * by name if they are in that copy.
 */
function validatedNames(c: Context): string[] {
  const validated: unknown = c.req.valid('header' as never) // `never`, because the type of this context declares no validator
  if (typeof validated !== 'object' || validated === null) return []
  return ['cookie', 'authorization'].filter((name) => name in validated)
}
