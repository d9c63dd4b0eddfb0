/** The pause before a thread that has ended is replaced. */

const FIRST_MS = 100
const LONGEST_MS = 10_000

/** A thread that served for this long was healthy, whatever ended it. */
const HEALTHY_MS = 1000

/**
 * Returns a function to call at each end of a thread, with how long that thread served. The pause is 0 after a healthy
 * thread, and otherwise doubles each time, so that a thread that dies at start does not keep the CPU busy with restarts.
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
