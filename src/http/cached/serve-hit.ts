/** Serves fresh entries of the memory tier, synchronously. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import type { About } from '../../cache/events.ts'
import { addHeaders, headersSetBefore, markComplete, setResponse } from '../context/context-response.ts'
import { rawRequest } from '../context/reads/raw-request.ts'
import { noHeadersSetYet } from '../context/sets-no-headers.ts'
import { addServerTiming, serverTimingOf } from '../fields/server-timing.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { attachedIndex, type Hit, type HitResponder, indexSymbol } from '../front/url-index.ts'
import { isUrlOnlyKey } from '../front/url-only-key.ts'
import { escapedKey } from '../policy/variants.ts'
import type { StoredResponse } from '../stored/stored-response.ts'
import type { CacheDemand, Stored } from './cache-request.ts'
import { matchesRequest } from './forward-reason.ts'
import { receivedHeaders } from './request-headers.ts'
import { respondWithStored } from './respond.ts'
import type { Route } from './route.ts'

/** Finds hits and responds with them. `key` is the key that the option `debug` shows. */
export interface HitServer {
  /**
   * Returns the fresh entry and counts a hit. Returns `undefined` if there is none, if request directives restrict the use of the
   * cache, or if the hit is due for an audit.
   *
   * @param durationMs of the look-up, for callers that use it too. Default: measured here.
   */
  find(demand: CacheDemand, header: RequestHeader, about: About, durationMs?: number): Hit | undefined
  /** The response to a GET without conditions and range. */
  toResponse(hit: Hit, key: string): Response
  /**
   * As `toResponse`, and adds the headers of outer middleware.
   *
   * @param routes the matched routes, which Hono copies for each caller.
   */
  serveWhole(c: Context, hit: Hit, key: string, routes: readonly RouterRoute[]): Response
  /** Responds to GET and HEAD, with or without conditions and ranges, and adds the headers of outer middleware. */
  servePart(c: Context, hit: Hit, key: string): Response
  /** Lets `front()` serve this URL from now on, if its key and response are the same for every client. */
  addToFrontIndex(c: Context, generatedKey: string, stored: StoredResponse, about: About): void
}

/** @param self the middleware function, which is compared with the routes that Hono matched. */
export function createHitServer(route: Route, self: object): HitServer {
  const {
    cache,
    reads,
    variants,
    keyOf,
    serverTiming,
    clientControl,
    hitStatusText,
    statusText,
    recentHeads,
    audits,
  } = route
  const symbol = indexSymbol(cache)
  const responder: HitResponder = {
    obeysPragma: clientControl,
    isAudited: audits,
    hasVariants: (key) => variants.keyFor(key, () => undefined) !== key,
    toResponse,
    toMessage: ({ value, ageMs, expiresInMs }, key) =>
      value.toMessage(
        { ageMs, cacheStatus: hitStatusText(expiresInMs, key), recent: recentHeads },
        serverTiming ? SERVER_TIMING_OF_HIT : undefined,
      ),
  }

  function toResponse({ value, ageMs, expiresInMs }: Hit, key: string): Response {
    const cacheStatus = hitStatusText(expiresInMs, key)
    const response = value.toResponse({
      head: false,
      notModified: false,
      ageMs,
      cacheStatus,
      recent: recentHeads,
    })
    if (serverTiming) addServerTiming(response, 'hit')
    return response
  }

  /** If no header has to be added, only returns the response, because setting it on Hono's context is slow. */
  function serveWhole(c: Context, hit: Hit, key: string, routes: readonly RouterRoute[]): Response {
    const response = toResponse(hit, key)
    markComplete(c, response)
    if (noHeadersSetYet(routes, c.req.routeIndex, self)) return response
    setResponse(c, addHeaders(response, headersSetBefore(c), hit.value.appendedHeaders))
    return c.res // if no other handler matched, Hono uses a returned response without waiting
  }

  function servePart(c: Context, hit: Hit, key: string): Response {
    const status = { hit: true, ttlMs: hit.expiresInMs }
    const request = { c, outerHeaders: headersSetBefore(c) }
    respondWithStored(request, hit.value, hit, {
      status,
      text: (s) => statusText(s, key),
      now: cache.now(),
      recent: recentHeads,
    })
    if (serverTiming) addServerTiming(c.res, 'hit')
    return c.res
  }

  return {
    find({ directives, found }, header, about, durationMs) {
      const { strategy, maxAgeMs, minFreshMs } = directives
      const takesAnyFresh = strategy === 'refresh' && maxAgeMs === undefined && minFreshMs === undefined
      if (!takesAnyFresh || !matchesRequest(found.entry?.value, header, variants.codingsOf)) return undefined
      // The value has been checked above.
      return reads.hit<Stored>(found, undefined, about, durationMs, audits) as Hit | undefined
    },

    toResponse,

    serveWhole,

    servePart,

    addToFrontIndex(c, generatedKey, stored, { route: pattern }) {
      const raw = rawRequest(c.req)
      const index = stored.selecting === undefined ? attachedIndex(raw, symbol) : undefined
      if (index === undefined || index.get(raw.url)?.responder === responder) return
      // Outer middleware may check the credentials, and the front would skip that check.
      if (receivedHeaders(c)('authorization') !== undefined) return
      if (!isUrlOnlyKey(keyOf, c, generatedKey)) return
      index.add(raw.url, {
        key: escapedKey(generatedKey),
        about: { method: 'GET', route: pattern },
        responder,
      })
    },
  }
}

const SERVER_TIMING_OF_HIT = { 'server-timing': serverTimingOf('hit') }
