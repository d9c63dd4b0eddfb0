/** Middleware that says nothing about the answer before there is one: what stands behind it need not look for that. */
import type { RouterRoute } from 'hono/types'

/** On the function itself, so that it is found among the handlers of a route. */
const QUIET = Symbol('hitrate:quiet')

/** Declares that a handler sets no field of the answer before it calls `next`. */
export function quiet<Handler extends object>(handler: Handler): Handler {
  return Object.assign(handler, { [QUIET]: true })
}

/**
 * Has nobody had occasion yet to set a field of the answer? Only where `handler` itself is what the router has called, and
 * all that it has called before is {@link quiet}: middleware that is put together of others may hide one that is not.
 *
 * @param at which of the routes is being run.
 */
export function isFirstToSpeak(routes: readonly RouterRoute[], at: number, handler: object): boolean {
  if (routes[at]?.handler !== handler) return false
  for (let before = 0; before < at; before++) {
    const said: object | undefined = routes[before]?.handler
    if (said === undefined || !(QUIET in said)) return false
  }
  return true
}
