/** Interfaces of the memory store and of remote stores. */
import type { Entry } from './entry.ts'

/** Reasons for which a store removes an entry by itself. */
export type EvictionReason = 'capacity' | 'expired'

export interface StoreStats {
  readonly entries: number
  /** Bytes in use, bookkeeping included: an estimate, never far below the real size. */
  readonly bytes: number
  readonly maxBytes: number
  /** Hit ratios for other sizes of the store. Absent until there are enough reads, and if the store does not predict them. */
  readonly predictedHitRatio?: PredictedHitRatio
}

/**
 * Hit ratios, from 0 to 1, of a store with half, one, two and four times the room, over the newest reads. `1x` is the counted ratio of
 * those that memory answered.
 */
export type PredictedHitRatio = Readonly<Record<'0.5x' | '1x' | '2x' | '4x', number>>

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
  /** Removes every key that starts with `prefix`. Takes effect at once; the memory of many entries is freed in steps of `sweep`. */
  clear(prefix: string): void
  /**
   * Removes entries that have expired at `now` (epoch ms), in a bounded number. Costs almost nothing if there are none. Returns true
   * if there is more to remove.
   */
  sweep(now: number): boolean
  /** Returns a time before which no entry expires, epoch ms; Infinity if none does. Absent if the store cannot tell. */
  nextExpiry?(): number
  /**
   * Returns the keys that start with `prefix`, one by one and without a copy, so entries may change meanwhile. It may also return keys
   * that were removed. Absent if the store cannot list its keys.
   */
  keys?(prefix: string): Iterable<string>
  /** Starts a search for the hottest and the largest entries. Absent if the store cannot search. */
  scanTop?(): TopScan
  stats(): StoreStats
  /**
   * Attaches a cache. Two caches must not share keys: neither would apply the other's invalidations.
   *
   * @returns a function that removes the cache's entries and detaches it, so that another cache can use the prefix.
   * @throws {TypeError} naming both caches when an attached cache has the same prefix, or one of the prefixes begins with the
   *   other.
   */
  attach(cache: AttachedCache): () => void
}

/** A search through the entries of a store, in steps of a bounded number of entries. */
export interface TopScan {
  /**
   * Examines the entries of the last result and the next ones of the store. Nothing is marked as used.
   *
   * @param count most entries of each kind. @param accepts returns false for a key that is not to be found.
   */
  next(count: number, accepts: (key: string) => boolean): TopFound
}

export interface TopFound {
  readonly hottest: readonly FoundEntry[]
  readonly largest: readonly FoundEntry[]
  /** Number of entries that this step has examined. */
  readonly examined: number
}

export interface FoundEntry {
  readonly key: string
  readonly bytes: number
  /** Estimated share of the newest look-ups, from 0 to 1; absent if it is not known. */
  readonly share?: number
}

/** A cache that uses a memory store. */
export interface AttachedCache {
  /** Name of the cache, for errors. */
  readonly name: string
  /** Every key of the cache begins with it. With an empty string, the cache owns all keys. */
  readonly prefix: string
  /** Called for each eviction of one of the cache's entries. */
  onEviction(key: string, reason: EvictionReason): void
  /**
   * Called for each of the cache's entries that leaves the store in any way, except by a call of `onClear`. Without these calls, the
   * cache keeps the tags of the entries in memory until `clear`.
   */
  onRemoval?(entry: Entry): void
  /** Called when all entries of the cache have left the store at once. */
  onClear?(): void
  /** Returns the numbers of the cache's reads since the last call. Absent: the store predicts no hit ratios. */
  takeReads?(): ReadCounts
}

/** Numbers of reads: of all but bypasses, and of those that memory answered. */
export interface ReadCounts {
  reads: number
  hits: number
}

/**
 * Properties of a remote store. What a store declares as false is a guarantee that it does not give; the engine does without.
 */
export interface StoreCapabilities {
  /**
   * True if one reader at a time gets the lease of a key, in all processes, and if a load that an invalidation overtook cannot
   * store its value. If false, each reader of a missing key loads it, and `store` may store a value that was invalidated during
   * its load.
   */
  readonly leases: boolean
  /** True if an invalidation is visible to every process once its promise has resolved; false if it spreads with a delay. */
  readonly consistent: boolean
}

/**
 * A store that several processes share. Every method of its namespaces may be slow and may fail: it rejects with a
 * {@link StoreError}, and the engine sets a deadline for each call.
 */
export interface RemoteStore {
  /** Name for log lines and errors: `redis`, `memcached`, `workers-kv`. */
  readonly name: string
  readonly capabilities: StoreCapabilities
  /** Returns the part of the store that belongs to one cache. Does not connect. */
  open(options: RemoteNamespaceOptions): RemoteNamespace
  /** Resolves when the store answers. */
  ping(): Promise<void>
  /** Closes the connections or files that the store has opened. Absent if it has opened none. */
  close?(): Promise<void>
}

export interface RemoteNamespaceOptions {
  /** Name of the namespace: printable ASCII without spaces, at most 200 characters. Caches with the same name share entries. */
  namespace: string
  /** Time after which a lease that was not renewed may be granted to another reader, in ms. */
  leaseMs: number
  /**
   * Time limit that the engine sets for each call, in ms. A store of several servers answers before it, so that a slow server
   * costs only the requests for its own keys. Default: none.
   */
  timeoutMs?: number
}

