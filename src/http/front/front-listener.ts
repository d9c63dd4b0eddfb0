/** Serves plain hits on Node before the adapter makes a `Request`, and without a `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Hono } from 'hono'
import {
  aFunction,
  anObject,
  invalid,
  type OptionRules,
  requireOptions,
  validateOptions,
  withMethods,
} from '../../options.ts'
import type { Message } from '../stored/heads/message.ts'
import { fetchThrough } from './front.ts'
import { FrontHits, type FrontHitsOptions } from './front-hits.ts'
import { hasPragma, urlOfPlainGet, valuesOfRaw } from './plain-get.ts'

/** A listener for the requests of a server of `node:http` or `node:https`. */
export type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown

export interface FrontListenerOptions extends FrontHitsOptions {
  /**
   * Returns a listener that answers requests with a `fetch`: `getRequestListener` of @hono/node-server. Called once. To set its
   * options, pass `(fetch) => getRequestListener(fetch, { ... })`.
   */
  getRequestListener: (fetch: Hono['fetch']) => RequestListener
}

const RULES: OptionRules<FrontListenerOptions> = {
  cache: withMethods('a cache made by createCache()', 'lookup'),
  onRequest: aFunction,
  hitHeaders: anObject,
  timer: aFunction,
  onError: aFunction,
  getRequestListener: aFunction,
}

/**
 * Creates a listener for `createServer` of `node:http` or `node:https` that serves hits of routes with `cached({ front: true })`
 * before @hono/node-server has made a `Request`. Everything else goes to `getRequestListener`'s listener, with a
 * `front` around `fetch`, so this function replaces both.
 *
 * What `front` says about middleware, keys and headers holds here too. The clients get the responses that they get from the
 * adapter. These requests go to the adapter as well: with a body, over HTTP/1.0 or HTTP/2, with `Expect`, with a complete URL in
 * the first line, and for hosts in upper case or IPv6 addresses.
 *
 * @param fetch called for every other request: `app.fetch`.
 * @throws {TypeError} when `fetch` is no function, `cache` or `getRequestListener` is missing, or an option is unknown or has
 * the wrong type.
 * @example
 * import { getRequestListener } from '@hono/node-server'
 * createServer(frontListener(app.fetch, { cache, getRequestListener })).listen(3000)
 */
export function frontListener(fetch: Hono['fetch'], options: FrontListenerOptions): RequestListener {
  if (typeof fetch !== 'function') {
    throw invalid('frontListener: fetch', 'a function such as app.fetch', fetch)
  }
  validateOptions('frontListener', options, RULES)
  requireOptions('frontListener', options, RULES, ['cache', 'getRequestListener'])
  const hits = new FrontHits('frontListener', options)
  return serveHitsBefore(options.getRequestListener(fetchThrough(hits, fetch)), hits)
}

/**
 * @param listener answers the requests that are no plain hits.
 * @param isDraining true if each hit must go through the listener too, which closes the connections.
 */
export function serveHitsBefore(
  listener: RequestListener,
  hits: FrontHits,
  isDraining: () => boolean = () => false,
): RequestListener {
  return function serveHitOrCall(incoming, outgoing) {
    try {
      if (!isDraining() && serveHit(hits, incoming, outgoing)) return undefined
    } catch {
      // For example of a memory store of the application. An error that leaves this function would end the process.
      refuse(outgoing)
      return undefined
    }
    return listener(incoming, outgoing)
  }
}

/** Returns false, without effect, if the request is not a plain GET of a fresh response. */
function serveHit(hits: FrontHits, incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const url = urlOfPlainGet(incoming)
  const entry = url === undefined ? undefined : hits.entryOf(url)
  if (url === undefined || entry === undefined || outgoing.destroyed || outgoing.headersSent) return false
  if (entry.responder.obeysPragma && hasPragma(incoming)) return false
  const hit = hits.findMessage(entry, hits.headers && valuesOfRaw(incoming, hits.headers.reads))
  if (hit === undefined) return false
  const own = hit.values && hits.headers?.fieldsOf(hit.values)
  hits.report(hit, send(hits.toMessage(hit), own, outgoing), url, incoming.socket)
  return true
}

/** Returns the status that was sent. @param own names and values of further headers, in ASCII. */
function send(message: Message, own: readonly string[] | undefined, outgoing: ServerResponse): number {
  const { status, fields, body } = message
  try {
    outgoing.writeHead(status, own === undefined ? fields : [...fields, ...own])
    if (body === null) outgoing.end()
    else outgoing.end(body, message.isAscii ? 'latin1' : 'utf8') // latin1 is copied, utf8 is encoded
    return status
  } catch {
    // node:http refuses values that `Headers` accepts, such as control characters.
    refuse(outgoing)
    return 500
  }
}

/** Responds with 500, as the adapter does if `fetch` throws. */
function refuse(outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.destroy()
  else outgoing.writeHead(500, 'Internal Server Error', { 'content-length': 0 }).end()
}
