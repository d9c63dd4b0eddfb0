/** Interfaces of the memory store and of remote stores. */
import type { Entry } from './entry.ts'

/** Reasons for which a store removes an entry by itself. */
export type EvictionReason = 'capacity' | 'expired'

export interface StoreStats {
  readonly entries: number
  /** Bytes in use, bookkeeping included: an estimate, never far below the real size. */
  readonly bytes: number
  readonly maxBytes: number
}

/** The memory tier: synchronous, bounded, and it never fails. */
export interface MemoryStore {
  /** Returns the entry of a key and marks it as used. The entry may have expired: the engine checks that. */
  get(key: string): Entry | undefined
  /** As `get`, without marking the entry as used. */
  peek(key: string): Entry | undefined
  /**
   * Stores an entry. Returns false if it is larger than the store allows or has no valid size. The previous entry of the key is
   * removed in any case.
   */
  set(key: string, entry: Entry): boolean
  /** Returns true if there was an entry. */
  delete(key: string): boolean
  /** Removes every key that starts with `prefix`. */
  clear(prefix: string): void
  /** Removes entries that have expired at `now` (epoch ms). Costs almost nothing if there are none. */
  sweep(now: number): void
  stats(): StoreStats
  /** Calls `listener` for each later eviction of an entry whose key begins with `prefix`. */
  watch(prefix: string, listener: (key: string, reason: EvictionReason) => void): void
}

/**
 * The remote tier: bytes by key, shared by processes. Every method may be slow and may fail: it rejects with a
 * {@link StoreError}, and the engine sets a deadline for each call.
 */
export interface RemoteStore {
  /** Name for log lines and errors: `redis`, `memcached`, `workers-kv`. */
  readonly name: string
  /** Resolves to `undefined` if the key is missing. */
  get(key: string): Promise<Uint8Array | undefined>
  /** One result per key, in the order of the keys. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>
  /**
   * Stores bytes for at least `ttlMs`. A store that counts in larger steps may round up, because entries contain their own
   * expiry.
   */
  set(key: string, bytes: Uint8Array, ttlMs: number): Promise<void>
  /** Deleting a missing key is no error. */
  delete(key: string): Promise<void>
  /** Resolves when the store answers. */
  ping(): Promise<void>
}

/** An operation of a store failed; `cause` is the error of its client. */
export class StoreError extends Error {
  override name = 'StoreError'
}

/**
 * Runs an operation of a store's client.
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
