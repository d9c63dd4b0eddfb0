/** The public form of the socket server: an app, its front and an HTTP server in one. */
import { createServer, type ServerOptions } from 'node:http'
import type { Hono } from 'hono'
import {
  aBoolean,
  aFunction,
  anObject,
  invalid,
  type OptionRules,
  requireOptions,
  validateOptions,
  withMethods,
} from '../../options.ts'
import { fetchThrough } from '../front/front.ts'
import { FrontHits } from '../front/front-hits.ts'
import { type FrontListenerOptions, serveHitsBefore } from '../front/front-listener.ts'
import { createHitResponder } from './hit-responder.ts'
import { createMissServer } from './miss-server.ts'
import { createSocketServer, type SocketServer } from './socket-server.ts'

export interface FrontServerOptions extends FrontListenerOptions {
  /**
   * Options of the server of `node:http` that serves all requests that are not plain: its timeouts, among others. Connections
   * obey its timeouts from their beginning.
   */
  serverOptions?: ServerOptions
  /**
   * If true, plain GETs that are no hits go from the socket to `fetch`, without the server of `node:http` and
   * `getRequestListener`. The second argument of `fetch`, the environment, is then missing: no `c.env.incoming`, and no
   * `getConnInfo`. On Bun such a request costs less so; on Node it costs more. Default: false.
   */
  serveMisses?: boolean
}

const RULES: OptionRules<FrontServerOptions> = {
  cache: withMethods('a cache made by createCache()', 'lookup'),
  onRequest: aFunction,
  hitHeaders: anObject,
  timer: aFunction,
  onError: aFunction,
  getRequestListener: aFunction,
  serverOptions: anObject,
  serveMisses: aBoolean,
}

/**
 * Creates a server for an app that sends hits of routes with `cached({ front: true })` straight from the socket: a plain GET is
 * recognised by its bytes, and answered by one write. A connection that sends anything else is handed over, with all of its bytes
 * and for good, to a server of `node:http` with {@link frontListener}. The clients get the same responses.
 *
 * What `front` says about middleware, keys and headers holds here too. For HTTP without TLS; behind a proxy that ends TLS it works.
 *
 * @param fetch called for every other request: `app.fetch`.
 * @returns a server to `listen` with. It is closed like a server of `node:http`.
 * @throws {TypeError} when `fetch` is no function, `cache` or `getRequestListener` is missing, or an option is unknown or has
 * the wrong type.
 * @example
 * import { getRequestListener } from '@hono/node-server'
 * frontServer(app.fetch, { cache, getRequestListener }).listen(3000)
 */
export function frontServer(fetch: Hono['fetch'], options: FrontServerOptions): SocketServer {
  if (typeof fetch !== 'function') {
    throw invalid('frontServer: fetch', 'a function such as app.fetch', fetch)
  }
  validateOptions('frontServer', options, RULES)
  requireOptions('frontServer', options, RULES, ['cache', 'getRequestListener'])
  const { getRequestListener, serverOptions = {}, serveMisses = false } = options
  const hits = new FrontHits('frontServer', options)
  const fetchFronted = fetchThrough(hits, fetch)
  return createSocketServer({
    httpServer: createServer(serverOptions, serveHitsBefore(getRequestListener(fetchFronted), hits)),
    respond: createHitResponder(hits),
    serveMiss: serveMisses ? createMissServer(fetchFronted) : undefined,
  })
}
