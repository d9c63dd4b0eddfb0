/**
 * Marks of this process that the store has not confirmed yet. They apply here at once, and are sent again until the store
 * confirms them.
 */
import { EVERYTHING } from './marks.ts'

/** Above this number, a single mark on everything replaces all unconfirmed marks. */
const MAX_UNCONFIRMED = 10_000

export class UnconfirmedMarks {
  readonly #send: (id: string, time: number) => Promise<boolean>
  readonly #isStoreUp: () => boolean
  readonly #times = new Map<string, number>()
  #confirming: Promise<void> | undefined

  /** @param send writes one mark to the store; resolves to true if the store has confirmed it. */
  constructor(send: (id: string, time: number) => Promise<boolean>, isStoreUp: () => boolean) {
    this.#send = send
    this.#isStoreUp = isStoreUp
  }

  get size(): number {
    return this.#times.size
  }

  add(ids: readonly string[], time: number): void {
    for (const id of ids) this.#times.set(id, time)
    if (this.#times.size <= MAX_UNCONFIRMED) return
    this.#times.clear()
    this.#times.set(EVERYTHING, time)
  }

  isMarkedSince(id: string, time: number): boolean {
    return (this.#times.get(id) ?? 0) >= time
  }

  /** Sends all marks, including those that failed earlier. Ends when the store has confirmed all, or has not confirmed one. */
  confirm(): Promise<void> {
    this.#confirming ??= this.#confirmAll().finally(() => {
      this.#confirming = undefined
    })
    return this.#confirming
  }

  async #confirmAll(): Promise<void> {
    while (this.#times.size > 0) {
      const marks = [...this.#times]
      // While the breaker is open, one mark is enough to find out if the store answers again.
      const tried = this.#isStoreUp() ? marks : marks.slice(0, 1)
      const confirmed = await Promise.all(tried.map(([id, time]) => this.#confirmOne(id, time)))
      if (confirmed.includes(false)) return
    }
  }

  async #confirmOne(id: string, time: number): Promise<boolean> {
    const isConfirmed = await this.#send(id, time)
    if (isConfirmed && this.#times.get(id) === time) this.#times.delete(id)
    return isConfirmed
  }
}
