/** Removes expired entries from memory in short steps: before each write, and by a timer while nothing is written. */
import type { MemoryStore } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import { byBackgroundTimers, type Schedule } from '../timing/schedule.ts'

/** Pause between two steps while there is more to remove, in ms. */
const PAUSE_MS = 1
/** Shortest delay until an expiry, in ms, so that entries that expire soon after each other take one timer. */
const MIN_DELAY_MS = 1000

type Core = Pick<CacheCore, 'now' | 'coalesce'>

export class MemorySweeper {
  readonly #core: Core
  readonly #store: MemoryStore
  readonly #schedule: Schedule
  #cancelTimer: (() => void) | undefined
  /** Time at which the timer ends, epoch ms. */
  #wakesAt = Infinity

  /** @param schedule the runtime's timers by default, even if the application sets its own: these have no effect on reads. */
  constructor(core: Core, store: MemoryStore, schedule = byBackgroundTimers) {
    this.#core = core
    this.#store = store
    this.#schedule = schedule
  }

  /** Removes expired entries. If there are more than one step may remove, the timer continues. @param now epoch ms. */
  sweep(now = this.#core.now()): void {
    if (this.#store.sweep(now)) this.#wakeAfter(PAUSE_MS, now)
  }

  /** Starts the timer for an entry that was stored and is of no use from `time` on, epoch ms. */
  expects(time: number): void {
    if (time + MIN_DELAY_MS >= this.#wakesAt || time === Infinity) return
    const now = this.#core.now()
    this.#wakeAfter(Math.max(MIN_DELAY_MS, time - now), now)
  }

  /** Stops the timer. */
  close(): void {
    this.#cancelTimer?.()
  }

  #wakeAfter(delayMs: number, now: number): void {
    // On Workers, a timer belongs to a request and ends with it. Such a runtime does not coalesce either.
    if (!this.#core.coalesce || this.#wakesAt <= now + delayMs) return
    this.#cancelTimer?.()
    this.#wakesAt = now + delayMs
    this.#cancelTimer = this.#schedule(() => this.#wake(), delayMs)
  }

  #wake(): void {
    this.#wakesAt = Infinity
    this.sweep()
    if (this.#wakesAt === Infinity) this.expects(this.#store.nextExpiry?.() ?? Infinity)
  }
}
