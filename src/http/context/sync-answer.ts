/** Lets a middleware respond synchronously, so that the middleware directly before it can skip `await next()`. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import { noHeadersSetYet } from './sets-no-headers.ts'

/** Key of the synchronous function on the middleware itself, where it is found among the handlers of the matched routes. */
const SYNC_ANSWER = Symbol('hitrate:sync-answer')

/** Returns `undefined`, without any side effect, when the response needs more than a synchronous look-up. */
type SyncAnswer = (c: Context, routes: readonly RouterRoute[]) => Response | undefined

/** Declares the function that responds synchronously for a middleware. */
export function withSyncAnswer<Handler extends object>(handler: Handler, answer: SyncAnswer): Handler {
  return Object.assign(handler, { [SYNC_ANSWER]: answer })
}

/**
 * The response of the handler directly after `self`, without the promises of `next()`. `undefined` when that handler has no
 * synchronous response, or when earlier middleware may have set headers that Hono would have to merge.
 */
export function trySyncAnswer(c: Context, self: object): Response | undefined {
  const { matchedRoutes: routes, routeIndex } = c.req
  if (!noHeadersSetYet(routes, routeIndex, self)) return undefined
  const nextHandler: (object & { [SYNC_ANSWER]?: SyncAnswer }) | undefined = routes[routeIndex + 1]?.handler
  try {
    return nextHandler?.[SYNC_ANSWER]?.(c, routes)
  } catch {
    return undefined // called through next(), the handler throws again, and the caller gets the error
  }
}
