/** The pattern of the route that a request has matched. */
import type { Context } from 'hono'

/**
 * The last that matched: the handler's, also asked from middleware around it; `/*` where only such middleware matched.
 *
 * Asks the request itself. Hono's helper `routePath` asks by a symbol, which is another one where an app has `hono` once as
 * CommonJS and once as a module.
 */
export function routeOf(c: Context): string {
  return c.req.matchedRoutes.at(-1)?.path ?? '/*'
}
