/** The public interface of a cache. `createCache` makes one. */
import type { MemoryStore, RemoteStore, StoreStats } from '../stores/store.ts'
import type { Codec } from './codec.ts'
import type { Entity, EntityId, EntityKey, EntityOptions } from './entity/entity.ts'
import type { About, CacheListener, Warning } from './events.ts'
import type { InvalidationBus } from './invalidation/invalidation-bus.ts'
import type { Lifetime } from './lifetime.ts'
import type { Load, LoadMany, Read, ReadOptions } from './read.ts'
import type { Schedule } from './schedule.ts'

export interface Cache {
  readonly name: string
  /** False: every read is a bypass. */
  readonly enabled: boolean
  /** The time of the cache's clock, epoch ms. */
  now(): number
  /**
   * A fresh entry of the memory tier, synchronously, or `undefined`. A hit counts as a read; a miss is not counted.
   *
   * @throws {TypeError} when the key is not a string of 1 to {@link MAX_KEY_LENGTH} characters; so do all methods with a key.
   */
  lookup<T>(key: string): Read<T> | undefined
  /**
   * The value of a key: stored, or loaded and stored. All readers get the same object: treat it as frozen.
   *
   * @throws the error of the load, unchanged, when no stale entry may be served instead; {@link DeadlineError} after
   *   `hardTimeoutMs`; {@link TypeError} for an unknown option or a value of the wrong type.
   */
  read<T>(
    key: string,
    load: Load<T>,
    options: ReadOptions<T> & { strategy: 'fresh' },
  ): Promise<Read<T | undefined>>
  read<T>(key: string, load: Load<T>, options?: ReadOptions<T>): Promise<Read<T>>
  /**
   * Many reads in one call: one per key, each with an outcome of its own and counted by itself. One call loads all missing keys,
   * and another one refreshes all stale keys in the background. A key that is already being loaded is waited for instead; if this
   * reader may not use that value (see `share`), the key is loaded by a call of its own.
   *
   * @returns a read for each key, in the order in which the keys were first named. The value is `undefined` where the load
   *   returned none.
   * @throws the error of the load, unchanged, when it failed for some key and no stale entry may be served instead. It rejects
   *   only after every key has been answered or has failed, so every other value is stored by then.
   * @example
   * const users = await cache.readMany(ids, async (missing) => (await findUsers(missing)).map((user) => [user.id, user]))
   * users.get('user_001')?.value
   */
  readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options?: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>>
  /** Runs work that does not use the cache, and counts it as a bypass. Rejects as the work does. */
  pass<T>(work: () => Promise<T>, about?: About): Promise<T>
  /** As `lookup`, but never counted, and it returns stale entries too. */
  peek<T>(key: string): Read<T> | undefined
  /** True if `lookup` would return a value. Not counted. */
  has(key: string): boolean
  /**
   * Stores a value. False: its lifetime has passed already, or it is too large. Running loads cannot overwrite it.
   *
   * `write`, `delete`, `deleteMany`, `invalidateTags` and `clear` apply in this process when they are called, and in its other
   * threads if there is an `invalidationBus`. Their promises resolve when the other instances and the remote tier have the
   * invalidation, or have failed; they never reject for that: failures are events.
   */
  write<T>(key: string, value: T, options?: WriteOptions<T>): Promise<boolean>
  /** Removes a key, also from the result of a running load. True when memory had an entry. */
  delete(key: string): Promise<boolean>
  /** As `delete` for each key, in one message to the remote tier. Returns how many keys had an entry in memory. */
  deleteMany(keys: readonly string[]): Promise<number>
  /** Invalidates every entry with one of these tags, also those that running loads will return. */
  invalidateTags(tags: readonly string[]): Promise<void>
  /** Removes everything in this cache's namespace; without a namespace, everything in its memory tier. */
  clear(): Promise<void>
  /** Returns a check: has the key, or any of the tags, been invalidated since this call? */
  noteChanges(key: string): (tags?: readonly string[]) => boolean
  /**
   * Typed values of one kind, checked by a schema; see {@link EntityOptions} and {@link Entity}.
   *
   * @throws {TypeError} when an entity of this name exists already, or an option is invalid.
   */
  entity<Input, Output extends Input, Id extends EntityId = string>(
    options: EntityOptions<Input, Output, Id> & EntityKey<Id>,
  ): Entity<Input, Output, Id>
  /** Emits a `warning` event: advice for the developer of a route. */
  warn(warning: Warning, about: About): void
  /** The content of the memory tier, after removing dead entries. */
  stats(): CacheStats
}

export interface WriteOptions<T = unknown> extends Lifetime {
  /** Encodes the value for a remote tier: the same codec as that of the key's readers. Default JSON. */
  codec?: Codec<T>
}

export interface CacheStats extends StoreStats {
  /** The remote tier's breaker is closed; undefined without a remote tier. */
  readonly remoteUp: boolean | undefined
  /** Number of events for which the listener threw. */
  readonly listenerErrors: number
}

export interface CacheOptions {
  /** The name in events and metrics. Default `hitrate`. */
  name?: string
  /** Begins every key, so that several caches may share a store. Neither empty nor with a colon, which ends it. Default none. */
  namespace?: string
  /** The memory tier. Without one nothing is stored, but loads are still shared. */
  memory?: MemoryStore
  /**
   * The tier that processes share, asked when memory has nothing. Its failures never fail a read. An invalidation applies in this
   * process at once, and to what other processes read from their remote tier when its promise resolves; their memory tiers may
   * serve what they stored until its lifetime ends.
   */
  remote?: RemoteStore
  /** The time limit of one operation of the remote tier, in ms. Default 50. */
  remoteTimeoutMs?: number
  /**
   * Connects the instances of this cache in other threads. After an invalidation returns, no thread serves the old value, neither
   * from memory nor from a running load. Default none: threads do not exchange invalidations.
   */
  invalidationBus?: InvalidationBus
  /** False: every read is a bypass. Default true. */
  enabled?: boolean
  /** False: reads do not share the promise of a load; required on Workers. Default true. */
  coalesce?: boolean
  /**
   * Shortens lifetimes by a random fraction of up to this much (0 <= jitter < 1), so that entries stored together do not expire
   * together. Each lifetime may set its own. Default 0.05.
   */
  jitter?: number
  /** Eagerness of background refreshes before a hit expires, for reads that do not set it. Default 0: never. */
  earlyRefresh?: number
  /** Returns a number from 0 to below 1, for everything that is random. Default `Math.random`. */
  random?: () => number
  /**
   * Epoch ms. A hit in memory reads this clock twice, the second time for its duration, and reads no other clock. Default:
   * `Date.now`; for hits the monotonic clock, synchronised with it once a second (`Date.now` for hits too if only `timer` is set).
   */
  now?: () => number
  /** Monotonic ms, for the duration of everything but a hit in memory. Default `performance.now`. */
  timer?: () => number
  /** Runs a callback later: for deadlines, and pauses between retries. Default: the runtime's timers. */
  schedule?: Schedule
  /** Receives every event. An error that it throws is counted in `stats().listenerErrors` and has no other effect. */
  onEvent?: CacheListener
}

/** The maximal length of a key. Longer keys are an error: code that makes keys from requests must bound them. */
export const MAX_KEY_LENGTH = 8192
