/** Bounds how long a caller waits for a promise. */
import { byTimers, type Schedule } from './schedule.ts'

/**
 * Resolves or rejects as `work` does, unless `onTimeout` answers first.
 *
 * `onTimeout` runs once after `ms` milliseconds if `work` is still pending. The value it returns is the result; `undefined`
 * means to go on waiting for `work`; an error it throws is the rejection. `work` itself is never cancelled, and a result or
 * rejection that arrives after the timeout is ignored.
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
