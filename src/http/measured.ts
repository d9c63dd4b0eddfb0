/** Tells how every request went: which route, which status, how long. */
import type { MiddlewareHandler } from 'hono'
import { purgeOf } from './purge-request.ts'
import { quiet } from './quiet.ts'
import { routeOf } from './route-of.ts'

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

  return quiet(async function measured(c, next) {
    if (purgeOf(c) !== undefined) return next() // a part of the request that purges, and no client's
    const startedAt = timer()
    onStart?.()
    let status = 500 // what the server makes of an error that nothing in the app has answered
    try {
      await next()
      status = c.res.status
    } finally {
      onEnd({
        method: c.req.method,
        route: routeOf(c.req.matchedRoutes),
        status,
        durationMs: timer() - startedAt,
      })
    }
  } satisfies MiddlewareHandler)
}
