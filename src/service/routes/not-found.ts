/**
 * Responses to requests that match no route. An unknown path gets a 404. A known path gets a 405, or a 204 if the method is
 * OPTIONS, with `Allow`.
 */
import type { Hono, NotFoundHandler } from 'hono'
import { setRoute } from '../../http/context/route-of.ts'
import { problem } from '../../http/endpoints/problem.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function notFound(app: Hono): NotFoundHandler {
  /**
   * The pattern of the path's route for this method. Handlers for all methods do not count, because they are middleware.
   */
  function patternFor(method: string, path: string): string | undefined {
    const [handlers] = app.router.match(method, path)
    return handlers.find(([[, route]]) => route.method === method)?.[0][1].path
  }

  return function notFound(c) {
    const routes = METHODS.flatMap((method) => {
      const pattern = patternFor(method, c.req.path)
      return pattern === undefined ? [] : [{ method, pattern }]
    })
    const [first] = routes
    if (first === undefined) return problem(404, 'There is nothing at this path')
    setRoute(c, first.pattern)
    const allow = routes
      .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
      .concat('OPTIONS')
    const headers = { allow: allow.join(', ') }
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers })
    return problem(405, `${c.req.method} is not allowed here`, { headers })
  }
}
