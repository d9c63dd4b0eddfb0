/** The route pattern that a request matched. */
import type { RouterRoute } from 'hono/types'

/**
 * The pattern of the last matched route, which is the handler's, also when called from middleware around it. `/*` if only
 * middleware matched.
 *
 * @param matched `c.req.matchedRoutes`. Hono's helper `routePath` reads them by a symbol, which differs between the CommonJS
 *   and the ESM build of `hono` when an app loads both.
 */
export function routeOf(matched: readonly RouterRoute[]): string {
  return matched.at(-1)?.path ?? '/*'
}
