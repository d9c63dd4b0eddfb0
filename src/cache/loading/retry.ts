/** Pauses between the calls of a load that is retried. */

import type { Retry } from '../read.ts'
import { onAbort } from '../timing/on-abort.ts'
import type { Schedule } from '../timing/schedule.ts'

/** The consequence of a call that failed. */
export interface AfterFailure {
  /** Error of the read if no later call succeeds: the error of the call, or the error that `retryable` threw. */
  error: unknown
  /** The pause before the next call; `undefined` if there is no next call. */
  pause?: { retryInMs: number }
}

/**
 * Decides whether a failed load is called again.
 *
 * @param tries number of calls so far.
 */
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
    // Called at once if a listener of the `load` event has already aborted the signal.
    const stopListening = onAbort(signal, () => {
      cancelTimer()
      resolve(false)
    })
  })
}
