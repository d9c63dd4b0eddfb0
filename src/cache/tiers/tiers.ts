/** Reads and writes of both tiers. No entry is returned, and no value is stored, if an invalidation forbids it. */
import { ownedString } from '../../heap/owned.ts'
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import type { InvalidationLog } from '../invalidation/invalidation-log.ts'
import { checkJitter, entryOf, type LoadedOptions, type TagOptions } from '../lifetime.ts'
import type { Lease } from '../remote/lease.ts'
import type { RemoteResult } from '../remote/remote-reads.ts'
import type { RemoteTier } from '../remote/remote-tier.ts'
import type { StoredRemotely } from '../remote/remote-writes.ts'
import type { Codec } from '../values/codec.ts'
import { storedEntry } from '../values/stored-entry.ts'
import { type Acquired, type AcquireOptions, NOTHING_ACQUIRED } from './acquired.ts'
import type { EntryTags } from './entry-tags.ts'
import type { MemoryTier } from './memory-tier.ts'
import type { StoreRequest, StoreResult, WriteRequest } from './store-request.ts'

type Fetched = RemoteResult & { kind: 'value' }

/** Number of values of the remote tier that one read may look at: a stale one, and two that others store meanwhile. */
const MAX_TRIES = 3

const NOT_STORED: StoreResult = { entry: undefined, remoteWrite: undefined }

export class Tiers {
  readonly memory: MemoryTier
  readonly tags: EntryTags
  readonly #core: CacheCore
  readonly #log: InvalidationLog
  readonly remote: RemoteTier | undefined

  constructor(core: CacheCore, memory: MemoryTier, remote: RemoteTier | undefined) {
    this.memory = memory
    this.tags = memory.tags
    this.#core = core
    this.#log = core.log
    this.remote = remote
  }

  /** Returns the remote tier's entry without loading, and stores it in memory. */
  async fetch(
    storeKey: string,
    codec: Codec | undefined,
  ): Promise<{ entry: Entry | undefined; failed: boolean }> {
    const { sequence } = this.#log
    const found = await this.remote?.reads.read(storeKey, codec, { lease: false })
    if (found?.kind !== 'value') return { entry: undefined, failed: found?.kind === 'failed' }
    return { entry: this.#keepFetched(storeKey, found, sequence), failed: false }
  }

  /**
   * Asks the remote tier for a usable entry, or for the lease to load it. Waits if another process loads the key. Stores the
   * entry in memory.
   */
  async acquire(
    remote: RemoteTier,
    storeKey: string,
    codec: Codec | undefined,
    { known, replaces, isUsable, ...options }: AcquireOptions,
  ): Promise<Acquired> {
    const { timer } = this.#core
    const startedAt = timer()
    let not = replaces ? '*' : known
    let entry: Entry | undefined
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { sequence } = this.#log
      const budgetMs = remote.timeoutMs - (timer() - startedAt)
      const found = await remote.reads.read(storeKey, codec, {
        not,
        ...options,
        ...(tries > 0 && entry !== undefined ? { budgetMs } : {}),
      })
      if (found.kind === 'lease') return { ...NOTHING_ACQUIRED, entry, lease: found.lease }
      if (found.kind !== 'value') return { ...NOTHING_ACQUIRED, entry, failed: found.kind === 'failed' }
      const { waited } = found
      entry = this.#keepFetched(storeKey, found, sequence)
      if (isUsable(entry, waited)) return { ...NOTHING_ACQUIRED, entry, isUsable: true, waited }
      not = found.entry.remoteId
    }
    return { ...NOTHING_ACQUIRED, entry }
  }

  /**
   * Returns the store key for a loaded value: that of the read, or the one that the load chose in the same space. Returns
   * `undefined` if the chosen key is not valid.
   */
  targetOf(storeKey: string, { keep }: LoadedOptions): string | undefined {
    return typeof keep === 'string' ? this.#core.keys.of(storeKey).toStoreKey(keep) : storeKey
  }

  /** Stores a loaded value, unless an invalidation, a later load or the value's options forbid it. Ends the lease. */
  store(request: StoreRequest): StoreResult {
    const { lease } = request
    try {
      const result = this.#storeLoaded(request)
      return lease === undefined || result.remoteWrite !== undefined
        ? result
        : { ...result, remoteWrite: lease.release() }
    } catch (error) {
      void lease?.release()
      throw error // the load returned invalid options
    }
  }

