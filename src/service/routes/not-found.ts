/**
 * Responses to requests that match no route. An unknown path gets a 404. A known path gets a 405, or a 204 if the method is
 * OPTIONS, with `Allow`.
 */
import type { Hono, NotFoundHandler } from 'hono'
import { problem } from '../../http/endpoints/problem.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function notFound(app: Hono): NotFoundHandler {
  /** True if the path has a handler for this method. Handlers for all methods do not count, because they are middleware. */
  function hasHandler(method: string, path: string): boolean {
    const [handlers] = app.router.match(method, path)
    return handlers.some(([[, route]]) => route.method === method)
  }

  return function notFound(c) {
    const methods = METHODS.filter((method) => hasHandler(method, c.req.path))
    if (methods.length === 0) return problem(404, 'There is nothing at this path')
    const allow = methods
      .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
      .concat('OPTIONS')
    const headers = { allow: allow.join(', ') }
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers })
    return problem(405, `${c.req.method} is not allowed here`, { headers })
  }
}
