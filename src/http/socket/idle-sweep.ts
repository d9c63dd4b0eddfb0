/** One timer for the timeouts of all raw connections. A timer for each would cost more than answering a request. */

/** Interval between two sweeps in ms. Timeouts are exact to two intervals. */
export const SWEEP_MS = 1000

export interface IdleSweep {
  /** Number of the current sweep: a clock for the connections. */
  tick(): number
  start(): void
  stop(): void
}

/**
 * Creates a sweep that has not started.
 *
 * @param sweep called with the number of each sweep.
 */
export function createIdleSweep(sweep: (tick: number) => void, sweepMs = SWEEP_MS): IdleSweep {
  let tick = 0
  let timer: NodeJS.Timeout | undefined
  return {
    tick: () => tick,
    start() {
      timer ??= setInterval(() => sweep(++tick), sweepMs).unref()
    },
    stop() {
      clearInterval(timer)
      timer = undefined
    },
  }
}
