/** Requests that match no route: 404 for an unknown path; for a known one 405, or 204 to OPTIONS, with `Allow`. */
import type { Hono, NotFoundHandler } from 'hono'
import { problem } from '../../http/endpoints/problem.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function notFound(app: Hono): NotFoundHandler {
  /** Middleware is registered for every method, so only a handler of the method itself counts. */
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
