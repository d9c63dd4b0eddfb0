/** Measures durations with a clock of the application, which may throw, return no number, or be set back. */
import type { CallbackErrors } from '../callback-errors.ts'

export interface Stopwatch {
  /** A reading of the clock. */
  start(): number
  /** The time in ms since `startedAt`, never negative. */
  elapsedMs(startedAt: number): number
}

/**
 * @param timer returns ms. Default: `performance.now`, which cannot fail. A failure of another clock is reported as one of
 *   `timer`, and makes that duration 0.
 */
export function createStopwatch(timer: (() => number) | undefined, errors: CallbackErrors): Stopwatch {
  if (timer === undefined) {
    const now = performance.now.bind(performance)
    return { start: now, elapsedMs: (startedAt) => now() - startedAt }
  }
  const readTimer = timer // for the narrowed type

  function start(): number {
    try {
      const ms: unknown = readTimer()
      if (typeof ms === 'number') return ms
      errors.watch(ms, 'timer')
      throw new TypeError(`timer must return a number of ms, got a value of type ${typeof ms}`)
    } catch (error) {
      errors.report(error, 'timer')
      return NaN
    }
  }

  return {
    start,
    elapsedMs(startedAt) {
      const durationMs = start() - startedAt
      if (durationMs >= 0 && durationMs < Infinity) return durationMs
      errors.report(
        new TypeError(`timer must return rising numbers of ms, got a duration of ${durationMs}`),
        'timer',
      )
      return 0
    },
  }
}
