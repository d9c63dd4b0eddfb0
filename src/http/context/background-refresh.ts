/** Marks the context of a background refresh, in which the handler runs after a stale response has been returned. */
import type { Context } from 'hono'

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
