/** The cache as its callers see it: what it can be asked, and how it is set up. `createCache` makes one. */
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
  /** False: switched off, every read is a bypass. */
  readonly enabled: boolean
  /** The clock it goes by, epoch ms. */
  now(): number
  /**
   * A fresh entry of the memory tier, at once, or `undefined`. A hit is a read, and counted; to find nothing is none, and is
   * not.
   */
  lookup<T>(key: string, accept?: (value: T) => boolean, about?: About): Read<T> | undefined
  /**
   * The value under a key: kept, or loaded and kept. The value is shared by all who read it: treat it as frozen.
   *
   * @throws what the load threw, untouched, when no stale entry may stand in; {DeadlineError} when it took too long.
   */
  read<T>(
    key: string,
    load: Load<T>,
    options: ReadOptions<T> & { strategy: 'fresh' },
  ): Promise<Read<T | undefined>>
  read<T>(key: string, load: Load<T>, options?: ReadOptions<T>): Promise<Read<T>>
  /**
   * Many reads at once: one for each key, however often it is named, each with an outcome of its own and counted by itself.
   * All keys that are missing are loaded by one call, and all stale ones that are refreshed behind by another. A key that is
   * being loaded already is waited for, and not loaded again; where what comes is not for this reader (see `share`,
   * `accept`), that key is loaded by a call of its own.
   *
   * @returns a read for each key, by the key and in the order in which they were first named. The value is `undefined`
   *   where the load gave none.
   * @throws what the load threw, untouched, when it failed for some key and no stale entry may stand in. Only once every key
   *   has been answered or has failed: whatever could be kept is kept by then.
   * @example
   * const users = await cache.readMany(ids, async (missing) => (await findUsers(missing)).map((user) => [user.id, user]))
   * users.get('user_001')?.value
   */
  readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options?: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>>
  /** Runs work that goes past the cache, and counts it as a bypass. Rejects as the work does. */
  pass<T>(work: () => Promise<T>, about?: About): Promise<T>
  /** As `lookup`, but never counted, and stale entries too. */
  peek<T>(key: string): Read<T> | undefined
  /** Would `lookup` answer? Not counted. */
  has(key: string): boolean
  /**
   * Keeps a value. False: its lifetime is over already, or it is too large. Loads under way cannot overwrite it.
   *
   * `write`, `delete`, `deleteMany`, `invalidateTags` and `clear` take effect in this process at the call, and in its other
   * threads if there are `invalidationBus`. Their promises resolve when the remote tier knows too, or has failed, and never reject
   * for that.
   */
  write<T>(key: string, value: T, options?: WriteOptions<T>): Promise<boolean>
  /** Forgets a key, also what a load under way will bring. True when there was an entry. */
  delete(key: string): Promise<boolean>
  /** As `delete` for each key, told to the remote tier together. How many of them had an entry in memory. */
  deleteMany(keys: readonly string[]): Promise<number>
  /** Forgets every entry with one of these tags, also what loads under way will bring. */
  invalidateTags(tags: readonly string[]): Promise<void>
  /** Forgets everything in this cache's namespace; without one, everything in its memory tier. */
  clear(): Promise<void>
  /**
   * For a value that is made now and written later: gives a function that says whether the key, or one of the tags, has been
   * invalidated since this call.
   */
  noteChanges(key: string): (tags?: readonly string[]) => boolean
  /**
   * Values of one kind, checked and typed; see {@link EntityOptions} and {@link Entity}.
   *
   * @throws {TypeError} when there is an entity of this name already, or an option cannot be used.
   */
  entity<Input, Output extends Input, Id extends EntityId = string>(
    options: EntityOptions<Input, Output, Id> & EntityKey<Id>,
  ): Entity<Input, Output, Id>
  /** Tells listeners what the developer of a route should know. */
  warn(warning: Warning, about: About): void
  /** What the memory tier holds now; what is dead is removed first. */
  stats(): CacheStats
}

export interface WriteOptions<T = unknown> extends Lifetime {
  /** How the value becomes bytes in a remote tier: the one that the key's readers use. Default JSON. */
  codec?: Codec<T>
}

export interface CacheStats extends StoreStats {
  /** The remote tier has not kept failing; undefined without one. */
  readonly remoteUp: boolean | undefined
  /** Events that a listener threw at. */
  readonly listenerErrors: number
}

export interface CacheOptions {
  /** In events and metrics. Default `hitrate`. */
  name?: string
  /**
   * Put before every key, so that caches may share a store. Not empty, and without a colon: one ends it there. Default none.
   */
  namespace?: string
  /** The memory tier. Without one nothing is kept, but loads are still shared. */
  memory?: MemoryStore
  /**
   * The tier that processes share. It is asked when memory has nothing; whatever becomes of it, reads go on. What is
   * invalidated here is not served again here from the call on, nor by another process from its remote tier once the
   * returned promise resolves; another process's memory tier may serve what it kept until its lifetime ends.
   */
  remote?: RemoteStore
  /** An operation of the remote tier that takes longer has failed, in ms. Default 50. */
  remoteTimeoutMs?: number
  /**
   * The same cache in the other threads of this process. What is invalidated in one thread is not served again in any from
   * the call on: whoever asks after it has returned gets nothing older, neither kept nor from a load under way. Default
   * none: threads know nothing of one another.
   */
  invalidationBus?: InvalidationBus
  /** False: every read is a bypass. Default true. */
  enabled?: boolean
  /** May reads share a load's promise? Must be false on Workers. Default true. */
  coalesce?: boolean
  /**
   * By up to which share lifetimes are cut short at random, so that what was kept at once does not end at once; from 0 to
   * below 1. A lifetime may say its own. Default 0.05.
   */
  jitter?: number
  /** How eagerly hits are refreshed behind before they end, where a read does not say it. Default 0: never. */
  earlyRefresh?: number
  /** From 0 to below 1, for whatever is left to chance. Default `Math.random`. */
  random?: () => number
  /**
   * Epoch ms. A hit in memory asks twice, once for how long it took, and asks no other clock. Default: `Date.now`; for hits
   * the monotonic clock, set by it once a second (`Date.now` for hits too where only `timer` is handed in).
   */
  now?: () => number
  /** Monotonic ms, for how long everything but a hit in memory took. Default `performance.now`. */
  timer?: () => number
  /** Runs something later: for deadlines, and pauses between retries. Default: the runtime's own timers. */
  schedule?: Schedule
  onEvent?: CacheListener
}

/** Longer keys are refused: whoever makes keys from what strangers send must bound them before. */
export const MAX_KEY_LENGTH = 8192
