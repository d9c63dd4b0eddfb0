/**
 * Waits of reads for a load that another process runs. A message of the store ends the wait. Because messages can be lost, the
 * read also asks again after a part of the lease.
 */
import { onAbort } from '../timing/on-abort.ts'
import type { Schedule } from '../timing/schedule.ts'

/** The first pause before a read asks again without a subscription, in ms. Each further pause is twice as long. */
const FIRST_POLL_MS = 10

/** Number of names whose last message is remembered. */
const MAX_WOKEN = 1000

export class LeaseWaits {
  readonly #schedule: Schedule
  /** The longest pause before a read asks again, in ms. */
  readonly #maxPollMs: number
  readonly #waiting = new Map<string, Set<() => void>>()
  /** The number of the last message of recent names, oldest first. */
  readonly #woken = new Map<string, number>()
  #messages = 0

  constructor(schedule: Schedule, leaseMs: number) {
    this.#schedule = schedule
    this.#maxPollMs = leaseMs / 4
  }

  /** The number of messages so far. Taken before the store is asked, because the message may arrive before its answer. */
  get messages(): number {
    return this.#messages
  }

  /** A lease of the name has ended. */
  wake(name: string): void {
    this.#woken.delete(name) // set again below, so that the map stays in the order of the messages
    this.#woken.set(name, ++this.#messages)
    const [oldest] = this.#woken.keys()
    if (this.#woken.size > MAX_WOKEN && oldest !== undefined) this.#woken.delete(oldest)
    for (const wake of this.#waiting.get(name) ?? []) wake()
  }

  /**
   * Resolves to `'woken'` when the lease has ended, to `'poll'` when it is time to ask again, and to `'left'` when the signal
   * aborts.
   *
   * @param since the number of messages before the store was asked.
   * @param polls number of waits of this read so far.
   * @param hasMessages false if no message can arrive, so that the read must ask more often.
   */
  wait(
    name: string,
    since: number,
    polls: number,
    hasMessages: boolean,
    signal: AbortSignal,
  ): Promise<'woken' | 'poll' | 'left'> {
    if (signal.aborted) return Promise.resolve('left')
    if ((this.#woken.get(name) ?? 0) > since) return Promise.resolve('woken')
    const pollMs = hasMessages ? this.#maxPollMs : Math.min(this.#maxPollMs, FIRST_POLL_MS * 2 ** polls)
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set()
      this.#waiting.set(name, waiting)

      const end = (result: 'woken' | 'poll' | 'left') => {
        waiting.delete(wake)
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name)
        cancel()
        stopListening()
        resolve(result)
      }
      const wake = () => end('woken')
      waiting.add(wake)
      const cancel = this.#schedule(() => end('poll'), pollMs)
      const stopListening = onAbort(signal, () => end('left'))
    })
  }
}