  /**
   * Stores a value that the application writes, in memory at once. The key must have been invalidated in this process.
   * `isConfirmed` resolves to true if the remote tier has confirmed that older values are invalid.
   */
  write({ storeKey, value, options, codec }: WriteRequest): {
    isKept: Promise<boolean>
    isConfirmed: Promise<boolean>
  } {
    const { sequence } = this.#log
    const now = this.#core.now()
    this.memory.sweep(now)
    const made = this.#entryOf(value, options, now, sequence)
    // A listener of the evictions may have invalidated the value meanwhile.
    const entry = made && this.#validState([storeKey], made)
    const inMemory = entry !== undefined && this.memory.store(storeKey, entry)
    if (this.remote === undefined) {
      return { isKept: Promise.resolve(inMemory), isConfirmed: Promise.resolve(true) }
    }
    const { isConfirmed, stored } = this.remote.writes.write(storeKey, entry, codec, () => {
      this.#core.sync.applyPending()
      return !this.isInvalidated([storeKey], entry ?? {}, sequence)
    })
    return { isConfirmed, isKept: this.#endOfWrite(storeKey, entry, inMemory, stored) }
  }

  /**
   * Returns true if an entry may be served in place of a failed load: it is not too old, and was not invalidated since it was
   * read.
   *
   * @param anyAge if true, an entry older than `staleIfErrorMs` allows may be served too, unless it must be revalidated.
   */
  mayReplaceFailure(storeKey: string, entry: Entry, anyAge = false): boolean {
    const until = anyAge && !entry.mustRevalidate ? entry.keptUntil : entry.errorUntil
    const isOver = this.#core.now() >= Math.max(until, entry.errorUntil)
    if (isOver || this.memory.isInvalid(storeKey, entry)) return false
    // An entry that memory still has was not invalidated: the invalidation would have removed it.
    return this.memory.has(storeKey, entry) || !this.#log.isKeyInvalidated(storeKey, entry.sequence)
  }

  /** Returns true if one of the keys or tags was invalidated after `sequence`. */
  isInvalidated(storeKeys: readonly [string, ...string[]], tagged: TagOptions, sequence: number): boolean {
    if (sequence >= this.#log.sequence) return false // no mark has a higher number
    if (this.tags.areInvalidated(storeKeys[0], tagged, sequence)) return true
    return storeKeys.some((key) => this.#log.isKeyInvalidated(key, sequence))
  }

  #storeLoaded(request: StoreRequest): StoreResult {
    const { storeKey, value, options, sequence, codec, lease, loadMs, now } = request
    const targetKey = this.targetOf(storeKey, options)
    if (targetKey === undefined) {
      this.#core.emitTier('memory', 'set', 'refused')
      return NOT_STORED
    }
    this.#core.sync.applyPending()
    this.memory.sweep(now) // before the checks below, because a listener of evictions may invalidate
    if (this.#isNewerStored(targetKey, sequence) || this.#isReplacedByStale(targetKey, request)) {
      return NOT_STORED
    }
    const made = this.#entryOf(value, options, now, sequence, loadMs, lease?.token)
    if (made === undefined) return this.#storeNothing(targetKey, request)
    const isOvertaken = this.#log.sequence > sequence // no list is built for most loads
    const entry = isOvertaken ? this.#validState([storeKey, targetKey], made) : made
    if (entry === undefined) return NOT_STORED
    const inMemory = this.memory.store(ownedString(targetKey), entry)
    // The lease covers the key that was loaded: an invalidation of another key during the load would not end it.
    const mayStore = lease !== undefined && targetKey === storeKey
    const remoteWrite = mayStore ? this.#storeRemotely(lease, entry, codec, storeKey) : undefined
    return { entry: inMemory || remoteWrite !== undefined ? entry : undefined, remoteWrite }
  }

  /** Returns an entry that is to be stored, in its state; `undefined` if an invalidation during its load forbids to store it. */
  #validState(storeKeys: readonly [string, ...string[]], entry: Entry): Entry | undefined {
    return this.isInvalidated(storeKeys, entry, entry.sequence)
      ? undefined
      : this.memory.inItsState(storeKeys, entry)
  }

  async #storeRemotely(
    lease: Lease,
    entry: Entry,
    codec: Codec | undefined,
    storeKey: string,
  ): Promise<void> {
    const stored = await this.remote?.writes.store(lease, this.tags.withAll(storeKey, entry), codec)
    if (stored === 'lost') this.memory.deleteIfSame(storeKey, entry)
  }

