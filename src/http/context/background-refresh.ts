/** Marks the context of a background refresh, in which the handler runs after a stale response has been returned. */
import type { Context } from 'hono'

const IN_BACKGROUND = 'hitrate:in-background'

/** Marks the context. Must be called before the handler runs in the background. */
export function markAsBackground(c: Context): void {
  c.set(IN_BACKGROUND, true)
}

/** True during a background refresh. Error handlers need it, because no client gets their response then. */
export function isInBackground(c: Context): boolean {
  return c.get(IN_BACKGROUND) === true
}
