/** Calls the handler behind `cached()`, with or without the client's conditions. */
import type { Context, Next } from 'hono'
import { forceContentType } from '../../context/context-response.ts'
import { type HeaderReads, watchHeaderReads } from '../../context/header-reads.ts'

/** Request headers that only this client's response must obey. For a shared response, the handler is called without them. */
const CLIENT_HEADERS = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/**
 * Calls the handler for a response that may answer every request: unconditionally, and without an abort when its client leaves.
 *
 * @param conditionalHeaders the cache's own conditions, for the stored response.
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
  for (const name of reads.names) raw.headers.has(name) // repeated for an outer cache, which watches these headers
  return reads
}

/**
 * Built from its parts, because `Request` does not accept the request object of `@hono/node-server` unless that has replaced the
 * global class. `cf` holds the client's properties on Workers.
 */
function getRequest(raw: Request, headers: Headers): Request {
  const { url, redirect } = raw
  const properties = 'cf' in raw ? { cf: raw.cf } : {}
  return new Request(url, { method: 'GET', headers, redirect, ...properties })
}

/**
 * While the handler runs, `request.signal` never aborts, because other requests may be waiting for this response. A `fetch` that
 * is given the request object itself still aborts with its client.
 */
async function callWithoutAbort(c: Context, next: Next): Promise<HeaderReads> {
  const { raw } = c.req
  const outer = Object.getOwnPropertyDescriptor(raw, 'signal') // set by an outer cache
  let signal: AbortSignal | undefined
  Object.defineProperty(raw, 'signal', {
    get: () => (signal ??= new AbortController().signal), // made on demand, because few handlers read it
    configurable: true,
  })
  try {
    return await callHandler(c, next)
  } finally {
    if (outer === undefined) Reflect.deleteProperty(raw, 'signal')
    else Object.defineProperty(raw, 'signal', outer)
  }
}

/** Calls the handler with the request as it was received. @returns the request headers that it read by name. */
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

/** A header validator reads all headers at once, and passes those of its schema on to the handler: these count as read. */
function validatedNames(c: Context): string[] {
  const validated: unknown = c.req.valid('header' as never) // the type of a plain context has no validators
  if (typeof validated !== 'object' || validated === null) return []
  return ['cookie', 'authorization'].filter((name) => name in validated)
}
