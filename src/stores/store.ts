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
  /** False when the entry is larger than the store allows, or no size; an older one under the key is gone all the same. */
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

/**
 * The remote tier: bytes by key, shared by processes. Everything here may be slow and may fail: each method rejects with
 * a {@link StoreError}, and whoever calls puts a deadline around it.
 */
export interface RemoteStore {
  /** What it is, for people: `redis`, `memcached`, `workers-kv`. */
  readonly name: string
  /** Resolves to `undefined` when there is nothing. */
  get(key: string): Promise<Uint8Array | undefined>
  /** One answer for each key, in their order. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>
  /** Keeps bytes for at least `ttlMs` (more where the store counts in larger steps; entries know their own end). */
  set(key: string, bytes: Uint8Array, ttlMs: number): Promise<void>
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>
  /** Resolves when the store answers. */
  ping(): Promise<void>
}

/** A store could not do what it was asked; `cause` is its client's own error. */
export class StoreError extends Error {
  override name = 'StoreError'
}

/**
 * Runs what a store asks of its client.
 *
 * @throws {StoreError} naming the store and the operation, with the client's error as `cause`.
 */
export async function attempt<T>(store: string, operation: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw new StoreError(`${store} could not ${operation}`, { cause })
  }
}
