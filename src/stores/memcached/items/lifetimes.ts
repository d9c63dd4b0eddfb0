/** Lifetimes of items, in whole seconds. */

/** The server takes a larger number for a unix time (protocol.txt, "Expiration times"). */
export const MAX_SECONDS = 30 * 24 * 60 * 60

/** Time by which the mark of a name outlives its value. A load that begins when the value ends needs the mark until it ends. */
const MARK_MARGIN_SECONDS = 60

/** Returns the lifetime of a value or lease: one second more, because the server's current second may be nearly over. */
export function secondsOf(ms: number): number {
  return Math.min(Math.ceil(ms / 1000) + 1, MAX_SECONDS)
}

/**
 * Returns the lifetime of the mark of a name. The mark ends with its values, so that it needs no memory for longer. If it ends
 * before them, they are dead, which costs a load.
 *
 * @param valueSeconds lifetime of a value that depends on the mark. Default: none does yet.
 */
export function markSecondsOf(leaseSeconds: number, valueSeconds = 0): number {
  return Math.min(valueSeconds + leaseSeconds + MARK_MARGIN_SECONDS, MAX_SECONDS)
}

/** Returns the remaining lifetime of the item in a reply, from the flag `t`. */
export function secondsLeft(flags: string): number {
  const seconds = Number(/(?:^| )t(-?\d+)/.exec(flags)?.[1])
  return seconds >= 0 ? seconds : Infinity
}
