/** Puts the routes of one app behind middleware that checks access. */
import { Hono, type MiddlewareHandler } from 'hono'

/** Returns the routes of `app`, each behind `access`. It can be mounted at `/`: routes of other apps are not behind `access`. */
export function routesBehind(access: MiddlewareHandler, app: Hono): Hono {
  const routes = new Hono()
  for (const path of new Set(app.routes.map((route) => route.path))) routes.use(path, access)
  return routes.route('/', app)
}
