/** Calls the handler behind `cached()`, with or without the client's conditions. */
import type { Context, Next } from 'hono'
import type { InternalLoadContext } from '../../../cache/http-reads.ts'
import { forceContentType } from '../../context/context-response.ts'
import type { MadeText, MadeTexts } from '../../context/made-text.ts'
import { orNotFound } from '../../context/no-response.ts'
import { rawProperty, rawSignal } from '../../context/reads/header-reads.ts'
import { rawRequest } from '../../context/reads/raw-request.ts'
import type { StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest } from '../cache-request.ts'
import { HandlerRun } from './handler-run.ts'
import { revalidatable } from './revalidation.ts'

/** `bypass`: the response is for this request only and is never stored. */
export type LoadPurpose = 'for everyone' | 'bypass'

/** A call of the handler. It must be ended by `run.end`. */
export interface Call {
  request: CacheRequest
  /** The key that the load was started for. */
  key: string
  isBypass: boolean
  /** True if the handler gets the client's own conditions and range. */
  isAsReceived: boolean
  /** The stored response that the handler is asked to confirm. */
  stored: StoredResponse | undefined
  /** Calls the handler. */
  handler: Next
  run: HandlerRun
}

/**
 * Prepares a call for a load.
 *
 * @param texts records the texts of which the handler makes responses.
 */
export function startCall(
  request: CacheRequest,
  purpose: LoadPurpose,
  context: InternalLoadContext,
  texts: MadeTexts,
): Call {
  const { c, header, shared, next } = request
  const isBypass = purpose === 'bypass'
  const stored = isBypass ? undefined : revalidatable(context.storedValue(), header)
  // A response that is not shared may answer this client's conditions and range, so the handler gets them.
  const isAsReceived = isBypass || (!shared && stored === undefined)
  const signal = () => context.signal
  const text = isAsReceived ? undefined : texts.start(c)
  // Code around the cache may have taken a method of the context that is not recorded.
  if (text === undefined || request.outerHeaders !== undefined) forceContentType(c)
  const run = isAsReceived
    ? runAsReceived(c, signal)
    : runUnconditionally(c, text, signal, stored?.conditionalHeaders)
  const handler = orNotFound(c, next, request.isAlone)
  return { request, key: context.key, isBypass, isAsReceived, stored, handler, run }
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
 * Starts a run for a response that may answer other requests too. Removes the client's conditions, and does not abort the handler
 * when the client disconnects.
 *
 * @param signal replaces the signal of the request. On Node, `fetch(request)` does not read the property, so it still aborts when
 *   the client disconnects.
 * @param conditionalHeaders conditions of the cache itself, to revalidate the stored response.
 */
function runUnconditionally(
  c: Context,
  text: MadeText | undefined,
  signal: () => AbortSignal,
  conditionalHeaders?: Readonly<Record<string, string>>,
): HandlerRun {
  const raw = rawRequest(c.req)
  const received = rawProperty(c.req, 'headers')
  if (conditionalHeaders === undefined && raw.method === 'GET' && !hasClientHeaders(received)) {
    return new HandlerRun(c, { signal, text })
  }
  const headers = new Headers(received)
  for (const name of CLIENT_HEADERS) headers.delete(name)
  for (const name in conditionalHeaders) headers.set(name, conditionalHeaders[name] ?? '')
  c.req.raw = getRequest(raw, headers, signal())
  return new HandlerRun(c, { text, received: raw })
}

function hasClientHeaders(headers: Headers): boolean {
  // The method of the prototype, because a recorder may have replaced the object's own.
  const { has } = Object.getPrototypeOf(headers) as Headers
  for (const name of CLIENT_HEADERS) if (has.call(headers, name)) return true
  return false
}

/**
 * Starts a run with the client's conditions, for a response that is not shared.
 *
 * @param signal aborts the handler, as a disconnect of the client does.
 */
function runAsReceived(c: Context, signal: () => AbortSignal): HandlerRun {
  const client = rawSignal(c.req)
  return new HandlerRun(c, { signal: () => AbortSignal.any([client(), signal()]) })
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

/** Calls the handler with the request in the context. */
export async function callHandler(c: Context, next: Next): Promise<HandlerRun> {
  forceContentType(c)
  const run = new HandlerRun(c)
  try {
    await next()
  } finally {
    run.end()
  }
  return run
}
