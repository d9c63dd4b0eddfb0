/** `cached()`: a shared HTTP cache as Hono middleware. A request is a purge, an unsafe method, a hit, or a miss. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import type { About } from '../../cache/events.ts'
import { described } from '../../options.ts'
import { headersSetBefore, setResponse } from '../context/context-response.ts'
import { isOnlyMiddleware } from '../context/no-response.ts'
import { type EarlierMiddleware, earlierMiddleware } from '../context/reads/earlier-middleware.ts'
import { routeOf } from '../context/route-of.ts'
import { noHeadersSetYet, setsNoHeaders } from '../context/sets-no-headers.ts'
import { withSyncAnswer } from '../context/sync-answer.ts'
import { type Purge, purgeOf } from '../endpoints/purge-request.ts'
import { isConditionalOrRange } from '../fields/conditional.ts'
import { hitForMissKey } from '../policy/hit-for-miss.ts'
import { escapedKey } from '../policy/variants.ts'
import { createDemands, type Demands } from './cache-demand.ts'
import type { CachedOptions } from './options.ts'
import { purgeTargetOf } from './purge-target.ts'
import { copiedHeaders, headersUntilTaken, receivedHeaders } from './request-headers.ts'
import { createRoute } from './route.ts'
import { createHitServer } from './serve-hit.ts'
import { MissServer } from './serve-miss.ts'
import { UnsafeMethods } from './unsafe-methods.ts'

export type { CachedOptions } from './options.ts'

/**
 * Creates a shared cache in front of a handler (RFC 9111). Lifetimes come from the response headers and from `targetedControl`.
 * Every response shows in `Cache-Status` (RFC 9211) how the cache handled the request.
 *
 * @throws {TypeError} naming the option that does not exist or cannot be used.
 * @example
 * const cache = createCache({ memory: memoryStore() })
 * app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.json(rates()))
 */
export function cached(options: CachedOptions): MiddlewareHandler {
  const route = createRoute(options)
  const demands: Demands = createDemands(route)
  const hits = createHitServer(route, cached)
  const misses = new MissServer(route)
  const unsafeMethods = new UnsafeMethods(route)

  /** Serves synchronously if the key is generated synchronously, so that a memory hit allocates no promise. */
  function cached(c: Context, next: Next): Response | Promise<Response | undefined> {
    const earlier = earlierMiddleware(c, cached)
    const generated = route.keyOf(c)
    if (typeof generated === 'string') return serve(c, next, assertKey(generated), earlier)
    return Promise.resolve(generated).then((key) => serve(c, next, assertKey(key), earlier, false))
  }

  /** @param isSync true if the key was generated synchronously. */
  function serve(
    c: Context,
    next: Next,
    generated: string,
    earlier: EarlierMiddleware,
    isSync = true,
  ): Response | Promise<undefined> {
    const { method, matchedRoutes } = c.req
    const about: About = { method, route: routeOf(matchedRoutes) }
    const resource = escapedKey(generated)
    const purge = purgeOf(c)
    if (purge !== undefined) return obey(c, purge, resource)
    if (method !== 'GET' && method !== 'HEAD') return unsafeMethods.serve(c, next, resource, about, earlier)

    const received = receivedHeaders(c)
    const demand = demands.take(c, resource) ?? demands.of(c, resource, received)
    const hit = hits.find(demand, received, about)
    if (hit !== undefined) {
      if (route.front && isSync) hits.addToFrontIndex(c, generated, hit.value, about)
      return hits.serve(c, hit, demand.key, received)
    }
    const mayHaveHeaders = !noHeadersSetYet(matchedRoutes, c.req.routeIndex, cached)
    const outerHeaders = mayHaveHeaders ? headersSetBefore(c) : undefined
    const header = mayHaveHeaders ? copiedHeaders(c) : headersUntilTaken(c)
    const shared = !route.hitForMiss.has(hitForMissKey({ header, resource }))
    const urlTags = route.derivesTags ? [] : route.urlTags(route.urlOf(c))
    route.origins.note(c.req.url)
    const { key, directives, bypassReason, found } = demand
    return misses.serve({
      key,
      directives,
      bypassReason,
      found,
      c,
      next,
      resource,
      header,
      outerHeaders,
      isAlone: isOnlyMiddleware(matchedRoutes),
      about,
      earlier,
      shared,
      urlTags,
    })
  }

  /** Serves a plain GET from memory. The middleware directly before this one calls this function to avoid `next()`. */
  function serveSynchronously(c: Context, routes: readonly RouterRoute[]): Response | undefined {
    const received = receivedHeaders(c)
    if (c.req.method !== 'GET' || isConditionalOrRange(received)) return undefined
    const generated = route.keyOf(c) as string // the default key generator is synchronous
    const resource = escapedKey(generated)
    const demand = demands.of(c, resource, received)
    const about: About = { method: 'GET', route: routeOf(routes) }
    const hit = hits.find(demand, received, about)
    if (hit === undefined) {
      demands.keep(c, resource, demand) // saved, because the call through the router would look the key up again
      return undefined
    }
    if (route.front) hits.addToFrontIndex(c, generated, hit.value, about)
    return hits.toResponse(hit, demand.key)
  }

  async function obey(c: Context, purge: Purge, resource: string): Promise<undefined> {
    purge.reach(await purgeTargetOf(route, c, purge, resource))
    setResponse(c, new Response(null, { status: 204 }))
  }

  // A `keyGenerator` may be slow and must run once per request, so only routes with the default key serve synchronously.
  if (options.keyGenerator === undefined) withSyncAnswer(cached, serveSynchronously)
  return setsNoHeaders(cached) as MiddlewareHandler // Hono accepts a synchronous result, but the type allows only promises
}

function assertKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key
  throw new TypeError(`cached: keyGenerator must return a string that is not empty, got ${described(key)}`)
}
