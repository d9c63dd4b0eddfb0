/** Pauses between the calls of a load that is retried. */
import type { Retry } from '../read.ts'
import type { Schedule } from '../schedule.ts'
import { onAbort } from './on-abort.ts'

/** The consequence of a call that failed. */
export interface AfterFailure {
  /** The error of the read, unless another call succeeds: the caller's own `retryable` may have thrown it. */
  error: unknown
  /** The pause before the next call; `undefined` if there is none. */
  pause?: { retryInMs: number }
}

/** @param tries the number of calls so far. */
export function afterFailure(
  retry: Retry | undefined,
  tries: number,
  error: unknown,
  random: () => number,
): AfterFailure {
  if (retry === undefined || !(tries < retry.attempts)) return { error }
  try {
    if (!retry.retryable(error)) return { error }
  } catch (thrown) {
    return { error: thrown }
  }
  const { baseMs = 100, maxMs = 5000 } = retry
  return { error, pause: { retryInMs: random() * Math.min(maxMs, baseMs * 2 ** (tries - 1)) } }
}

/** Resolves to true after `ms`, or to false as soon as the signal aborts. */
export function waitUnlessAborted(ms: number, signal: AbortSignal, schedule: Schedule): Promise<boolean> {
  return new Promise((resolve) => {
    const cancelTimer = schedule(() => {
      stopListening()
      resolve(true)
    }, ms)
    // A listener of the load event may have aborted it already.
    const stopListening = onAbort(signal, () => {
      cancelTimer()
      resolve(false)
    })
  })
}
