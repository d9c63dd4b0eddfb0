/** Clocks, timers and random numbers of a store. */
export interface Timing {
  /** Time of day, epoch ms. All processes share it. */
  readonly now: () => number
  /** Monotonic clock, ms. */
  readonly timer: () => number
  /** Calls back after `ms`, without keeping the process alive. Returns a function that cancels the call. */
  readonly schedule: (callback: () => void, ms: number) => () => void
  /** Resolves after `ms`, and keeps the process alive until then. */
  readonly sleep: (ms: number) => Promise<void>
  /** Resolves after the event loop has handled other events. */
  readonly turn: () => Promise<void>
  /** Returns a number from 0 to 1. */
  readonly random: () => number
}

export function timingOf(now: () => number = Date.now): Timing {
  return {
    now,
    timer: () => performance.now(),
    schedule(callback, ms) {
      const timer: { unref?: () => void } | number = setTimeout(callback, ms)
      if (typeof timer === 'object') timer.unref?.() // a test may have replaced the timers of the runtime
      return () => clearTimeout(timer as ReturnType<typeof setTimeout>) // its type depends on the runtime
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    random: Math.random,
  }
}
