/** Middleware that reports the route, the status and the duration of each request. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { CallbackErrors, type OnCallbackError } from '../../callback-errors.ts'
import { aFunction, type OptionRules, requireOptions, validateOptions } from '../../options.ts'
import { routeOf } from '../context/route-of.ts'
import { setsNoHeaders } from '../context/sets-no-headers.ts'
import { trySyncAnswer } from '../context/sync-answer.ts'
import { purgeOf } from '../endpoints/purge-request.ts'
import { createStopwatch } from '../stopwatch.ts'

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
  /**
   * Called with the first error of each callback: one that it throws, or with which its promise rejects. `callback` is `onStart`,
   * `onEnd`, `onHit` or `timer`. No such error reaches the request. Default: writes one line to `console.error`.
   */
  onError?: OnCallbackError
}

export interface MeasuredEnd {
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
  onError: aFunction,
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
  const { timer } = options
  const errors = new CallbackErrors('measured', options.onError)
  const onStart = options.onStart && errors.guard('onStart', options.onStart)
  const onEnd = errors.guard('onEnd', options.onEnd)
  const onHit = options.onHit && errors.guard('onHit', options.onHit)
  const { start, elapsedMs } = createStopwatch(timer, errors)

  /** Returns the response of a synchronous hit directly, without a promise. */
  function measured(c: Context, next: Next): Response | Promise<void> {
    if (purgeOf(c) !== undefined) return next()
    const lookedUpAt = timer === undefined ? 0 : start()
    const { matchedRoutes } = c.req
    const hit = trySyncAnswer(c, matchedRoutes, measured)
    if (hit === undefined) return awaitNext(c, next, timer === undefined ? start() : lookedUpAt)
    const { response, route } = hit
    const durationMs = timer === undefined ? hit.durationMs : elapsedMs(lookedUpAt)
    reportHit({ method: c.req.method, route, status: response.status, durationMs })
    return response
  }

  async function awaitNext(c: Context, next: Next, startedAt: number): Promise<void> {
    onStart?.()
    let status = 500 // without an error handler in the app, the error reaches the server, which responds with 500
    try {
      await next()
      status = c.res.status
    } finally {
      onEnd({ method: c.req.method, route: routeOf(c), status, durationMs: elapsedMs(startedAt) })
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
