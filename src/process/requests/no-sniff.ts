/** `X-Content-Type-Options: nosniff`: browsers take the declared type, and do not guess one from the body (WHATWG Fetch §2.2). */
import type { Context, Next } from 'hono'
import { setHeader } from '../../http/context/context-response.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'

const NAME = 'x-content-type-options'
const VALUE = 'nosniff'

/** For handlers whose responses are stored: the front sends stored headers, and runs no middleware. */
export const NO_SNIFF = { [NAME]: VALUE }

/**
 * Adds the header to every response that lacks it. It is set after the handler: a header that middleware sets before `cached()`
 * is not stored.
 */
export const noSniff = setsNoHeaders(async function noSniff(c: Context, next: Next): Promise<void> {
  await next()
  setHeader(c, NAME, VALUE)
})
