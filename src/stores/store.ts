/** What the engine asks of a place that keeps entries. */
import type { Entry } from './entry.ts'

/** Why an entry left the store without being asked to. */
export type EvictionReason = 'capacity' | 'expired'

export interface StoreStats {
  readonly entries: number
  /** Bytes taken, bookkeeping included (an estimate, never far below the truth). */
  readonly bytes: number
  readonly maxBytes: number
}

/** The memory tier: synchronous, bounded, and it never fails. */
export interface MemoryStore {
  /** Marks the entry as used. May return one that is past its lifetimes: the engine decides. */
  get(key: string): Entry | undefined
  /** As `get`, without marking. */
  peek(key: string): Entry | undefined
  /** False when the entry is larger than the store allows; an older one under the key is gone all the same. */
  set(key: string, entry: Entry): boolean
  /** True when there was one. */
  delete(key: string): boolean
  /** Removes every key that starts with `prefix`. */
  clear(prefix: string): void
  /** Removes what is dead at `now` (epoch ms). Costs nothing when nothing is. */
  sweep(now: number): void
  stats(): StoreStats
  /** Calls `listener` for each entry of a key with this prefix that is evicted from now on. */
  watch(prefix: string, listener: (key: string, reason: EvictionReason) => void): void
}
