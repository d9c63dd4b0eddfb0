/** Calls the handler behind `cached()`, with or without the client's conditions. */
import type { Context, Next } from 'hono'
import { forceContentType } from '../../context/context-response.ts'
import { type HeaderReads, rawProperty, watchHeaderReads } from '../../context/reads/header-reads.ts'
import { rawRequest } from '../../context/reads/raw-request.ts'
import { watchVariables } from '../../context/reads/variable-reads.ts'

/** The parts of the request that the handler has read. */
export interface HandlerReads {
  readonly headers: HeaderReads
  /** Names of variables that middleware before the cache may have set, each with true if it was set. */
  readonly variables: ReadonlyMap<string, boolean>
  /**
   * Records the reads of code of the handler that runs later: the code that makes the body.
   *
   * @param onRead called with the reads so far when something is read for the first time.
   */
  during<T>(
    call: () => Promise<T>,
    onRead?: (reads: HandlerReads) => void,
  ): Promise<{ result: T; reads: HandlerReads }>
}

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
 * @param signal replaces the signal of the request. On Node, `fetch(request)` does not read the property, so it still aborts when
 *   the client disconnects.
 * @param conditionalHeaders conditions of the cache itself, to revalidate the stored response.
 */
export async function callUnconditionally(
  c: Context,
  next: Next,
  signal: AbortSignal,
  conditionalHeaders: Readonly<Record<string, string>> = {},
): Promise<HandlerReads> {
  const raw = rawRequest(c.req)
  const conditions = Object.entries(conditionalHeaders)
  const headers = new Headers(rawProperty(c.req, 'headers'))
  const isPlain = raw.method === 'GET' && !CLIENT_HEADERS.some((name) => headers.has(name))
  if (isPlain && conditions.length === 0) return callHandler(c, next, () => signal)
  for (const name of CLIENT_HEADERS) headers.delete(name)
  for (const [name, value] of conditions) headers.set(name, value)
  c.req.raw = getRequest(raw, headers, signal)
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
function getRequest(raw: Request, headers: Headers, signal: AbortSignal): Request {
  const { url, redirect } = raw
  const properties = 'cf' in raw ? { cf: raw.cf } : {}
  return new Request(url, { method: 'GET', headers, redirect, signal, ...properties })
}

/**
 * Calls the handler with the request in the context.
 *
 * @param signal replaces the signal of the request.
 */
export async function callHandler(c: Context, next: Next, signal?: () => AbortSignal): Promise<HandlerReads> {
  forceContentType(c)
  return recordReads(c, next, signal)
}

/** Records the reads of `call`: of headers, and of variables that it has not set itself. */
export async function recordReads(
  c: Context,
  call: () => Promise<unknown>,
  signal?: () => AbortSignal,
): Promise<HandlerReads> {
  const own = new Set<string>()
  let listener: ((name: string, isSet: boolean) => void) | undefined
  watchVariables(c, {
    onRead(name, isSet) {
      if (!own.has(name)) listener?.(name, isSet)
    },
    onSet: (name) => own.add(name),
  })

  async function record<T>(
    part: () => Promise<T>,
    onRead?: (reads: HandlerReads) => void,
    partSignal?: () => AbortSignal,
  ): Promise<{ result: T; reads: HandlerReads }> {
    const variables = new Map<string, boolean>()
    const onNew = onRead && (() => onRead(reads))
    const headers = watchHeaderReads(c.req, partSignal, onNew)
    const reads: HandlerReads = { headers, variables, during: record }
    listener = (name, isSet) => {
      const isNew = !variables.has(name)
      variables.set(name, isSet)
      if (isNew) onNew?.()
    }
    try {
      return { result: await part(), reads }
    } finally {
      headers.stop()
      listener = undefined
    }
  }

  return (await record(call, undefined, signal)).reads
}
