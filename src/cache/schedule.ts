/** Timers that are handed in, so that tests need none. */

/** Runs something once, after so many ms or never; returns how to call it off. Infinity: never. */
export type Schedule = (run: () => void, ms: number) => () => void

/** What a timer takes at most: with more, runtimes fire at once. */
const LONGEST_MS = 2 ** 31 - 1

/** By the runtime's own timers, however long it takes: years are no less than milliseconds. */
export const byTimers: Schedule = (run, ms) => {
  let left = ms
  let timer: ReturnType<typeof setTimeout> | undefined

  function wait(): void {
    const part = Math.min(left, LONGEST_MS)
    left -= part
    timer = setTimeout(left > 0 ? wait : run, part)
  }

  if (ms < Number.POSITIVE_INFINITY) wait()
  return () => clearTimeout(timer)
}
