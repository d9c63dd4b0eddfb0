/** Middleware that reports the route, the status and the duration of each request. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import { aFunction, type OptionRules, requireOptions, validateOptions } from '../options.ts'
import { routeOf } from './context/route-of.ts'
import { setsNoHeaders } from './context/sets-no-headers.ts'
import { trySyncAnswer } from './context/sync-answer.ts'
import { purgeOf } from './endpoints/purge-request.ts'

export interface MeasuredOptions {
  /** Called when a request arrives. */
  onStart?: () => void
  /** Called when the response is ready; its body may still be streaming. */
  onEnd: (end: MeasuredEnd) => void
  /**
   * Called in place of `onStart` and `onEnd` for a hit that `cached` returns at once: no other request can see it in progress.
   * Default: both are called.
   */
  onHit?: (end: MeasuredEnd) => void
  /** Monotonic clock in ms. Default: `performance.now`, and for such a hit the two readings that the cache makes. */
  timer?: () => number
}

interface MeasuredEnd {
  method: string
  /** The route's pattern; `/*` if no route matched. */
  route: string
  status: number
  durationMs: number
}

const RULES: OptionRules<MeasuredOptions> = {
  onStart: aFunction,
  onEnd: aFunction,
  onHit: aFunction,
  timer: aFunction,
}

/**
 * Creates the middleware. A request that carries a purge to a cache is not reported, since no client sent it.
 *
 * @throws {TypeError} when `onEnd` is missing, or an option is unknown or has the wrong type.
 * @example
 * app.use(measured({ onEnd: ({ route, status }) => requests.with({ route, status: String(status) }).inc() }))
 */
export function measured(options: MeasuredOptions): MiddlewareHandler {
  validateOptions('measured', options, RULES)
  requireOptions('measured', options, RULES, ['onEnd'])
  const { onStart, onEnd, onHit, timer } = options
  const readTimer = timer ?? performance.now.bind(performance)

  /** Returns the response of a synchronous hit directly, without a promise. */
  function measured(c: Context, next: Next): Response | Promise<void> {
    if (purgeOf(c) !== undefined) return next()
    const lookedUpAt = timer?.() ?? 0
    const { matchedRoutes } = c.req
    const hit = trySyncAnswer(c, matchedRoutes, measured)
    if (hit === undefined)
      return awaitNext(c, next, matchedRoutes, timer === undefined ? readTimer() : lookedUpAt)
    const durationMs = timer === undefined ? hit.durationMs : timer() - lookedUpAt
    reportHit(endOf(c, matchedRoutes, hit.response.status, durationMs))
    return hit.response
  }

  async function awaitNext(
    c: Context,
    next: Next,
    routes: readonly RouterRoute[],
    startedAt: number,
  ): Promise<void> {
    onStart?.()
    let status = 500 // without an error handler in the app, the error reaches the server, which responds with 500
    try {
      await next()
      status = c.res.status
    } finally {
      onEnd(endOf(c, routes, status, readTimer() - startedAt))
    }
  }

  function reportHit(end: MeasuredEnd): void {
    if (onHit === undefined) {
      onStart?.()
      onEnd(end)
    } else onHit(end)
  }

  return setsNoHeaders(measured) as MiddlewareHandler // Hono accepts a synchronous result, but the type allows only promises
}

function endOf(
  { req: { method } }: Context,
  routes: readonly RouterRoute[],
  status: number,
  durationMs: number,
): MeasuredEnd {
  return { method, route: routeOf(routes), status, durationMs }
}
