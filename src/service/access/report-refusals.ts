/** Reports the requests that are refused: those without their token, from elsewhere, and purges that cannot be read. */
import type { MiddlewareHandler } from 'hono'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import { type Problem, problemIn } from '../../http/endpoints/problem.ts'
import { loggedIdsOf } from '../../process/ids/set-request-ids.ts'
import type { ClientOf } from '../../process/requests/answered-request.ts'

/** A request that was refused. */
export interface RefusedRequest {
  method: string
  /** The path as it was sent, percent-encoded. */
  path: string
  status: number
  /** One of few texts, such as `Writes need the API token`. */
  reason: string
  /** The fields at fault, each with its message. Absent for a missing token. Printable ASCII, although clients choose the names. */
  errors?: string
  /** Address of the client, or of the last proxy. Absent if it is not known. */
  client?: string
  /** The ids of the request, if it has them. */
  requestId?: string
  traceId?: string
}

/**
 * @param onRefused must not throw.
 * @param clientOf finds the `client` of a request. Default: it is not known.
 */
export function reportRefusals(
  onRefused: (request: RefusedRequest) => void,
  clientOf?: ClientOf,
): MiddlewareHandler {
  return setsNoHeaders(async function reportRefusals(c, next) {
    await next()
    const { status } = c.res
    const { method, path } = c.req
    if (!isRefusal(status, path)) return
    const problem = problemIn(c.res)
    const reason = problem?.detail ?? 'Unauthorized'
    const client = clientOf?.(c.req.raw, c.env)
    const known = client === undefined ? {} : { client }
    onRefused({ method, path, status, reason, ...errorsOf(problem), ...known, ...loggedIdsOf(c) })
  })
}

/** A path and method without a route, 404 and 405, are no refusals: scanners try any. */
function isRefusal(status: number, path: string): boolean {
  return status === 401 || status === 403 || (path === '/admin/purge' && [400, 413, 415].includes(status))
}

/** Longest text of errors in a log line. */
const MAX_LENGTH = 500

function errorsOf(problem: Problem | undefined): { errors?: string } {
  if (problem?.errors === undefined) return {}
  const text = problem.errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return { errors: text.slice(0, MAX_LENGTH).replace(/[^ -~]/g, '?') }
}
