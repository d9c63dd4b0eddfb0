/**
 * Marks middleware that sets no response headers before `next()`. If all middleware before `cached()` is marked, a hit is
 * returned as it is.
 */
import type { RouterRoute } from 'hono/types'

/**
 * Property that marks a middleware function. The function itself has the mark, because Hono exposes only the functions of the
 * matched routes.
 */
const SETS_NO_HEADERS = Symbol('hitrate:sets-no-headers')

/** Declares that a middleware sets no response header before it calls `next`. */
export function setsNoHeaders<Handler extends object>(handler: Handler): Handler {
  return Object.assign(handler, { [SETS_NO_HEADERS]: true })
}

/**
 * True when no earlier middleware can have set a response header. A hit is then the complete response, and the slow read of the
 * headers in Hono's context is skipped. False if `handler` is not itself a matched route, because the combined middleware
 * (`some`, `every`) that calls it may contain an unmarked one.
 *
 * @param routes the matched routes, in order.
 * @param index the position of the running route.
 */
export function noHeadersSetYet(routes: readonly RouterRoute[], index: number, handler: object): boolean {
  if (routes[index]?.handler !== handler) return false
  for (let before = 0; before < index; before++) {
    const middleware: object | undefined = routes[before]?.handler
    if (middleware === undefined || !(SETS_NO_HEADERS in middleware)) return false
  }
  return true
}
