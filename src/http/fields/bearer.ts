/** Bearer tokens (RFC 6750), compared in constant time. */
import { timingSafeEqual } from 'hono/utils/buffer'

/** A check of `Authorization` fields against one token. */
export function bearer(token: string): (authorization: string | undefined) => Promise<boolean> {
  return async function allowed(authorization) {
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
    return given !== undefined && (await timingSafeEqual(given, token))
  }
}
