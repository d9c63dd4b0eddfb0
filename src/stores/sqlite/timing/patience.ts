/**
 * Waits between attempts to get a lock of the file. SQLite's own wait would block the event loop, because the driver is
 * synchronous.
 */
import type { Timing } from './timing.ts'

/** Number of attempts without a pause. Most transactions are shorter than a timer. */
const QUICK_ATTEMPTS = 3

/** Longest pause between two attempts, in ms. The mean is three quarters of it. */
const PAUSE_MS = 2

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

  /** Waits before the next attempt: not for the same time each time, so that processes do not try in step. False: the time is over. */
  async wait(): Promise<boolean> {
    if (this.#attempts++ < QUICK_ATTEMPTS) {
      await this.#timing.turn()
      return true
    }
    const ms = PAUSE_MS * (0.5 + this.#timing.random() / 2)
    if (this.elapsedMs + ms > this.#limitMs) return false
    await this.#timing.sleep(ms)
    return true
  }
}
