/** Middleware that sets no field of an answer before `next`: behind it a hit need not look for fields to add. */
import type { RouterRoute } from 'hono/types'

/** A mark on the function itself: Hono shows which functions stand before, and nothing else of them. */
const SETS_NO_HEADERS = Symbol('hitrate:quiet')

/** Declares that a middleware sets no field of the answer before it calls `next`. */
export function setsNoHeaders<Handler extends object>(handler: Handler): Handler {
  return Object.assign(handler, { [SETS_NO_HEADERS]: true })
}

/**
 * Can nobody have set a field of the answer yet? Then a hit is the whole answer, and Hono's context, which is costly to ask,
 * need not be asked. Certain only where the router itself has called `handler`, and all that it has called before is
 * {@link quiet}: middleware that is made of others (`some`, `every`) may hide one that is not.
 *
 * @param at which of the routes is being run.
 */
export function noHeadersSetYet(routes: readonly RouterRoute[], at: number, handler: object): boolean {
  if (routes[at]?.handler !== handler) return false
  for (let before = 0; before < at; before++) {
    const said: object | undefined = routes[before]?.handler
    if (said === undefined || !(SETS_NO_HEADERS in said)) return false
  }
  return true
}
