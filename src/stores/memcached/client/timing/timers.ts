/** Clock and timers of a client, as a parameter, so that tests can use virtual time. */

export interface Timers {
  /** Monotonic clock, in ms. */
  now(): number
  /** Calls `run` once after `ms`, or after 24 days if that is less. Returns a function that cancels the call. The timer does not keep the process running. */
  after(ms: number, run: () => void): () => void
}

/** Longest delay of `setTimeout`. Runtimes fire at once for a longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * The runtime's timers. `run` is called after the input that is there when the time is over: while the process was busy, replies
 * may have arrived that are not read yet.
 */
export const runtimeTimers: Timers = {
  now: performance.now.bind(performance),
  after(ms, run) {
    let immediate: ReturnType<typeof setImmediate> | undefined
    const timer: { unref?: () => void } | number = setTimeout(
      () => {
        // Node reads its sockets before the first immediate, Bun only before the second.
        immediate = setImmediate(() => {
          immediate = setImmediate(run)
        })
      },
      Math.min(ms, MAX_TIMEOUT_MS),
    )
    if (typeof timer === 'object') timer.unref?.() // a test may have replaced the timers of the runtime
    return () => {
      clearTimeout(timer as ReturnType<typeof setTimeout>) // its type depends on the runtime
      clearImmediate(immediate)
    }
  },
}
