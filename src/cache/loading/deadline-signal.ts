/** How long a reader waits for a load: until it goes away itself, or until the deadline that it set. */
import type { Schedule } from '../schedule.ts'

/** A read was not answered within its `hardTimeoutMs`, and no stale entry could stand in. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
  /** The name of the cache. */
  readonly cache: string
  /** What the reader had set. */
  readonly deadlineMs: number

  constructor(cache: string, deadlineMs: number) {
    super(`cache ${cache}: no answer within ${deadlineMs} ms`)
    this.cache = cache
    this.deadlineMs = deadlineMs
  }
}

export interface Patience {
  /** Fires when the reader waits no longer. Undefined: it waits as long as it takes. */
  readonly signal: AbortSignal | undefined
  /** The reader has its answer: that it goes away means nothing to the load any more, the deadline does. */
  answered(): void
  /** The load has ended. */
  over(): void
}

/** @param own the reader's signal, if it may go away. */
export function createPatience(
  cache: string,
  schedule: Schedule,
  own: AbortSignal | undefined,
  deadlineMs: number,
): Patience {
  const controller = new AbortController()
  const leave = () => controller.abort(own?.reason)
  const callOff = schedule(() => controller.abort(new DeadlineError(cache, deadlineMs)), deadlineMs)
  const answered = () => own?.removeEventListener('abort', leave)
  if (own?.aborted) leave()
  else own?.addEventListener('abort', leave, { once: true })

  return {
    signal: controller.signal,
    answered,
    over() {
      callOff()
      answered()
    },
  }
}
