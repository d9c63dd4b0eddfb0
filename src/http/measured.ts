/** Middleware that reports the route, the status and the duration of each request. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { aFunction, type OptionRules, requireOptions, validateOptions } from '../options.ts'
import { routeOf } from './context/route-of.ts'
import { setsNoHeaders } from './context/sets-no-headers.ts'
import { trySyncAnswer } from './context/sync-answer.ts'
import { purgeOf } from './endpoints/purge-request.ts'

export interface MeasuredOptions {
  /** Called when a request arrives. */
  onStart?: () => void
  /** Called when the response is ready; its body may still be streaming. */
  onEnd: (end: {
    method: string
    /** The route's pattern; `/*` if no route matched. */
    route: string
    status: number
    durationMs: number
  }) => void
  /** Monotonic clock in ms. Default: `performance.now`. */
  timer?: () => number
}

const RULES: OptionRules<MeasuredOptions> = { onStart: aFunction, onEnd: aFunction, timer: aFunction }

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
  const { onStart, onEnd, timer = performance.now.bind(performance) } = options

  /** Returns the response of a synchronous hit directly, without a promise. */
  function measured(c: Context, next: Next): Response | Promise<void> {
    if (purgeOf(c) !== undefined) return next()
    const startedAt = timer()
    onStart?.()
    const response = trySyncAnswer(c, measured)
    if (response === undefined) return awaitNext(c, next, startedAt)
    report(c, startedAt, response.status)
    return response
  }

  async function awaitNext(c: Context, next: Next, startedAt: number): Promise<void> {
    let status = 500 // without an error handler in the app, the error reaches the server, which responds with 500
    try {
      await next()
      status = c.res.status
    } finally {
      report(c, startedAt, status)
    }
  }

  function report(c: Context, startedAt: number, status: number): void {
    const { method, matchedRoutes } = c.req
    onEnd({ method, route: routeOf(matchedRoutes), status, durationMs: timer() - startedAt })
  }

  return setsNoHeaders(measured) as MiddlewareHandler // Hono accepts a synchronous result, but the type allows only promises
}
