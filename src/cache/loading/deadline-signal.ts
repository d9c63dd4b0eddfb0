/** The signal of one read: aborts when its caller leaves, or when its deadline passes. */
import { DeadlineError } from '../deadline-error.ts'
import type { Schedule } from '../schedule.ts'

export class DeadlineSignal {
  readonly #controller = new AbortController()
  readonly #callerSignal: AbortSignal | undefined
  readonly #cancelTimer: () => void
  readonly #abortWithCaller = () => this.#controller.abort(this.#callerSignal?.reason)

  /**
   * @param cache its name, for the {@link DeadlineError} that is the abort reason.
   * @param callerSignal the caller's own signal, if it has one.
   */
  constructor(cache: string, schedule: Schedule, callerSignal: AbortSignal | undefined, deadlineMs: number) {
    this.#callerSignal = callerSignal
    this.#cancelTimer = schedule(
      () => this.#controller.abort(new DeadlineError(cache, deadlineMs)),
      deadlineMs,
    )
    if (callerSignal?.aborted) this.#abortWithCaller()
    else callerSignal?.addEventListener('abort', this.#abortWithCaller, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ignores the caller's signal from now on, because the caller has its answer. The deadline still applies. */
  detachCaller(): void {
    this.#callerSignal?.removeEventListener('abort', this.#abortWithCaller)
  }

  /** Stops the timer and the listening. */
  dispose(): void {
    this.#cancelTimer()
    this.detachCaller()
  }
}
