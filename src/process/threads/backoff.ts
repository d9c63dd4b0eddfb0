/** Computes the pause before an ended thread is replaced. */

const FIRST_MS = 100
const LONGEST_MS = 10_000

/** A thread that served for at least this time, in ms, counts as healthy, whatever error ended it. */
const HEALTHY_MS = 1000

/**
 * Returns a function that must be called at each end of a thread, with the time in ms that the thread served. It returns the
 * pause in ms: 0 after a healthy thread, otherwise a pause that doubles each time, from 100 to 10,000. So a thread that fails
 * at each start does not keep the CPU busy.
 */
export function createBackoff(): (servedMs: number) => number {
  let next = FIRST_MS

  return function pauseMs(servedMs) {
    const wasHealthy = servedMs >= HEALTHY_MS
    const ms = wasHealthy ? 0 : next
    next = wasHealthy ? FIRST_MS : Math.min(2 * next, LONGEST_MS)
    return ms
  }
}
