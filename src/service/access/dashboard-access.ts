/** Access to the dashboard of the service, in the words of its variables. */
import type { MiddlewareHandler } from 'hono'
import * as page from '../../process/access/page-access.ts'

/** Refuses a request without one of the tokens (401). @throws {TypeError} without a token. */
export function tokenAccess(tokens: readonly string[]): MiddlewareHandler {
  return page.tokenAccess(tokens, 'The dashboard needs the metrics token or the admin token')
}

/** Refuses a request that may come from another machine (403). */
export const loopbackAccess = page.loopbackAccess(
  'The dashboard',
  'DASHBOARD=token lets other machines see it, with a token',
)
