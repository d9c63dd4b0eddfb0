/**
 * Combines the reads of the remote store that start in the same step of the event loop into one call.
 *
 * A call has at most {@link SLICE} reads, and at most two calls run at a time. So a read of many keys does not exceed the time
 * limit by its own size: the limit of each call begins when it is sent.
 *
 * Without `combine`, each read is a call of its own: on Workers, requests must not share promises.
 */
import type { RemoteAnswer, RemoteNamespace, RemoteRead } from '../../stores/store.ts'
import type { CallEnd, StoreCalls } from './store-calls.ts'

const SLICE = 128
const MAX_CALLS = 2

/** An answer of the server of the name. */
export type ServerAnswer = Exclude<RemoteAnswer, { kind: 'failed' }>

interface Waiting {
  read: RemoteRead
  resolve: (end: CallEnd<ServerAnswer>) => void
}

export class ReadQueue {
  readonly #calls: StoreCalls
  readonly #entries: RemoteNamespace
  readonly #combine: boolean
  #waiting: Waiting[] = []
  #running = 0
  #isScheduled = false

  constructor(calls: StoreCalls, entries: RemoteNamespace, combine: boolean) {
    this.#calls = calls
    this.#entries = entries
    this.#combine = combine
  }

  /** Never rejects. */
  read(read: RemoteRead): Promise<CallEnd<ServerAnswer>> {
    return new Promise((resolve) => {
      if (!this.#combine) return void this.#sendSlice([{ read, resolve }])
      this.#waiting.push({ read, resolve })
      if (this.#isScheduled) return
      this.#isScheduled = true
      queueMicrotask(() => {
        this.#isScheduled = false
        this.#send()
      })
    })
  }

  #send(): void {
    while (this.#running < MAX_CALLS && this.#waiting.length > 0) {
      const slice = this.#waiting.slice(0, SLICE)
      this.#waiting = this.#waiting.slice(SLICE)
      this.#running++
      void this.#sendSlice(slice)
    }
  }

  async #sendSlice(slice: readonly Waiting[]): Promise<void> {
    const end = await this.#calls.attempt('read', () => this.#entries.read(slice.map(({ read }) => read)))
    this.#running--
    for (const [i, { resolve }] of slice.entries()) resolve(end.ok ? endOf(end.answer[i], end) : end)
    this.#send()
  }
}

/** The end of one read of a call that was answered. */
function endOf(
  answer: RemoteAnswer | undefined,
  { durationMs }: { durationMs: number },
): CallEnd<ServerAnswer> {
  if (answer !== undefined && answer.kind !== 'failed') return { ok: true, answer, durationMs }
  return { ok: false, result: 'error', error: answer?.error ?? new Error('no answer'), durationMs }
}