/**
 * The entries of one namespace: bytes by name and version.
 *
 * Names of keys and tags are printable ASCII without spaces, at most 250 characters. A *version* is a short word; each version
 * of a name has an entry and a lease of its own, and an invalidation of the name removes all of them.
 *
 * A value is returned only if neither its name nor one of its tags was invalidated after its load took its lease. If the store
 * may have lost an invalidation (eviction, restart, an older snapshot), it must not return the values that it covers.
 */
export interface RemoteNamespace {
  /** True if reads use {@link RemoteRead.tags}, without which the first value with a new tag may be lost. Default: false. */
  readonly readsTags?: boolean
  /** One answer per request, in the order of the requests. */
  read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]>
  /** Stores the value of a load if its lease still holds, and wakes the processes that wait for it. The lease ends. */
  store(entry: RemoteEntry): Promise<StoreResult>
  /** Extends a lease by `leaseMs` from now. Resolves to false if it does not hold any more. */
  renew(lease: RemoteLease): Promise<boolean>
  /** Ends a lease without a value, and wakes the processes that wait for it. */
  release(lease: RemoteLease): Promise<void>
  /**
   * Invalidates a name in all versions and starts a write. Resolves to the token with which {@link RemoteNamespace.store}
   * stores the value; `undefined` if another write of the name is under way: then neither writer stores its value.
   *
   * @param announcement as in {@link RemoteNamespace.invalidate}.
   * @param tags as in {@link RemoteRead}.
   */
  startWrite(
    name: string,
    version: string,
    announcement?: string,
    tags?: readonly string[],
  ): Promise<string | undefined>
  /**
   * Removes the values and leases of names in all versions, and the values that have one of the tags. Repeating it, or executing
   * it late or in another order, costs loads and never returns an old value.
   *
   * @param announcement a message for every subscriber of the namespace, delivered after the invalidation.
   */
  invalidate(change: RemoteChange, announcement?: string): Promise<void>
  /** Makes values stale as of `at` (epoch ms), without removing them; see {@link RemoteAnswer}. */
  expire(change: RemoteChange, at: number, announcement?: string): Promise<void>
  /** Invalidates all values and leases of this namespace. Other namespaces are not touched. */
  clear(announcement?: string): Promise<void>
  /** Sends a message to every subscriber of the namespace, this process included. Absent if the store has no messages. */
  announce?(announcement: string): Promise<void>
  /**
   * Subscribes to the messages of the namespace, on a connection of its own that reconnects by itself. Called at most once.
   * Absent if the store has no messages.
   *
   * @returns a function that closes the connection.
   */
  subscribe?(handlers: RemoteHandlers): () => Promise<void>
}

export interface RemoteRead {
  readonly name: string
  readonly version: string
  /**
   * The value that is not good enough: the id of a value that the reader has already; `'*'`: no stored value is, and the lease
   * of a running load is revoked. Default: any value is good enough.
   */
  readonly not?: string | undefined
  /** True if the reader will load and store a value, so that it gets the lease if there is no value. */
  readonly lease: boolean
  /**
   * Names of the tags that the value has or will have, as far as they are known before the load. Given only if the namespace
   * {@link RemoteNamespace.readsTags}.
   */
  readonly tags?: readonly string[] | undefined
}

/**
 * Answer to a {@link RemoteRead}. `value`: a stored value. `lease`: the reader is to load the value. `busy`: another reader
 * loads it, and this process will get `onWake` if it has subscribed. `absent`: there is no value, and no lease was requested.
 * `refused`: the store cannot grant a lease now, for example because it is full or read-only; the reader may load. `failed`: the
 * server of this name gave no answer, while other servers answered the other requests.
 */
export type RemoteAnswer =
  | {
      readonly kind: 'value'
      readonly bytes: Uint8Array<ArrayBuffer>
      /** Identifies the value: the token of the lease or write that stored it. */
      readonly id: string
      /** Time from which the value is stale although its lifetime has not ended, epoch ms. */
      readonly expiredAt?: number | undefined
    }
  | {
      readonly kind: 'lease'
      readonly token: string
      /** True if the lease of another reader had run out. */
      readonly takenOver: boolean
    }
  | { readonly kind: 'busy' | 'absent' | 'refused' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** `lost`: the lease did not hold any more. `too-large`: the store accepts no value of this size. */
export type StoreResult = 'stored' | 'lost' | 'too-large'

export interface RemoteLease {
  readonly name: string
  readonly version: string
  readonly token: string
}

export interface RemoteEntry extends RemoteLease {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Names of tags. */
  readonly tags: readonly string[]
  /** The store may remove the value after this time. A positive whole number of ms. */
  readonly ttlMs: number
}

export interface RemoteChange {
  readonly keys?: readonly string[]
  readonly tags?: readonly string[]
  /** True for everything in the namespace. Only `expire` gets it. */
  readonly everything?: boolean
}

export interface RemoteHandlers {
  /** An announcement of any process, this one included. Those of one process arrive in their order. */
  onAnnouncement(announcement: string): void
  /** A lease for which a read of this process was answered `busy` has ended. */
  onWake(name: string): void
  /** The subscription was established (true) or lost (false). */
  onConnection(isConnected: boolean): void
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
