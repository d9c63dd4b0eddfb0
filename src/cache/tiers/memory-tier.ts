/** The memory tier: entries of this process, without those that were invalidated or that the remote tier must confirm first. */
import { described } from '../../options.ts'
import { deadFrom, type Entry } from '../../stores/entry.ts'
import type { MemoryStore } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import { timesOfStale } from '../freshness.ts'
import type { Deletion } from '../invalidation/deletion.ts'
import type { Expiry, Invalidation } from '../invalidation/invalidation.ts'
import type { InvalidationLog } from '../invalidation/invalidation-log.ts'
import type { MemorySync } from '../invalidation/memory-sync.ts'
import { earliestOf } from '../invalidation/tag-table.ts'
import { reasonForNoSize } from '../values/size-of.ts'
import { propertiesOf, storedEntry } from '../values/stored-entry.ts'
import { EntryTags } from './entry-tags.ts'
import { MemorySweeper } from './memory-sweeper.ts'

export class MemoryTier {
  readonly tags: EntryTags
  readonly #core: CacheCore
  readonly #store: MemoryStore | undefined
  readonly #log: InvalidationLog
  readonly #sync: MemorySync | undefined
  readonly #sweeper: MemorySweeper | undefined

  /** @param sync `undefined` without a remote tier. */
  constructor(core: CacheCore, sync: MemorySync | undefined) {
    this.tags = new EntryTags(core)
    this.#core = core
    this.#store = core.memory
    this.#log = core.log
    this.#sync = sync
    this.#sweeper = this.#store && new MemorySweeper(core, this.#store)
  }

  /**
   * Returns the entry and marks it as used; `undefined` if there is none, it was invalidated, or the remote tier must be asked
   * first.
   */
  find(storeKey: string): Entry | undefined {
    const entry = this.#store?.get(storeKey)
    if (entry === undefined) return undefined
    const current = checkedAt(entry) < this.#log.lastMark ? this.#check(storeKey, entry) : entry
    return current !== undefined && this.#isTrusted(entry) ? current : undefined
  }

