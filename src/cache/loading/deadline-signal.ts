/** The signal of one read. It aborts when the caller's signal aborts, or when the deadline passes. */
import type { CacheCore } from '../core.ts'
import { onAbort } from '../timing/on-abort.ts'
import { DeadlineError } from './deadline-error.ts'

export interface DeadlineSignal {
  readonly signal: AbortSignal
  /** Stops listening to the caller's signal, because the caller has its result. The deadline still applies. */
  readonly detachCaller: (() => void) | undefined
  /** Cancels the timer, and stops listening to the caller's signal. */
  dispose(): void
}

/**
 * @param callerSignal the caller's own signal, if it has one.
 * @param deadlineMs Default: no deadline.
 */
export function createDeadlineSignal(
  { name, deadlines }: CacheCore,
  callerSignal: AbortSignal | undefined,
  deadlineMs = Infinity,
): DeadlineSignal {
  const controller = new AbortController()
  const cancelTimer = deadlines(() => controller.abort(new DeadlineError(name, deadlineMs)), deadlineMs)

  const detachCaller = callerSignal && onAbort(callerSignal, () => controller.abort(callerSignal.reason))
  return {
    signal: controller.signal,
    detachCaller,
    dispose() {
      cancelTimer()
      detachCaller?.()
    },
  }
}
