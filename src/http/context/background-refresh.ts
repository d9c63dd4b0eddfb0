/** Marks the context of a background refresh, in which the handler runs after a stale response has been returned. */
import type { Context } from 'hono'
import { resetContext } from './context-response.ts'

/** A property of the context and no variable, because the handler may list its variables in a response. */
const IN_BACKGROUND = Symbol.for('hitrate:in-background')
type Marked = Context & { [IN_BACKGROUND]?: true }

/** Marks the context. Must be called before the handler runs in the background. */
export function markAsBackground(c: Context): void {
  ;(c as Marked)[IN_BACKGROUND] = true
}

/** True during a background refresh. Error handlers need it, because no client gets their response then. */
export function isInBackground(c: Context): boolean {
  return (c as Marked)[IN_BACKGROUND] === true
}

/**
 * Waits until the stale response has left the middleware chain, then resets the context for the background refresh.
 *
 * @param taken settles when Hono has taken the response.
 */
export async function readyForBackgroundRun(c: Context, taken: Promise<void> | undefined): Promise<void> {
  await taken
  // Lets the runtime send the response first: a handler that never awaits would delay it.
  await new Promise((resolve) => setTimeout(resolve, 0))
  resetContext(c)
  c.error = undefined
  markAsBackground(c)
}
