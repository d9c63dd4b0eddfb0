/** Lets a middleware respond synchronously, so that the middleware directly before it can skip `await next()`. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import { noHeadersSetYet } from './sets-no-headers.ts'

/** Property of a middleware function that holds its synchronous variant. Callers find it through the matched routes. */
const SYNC_ANSWER = Symbol('hitrate:sync-answer')

export interface SyncHit {
  response: Response
  /** The route's pattern. */
  route: string
  /** Bytes of its body. */
  bytes: number
  /** Duration of the look-up, by the clock of the cache. */
  durationMs: number
}

/** Responds synchronously. Returns `undefined` when the response needs more than a synchronous look-up. */
type SyncAnswer = (c: Context, routes: readonly RouterRoute[]) => SyncHit | undefined

/** Declares `answer` as the synchronous variant of `handler`. */
export function withSyncAnswer<Handler extends object>(handler: Handler, answer: SyncAnswer): Handler {
  return Object.assign(handler, { [SYNC_ANSWER]: answer })
}

/**
 * Returns the response of the middleware directly after `self`, without the promises of `next()`. Returns `undefined` when that
 * middleware cannot respond synchronously, or when earlier middleware may have set headers, which only Hono can merge.
 *
 * @param routes the matched routes, which Hono copies for each caller.
 */
export function trySyncAnswer(c: Context, routes: readonly RouterRoute[], self: object): SyncHit | undefined {
  const { routeIndex } = c.req
  if (!noHeadersSetYet(routes, routeIndex, self)) return undefined
  const nextHandler: (object & { [SYNC_ANSWER]?: SyncAnswer }) | undefined = routes[routeIndex + 1]?.handler
  try {
    return nextHandler?.[SYNC_ANSWER]?.(c, routes)
  } catch {
    return undefined // ignored here: `next()` calls the handler again, and it throws the same error to the caller
  }
}
