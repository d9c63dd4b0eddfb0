/** Middleware that may know its answer without waiting: whoever stands right before it can ask for that, and need not wait either. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import { isFirstToSpeak } from './sets-no-headers.ts'

/** On the function itself, so that it is found among the handlers of a route. */
const AT_ONCE = Symbol('hitrate:at-once')

/** `undefined` where it takes more than a look: nothing has happened then, and the handler is called as if nobody had asked. */
type AtOnce = (c: Context, routes: readonly RouterRoute[]) => Response | undefined

/** Declares how a handler answers at once. */
export function answersAtOnce<Handler extends object>(handler: Handler, answer: AtOnce): Handler {
  return Object.assign(handler, { [AT_ONCE]: answer })
}

/**
 * What the handler right behind `self` answers, as if `self` had called `next`, but without the promises that Hono makes for
 * that. `undefined` where that one does not know at once, or where somebody before may have set fields, which Hono would have
 * to bring together with the answer's.
 */
export function answerBehind(c: Context, self: object): Response | undefined {
  const { matchedRoutes: routes, routeIndex } = c.req
  if (!isFirstToSpeak(routes, routeIndex, self)) return undefined
  const behind: (object & { [AT_ONCE]?: AtOnce }) | undefined = routes[routeIndex + 1]?.handler
  try {
    return behind?.[AT_ONCE]?.(c, routes)
  } catch {
    return undefined // called as ever, it throws once more, to whoever waits for it
  }
}
