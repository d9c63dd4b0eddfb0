/** One timer for many limits. It is set again only for an earlier time, so that a call which settles in time costs no timer. */
import type { Timers } from './timers.ts'

export class Alarm {
  readonly #timers: Timers
  readonly #ring: (now: number) => number
  #dueAt = Infinity
  #cancel = () => {}

  /** @param ring called at a set time or later. Returns the next time, `Infinity` for none. */
  constructor(timers: Timers, ring: (now: number) => number) {
    this.#timers = timers
    this.#ring = ring
  }

  /** Rings at `time` at the latest. */
  setFor(time: number): void {
    if (time >= this.#dueAt) return
    this.#cancel()
    this.#dueAt = time
    this.#cancel = this.#timers.after(Math.max(0, time - this.#timers.now()), () => {
      this.#dueAt = Infinity
      this.setFor(this.#ring(this.#timers.now()))
    })
  }

  stop(): void {
    this.#cancel()
    this.#dueAt = Infinity
  }
}
