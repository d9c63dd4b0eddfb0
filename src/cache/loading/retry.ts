/** Pauses between the calls of a load that is retried. */
import type { Retry } from '../read.ts'
import type { Schedule } from '../schedule.ts'

/**
 * The pause before the next call; `undefined` if there is none.
 *
 * @param tries how often the load was called.
 * @returns `thrown` is the error of the caller's own `retryable`, which becomes the error of the read.
 */
export function pauseBeforeRetry(
  retry: Retry | undefined,
  tries: number,
  error: unknown,
  random: () => number,
): { ms: number } | { thrown: unknown } | undefined {
  if (retry === undefined || !(tries < retry.attempts)) return undefined
  try {
    if (!retry.retryable(error)) return undefined
  } catch (thrown) {
    return { thrown }
  }
  const { baseMs = 100, maxMs = 5000 } = retry
  return { ms: random() * Math.min(maxMs, baseMs * 2 ** (tries - 1)) }
}

/** Resolves to true after `ms`, or to false as soon as the signal aborts. */
export function waitUnlessAborted(ms: number, signal: AbortSignal, schedule: Schedule): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false) // a listener of the load event may have aborted it
    const stop = () => {
      cancelTimer()
      resolve(false)
    }
    const cancelTimer = schedule(() => {
      signal.removeEventListener('abort', stop)
      resolve(true)
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
