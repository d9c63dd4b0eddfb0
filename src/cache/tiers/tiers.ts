/** Reads and writes of both tiers. No entry is returned, and no value is stored, if an invalidation forbids it. */
import type { Entry } from '../../stores/entry.ts'
import type { MemoryStore } from '../../stores/store.ts'
import { type Codec, jsonCodec } from '../codec.ts'
import type { CacheCore } from '../core.ts'
import type { Invalidation } from '../invalidation/invalidation.ts'
import type { InvalidationLog } from '../invalidation/invalidation-log.ts'
import { checkJitter, entryOf, type LoadedOptions } from '../lifetime.ts'
import type { RemoteTier } from './remote-tier.ts'

/** The moment at which a load started. Invalidations after it are newer than the loaded value. */
export interface LoadStart {
  /** Invalidation sequence number at the start of the load, for comparison in this process. */
  sequence: number
  /** Start of the load by the remote tier's clock, for comparison with other processes. */
  loadedAt: number
}

/** The answer of the remote tier. */
export interface Fetched {
  entry: Entry | undefined
  /** True if the tier did not answer. */
  failed: boolean
}

export const NOTHING_FETCHED: Fetched = { entry: undefined, failed: false }

/** A loaded value to store. */
export interface StoreRequest {
  /** The key that was loaded. */
  storeKey: string
  value: unknown
  options: LoadedOptions
  start: LoadStart
  codec: Codec | undefined
  /** Duration of the load, in ms. */
  loadMs?: number
}

/** Result of `store`. `entry` is undefined if nothing was stored. `remoteWrite` resolves when the remote tier has answered. */
export interface StoreResult {
  entry: Entry | undefined
  remoteWrite: Promise<void> | undefined
}

const NOT_STORED: StoreResult = { entry: undefined, remoteWrite: undefined }

export class Tiers {
  readonly #core: CacheCore
  readonly #memory: MemoryStore | undefined
  /** Size of the memory tier: the estimate of a value's size stops there. Without one, no size is needed. */
  readonly #maxBytes: number
  readonly #log: InvalidationLog
  readonly #remote: RemoteTier | undefined

  constructor(core: CacheCore, remote: RemoteTier | undefined) {
    this.#core = core
    this.#memory = core.memory
    this.#maxBytes = core.memory?.stats().maxBytes ?? 0
    this.#log = core.log
    this.#remote = remote
  }

  get hasRemote(): boolean {
    return this.#remote !== undefined
  }

