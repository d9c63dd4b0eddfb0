/** A handler that returns no response. Hono's reaction to it depends on the number of matched handlers. */
import type { Context, Next } from 'hono'
import { setResponse } from './context-response.ts'

/** The error of a load whose handler returned no response. Hono responds to it with an error of its own. */
export class NoResponseError extends Error {
  constructor() {
    super('cached: the handler returned no response')
  }
}

/** True if `cached()` is the only middleware: the second of the matched handlers is the handler itself. */
export function isOnlyMiddleware(matched: readonly unknown[]): boolean {
  return matched.length === 2
}

/**
 * Returns a function that calls the handler, and then `notFound` if the handler returned nothing: Hono does so for a handler
 * without middleware. Afterwards the context may still have no response; Hono then throws an error.
 *
 * @param isAlone as {@link isOnlyMiddleware} returns it. If false, the result is `next`.
 */
export function orNotFound(c: Context, next: Next, isAlone: boolean): Next {
  if (!isAlone) return next
  return async () => {
    await next()
    if (!c.finalized) setResponse(c, await c.notFound())
  }
}
