/** The route pattern that a request matched. */
import type { RouterRoute } from 'hono/types'

/**
 * The pattern of the handler's route, which is the last matched one. Middleware around the handler gets the handler's pattern
 * too. Returns `/*` if only middleware matched.
 *
 * @param matched `c.req.matchedRoutes`. Hono's helper `routePath` is not used: it needs a symbol that differs between the
 *   CommonJS and the ESM build of `hono`, and an app may load both.
 */
export function routeOf(matched: readonly RouterRoute[]): string {
  return matched.at(-1)?.path ?? '/*'
}
