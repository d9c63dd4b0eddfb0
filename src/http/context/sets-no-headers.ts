/** Marks middleware that sets no response headers before `next()`. If everything before `cached()` is marked, a hit is returned as is. */
import type { RouterRoute } from 'hono/types'

/** Key of the mark on the function itself, because Hono exposes nothing but the functions of the matched routes. */
const SETS_NO_HEADERS = Symbol('hitrate:sets-no-headers')

/** Declares that a middleware sets no response header before it calls `next`. */
export function setsNoHeaders<Handler extends object>(handler: Handler): Handler {
  return Object.assign(handler, { [SETS_NO_HEADERS]: true })
}

/**
 * True when no earlier middleware can have set a response header. A hit is then the complete response, and the slow read of the
 * headers in Hono's context is skipped. Requires that the router itself called `handler`: a combined middleware (`some`,
 * `every`) may contain one without the mark.
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
