/** The pattern of the route that a request has matched. */
import type { RouterRoute } from 'hono/types'

/**
 * The last that matched: the handler's, also asked from middleware around it; `/*` where only such middleware matched.
 *
 * @param matched `c.req.matchedRoutes`: asked of the request itself. Hono's helper `routePath` asks by a symbol, which is
 *   another one where an app has `hono` once as CommonJS and once as a module.
 */
export function routeOf(matched: readonly RouterRoute[]): string {
  return matched.at(-1)?.path ?? '/*'
}
