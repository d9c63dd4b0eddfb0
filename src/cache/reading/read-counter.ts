/** Counts the reads of one cache: emits the event of each, and adds up their numbers for the memory store. */
import type { ReadCounts } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { About, Outcome, Tier } from '../events.ts'

export class ReadCounter {
  readonly #core: Pick<CacheCore, 'name' | 'clock' | 'emit'>
  /** Reads since the last call of `take`. */
  #reads = 0
  #hits = 0

  constructor(core: Pick<CacheCore, 'name' | 'clock' | 'emit'>) {
    this.#core = core
  }

  /** Returns the numbers of reads since the last call. */
  take(): ReadCounts {
    const counts = { reads: this.#reads, hits: this.#hits }
    this.#reads = 0
    this.#hits = 0
    return counts
  }

  /** Counts a read that has settled. */
  count(outcome: Outcome, tier: Tier | undefined, durationMs: number, about?: About): void {
    const { name: cache, emit } = this.#core
    if (outcome !== 'bypass') this.#reads++
    if (tier === 'memory') this.#hits++
    if (about === undefined) emit({ type: 'read', cache, outcome, tier, durationMs })
    else {
      const { method, route } = about // copied by name, because a spread would cost more than the rest
      emit({ type: 'read', cache, outcome, tier, durationMs, method, route })
    }
  }

  /** Counts a read that memory has answered. @param durationMs what `elapsedSince` returned. Default: measured here. */
  countFromMemory(
    outcome: Outcome,
    startedAt: number,
    about?: About,
    durationMs = this.elapsedSince(startedAt),
  ): void {
    this.count(outcome, 'memory', durationMs, about)
  }

  /** Time since a look-up, measured with the clock that it has already read, because a second clock would cost time. */
  elapsedSince(startedAt: number): number {
    return Math.max(0, this.#core.clock.precise() - startedAt) // negative if the clock was set back
  }
}
