/** How long to wait before a thread that has ended is replaced. */

const FIRST_MS = 100
const LONGEST_MS = 10_000

/** Who served for so long was well, whatever ended it then. */
const WELL_MS = 1000

/**
 * Asked at each end of a thread: not at all if it was well, else twice as long each time, so that one that always dies at
 * once does not keep the machine busy with its births.
 */
export function createBackoff(): (servedMs: number) => number {
  let next = FIRST_MS

  return function pauseMs(servedMs) {
    const wasWell = servedMs >= WELL_MS
    const ms = wasWell ? 0 : next
    next = wasWell ? FIRST_MS : Math.min(2 * next, LONGEST_MS)
    return ms
  }
}
