/** Bearer tokens (RFC 6750), compared in constant time. */
import { timingSafeEqual } from 'hono/utils/buffer'

/** Returns a function that checks an `Authorization` header against the token. */
export function bearer(token: string): (authorization: string | undefined) => Promise<boolean> {
  return async function isAuthorized(authorization) {
    const [, received] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
    return received !== undefined && (await timingSafeEqual(received, token))
  }
}
