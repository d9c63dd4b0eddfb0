/** Limits the time for which a caller waits for a promise. */
import { byTimers, type Schedule } from './schedule.ts'

/**
 * Resolves or rejects as `work` does, unless `onTimeout` returns a value or throws first.
 *
 * `onTimeout` runs once after `ms` milliseconds if `work` is still pending. If it returns a value, that is the result. If it
 * returns `undefined`, the wait for `work` continues. If it throws, the promise rejects with its error. `work` itself is never
 * cancelled; its result is ignored if the promise has already settled.
 *
 * @param schedule starts the timer. Default: the runtime's timers.
 */
export function withDeadline<T, Late = T>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => Late | undefined,
  schedule: Schedule = byTimers,
): Promise<T | Late> {
  return new Promise((resolve, reject) => {
    const cancelTimer = schedule(() => {
      try {
        const late = onTimeout()
        if (late !== undefined) resolve(late)
      } catch (error) {
        reject(error)
      }
    }, ms)
    work.then(resolve, reject).finally(cancelTimer)
  })
}
