/** Timers as a parameter, so that tests can use virtual time. */

/** Calls `run` once after `ms` milliseconds; never if `ms` is `Infinity`. Returns a function that cancels the timer. */
export type Schedule = (run: () => void, ms: number) => () => void

/** The longest delay of `setTimeout`. Runtimes fire at once for a longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** Uses the runtime's timers, in several steps for delays that are too long for one. */
export const byTimers: Schedule = (run, ms) => {
  let remainingMs = ms
  let timer: ReturnType<typeof setTimeout> | undefined

  function wait(): void {
    const stepMs = Math.min(remainingMs, MAX_TIMEOUT_MS)
    remainingMs -= stepMs
    timer = setTimeout(remainingMs > 0 ? wait : run, stepMs)
  }

  if (ms < Infinity) wait()
  return () => clearTimeout(timer)
}

/** As {@link byTimers}, for work that must not keep the process running, such as heartbeats. */
export const byBackgroundTimers: Schedule = (run, ms) => {
  if (ms > MAX_TIMEOUT_MS) return () => {} // weeks: no background work waits for so long
  const timer: { unref?: () => void } | number = setTimeout(run, ms)
  if (typeof timer === 'object') timer.unref?.()
  return () => clearTimeout(timer as ReturnType<typeof setTimeout>) // its type depends on the runtime
}
