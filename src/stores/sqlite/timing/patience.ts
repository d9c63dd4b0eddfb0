/**
 * Waits between attempts to get a lock of the file. SQLite's own wait would block the event loop, because the driver is
 * synchronous.
 */
import type { Timing } from './timing.ts'

const LONGEST_WAIT_MS = 5

export class Patience {
  readonly #timing: Timing
  readonly #startedAt: number
  readonly #limitMs: number
  #attempts = 0

  /** @param limitMs time from now after which no attempt is made. */
  constructor(timing: Timing, limitMs: number) {
    this.#timing = timing
    this.#startedAt = timing.timer()
    this.#limitMs = limitMs
  }

  get elapsedMs(): number {
    return this.#timing.timer() - this.#startedAt
  }

  /** Waits before the next attempt. Resolves to false if the time is over. */
  async wait(): Promise<boolean> {
    const attempt = this.#attempts++
    if (attempt === 0) {
      await this.#timing.turn() // most transactions are shorter than a timer
      return true
    }
    const ms = Math.min(LONGEST_WAIT_MS, 2 ** (attempt - 1)) * (0.5 + this.#timing.random() / 2)
    if (this.elapsedMs + ms > this.#limitMs) return false
    await this.#timing.sleep(ms)
    return true
  }
}
