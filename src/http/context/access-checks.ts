/** Finds middleware behind the cache that may refuse a request. It does not run for hits, so they are not checked. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'

/** Names of the functions that Hono's access checks return. `csrf` checks unsafe methods only, which no hit answers. */
const KNOWN = ['basicAuth', 'bearerAuth', 'ipRestriction', 'jwk', 'jwt']

/** Statuses by which middleware refuses a client. */
const REFUSALS = [401, 403, 407, 429]

/** True if a known access check is behind the matched handler in place `index`. */
export function hasAccessCheckBehind(routes: readonly RouterRoute[], index: number): boolean {
  return routes.slice(index + 1).some(({ handler }) => KNOWN.includes(originalOf(handler).name))
}

/** Hono wraps the handlers of an app with an error handler of its own, and keeps the original in this property. */
function originalOf(handler: { name: string; __COMPOSED_HANDLER?: { name: string } }): { name: string } {
  return handler.__COMPOSED_HANDLER ?? handler
}

/** True if middleware has refused this request: the response has such a status, and the last handler has not run. */
export function wasRefused({ req, res }: Context): boolean {
  return REFUSALS.includes(res.status) && req.routeIndex < req.matchedRoutes.length - 1
}
