/** Refuses requests for a page of figures that have no token, or that do not come from a browser on this machine. */
import type { Context, MiddlewareHandler } from 'hono'
import { auth as basicCredentials } from 'hono/utils/basic-auth'
import { timingSafeEqual } from 'hono/utils/buffer'
import { problem } from '../../http/endpoints/problem.ts'
import { bearer } from '../../http/fields/bearer.ts'
import { isLoopbackName } from './loopback.ts'

/** The challenge for which browsers ask their user for a name and a password (RFC 7617 §2). */
const CHALLENGE = 'Basic realm="hitrate dashboard", charset="UTF-8"'

/**
 * Refuses a request without one of the tokens (401): as a Bearer token, or as the password of Basic credentials with any name.
 *
 * @param needs a sentence for the client about the tokens.
 * @throws {TypeError} without a token.
 */
export function tokenAccess(tokens: readonly string[], needs: string): MiddlewareHandler {
  if (tokens.length === 0) throw new TypeError('tokenAccess: tokens must have at least one token')
  const checks = tokens.map((token) => {
    const isBearer = bearer(token)
    return async ({ req }: Context) => {
      const password = basicCredentials(req.raw)?.password
      const isPassword = password !== undefined && (await timingSafeEqual(password, token))
      return isPassword || isBearer(req.header('authorization'))
    }
  })

  return async function tokenAccess(c, next) {
    // All checks run to their ends, so that the time does not show which token was nearly right.
    const results = await Promise.all(checks.map((hasToken) => hasToken(c)))
    if (results.includes(true)) return next()
    return problem(401, needs, { headers: { 'www-authenticate': CHALLENGE } })
  }
}

/** Fields that proxies add. One of them means that the client may be on another machine. */
const ADDED_BY_PROXIES = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/**
 * Refuses a request (403) whose host is not a name of this machine: a page of another site whose name leads to 127.0.0.1 (DNS
 * rebinding) could read the figures otherwise. Refuses requests from proxies too: they come from loopback, their clients do not.
 *
 * @param subject names the page at the beginning of the message. @param otherwise a sentence about access for other machines.
 */
export function loopbackAccess(subject: string, otherwise: string): MiddlewareHandler {
  return async function loopbackAccess(c, next) {
    const hostname = URL.parse(c.req.url)?.hostname // Bun passes on a `Host` with which the URL is not valid
    if (hostname === undefined || !isLoopbackName(hostname)) {
      return problem(403, `${subject} is for this machine: open it as localhost. ${otherwise}`)
    }
    if (ADDED_BY_PROXIES.some((name) => c.req.header(name) !== undefined)) {
      return problem(
        403,
        `${subject} is for this machine, and this request came through a proxy. ${otherwise}`,
      )
    }
    return next()
  }
}