  /** Compares an entry with the invalidations since the last check. */
  #check(storeKey: string, entry: Entry): Entry | undefined {
    if (this.#isInvalid(storeKey, entry)) {
      this.delete(storeKey)
      return undefined
    }
    const current = this.#inItsState(storeKey, entry)
    if (current === entry) entry.checkedAt = this.#log.sequence
    return current
  }

  /** As `find`, without marking the entry as used. */
  peek(storeKey: string): Entry | undefined {
    const entry = this.lastKnown(storeKey)
    return entry !== undefined && this.#isTrusted(entry) ? entry : undefined
  }

  /** As `peek`, also for an entry that the remote tier must confirm first: it may stand in for a failed load. */
  lastKnown(storeKey: string): Entry | undefined {
    const entry = this.#store?.peek(storeKey)
    if (entry === undefined || this.#isInvalid(storeKey, entry)) return undefined
    return this.#inItsState(storeKey, entry)
  }

  /** Returns true if memory has this very entry, and its key was not invalidated since. */
  has(storeKey: string, entry: Entry): boolean {
    return this.stored(storeKey) === entry && this.#deletionOf(storeKey, entry) === undefined
  }

  /** Returns the stored entry as it is, invalidated or not. */
  stored(storeKey: string): Entry | undefined {
    return this.#store?.peek(storeKey)
  }

  /** Returns true if there is a store and it accepts the entry. */
  store(storeKey: string, entry: Entry): boolean {
    if (this.#store === undefined) return false
    // First, because the next two calls may remove the last other entry that has one of the tags, and with it the tag's exact mark.
    this.#log.hold(entry)
    // Before it is replaced, an entry that a deletion of many keys is to remove must be counted.
    if (this.#log.isDeleting && this.#deletionOf(storeKey, this.stored(storeKey))) this.delete(storeKey)
    const fits = this.#store.set(storeKey, entry)
    if (fits) this.#sweeper?.expects(deadFrom(entry))
    else this.#log.release(entry)
    const error = fits ? undefined : this.#unknownSize(storeKey, entry)
    this.#core.emitTier('memory', 'set', fits ? 'ok' : 'refused', error && { error })
    return fits
  }

  /** Returns the error for an entry that was refused because its size is not known; `undefined` if it is too large. */
  #unknownSize(storeKey: string, { bytes, value }: Entry): TypeError | undefined {
    const { name, prefix, maxBytes } = this.#core
    const reason = bytes === Infinity ? reasonForNoSize(value, maxBytes) : undefined
    if (reason === undefined) return undefined
    const key = described(storeKey.slice(prefix.length))
    return new TypeError(
      `cache ${name}: the value for ${key} ${reason}, so its size is not known; set \`bytes\` to store it`,
    )
  }

  /** Returns true if there was an entry. */
  delete(storeKey: string): boolean {
    const deletion = this.#log.isDeleting ? this.#deletionOf(storeKey, this.stored(storeKey)) : undefined
    const wasStored = this.#store?.delete(storeKey) ?? false
    if (!wasStored || deletion === undefined) return wasStored
    deletion.noteRemoved(storeKey)
    return false // an earlier call has deleted the entry
  }

  /** Completes a deletion of many keys for one key. Returns true if it has removed an entry. */
  deleteFor(deletion: Deletion, storeKey: string): boolean {
    this.#log.recordDeleted(storeKey, deletion)
    if (deletion.wasRemoved(storeKey)) return true
    const entry = this.stored(storeKey)
    if (entry === undefined || checkedAt(entry) >= deletion.sequence) return false // none, or a later one
    return this.#store?.delete(storeKey) ?? false
  }

  /** Removes the entry of a key if it is still this one. */
  deleteIfSame(storeKey: string, entry: Entry): void {
    if (this.#store?.peek(storeKey) === entry) this.#store.delete(storeKey)
  }

  /**
   * Removes expired entries. A listener of the evictions may invalidate, so it must be called before validity is checked.
   *
   * @param now epoch ms.
   */
  sweep(now = this.#core.now()): void {
    this.#sweeper?.sweep(now)
  }

  /** Stops the timer that removes expired entries. */
  close(): void {
    this.#sweeper?.close()
  }

  /** Invalidates entries, and the values of running loads, in this instance only. Returns true if there was an entry of the key. */
  invalidate(invalidation: Invalidation): boolean {
    if (invalidation === 'everything') {
      this.#log.recordEverything()
      this.#store?.clear(this.#core.prefix)
      return false
    }
    if ('tag' in invalidation) {
      this.#log.recordTag(invalidation.tag)
      return false
    }
    this.#log.recordKey(invalidation.key)
    return this.delete(invalidation.key)
  }

  /** Makes entries stale from now on, and those of running loads when they are stored. */
  expire(expiry: Expiry): void {
    const now = this.#core.now()
    if (expiry === 'everything expired') this.#log.recordEverythingExpired(now)
    else if ('expiredKey' in expiry) {
      this.#log.recordExpiredKey(expiry.expiredKey, now)
      const entry = this.stored(expiry.expiredKey)
      if (entry !== undefined) entry.expiredAt ??= now
    } else this.#log.recordExpiredTag(expiry.expiredTag, now)
  }

  /** Returns true if an entry that memory may have no longer is invalid because of a tag or of everything. */
  isInvalid(storeKey: string, entry: Entry): boolean {
    return this.tags.areInvalidated(storeKey, entry, checkedAt(entry))
  }

  /** Returns an entry that is to be stored, stale if one of the keys or tags was made stale after its load began. */
  inItsState(storeKeys: readonly [string, ...string[]], entry: Entry): Entry {
    const { tags, sequence } = entry
    if (sequence >= this.#log.sequence) return entry // no list is built for most loads
    const derived = this.tags.derivedSince(storeKeys[0], entry, sequence)
    return this.#staleFrom(entry, this.#log.staleSince(storeKeys, [...tags, ...derived], sequence))
  }

  #isInvalid(storeKey: string, entry: Entry): boolean {
    const since = checkedAt(entry)
    if (this.#log.isInvalid(entry, since) || this.#deletionOf(storeKey, entry) !== undefined) return true
    return this.#log.areTagsInvalidated(this.tags.derivedSince(storeKey, entry, since), since)
  }

  /** Returns the deletion of many keys that is to remove this stored entry. */
  #deletionOf(storeKey: string, entry: Entry | undefined): Deletion | undefined {
    return entry && this.#log.deletionOf(storeKey, checkedAt(entry))
  }

  /** Returns a stored entry, stale if its key or one of its tags was made stale. */
  #inItsState(storeKey: string, entry: Entry): Entry {
    const since = checkedAt(entry)
    const derived = this.tags.derivedSince(storeKey, entry, since)
    const times = [
      entry.expiredAt,
      this.#log.entryStaleSince(entry, since),
      derived.length === 0 ? undefined : this.#log.staleSince([], derived, since),
    ]
    return this.#staleFrom(entry, earliestOf(times))
  }

  #staleFrom(entry: Entry, at: number | undefined): Entry {
    const times = at === undefined ? undefined : timesOfStale(entry, at)
    return times === undefined ? entry : storedEntry({ ...propertiesOf(entry), ...times }, this.#core.terms)
  }

  /**
   * Returns the `trustedUntil` of an entry to be stored now.
   *
   * @param since time at which the remote tier was asked for it, epoch ms: it may have been invalidated on the way. Default: now.
   */
  trustedUntil(since?: number): number | undefined {
    if (this.#sync === undefined || this.#sync.isCurrent()) return undefined
    return (since ?? this.#core.now()) + this.#sync.maxUnsyncedMs
  }

  #isTrusted({ sequence, trustedUntil }: Entry): boolean {
    if (this.#sync === undefined) return true
    if (sequence < this.#sync.connectedAt()) return false
    return trustedUntil === undefined ? this.#sync.isCurrent() : this.#core.now() < trustedUntil
  }
}

function checkedAt(entry: Entry): number {
  return entry.checkedAt ?? entry.sequence
}
