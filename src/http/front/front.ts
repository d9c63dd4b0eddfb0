/** Serves plain hits before Hono's router runs. A hit needs two look-ups: the URL in the index, and its key in the cache. */
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
import { isPurge } from '../endpoints/purge-request.ts'
import { FrontHits, type FrontHitsOptions, type Peer } from './front-hits.ts'
import type { HeaderValues } from './hit-headers.ts'
import { ROUTED_HEADERS, ROUTED_WITH_CLIENT_CONTROL } from './routed-headers.ts'
import type { UrlEntry } from './url-index.ts'

export interface FrontOptions extends FrontHitsOptions {
  /**
   * Returns a request header (name in lower case) or `undefined`. Useful if the server passes parsed headers to `fetch` in
   * `env`, because reading `request.headers` takes the largest part of a hit's time. Default: reads `request.headers`.
   */
  readHeader?: ((request: Request, env: unknown, name: string) => unknown) | undefined
  /** Returns the connection of a request, for `onRequest`. Called for each hit. Must not throw. Default: not known. */
  peer?: ((request: Request, env: unknown) => Peer | undefined) | undefined
}

const RULES: OptionRules<FrontOptions> = {
  cache: withMethods('a cache made by createCache()', 'lookup'),
  onRequest: aFunction,
  readHeader: aFunction,
  peer: aFunction,
  hitHeaders: anObject,
  timer: aFunction,
  onError: aFunction,
}

/**
 * Wraps an app's `fetch` and serves hits before the router runs, for GET requests to routes with `cached({ front: true })`. The
 * response is the same as the one from the middleware.
 *
 * **Middleware before `cached()` does not run for these hits: no authentication, no logger, no rate limit, no headers that it
 * adds.** Set `front: true` only on routes that are public. The path must depend on the URL alone, so an app whose `getPath`
 * reads headers must not use the front.
 *
 * Serves only requests without conditions, `Range`, `Cache-Control`, `Authorization` and `Upgrade`, and without `Pragma` on
 * routes with `clientControl`. All other requests go to `fetch` unchanged, and so do misses and requests for responses with
 * `Vary`. Request cookies are ignored, as in the middleware: a response that depends on a cookie must have `Vary: Cookie`.
 *
 * The middleware adds a URL to the front's index on its first hit, under two conditions. The middleware must get the same
 * request object as the front (a mounted app gets another one, without the prefix), and the key must depend on the URL alone. A
 * URL is not added if its `keyGenerator` returns a promise or reads headers, the environment or variables of the context. Other
 * inputs of a `keyGenerator` (a clock, a global variable) are not detected: **do not set `front: true` on a route with such a
 * key.**
 *
 * Each hit is looked up in the cache, so an invalidated response is not served.
 *
 * @param fetch called for every other request: `app.fetch`.
 * @throws {TypeError} when `fetch` is no function, `cache` is missing, or an option is unknown or has the wrong type.
 * @example
 * app.get('/rates', cached({ cache, targetedControl: 'max-age=60', front: true }), (c) => c.json(rates()))
 * export default { fetch: front(app.fetch, { cache }) }
 */
export function front(fetch: Hono['fetch'], options: FrontOptions): Hono['fetch'] {
  if (typeof fetch !== 'function') {
    throw invalid('front: fetch', 'a function such as app.fetch', fetch)
  }
  validateOptions('front', options, RULES)
  requireOptions('front', options, RULES, ['cache'])
  return fetchThrough(new FrontHits('front', options), fetch, options)
}

/** The front over given hits, which other servers in front of the same app may share. */
export function fetchThrough(
  hits: FrontHits,
  fetch: Hono['fetch'],
  { readHeader, peer }: Pick<FrontOptions, 'readHeader' | 'peer'> = {},
): Hono['fetch'] {
  function serveHit(request: Request, env: unknown): Response | undefined {
    const entry = hits.entryOf(request.url)
    if (entry === undefined || !isPlain(entry, request, env) || isPurge(request)) return undefined
    const hit = hits.find(entry, hits.headers && receivedBy(request, env, hits.headers.reads))
    if (hit === undefined) return undefined
    const response = hits.toResponse(hit)
    hits.report(hit, response.status, request.url, peer?.(request, env))
    return response
  }

  function receivedBy(request: Request, env: unknown, names: readonly string[]): HeaderValues {
    if (readHeader === undefined) return valuesIn(request.headers, names)
    return names.map((name) => readHeader(request, env, name)?.toString())
  }

  function isPlain({ responder }: UrlEntry, request: Request, env: unknown): boolean {
    const names = responder.obeysPragma ? ROUTED_WITH_CLIENT_CONTROL : ROUTED_HEADERS
    if (readHeader === undefined) return hasNone(request.headers, names)
    for (const name of names) if (readHeader(request, env, name) !== undefined) return false
    return true
  }

  return function fetchThroughFront(request, env, context) {
    if (request.method === 'GET') {
      const response = serveHit(request, env)
      if (response !== undefined) return response
      hits.attach(request)
    }
    return fetch(request, env, context)
  }
}

function valuesIn(headers: Headers, names: readonly string[]): HeaderValues {
  return hasOnlyHost(headers) ? NONE : names.map((name) => headers.get(name) ?? undefined)
}

const NONE: HeaderValues = []

function hasNone(headers: Headers, names: readonly string[]): boolean {
  if (hasOnlyHost(headers)) return true
  for (const name of names) if (headers.get(name) !== null) return false
  return true
}

/** On Bun, `Headers` has a count: reading it costs less than a look-up of each name. */
function hasOnlyHost(headers: CountedHeaders): boolean {
  return headers.count === 1 && headers.has('host')
}

type CountedHeaders = Headers & { count?: number }