  async #endOfWrite(
    storeKey: string,
    entry: Entry | undefined,
    inMemory: boolean,
    stored: Promise<StoredRemotely>,
  ): Promise<boolean> {
    const result = await stored
    if (entry === undefined) return false
    if (result === 'lost') this.memory.deleteIfSame(storeKey, entry)
    return result === 'lost' ? false : inMemory || result !== undefined
  }

  /** Stores an entry of the remote tier in memory, unless it was invalidated while it was read. */
  #keepFetched(storeKey: string, { entry: found, askedAt }: Fetched, sequence: number): Entry {
    const trustedUntil = this.memory.trustedUntil(askedAt)
    const tags = this.tags.ownOnly(storeKey, found.tags)
    const fetched = storedEntry({ ...found, ...tags, sequence, trustedUntil }, this.#core.terms)
    this.#core.sync.applyPending()
    this.memory.sweep() // before the checks below, because a listener of evictions may invalidate
    const entry = this.memory.inItsState([storeKey], fetched)
    // A read that started before an invalidation may still get the invalidated entry, but memory must not store it.
    const isValid = !this.isInvalidated([storeKey], entry, sequence)
    if (isValid && !this.#isNewerStored(storeKey, sequence)) this.memory.store(ownedString(storeKey), entry)
    return entry
  }

  /**
   * Returns true if a load that started later has already stored its value. Such a load has a higher sequence number, so no
   * look-up is needed while the current number is still `sequence`.
   */
  #isNewerStored(storeKey: string, sequence: number): boolean {
    if (this.#log.sequence === sequence) return false
    return (this.memory.stored(storeKey)?.sequence ?? sequence) > sequence
  }

  /** Returns true if the value reports a failure, and the stored entry may be served instead. */
  #isReplacedByStale(storeKey: string, { options, remoteEntry }: StoreRequest): boolean {
    const { failed, noStaleFallback } = options
    if (!failed || noStaleFallback) return false
    const present = this.memory.stored(storeKey) ?? remoteEntry
    return present !== undefined && this.mayReplaceFailure(storeKey, present)
  }

  /**
   * Returns the entry for a value; `undefined` if it must not be stored.
   *
   * @throws {RangeError} when the load's own `jitter` is out of range.
   */
  #entryOf(
    value: unknown,
    options: StoreRequest['options'],
    now: number,
    sequence: number,
    loadMs?: number,
    remoteId?: string,
  ): Entry | undefined {
    const { name, random, maxBytes, terms } = this.#core
    const jitter = options.jitter ?? this.#core.jitter
    checkJitter(name, jitter)
    if (options.keep === false) return undefined
    return entryOf(value, options, now, sequence, {
      jitterFraction: jitter > 0 ? jitter * random() : 0,
      maxBytes,
      terms,
      loadMs,
      remoteId,
      trustedUntil: this.memory.trustedUntil(),
    })
  }

  /**
   * Called for a value that may not be stored: removes the previous entry, unless the load has failed or has set
   * `keepPrevious`.
   */
  #storeNothing(
    targetKey: string,
    { options: { failed, keepPrevious }, lease, remoteEntry }: StoreRequest,
  ): StoreResult {
    if (failed || keepPrevious) return NOT_STORED
    const hadEntry = this.memory.delete(targetKey)
    this.#log.recordKey(targetKey) // an older load that still runs must not store its value
    if (!hadEntry && remoteEntry === undefined) return NOT_STORED
    return { entry: undefined, remoteWrite: this.#removeRemotely(targetKey, lease) }
  }

  async #removeRemotely(targetKey: string, lease: Lease | undefined): Promise<void> {
    await lease?.release() // first, because it wakes the processes that wait for this load
    await this.remote?.writes.remove(targetKey)
  }
}
