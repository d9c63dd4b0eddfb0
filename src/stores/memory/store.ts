/** Memory tier: entries by key, bounded in bytes and number. */
import { anything, type OptionRules, oneOf, validateOptions } from '../../options.ts'
import type { Entry } from '../entry.ts'
import type { AttachedCache, EvictionReason, MemoryStore } from '../store.ts'
import { AttachedCaches } from './attached-caches.ts'
import type { Removal } from './eviction/eviction-policy.ts'
import { LruPolicy } from './eviction/lru-policy.ts'
import { PendingClears } from './pending-clears.ts'
import { Room } from './room.ts'

export interface MemoryStoreOptions {
  /** Space for entries, their keys and bookkeeping, in bytes. Default: 64 MiB. */
  maxBytes?: number
  /**
   * Maximum number of entries that are not negative. Negative entries have a separate limit, a tenth of it. Default:
   * unlimited.
   */
  maxEntries?: number
  /** Selects the entries to evict. `lru`: the least recently used ones. Default: `lru`. */
  eviction?: 'lru'
}

/**
 * Bytes of an entry besides value, key and tags: the node, its slots in map and heap, and the entry's fields. Measured on V8,
 * rounded up.
 */
const BOOKKEEPING_BYTES = 320

/** Bytes of a tag besides its characters: the string object and its slot in the array. */
const TAG_BYTES = 32

/** Share of the bytes that is reserved for negative entries. They cannot use more. */
const NEGATIVE_SHARE = 0.1

/** Entries that one step removes at most: well below a millisecond. */
const STEP = 512

