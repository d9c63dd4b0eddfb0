/** Middleware that may know its answer without waiting: whoever stands right before it can ask for that, and need not wait either. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import { noHeadersSetYet } from './sets-no-headers.ts'

/** On the function itself, so that it is found among the handlers of a route. */
const SYNC_ANSWER = Symbol('hitrate:at-once')

/** `undefined` where it takes more than a look: nothing has happened then, and the handler is called as if nobody had asked. */
type SyncAnswer = (c: Context, routes: readonly RouterRoute[]) => Response | undefined

/** Declares how a handler answers at once. */
export function withSyncAnswer<Handler extends object>(handler: Handler, answer: SyncAnswer): Handler {
  return Object.assign(handler, { [SYNC_ANSWER]: answer })
}

/**
 * What the handler right behind `self` answers, as if `self` had called `next`, but without the promises that Hono makes for
 * that. `undefined` where that one does not know at once, or where somebody before may have set fields, which Hono would have
 * to bring together with the answer's.
 */
export function trySyncAnswer(c: Context, self: object): Response | undefined {
  const { matchedRoutes: routes, routeIndex } = c.req
  if (!noHeadersSetYet(routes, routeIndex, self)) return undefined
  const behind: (object & { [SYNC_ANSWER]?: SyncAnswer }) | undefined = routes[routeIndex + 1]?.handler
  try {
    return behind?.[SYNC_ANSWER]?.(c, routes)
  } catch {
    return undefined // called as ever, it throws once more, to whoever waits for it
  }
}
