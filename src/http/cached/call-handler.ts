/** The request as the handler behind a cache gets it: for the whole resource, whatever its client has already. */
import type { Context, Next } from 'hono'
import { forceContentType } from '../context/context-response.ts'
import { type HeaderReads, watchHeaderReads } from '../context/header-reads.ts'

/** What the client asked that only its own answer must obey: the handler is asked for the whole, unconditionally. */
const CLIENTS_OWN = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/**
 * Runs what is behind the cache, for an answer that may serve everyone: it does not end where its client goes away.
 *
 * @param validators conditions of the cache's own, about what it has kept.
 * @returns what the handler asked of the request by name.
 */
export async function askPlainly(
  c: Context,
  next: Next,
  validators: Readonly<Record<string, string>> = {},
): Promise<HeaderReads> {
  const { raw } = c.req
  const conditions = Object.entries(validators)
  const isPlain = raw.method === 'GET' && !CLIENTS_OWN.some((name) => raw.headers.has(name))
  if (isPlain && conditions.length === 0) return askUninterrupted(c, next)
  const headers = new Headers(raw.headers)
  for (const name of CLIENTS_OWN) headers.delete(name)
  for (const [name, value] of conditions) headers.set(name, value)
  c.req.raw = getRequest(raw, headers)
  let read: HeaderReads
  try {
    read = await askAsItIs(c, next)
  } finally {
    c.req.raw = raw
  }
  for (const name of read.names) raw.headers.has(name) // a cache around this one watches these, and must hear of it
  return read
}

/**
 * Made of its parts: the request that `@hono/node-server` hands out is none that `Request` takes, unless it may replace that.
 * Workers say in `cf` who the client is.
 */
function getRequest(raw: Request, headers: Headers): Request {
  const { url, redirect } = raw
  const told = 'cf' in raw ? { cf: raw.cf } : {}
  return new Request(url, { method: 'GET', headers, redirect, ...told })
}

/**
 * As long as what is behind the cache runs, `signal` of the client's request is one that never fires: others may wait for this
 * answer. A `fetch` that is given the request itself looks past that, and ends with the client.
 */
async function askUninterrupted(c: Context, next: Next): Promise<HeaderReads> {
  const { raw } = c.req
  const around = Object.getOwnPropertyDescriptor(raw, 'signal') // of a cache around this one
  let signal: AbortSignal | undefined
  Object.defineProperty(raw, 'signal', {
    get: () => (signal ??= new AbortController().signal), // seldom asked for
    configurable: true,
  })
  try {
    return await askAsItIs(c, next)
  } finally {
    if (around === undefined) Reflect.deleteProperty(raw, 'signal')
    else Object.defineProperty(raw, 'signal', around)
  }
}

/** Runs what is behind the cache with the client's own request. */
export async function askAsItIs(c: Context, next: Next): Promise<HeaderReads> {
  const { headers } = c.req.raw
  forceContentType(c)
  const read = watchHeaderReads(headers)
  try {
    await next()
    for (const name of validatedNames(c)) headers.has(name)
  } finally {
    read.stop()
  }
  return read
}

/** A validator of header fields reads all of them, and gives its handler those that it knows. */
function validatedNames(c: Context): string[] {
  const validated: unknown = c.req.valid('header' as never) // which validators there are, this context's type does not say
  if (typeof validated !== 'object' || validated === null) return []
  return ['cookie', 'authorization'].filter((name) => name in validated)
}
