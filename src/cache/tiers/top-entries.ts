/** The hottest and the largest entries of a cache, for `stats`. */
import { aNumber, validateOptions } from '../../options.ts'
import type { FoundEntry, TopScan } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { MemoryTier } from './memory-tier.ts'

export interface StatsOptions {
  /**
   * Number of the hottest and of the largest entries in the result. The search takes about a millisecond, and hits cost nothing more.
   * Default: none.
   */
  top?: number
}

/** An entry of the memory tier. */
export interface TopEntry {
  /** Key of data; of a response, the key that `cached` made, which begins with its URL. */
  readonly key: string
  /** Bytes with key, tags and bookkeeping: an estimate. */
  readonly bytes: number
  /**
   * Estimated share of the store's newest look-ups that were for this key, from 0 to 1. Single estimates are off by a third or so.
   * Absent for a key with one look-up, and with `eviction: 'lru'`.
   */
  readonly share?: number
  /** Time since the value was made, in ms. */
  readonly ageMs: number
  /** Time until the entry is stale, in ms; negative if it is stale. */
  readonly freshForMs: number
}

export interface TopEntries {
  /** Those with the largest `share` first. */
  readonly hottest: readonly TopEntry[]
  /** Those with the most bytes first. */
  readonly largest: readonly TopEntry[]
  /**
   * Number of entries that this call examined, at most 16,384 and those of the last result. In a larger store each call examines the
   * next ones, and keeps the best of those before.
   */
  readonly examined: number
}

/** Returns the valid number of entries of `stats`; `undefined` if none are wanted. */
export function topCount(options: StatsOptions): number | undefined {
  validateOptions('stats', options, { top: aNumber })
  const { top } = options
  if (top === undefined || (Number.isInteger(top) && top >= 1 && top <= 1000)) return top
  throw new RangeError(`stats: top must be a whole number from 1 to 1000, got ${top}`)
}

export class TopReader {
  readonly #core: CacheCore
  readonly #memory: MemoryTier
  /** Made at the first use. */
  #scan: TopScan | undefined

  constructor(core: CacheCore, memory: MemoryTier) {
    this.#core = core
    this.#memory = memory
  }

  /** Returns so many entries of each kind; `undefined` if the store cannot find them. */
  read(count: number): TopEntries | undefined {
    this.#scan ??= this.#core.memory?.scanTop?.()
    if (this.#scan === undefined) return undefined
    const now = this.#core.now()
    const { hottest, largest, examined } = this.#scan.next(count, (storeKey) => this.#isShown(storeKey))
    const described = ({ key: storeKey, ...size }: FoundEntry): TopEntry[] => {
      const key = this.#keyOf(storeKey)
      const entry = this.#memory.lastKnown(storeKey)
      if (key === undefined || entry === undefined) return []
      return [{ key, ...size, ageMs: now - entry.madeAt, freshForMs: entry.freshUntil - now }]
    }
    return { hottest: hottest.flatMap(described), largest: largest.flatMap(described), examined }
  }

  /** True for entries of this cache that were not invalidated. */
  #isShown(storeKey: string): boolean {
    return this.#keyOf(storeKey) !== undefined && this.#memory.lastKnown(storeKey) !== undefined
  }

  #keyOf(storeKey: string): string | undefined {
    return this.#core.keys.of(storeKey).keyOf(storeKey)
  }
}
