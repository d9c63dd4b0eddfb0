/** Timers of a Memcached client in virtual time. */
import type { Timers } from '../../src/stores/memcached/client/timing/timers.ts'

export class VirtualTimers implements Timers {
  #now = 0
  #pending: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#pending.push(timer)
    return () => {
      this.#pending = this.#pending.filter((other) => other !== timer)
    }
  }

  /** Number of timers that have not run. */
  get pending(): number {
    return this.#pending.length
  }

  /** Runs the timers of the next `ms` in order, each at its time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#pending = this.#pending.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = end
  }
}
