/** Tells how every request went: which route, which status, how long. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { routeOf } from './context/route-of.ts'
import { setsNoHeaders } from './context/sets-no-headers.ts'
import { trySyncAnswer } from './context/sync-answer.ts'
import { purgeOf } from './endpoints/purge-request.ts'

export interface MeasuredOptions {
  onStart?: () => void
  onEnd: (end: {
    method: string
    /** The route's pattern; `/*` where no route matched. */
    route: string
    status: number
    durationMs: number
  }) => void
  /** Monotonic ms. Default `performance.now`. */
  timer?: () => number
}

/**
 * Calls `onStart` when a request comes and `onEnd` when its answer is made (its body may still be on its way).
 *
 * @example
 * app.use(measured({ onEnd: ({ route, status }) => requests.with({ route, status: String(status) }).inc() }))
 */
export function measured(options: MeasuredOptions): MiddlewareHandler {
  const { onStart, onEnd, timer = performance.now.bind(performance) } = options

  /** An answer that is there already is not waited for. */
  function measured(c: Context, next: Next): Response | Promise<void> {
    if (purgeOf(c) !== undefined) return next() // a part of the request that purges, and no client's
    const startedAt = timer()
    onStart?.()
    const answer = trySyncAnswer(c, measured)
    if (answer === undefined) return waitFor(c, next, startedAt)
    ended(c, startedAt, answer.status)
    return answer
  }

  async function waitFor(c: Context, next: Next, startedAt: number): Promise<void> {
    let status = 500 // what the server makes of an error that nothing in the app has answered
    try {
      await next()
      status = c.res.status
    } finally {
      ended(c, startedAt, status)
    }
  }

  function ended(c: Context, startedAt: number, status: number): void {
    const { method, matchedRoutes } = c.req
    onEnd({ method, route: routeOf(matchedRoutes), status, durationMs: timer() - startedAt })
  }

  return setsNoHeaders(measured) as MiddlewareHandler // Hono awaits whatever comes; its type knows promises alone
}
