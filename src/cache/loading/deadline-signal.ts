/** The signal of one read: aborts when its caller leaves, or when its deadline passes. */
import type { CacheCore } from '../core.ts'
import { DeadlineError } from '../deadline-error.ts'
import { onAbort } from './on-abort.ts'

export interface DeadlineSignal {
  readonly signal: AbortSignal
  /** Ignores the caller's signal from now on, because the caller has its answer. The deadline still applies. */
  readonly detachCaller: (() => void) | undefined
  /** Stops the timer and the listening. */
  dispose(): void
}

/**
 * @param callerSignal the caller's own signal, if it has one.
 * @param deadlineMs default: there is no deadline.
 */
export function createDeadlineSignal(
  { name, schedule }: CacheCore,
  callerSignal: AbortSignal | undefined,
  deadlineMs = Infinity,
): DeadlineSignal {
  const controller = new AbortController()
  const cancelTimer = schedule(() => controller.abort(new DeadlineError(name, deadlineMs)), deadlineMs)

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
