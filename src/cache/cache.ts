/// <reference lib="esnext.disposable" preserve="true" />
/** The public interface of a cache. `createCache` makes one. */
import type { MemoryStore, StoreStats } from '../stores/store.ts'
import type { AuditOptions } from './audit/audit-options.ts'
import type { Entity, EntityId, EntityKey, EntityOptions } from './entity/entity.ts'
import type { About, CacheListener, Warning } from './events.ts'
import type { GetOptions, Load, LoadMany, Read, ReadDefaults, ReadOptions } from './read.ts'
import type { DeleteResult, InvalidateResult, WriteResult } from './results.ts'

export { MAX_KEY_LENGTH } from './key-spaces.ts'

import type { SharedTier } from './shared-tier.ts'
import type { SharedTierOptions } from './shared-tier-options.ts'
import type { StatsOptions, TopEntries } from './tiers/top-entries.ts'
import type { Schedule } from './timing/schedule.ts'
import type { WrapOptions, Wrappable, Wrapped } from './wrap/wrapped.ts'
import type { WriteOptions } from './write-options.ts'

export interface Cache {
  readonly name: string
  /** If false, every read is a bypass. */
  readonly enabled: boolean
  /** The time of the cache's clock, epoch ms. */
  now(): number
  /**
   * Returns a fresh entry of the memory tier synchronously, or `undefined`. A hit counts as a read; a miss is not counted.
   *
   * @throws {TypeError} when the key is not a string of 1 to {@link MAX_KEY_LENGTH} characters. Every other method with a key
   *   throws the same error or rejects with it.
   */
  lookup<T>(key: string): Read<T> | undefined
  /**
   * Returns the value of a key from any tier, or `undefined`. Never loads. Counts one read: `hit`, `stale` if the value may be
   * served stale, `miss`, or `error` if the remote tier failed. A stored `null` is a hit.
   *
   * @throws {TypeError} for an unknown option or a value of the wrong type.
   * @example
   * const rates = await cache.get<Rates>('rates')
   */
  get<T>(key: string, options?: GetOptions<T>): Promise<T | undefined>
  /**
   * As `get`, for many keys. The values are in the order of the keys. Each distinct key counts as one read.
   *
   * @example
   * const [ada, grace] = await cache.getMany<User>(['user:ada', 'user:grace'])
   */
  getMany<T>(keys: readonly string[], options?: GetOptions<T>): Promise<(T | undefined)[]>
  /**
   * Returns the stored value of a key, or calls `load` and stores its value. All readers get the same object: treat it as
   * frozen.
   *
   * @throws the error of the load, unchanged, when no stale entry may be served instead; {@link DeadlineError} after
   *   `hardTimeoutMs`; {@link TypeError} for an unknown option, a value of the wrong type, or a load that reads its own key.
   */
  read<T>(
    key: string,
    load: Load<T>,
    options: ReadOptions<T> & { strategy: 'fresh' },
  ): Promise<Read<T | undefined>>
  read<T>(key: string, load: Load<T>, options?: ReadOptions<T>): Promise<Read<T>>
  /**
   * Reads many keys in one call. The read of each key has its own outcome and is counted separately. One call of `loadMany`
   * loads all missing keys, and a second one refreshes all stale keys in the background. If another reader is already loading a
   * key, this read waits for that load. If this reader may not use the value of that load (see `share`), a separate call loads
   * the key.
   *
   * @returns a read for each key, in the order of `keys`, without duplicates. Its value is `undefined` if the load returned
   *   none.
   * @throws the error of the load, unchanged, if it failed for a key and no stale entry may be served instead. The promise
   *   rejects only after the reads of all keys have settled, so the other values are stored by then.
   * @example
   * const users = await cache.readMany(ids, async (missing) => (await findUsers(missing)).map((user) => [user.id, user]))
   * users.get('user_001')?.value
   */
  readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options?: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>>
  /** Calls `work`, which does not use the cache, and counts it as a bypass. Returns or rejects as `work` does. */
  pass<T>(work: () => Promise<T>, about?: About): Promise<T>
  /** As `lookup`, but also returns stale entries, and is never counted. */
  peek<T>(key: string): Read<T> | undefined
  /** Returns true if `lookup` would return a value. Not counted as a read. */
  has(key: string): boolean
  /**
   * Returns the keys of data in the memory tier, for debugging: those of this cache that `peek` finds and whose last period is not
   * over, in no particular order. Keys of HTTP responses are not among them. Nothing is counted, copied or marked as used. While
   * the keys are read, entries may change: a key that is stored meanwhile may be missing, and one that is removed and stored
   * again may come twice.
   *
   * @example
   * for (const key of cache.keys()) console.log(key, cache.peek(key)?.expiresInMs)
   */
  keys(): Generator<string, void>
  /**
   * Stores a value; a running load cannot overwrite it, in any process. If several processes write a key at the same time, the
   * remote tier stores none of the values.
   *
   * `write`, `delete`, `deleteMany`, `invalidateTags` and `clear` take effect in this thread when they are called, and also in
   * the other threads of the process if there is an `invalidationBus`. Their promises resolve after the remote tier has confirmed
   * the invalidation, or has failed to. Such a failure is an event, never a rejection: the result says `confirmed: false`, the
   * invalidation is repeated until it is confirmed, and until then this process reads the keys and tags from no remote tier.
   */
  write<T>(key: string, value: T, options?: WriteOptions<T>): Promise<WriteResult>
  /** Removes the entry of a key. A running load of the key stores nothing. */
  delete(key: string): Promise<DeleteResult>
  /**
   * As `delete` for each key, in few messages to the remote tier. All keys count as deleted from the call on. If there are more than
   * 256, their entries leave memory in short steps, between which the event loop runs.
   */
  deleteMany(keys: readonly string[]): Promise<DeleteResult>
  /** Invalidates every entry with one of these tags. Running loads store no value with one of them. */
  invalidateTags(tags: readonly string[]): Promise<InvalidateResult>
  /**
   * Makes the entry of a key stale from now on. It may still be served stale, for as long as its stale periods allow, and the
   * value of a running load is stored stale. Unlike an invalidation, it is not repeated if the remote tier fails.
   */
  expire(key: string): Promise<InvalidateResult>
  /** As `expire`, for every entry with one of these tags. */
  expireTags(tags: readonly string[]): Promise<InvalidateResult>
  /** As `expire`, for every entry of this cache. */
  expireAll(): Promise<InvalidateResult>
  /**
   * Removes all entries of this cache's namespace, in the remote tier too. Without a namespace, removes all entries of its memory
   * store.
   */
  clear(): Promise<InvalidateResult>
  /**
   * Returns a function. The function returns true if the key, or one of the tags passed to it, was invalidated after the call
   * of `noteChanges`.
   */
  noteChanges(key: string): (tags?: readonly string[]) => boolean
  /**
   * Creates an entity: typed values of one kind, checked by a schema. See {@link EntityOptions} and {@link Entity}.
   *
   * @throws {TypeError} when an entity or a wrapped function of this name exists already, or an option is invalid.
   */
  entity<Input, Output extends Input, Id extends EntityId = string>(
    options: EntityOptions<Input, Output, Id> & EntityKey<Id>,
  ): Entity<Input, Output, Id>
  /**
   * Wraps a function: each call of the result is a read, under a key made of the name and the arguments. See {@link WrapOptions}
   * and {@link Wrapped}.
   *
   * @throws {TypeError} when there is no name, a wrapped function or an entity of this name exists already, or an option is
   *   invalid.
   * @example
   * const findUsers = cache.wrap((team: string, page: number) => database.findUsers(team, page), { name: 'users', ttlMs: 60_000 })
   * const users = await findUsers('engine', 1)
   * await findUsers.forget('engine', 1)
   */
  wrap<Args extends unknown[], T>(
    fn: Wrappable<Args, T>,
    options?: WrapOptions<Args, NoInfer<T>>,
  ): Wrapped<Args, T>
  /** Emits a `warning` event: advice for the developer of a route. */
  warn(warning: Warning, about: About, error?: unknown): void
  /**
   * Removes expired entries from the memory tier, then returns its size.
   *
   * @throws {TypeError} for an unknown option; {RangeError} when `top` is not a whole number from 1 to 1000.
   */
  stats(options?: StatsOptions): CacheStats
  /**
   * Ends the work with the remote tier: sends unconfirmed invalidations once more, closes the connection on which invalidations
   * arrive, and stops all timers. The client of the store stays open, because the application made it. The memory store is free for
   * another cache. This one must not be used afterwards.
   */
  close(): Promise<void>
  /**
   * As `close`, for `await using`.
   *
   * @example
   * await using cache = createCache({ memory: memoryStore() })
   */
  [Symbol.asyncDispose](): Promise<void>
}

