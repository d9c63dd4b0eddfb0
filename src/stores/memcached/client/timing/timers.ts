/** Clock and timers of a client, as a parameter, so that tests can use virtual time. */

export interface Timers {
  /** Monotonic clock, in ms. */
  now(): number
  /** Calls `run` once after `ms`. Returns a function that cancels the call. The timer does not keep the process running. */
  after(ms: number, run: () => void): () => void
}

/**
 * The runtime's timers. `run` is called after the input that is there when the time is over: while the process was busy, replies
 * may have arrived that are not read yet.
 */
export const runtimeTimers: Timers = {
  now: performance.now.bind(performance),
  after(ms, run) {
    let immediate: ReturnType<typeof setImmediate> | undefined
    const timer = setTimeout(() => {
      immediate = setImmediate(run)
    }, ms)
    timer.unref()
    return () => {
      clearTimeout(timer)
      clearImmediate(immediate)
    }
  },
}
