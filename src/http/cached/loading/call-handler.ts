/** Calls the handler behind `cached()`, with or without the client's conditions. */
import type { Context, Next } from 'hono'
import { forceContentType } from '../../context/context-response.ts'
import { type HeaderReads, rawProperty, rawRequest, watchHeaderReads } from '../../context/header-reads.ts'

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
 * @returns the request headers that the handler read.
 */
export async function callUnconditionally(
  c: Context,
  next: Next,
  conditionalHeaders: Readonly<Record<string, string>> = {},
): Promise<HeaderReads> {
  const raw = rawRequest(c.req)
  const conditions = Object.entries(conditionalHeaders)
  const headers = new Headers(rawProperty(c.req, 'headers'))
  const isPlain = raw.method === 'GET' && !CLIENT_HEADERS.some((name) => headers.has(name))
  if (isPlain && conditions.length === 0) return callWithoutAbort(c, next)
  for (const name of CLIENT_HEADERS) headers.delete(name)
  for (const [name, value] of conditions) headers.set(name, value)
  c.req.raw = getRequest(raw, headers)
  try {
    return await callHandler(c, next)
  } finally {
    c.req.raw = raw
  }
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
 * response. On Node, `fetch(request)` does not read the property, so it still aborts when the client disconnects.
 */
function callWithoutAbort(c: Context, next: Next): Promise<HeaderReads> {
  let signal: AbortSignal | undefined
  // created on demand, because few handlers read it
  return callHandler(c, next, () => (signal ??= new AbortController().signal))
}

/**
 * Calls the handler with the request in the context.
 *
 * @param signal replaces the signal of the request.
 * @returns the request headers that the handler read.
 */
export async function callHandler(c: Context, next: Next, signal?: () => AbortSignal): Promise<HeaderReads> {
  forceContentType(c)
  const reads = watchHeaderReads(c.req, signal)
  try {
    await next()
  } finally {
    reads.stop()
  }
  return reads
}