export interface CacheStats extends StoreStats {
  /** True if the circuit breaker of the remote tier is closed; undefined without a remote tier. */
  readonly remoteUp: boolean | undefined
  /** True if invalidations of other processes arrive; undefined if the remote tier carries no messages. */
  readonly busUp: boolean | undefined
  /** Number of events for which `onEvent` threw an error or its promise rejected. */
  readonly listenerErrors: number
  /** Only with the option `top`, and if the memory store can search its entries. */
  readonly top?: TopEntries
}

/**
 * Options of a cache. `ttlMs` and the other {@link ReadDefaults} are defaults of `read`, `readMany`, `write`, entities and wrapped
 * functions. They do not apply to HTTP responses; `jitter` and `earlyRefresh` do.
 */
export interface CacheOptions extends SharedTierOptions, ReadDefaults {
  /** Name of the cache in events and metrics. Default: `hitrate`. */
  name?: string
  /** The memory tier. Without one nothing is stored, but loads are still shared. */
  memory?: MemoryStore
  /**
   * The tier that processes share. It is read if memory has no usable entry, and its failures never fail a read. When the promise
   * of an invalidation has resolved with `confirmed: true`, no process gets the old value from this tier any more.
   *
   * If the store carries messages, memory tiers learn of invalidations in other processes within milliseconds; otherwise see
   * `maxUnsyncedMs`. A cache with a remote tier should be closed at the end; see {@link Cache.close}.
   */
  remote?: SharedTier
  /** If false, every read is a bypass. Default: true. */
  enabled?: boolean
  /** If false, reads do not share the promise of a load. Must be false on Workers. Default: true. */
  coalesce?: boolean
  /**
   * Maximum fraction by which a lifetime is shortened at random (0 <= jitter < 1), so that entries stored together do not
   * expire together. A read or write can set its own. Default: 0.05.
   */
  jitter?: number
  /** The `earlyRefresh` of reads that do not set it; see {@link ReadOptions}. Default: 0, no early refresh. */
  earlyRefresh?: number
  /**
   * Audits: this share of the hits, from 0 to 1, is loaded once more in the background and compared with the stored value. Each
   * audit emits an `audit` event, and has no effect on reads and stored values. It calls the loader of the read, or the handler
   * behind `cached()`. A number is short for {@link AuditOptions} with this `share`. Default: 0, no audits.
   */
  audit?: number | AuditOptions
  /** Returns random numbers from 0 to below 1. Default: `Math.random`. */
  random?: () => number
  /**
   * Wall clock, in epoch ms. It also measures the duration of a hit in memory, so such a hit reads this clock twice, and no
   * other. Default: `Date.now`, but hits use the monotonic clock, synchronised with `Date.now` once a second. If only `timer`
   * is set, hits use `Date.now` too.
   */
  now?: () => number
  /** Monotonic clock, in ms. It measures all durations except that of a hit in memory. Default: `performance.now`. */
  timer?: () => number
  /** Starts the timers of deadlines and of pauses between retries. Default: the runtime's timers. */
  schedule?: Schedule
  /**
   * Receives every event. An error that it throws, or with which its promise rejects, is counted in `stats().listenerErrors`; the
   * first one is written to `console.error`. It has no other effect.
   */
  onEvent?: CacheListener
}
