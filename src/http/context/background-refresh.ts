/** A handler that runs once more behind a stale answer: its request has been answered, so nobody sees what it answers now. */
import type { Context } from 'hono'

const IN_BACKGROUND = 'hitrate:in-background'

/** From here on whatever the handler does is done behind the answer. */
export function markAsBackground(c: Context): void {
  c.set(IN_BACKGROUND, true)
}

/** For whoever is told of its errors. */
export function isInBackground(c: Context): boolean {
  return c.get(IN_BACKGROUND) === true
}
