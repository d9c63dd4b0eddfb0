/** The signal of one read: aborts when its caller leaves, or when its deadline passes. */
import type { CacheCore } from '../core.ts'
import { DeadlineError } from '../deadline-error.ts'

export interface DeadlineSignal {
  readonly signal: AbortSignal
  /** Ignores the caller's signal from now on, because the caller has its answer. The deadline still applies. */
  detachCaller(): void
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

  function abortWithCaller(): void {
    controller.abort(callerSignal?.reason)
  }

  function detachCaller(): void {
    callerSignal?.removeEventListener('abort', abortWithCaller)
  }

  if (callerSignal?.aborted) abortWithCaller()
  else callerSignal?.addEventListener('abort', abortWithCaller, { once: true })
  return {
    signal: controller.signal,
    detachCaller,
    dispose() {
      cancelTimer()
      detachCaller()
    },
  }
}
