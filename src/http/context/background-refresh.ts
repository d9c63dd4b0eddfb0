/** Marks the context of a background refresh: the handler runs again after a stale response has been returned. */
import type { Context } from 'hono'

const IN_BACKGROUND = 'hitrate:in-background'

/** Everything that the handler does from here on happens in the background. */
export function markAsBackground(c: Context): void {
  c.set(IN_BACKGROUND, true)
}

/** Lets an error handler tell a background refresh from a client's request. */
export function isInBackground(c: Context): boolean {
  return c.get(IN_BACKGROUND) === true
}