/**
 * A bounded store in this process's memory. Negative entries (`entry.negative`) have a tenth of the space to themselves, so
 * that requests for any number of unknown ids never evict an entry that exists.
 *
 * @throws {TypeError} for an unknown option; {RangeError} when a bound is not a positive whole number.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  validateOptions('memoryStore', options, rules)
  const maxBytes = bound('maxBytes', options.maxBytes ?? 64 * 1024 * 1024)
  const maxEntries = options.maxEntries === undefined ? Infinity : bound('maxEntries', options.maxEntries)
  const memory = new Memory(maxBytes, maxEntries)
  // A plain object, so that an application can wrap or copy it.
  return {
    get: (key) => memory.get(key),
    peek: (key) => memory.peek(key),
    set: (key, entry) => memory.set(key, entry),
    delete: (key) => memory.delete(key),
    clear: (prefix) => memory.clear(prefix),
    sweep: (now) => memory.sweep(now),
    nextExpiry: () => memory.nextExpiry(),
    stats: () => memory.stats(),
    attach: (cache) => memory.attach(cache),
  }
}

const rules: OptionRules<MemoryStoreOptions> = {
  maxBytes: anything, // bound() checks both
  maxEntries: anything,
  eviction: oneOf('lru'),
}

class Memory implements MemoryStore {
  readonly #maxBytes: number
  readonly #positive: Room
  readonly #negative: Room
  readonly #caches = new AttachedCaches()
  readonly #clears = new PendingClears()
  /** The place of each key: twice its slot, and one more in the room of negative entries. */
  #places = new Map<string, number>()
  /** The time of the last sweep, epoch ms. */
  #now = -Infinity

  constructor(maxBytes: number, maxEntries: number) {
    this.#maxBytes = maxBytes
    const negativeBytes = Math.floor(maxBytes * NEGATIVE_SHARE)
    this.#positive = new Room({
      maxBytes: maxBytes - negativeBytes,
      maxEntries,
      policy: new LruPolicy(),
      onMove: (key, slot) => this.#places.set(key, 2 * slot),
    })
    this.#negative = new Room({
      maxBytes: negativeBytes,
      maxEntries: Math.ceil(maxEntries * NEGATIVE_SHARE),
      policy: new LruPolicy(),
      onMove: (key, slot) => this.#places.set(key, 2 * slot + 1),
    })
  }

  get(key: string): Entry | undefined {
    const place = this.#find(key)
    if (place === undefined) {
      this.#positive.policy.miss()
      return undefined
    }
    const room = this.#roomOf(place)
    const slot = place >> 1
    room.policy.use(slot)
    return room.entryAt(slot)
  }

  peek(key: string): Entry | undefined {
    const place = this.#find(key)
    return place === undefined ? undefined : this.#roomOf(place).entryAt(place >> 1)
  }

  set(key: string, entry: Entry): boolean {
    const room = entry.negative ? this.#negative : this.#positive
    const bytes = entry.bytes + tagBytes(entry.tags) + 2 * key.length + BOOKKEEPING_BYTES
    // Also rejects NaN, which would make the total NaN for ever.
    if (!(entry.bytes >= 0 && bytes <= room.maxBytes)) {
      this.delete(key)
      return false
    }
    const slot = this.#makeSpace(room, key, bytes)
    if (slot === undefined) {
      this.#places.set(key, 2 * room.add(key, entry, bytes) + (entry.negative ? 1 : 0))
      this.#caches.added(key)
    } else {
      const old = room.entryAt(slot)
      room.replace(slot, entry, bytes)
      this.#caches.replaced(key, old)
    }
    this.#clears.stored(key)
    return true
  }

  delete(key: string): boolean {
    const place = this.#places.get(key)
    if (place === undefined) return false
    const isCleared = this.#clears.covers(key)
    this.#remove(place, 'deleted')
    return !isCleared
  }

  clear(prefix: string): void {
    if (this.#caches.ownAll(prefix, this.#places.size)) {
      this.#places = new Map()
      this.#positive.clear()
      this.#negative.clear()
      this.#clears.end()
      this.#caches.cleared()
    } else {
      this.#clears.begin(prefix, [this.#positive, this.#negative])
      this.#continueClears(STEP)
    }
  }

  sweep(now: number): boolean {
    this.#now = now
    return this.#continueClears(this.#expire(now, STEP)) === 0
  }

  nextExpiry(): number {
    return Math.min(this.#positive.wheel.next(), this.#negative.wheel.next())
  }

  stats() {
    return {
      entries: this.#places.size,
      bytes: this.#positive.bytes + this.#negative.bytes,
      maxBytes: this.#maxBytes,
    }
  }

  attach(cache: AttachedCache): () => void {
    this.#caches.add(cache)
    return () => {
      if (!this.#caches.has(cache)) return
      this.clear(cache.prefix)
      this.#caches.delete(cache)
    }
  }

  #find(key: string): number | undefined {
    const place = this.#places.get(key)
    return place !== undefined && this.#clears.isPending && this.#clears.covers(key) ? undefined : place
  }

  #roomOf(place: number): Room {
    return (place & 1) === 0 ? this.#positive : this.#negative
  }

  /**
   * Evicts until the room has space for an entry of a key.
   *
   * @returns the slot of the key's present entry, if it can be replaced; otherwise the key has no entry.
   */
  #makeSpace(room: Room, key: string, bytes: number): number | undefined {
    for (;;) {
      // Looked up again after each eviction, because a listener of the evictions may store and delete.
      const place = this.#places.get(key)
      if (place !== undefined && this.#roomOf(place) !== room) {
        this.#remove(place, 'deleted')
        continue
      }
      const slot = place === undefined ? undefined : place >> 1
      const fits = slot === undefined ? room.hasSpaceFor(bytes) : room.hasBytesFor(room.growth(slot, bytes))
      if (fits) return slot
      this.#evictFrom(room, key)
    }
  }

  /** Removes an entry that has expired, or else the one that the policy selects. */
  #evictFrom(room: Room, key: string): void {
    const due = room.due(this.#now)
    const slot = due >= 0 ? due : room.policy.victim()
    // The key itself gets a new entry, so its present one is replaced, not evicted.
    if (room.keyAt(slot) === key) this.#removeSlot(room, slot, 'deleted')
    else this.#evict(room, slot, due >= 0 ? 'expired' : 'capacity')
  }

  /** Evicts expired entries, at most `budget`. Returns the rest of the budget. */
  #expire(now: number, budget: number): number {
    let left = budget
    for (const room of [this.#positive, this.#negative]) {
      for (let slot = room.due(now); slot >= 0; slot = room.due(now)) {
        if (left-- === 0) return 0
        this.#evict(room, slot, 'expired')
      }
    }
    return left
  }

  #continueClears(budget: number): number {
    return this.#clears.continue(budget, (room, slot) => this.#removeSlot(room, slot, 'deleted'))
  }

  #evict(room: Room, slot: number, reason: EvictionReason): void {
    const key = room.keyAt(slot)
    this.#removeSlot(room, slot, reason === 'expired' ? 'expired' : 'evicted')
    this.#caches.evicted(key, reason)
  }

  #remove(place: number, removal: Removal): void {
    this.#removeSlot(this.#roomOf(place), place >> 1, removal)
  }

  #removeSlot(room: Room, slot: number, removal: Removal): void {
    const key = room.keyAt(slot)
    const entry = room.entryAt(slot)
    this.#places.delete(key)
    room.remove(slot, removal)
    this.#caches.removed(key, entry)
  }
}

function tagBytes(tags: readonly string[]): number {
  return tags.reduce((sum, tag) => sum + 2 * tag.length + TAG_BYTES, 0)
}

function bound(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`memoryStore: ${name} must be a positive whole number, got ${value}`)
  }
  return value
}