  startLoad(): LoadStart {
    return { sequence: this.#log.sequence, loadedAt: this.#remote?.stamp() ?? 0 }
  }

  /** Returns the entry in memory and marks it as used; `undefined` if there is none or it was invalidated. */
  find(storeKey: string): Entry | undefined {
    const entry = this.#memory?.get(storeKey)
    if (entry === undefined || !this.#isInvalid(entry)) return entry
    this.#memory?.delete(storeKey)
    return undefined
  }

  /** As `find`, without marking the entry as used. */
  peek(storeKey: string): Entry | undefined {
    const entry = this.#memory?.peek(storeKey)
    return entry === undefined || this.#isInvalid(entry) ? undefined : entry
  }

  /** Reads the remote tier, and stores its entry in memory. */
  async fetch(storeKey: string, codec: Codec = jsonCodec): Promise<Fetched> {
    const { sync, now } = this.#core
    const { sequence } = this.#log
    const found = await this.#remote?.get(storeKey, codec)
    if (found === undefined || found === 'failed') return { entry: undefined, failed: found === 'failed' }
    const entry = { ...found, sequence }
    sync.applyPending()
    this.#memory?.sweep(now()) // before the checks below, because a listener of evictions may invalidate
    // A read that started before an invalidation may still get the invalidated entry, but memory must not store it.
    const isValid = !this.isInvalidated([storeKey], entry.tags, sequence)
    if (isValid && !this.#isNewerStored(storeKey, sequence)) this.#storeInMemory(storeKey, entry)
    return { entry, failed: false }
  }

  /**
   * Returns the store key for a loaded value: that of the read, or the one that the load chose. Returns `undefined` if the
   * chosen key is not valid.
   */
  targetOf(storeKey: string, { keep }: LoadedOptions): string | undefined {
    return typeof keep === 'string' ? this.#core.toStoreKey(keep) : storeKey
  }

  /** Stores a loaded value, unless an invalidation, a later load or the value's options forbid it. */
  store(request: StoreRequest): StoreResult {
    const { storeKey, value, options, start, loadMs, codec = jsonCodec } = request
    const targetKey = this.targetOf(storeKey, options)
    if (targetKey === undefined) {
      this.#core.emitTier('memory', 'set', 'refused')
      return NOT_STORED
    }
    this.#core.sync.applyPending()
    this.#memory?.sweep(this.#core.now()) // before the checks below, because a listener of evictions may invalidate
    if (this.#isNewerStored(targetKey, start.sequence) || this.#isReplacedByStale(targetKey, options)) {
      return NOT_STORED
    }
    const fraction = this.#jitterFraction(options)
    const made =
      options.keep === false
        ? undefined
        : entryOf(value, options, this.#core.now(), start.sequence, fraction, this.#maxBytes)
    if (made === undefined) return this.#storeNothing(targetKey, options, codec)
    const entry = loadMs === undefined ? made : { ...made, loadMs }
    // An invalidation during the load must not be undone by its result.
    if (this.isInvalidated([storeKey, targetKey], entry.tags, start.sequence)) return NOT_STORED
    const inMemory = this.#storeInMemory(targetKey, entry)
    const remoteWrite = this.#remote?.set(targetKey, entry, codec, start.loadedAt)
    return { entry: inMemory || remoteWrite !== undefined ? entry : undefined, remoteWrite }
  }

  /**
   * Returns true if an entry may be served in place of a failed load: it is not too old, and was not invalidated since it was
   * read.
   *
   * @param anyAge if true, an entry older than `staleIfErrorMs` allows may be served too, unless it must be revalidated.
   */
  mayReplaceFailure(storeKey: string, entry: Entry, anyAge = false): boolean {
    const until = anyAge && !entry.mustRevalidate ? entry.keptUntil : entry.errorUntil
    if (this.#core.now() >= Math.max(until, entry.errorUntil) || this.#isInvalid(entry)) return false
    // An entry that memory still holds was not invalidated: the invalidation would have removed it.
    return this.#memory?.peek(storeKey) === entry || !this.#log.isKeyInvalidated(storeKey, entry.sequence)
  }

  /** Returns true if one of the keys or tags was invalidated after `sequence`. */
  isInvalidated(storeKeys: readonly string[], tags: readonly string[], sequence: number): boolean {
    if (this.#log.areTagsInvalidated(tags, sequence)) return true
    return storeKeys.some((key) => this.#log.isKeyInvalidated(key, sequence))
  }

  /**
   * Invalidates entries in memory, and the values of running loads, in this instance only. Returns true if memory had the key.
   */
  invalidate(invalidation: Invalidation): boolean {
    if (invalidation === 'everything') {
      this.#log.recordEverything()
      this.#memory?.clear(this.#core.prefix)
      return false
    }
    if ('tag' in invalidation) {
      this.#log.recordTag(invalidation.tag)
      return false
    }
    this.#log.recordKey(invalidation.key)
    return this.#memory?.delete(invalidation.key) ?? false
  }

  /** Applies an invalidation of another instance to the remote tier. The other instance writes it to the store. */
  receive(invalidation: Invalidation): void {
    this.#remote?.receive(invalidation)
  }

  /** Writes invalidations to the remote tier, for other processes. Never rejects. */
  async invalidateRemotely(invalidations: readonly Invalidation[]): Promise<void> {
    await this.#remote?.invalidate(invalidations)
  }

  #isInvalid({ tags, sequence }: Entry): boolean {
    return this.#log.areTagsInvalidated(tags, sequence)
  }

  /**
   * Returns true if a load that started later has already stored its value. Such a load has a higher sequence number, so no
   * look-up is needed while the current number is still `sequence`.
   */
  #isNewerStored(storeKey: string, sequence: number): boolean {
    if (this.#log.sequence === sequence) return false
    return (this.#memory?.peek(storeKey)?.sequence ?? sequence) > sequence
  }

  /** Returns true if the value reports a failure, and the stored entry may be served instead. */
  #isReplacedByStale(storeKey: string, { failed, noStaleFallback }: LoadedOptions): boolean {
    if (!failed || noStaleFallback) return false
    const present = this.#memory?.peek(storeKey)
    return present !== undefined && this.mayReplaceFailure(storeKey, present)
  }

  /** @throws {RangeError} when the load's own `jitter` is out of range. */
  #jitterFraction(options: LoadedOptions): number {
    const { name, random } = this.#core
    const jitter = options.jitter ?? this.#core.jitter
    checkJitter(name, jitter)
    return jitter > 0 ? jitter * random() : 0
  }

  /**
   * Called for a value that may not be stored: removes the previous entry, unless the load has failed or has set
   * `keepPrevious`.
   */
  #storeNothing(targetKey: string, { failed, keepPrevious }: LoadedOptions, codec: Codec): StoreResult {
    if (failed || keepPrevious) return NOT_STORED
    this.#memory?.delete(targetKey)
    this.#log.recordKey(targetKey) // an older load that still runs must not store its value
    return { entry: undefined, remoteWrite: this.#remote?.delete(targetKey, codec) }
  }

  #storeInMemory(storeKey: string, entry: Entry): boolean {
    if (this.#memory === undefined) return false
    const fits = this.#memory.set(storeKey, entry)
    this.#core.emitTier('memory', 'set', fits ? 'ok' : 'refused')
    return fits
  }
}
