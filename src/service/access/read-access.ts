/** Refuses reads without a token, before the cache, so that a refused request is not a read. */
import type { Context, MiddlewareHandler } from 'hono'
import { setHeader } from '../../http/context/context-response.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { purgeOf } from '../../http/endpoints/purge-request.ts'
import { bearer } from '../../http/fields/bearer.ts'

export interface ReadAccessOptions {
  /** Bearer token that reads must send in `Authorization`. */
  readToken: string
  /** Bearer token of writes, which allows reads too: a client that may write need not have two. Default: none. */
  apiToken?: string | undefined
}

/**
 * Refuses a GET or HEAD without one of the tokens (401). The other methods pass: writes have a check of their own, and a preflight
 * cannot carry a token.
 *
 * The handlers declare their responses `public`, which lets the cache behind this check store them although the requests have
 * `Authorization` (RFC 9111 §3.5). No cache before this check may share them, so here they become `private`. That includes
 * responses that another process without a read token has stored.
 */
export function readAccess({ readToken, apiToken }: ReadAccessOptions): MiddlewareHandler {
  const checks = [readToken, ...(apiToken === undefined ? [] : [apiToken])].map(bearer)

  async function mayRead(c: Context): Promise<boolean> {
    const authorization = c.req.header('authorization')
    // All checks run to their ends, so that the time does not show which token was nearly right.
    return (await Promise.all(checks.map((hasToken) => hasToken(authorization)))).includes(true)
  }

  return setsNoHeaders(async function readAccess(c, next) {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    // A purge looks up the keys of its URLs by a GET through the app. It has shown the admin token, and gets no body.
    if (!isRead || purgeOf(c) !== undefined) return next()
    if (!(await mayRead(c))) {
      return problem(401, 'Reads need the read token', { headers: { 'www-authenticate': 'Bearer' } })
    }
    await next()
    const control = c.res.headers.get('cache-control')
    setHeader(c, 'cache-control', control?.replace(/\bpublic\b/, 'private') ?? null)
  })
}
