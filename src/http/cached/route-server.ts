/** Serves the requests to one `cached()`. A request is a purge, an unsafe method, a hit, or a miss. */
import type { Context, Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import type { About } from '../../cache/events.ts'
import { described } from '../../options.ts'
import { headersSetBefore, setResponse } from '../context/context-response.ts'
import { isOnlyMiddleware } from '../context/no-response.ts'
import type { HandlerCalls } from '../context/own-handler.ts'
import { type EarlierMiddleware, earlierMiddleware } from '../context/reads/earlier-middleware.ts'
import { routeOf } from '../context/route-of.ts'
import { noHeadersSetYet } from '../context/sets-no-headers.ts'
import type { SyncHit } from '../context/sync-answer.ts'
import { type Purge, purgeOf } from '../endpoints/purge-request.ts'
import { isConditionalOrRange } from '../fields/conditional.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { hitForMissKey } from '../policy/hit-for-miss.ts'
import { escapedKey } from '../policy/variants.ts'
import { createDemands, type Demands } from './cache-demand.ts'
import type { CacheDemand } from './cache-request.ts'
import { purgeTargetOf } from './purge-target.ts'
import { copiedHeaders, headersUntilTaken, receivedHeaders } from './request-headers.ts'
import type { Route } from './route.ts'
import { createHitServer, type HitServer } from './serve-hit.ts'
import { MissServer } from './serve-miss.ts'
import { UnsafeMethods } from './unsafe-methods.ts'

/** A request that memory did not answer. */
interface Missed {
  resource: string
  /** The request headers as they are now. */
  received: RequestHeader
  demand: CacheDemand
  about: About
  earlier: EarlierMiddleware
  matchedRoutes: readonly RouterRoute[]
}

export class RouteServer {
  readonly #route: Route
  readonly #self: object
  readonly #calls: HandlerCalls | undefined
  readonly #demands: Demands
  readonly #hits: HitServer
  readonly #misses: MissServer
  readonly #unsafeMethods: UnsafeMethods

  /**
   * @param self the function of `cached()`, which is compared with the routes that Hono matched.
   * @param calls calls the handler, if it is part of `self`.
   */
  constructor(route: Route, self: object, calls: HandlerCalls | undefined) {
    this.#route = route
    this.#self = self
    this.#calls = calls
    this.#demands = createDemands(route)
    this.#hits = createHitServer(route, self)
    this.#misses = new MissServer(route)
    this.#unsafeMethods = new UnsafeMethods(route)
  }

  /** Serves synchronously if the key is generated synchronously, so that a memory hit allocates no promise. */
  serve(c: Context, next: Next): Response | Promise<Response | undefined> {
    const earlier = earlierMiddleware(c, this.#self)
    const generated = this.#route.keyOf(c)
    if (typeof generated === 'string') return this.#serveKey(c, next, assertKey(generated), earlier)
    return Promise.resolve(generated).then((key) => this.#serveKey(c, next, assertKey(key), earlier, false))
  }

  /** Serves a plain GET from memory. The middleware directly before this one calls this function to avoid `next()`. */
  serveSynchronously(c: Context, routes: readonly RouterRoute[]): SyncHit | undefined {
    const received = receivedHeaders(c)
    if (c.req.method !== 'GET' || isConditionalOrRange(received)) return undefined
    const generated = this.#route.keyOf(c) as string // the default key generator is synchronous
    const resource = escapedKey(generated)
    const demand = this.#demands.of(c, resource, received)
    const about: About = { method: 'GET', route: routeOf(c, routes, c.req.routeIndex + 1) }
    const durationMs = this.#route.reads.elapsedMs(demand.found)
    const hit = this.#hits.find(demand, received, about, durationMs)
    if (hit === undefined) {
      this.#demands.keep(c, resource, demand) // saved, because the call through the router would look the key up again
      return undefined
    }
    if (this.#route.front) this.#hits.addToFrontIndex(c, generated, hit.value, about)
    const { route } = about
    return {
      response: this.#hits.toResponse(hit, demand.key),
      route,
      bytes: hit.value.length ?? 0,
      durationMs,
    }
  }

  /** @param isSync true if the key was generated synchronously. */
  #serveKey(
    c: Context,
    next: Next,
    generated: string,
    earlier: EarlierMiddleware,
    isSync = true,
  ): Response | Promise<undefined> {
    const { method, matchedRoutes } = c.req
    const about: About = { method, route: routeOf(c, matchedRoutes) }
    const resource = escapedKey(generated)
    const purge = purgeOf(c)
    if (purge !== undefined) return this.#obey(c, purge, resource)
    if (method !== 'GET' && method !== 'HEAD') {
      const handler = this.#handlerOf(c, next).next
      return this.#unsafeMethods.serve(c, handler, resource, about, earlier)
    }
    const received = receivedHeaders(c)
    const demand = this.#demands.take(c, resource) ?? this.#demands.of(c, resource, received)
    const hit = this.#hits.find(demand, received, about)
    if (hit === undefined) {
      return this.#serveMiss(c, next, { resource, received, demand, about, earlier, matchedRoutes })
    }
    if (this.#route.front && isSync) this.#hits.addToFrontIndex(c, generated, hit.value, about)
    const isPlain = method === 'GET' && !isConditionalOrRange(received)
    return isPlain
      ? this.#hits.serveWhole(c, hit, demand.key, matchedRoutes)
      : this.#hits.servePart(c, hit, demand.key)
  }

  #serveMiss(
    c: Context,
    next: Next,
    { resource, received, demand: found, about, earlier, matchedRoutes }: Missed,
  ): Promise<undefined> {
    const { hitForMiss, derivesTags, origins, urlTags, urlOf } = this.#route
    const handler = this.#handlerOf(c, next)
    // An error of the handler may be for one client only, and without the app's error handler it would reach all that wait.
    const demand = handler.canCache ? found : this.#demands.bypass(found, 'not-registered')
    const { routeIndex, url } = c.req
    const mayHaveHeaders = !noHeadersSetYet(matchedRoutes, routeIndex, this.#self)
    const header = mayHaveHeaders ? copiedHeaders(c) : headersUntilTaken(c, received)
    origins.note(url)
    return this.#misses.serve({
      key: demand.key,
      directives: demand.directives,
      bypassReason: demand.bypassReason,
      found: demand.found,
      c,
      next: handler.next,
      resource,
      header,
      outerHeaders: mayHaveHeaders ? headersSetBefore(c) : undefined,
      isAlone: this.#calls === undefined && isOnlyMiddleware(matchedRoutes),
      about,
      earlier,
      shared: !hitForMiss.has(hitForMissKey({ header, resource })),
      urlTags: derivesTags ? NO_TAGS : urlTags(urlOf(c)),
    })
  }

  /** The function that runs the handler, and whether the cache gets the response that the app makes of its error. */
  #handlerOf(c: Context, next: Next): { next: Next; canCache: boolean } {
    if (this.#calls === undefined) return { next, canCache: true }
    const own = this.#calls.nextOf(c, next)
    return { next: own ?? this.#calls.plainNext(c, next), canCache: own !== undefined }
  }

  async #obey(c: Context, purge: Purge, resource: string): Promise<undefined> {
    purge.reach(await purgeTargetOf(this.#route, c, purge, resource))
    setResponse(c, new Response(null, { status: 204 }))
  }
}

const NO_TAGS: readonly string[] = []

function assertKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key
  throw new TypeError(`cached: keyGenerator must return a string that is not empty, got ${described(key)}`)
}
