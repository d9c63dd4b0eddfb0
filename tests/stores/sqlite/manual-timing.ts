/** Clocks and timers of a store that the test moves. */
import { type Timing, timingOf } from '../../../src/stores/sqlite/timing/timing.ts'

interface Scheduled {
  readonly callback: () => void
  readonly at: number
}

export class ManualTiming implements Timing {
  #time = 0
  readonly #scheduled = new Set<Scheduled>()
  readonly #real = timingOf()

  /** Epoch ms at the beginning of the test. Another store needs the same clock, if leases of one must hold in the other. */
  static readonly startedAt = 1_700_000_000_000

  readonly now = (): number => ManualTiming.startedAt + this.#time
  readonly timer = (): number => this.#time
  readonly random = (): number => 0.5
  readonly turn = (): Promise<void> => this.#real.turn()
  readonly schedule = (callback: () => void, ms: number): (() => void) => {
    const scheduled = { callback, at: this.#time + ms }
    this.#scheduled.add(scheduled)
    return () => this.#scheduled.delete(scheduled)
  }

  /** Takes no time, but lets other work run. */
  readonly sleep = async (ms: number): Promise<void> => {
    await this.turn()
    this.#time += ms
  }

  /** Number of timers that run. */
  get timers(): number {
    return this.#scheduled.size
  }

  /** Moves the clocks, and runs what is scheduled until then, in the order of time. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms
    for (;;) {
      const [next] = [...this.#scheduled].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#scheduled.delete(next)
      this.#time = Math.max(this.#time, next.at)
      next.callback()
      for (let i = 0; i < 20; i++) await this.turn() // the store waits for turns too
    }
    this.#time = end
  }
}
