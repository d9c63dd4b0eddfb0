/** Memory tier: entries by key, bounded in bytes and number. */
import type { HeapModel } from '../../heap/heap-model.ts'
import { type Entry, usableUntil } from '../entry.ts'
import type { AttachedCache, MemoryStore, TopScan } from '../store.ts'
import { AttachedCaches } from './attached-caches.ts'
import { HitRatioCurve } from './curve/hit-ratio-curve.ts'
import { entryBytes } from './entry-bytes.ts'
import type { Evicted } from './evicted.ts'
import { keyHash } from './eviction/density/key-hash.ts'
import type { Removal } from './eviction/eviction-policy.ts'
import { LruPolicy } from './eviction/lru-policy.ts'
import { keysWithPrefix } from './keys-with-prefix.ts'
import { type MemoryStoreOptions, type ResolvedOptions, resolveOptions } from './memory-store-options.ts'
import { PendingClears } from './pending-clears.ts'
import { NEGATIVE, SAMPLED, SLOT } from './place.ts'
import { Room } from './room.ts'
import { RoomScan } from './top-scan.ts'

/** Share of the bytes that is reserved for negative entries. They cannot use more. */
const NEGATIVE_SHARE = 0.1

/** Entries that one step of a sweep removes at most: well below a millisecond. */
const STEP = 256

/** Entries that leave at once for a new one, at most. It needs more if it is large; the next sweeps remove them. */
const MAX_VICTIMS = 1024

/**
 * A bounded store in this process's memory. Negative entries (`entry.negative`) have a tenth of the space to themselves, so
 * that requests for any number of unknown ids never evict another entry.
 *
 * @throws {TypeError} for an unknown option; {RangeError} when a bound is not a positive whole number.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const memory = new Memory(resolveOptions(options))
  // A plain object, so that an application can wrap or copy it.
  return {
    get: (key) => memory.get(key),
    peek: (key) => memory.peek(key),
    set: (key, entry) => memory.set(key, entry),
    delete: (key) => memory.delete(key),
    clear: (prefix) => memory.clear(prefix),
    sweep: (now) => memory.sweep(now),
    nextExpiry: () => memory.nextExpiry(),
    keys: (prefix) => memory.keys(prefix),
    scanTop: () => memory.scanTop(),
    stats: () => memory.stats(),
    attach: (cache) => memory.attach(cache),
  }
}

class Memory implements MemoryStore {
  readonly #heap: HeapModel
  readonly #maxBytes: number
  readonly #positive: Room
  readonly #negative: Room
  readonly #caches = new AttachedCaches()
  readonly #clears = new PendingClears()
  readonly #curve?: HitRatioCurve
  /** The place of each key: four times its slot, plus `SAMPLED` and `NEGATIVE` as they apply. */
  #places = new Map<string, number>()
  /** The time of the last sweep, epoch ms. */
  #now = -Infinity

  constructor({ maxBytes, maxEntries, policy, predictHitRatio, heap }: ResolvedOptions) {
    this.#heap = heap
    this.#maxBytes = maxBytes
    const negativeBytes = Math.floor(maxBytes * NEGATIVE_SHARE)
    this.#positive = new Room({
      maxBytes: maxBytes - negativeBytes,
      maxEntries,
      policy,
      heap,
      onMove: (key, slot) => this.#places.set(key, 4 * slot + ((this.#places.get(key) as number) & SAMPLED)),
    })
    this.#negative = new Room({
      maxBytes: negativeBytes,
      maxEntries: Math.ceil(maxEntries * NEGATIVE_SHARE),
      policy: new LruPolicy(),
      heap,
      onMove: (key, slot) => this.#places.set(key, 4 * slot + NEGATIVE),
    })
    if (predictHitRatio) {
      this.#curve = new HitRatioCurve({
        maxBytes: this.#positive.maxBytes,
        maxEntries,
        takeReads: () => this.#caches.takeReads(),
      })
    }
  }

  get(key: string): Entry | undefined {
    const place = this.#find(key)
    if (place === undefined) {
      this.#positive.policy.miss()
      return undefined
    }
    const room = this.#roomOf(place)
    const slot = place >> SLOT
    room.policy.use(slot)
    if ((place & SAMPLED) !== 0) this.#useSample(key, place)
    return room.entryAt(slot)
  }

  peek(key: string): Entry | undefined {
    const place = this.#find(key)
    return place === undefined ? undefined : this.#roomOf(place).entryAt(place >> SLOT)
  }

  set(key: string, entry: Entry): boolean {
    const room = entry.negative ? this.#negative : this.#positive
    const bytes = entryBytes(this.#heap, key, entry)
    // Also rejects NaN, which would make the total NaN for ever.
    if (!(entry.bytes >= 0 && room.canHold(bytes))) {
      this.delete(key)
      return false
    }
    let place = this.#places.get(key)
    if (place !== undefined && this.#roomOf(place) !== room) {
      this.#remove(place, 'deleted')
      place = undefined
    }
    const evicted = this.#makeSpace(room, key, bytes, place)
    if (place !== undefined) place = this.#places.get(key) // an eviction moves or removes it
    if (place === undefined) {
      const hash = room.policy.usesHash || this.#curve !== undefined ? keyHash(key) : 0
      const slot = room.add(key, entry, bytes, hash)
      this.#places.set(key, 4 * slot + this.#flagsOf(key, hash, entry, bytes))
      this.#caches.added(key)
    } else {
      const old = room.entryAt(place >> SLOT)
      room.replace(place >> SLOT, entry, bytes)
      if ((place & SAMPLED) !== 0) this.#curve?.update(key, bytes + this.#heap.slot, usableUntil(entry))
      this.#caches.replaced(key, old)
    }
    this.#clears.stored(key)
    // Reported at the end, because a listener may delete the entry that was stored.
    for (let one = evicted; one !== undefined; one = one.next) this.#caches.evicted(one.key, one.reason)
    return true
  }

  delete(key: string): boolean {
    const place = this.#places.get(key)
    if (place === undefined) {
      this.#curve?.forget(key)
      return false
    }
    const isCleared = this.#clears.covers(key)
    this.#remove(place, 'deleted')
    return !isCleared
  }

  clear(prefix: string): void {
    this.#curve?.clear()
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
    return this.#continueClears(this.#shrink(now, STEP)) === 0
  }

  nextExpiry(): number {
    return Math.min(this.#positive.wheel.next(), this.#negative.wheel.next())
  }

  keys(prefix: string): Iterable<string> {
    return keysWithPrefix(this.#places, prefix)
  }

  scanTop(): TopScan {
    return new RoomScan([this.#positive, this.#negative], (key, room) => {
      const place = this.#find(key)
      return place !== undefined && this.#roomOf(place) === room ? place >> SLOT : undefined
    })
  }

  stats() {
    const predictedHitRatio = this.#curve?.predict()
    return {
      entries: this.#places.size,
      bytes: this.#positive.bytes + this.#negative.bytes,
      maxBytes: this.#maxBytes,
      ...(predictedHitRatio && { predictedHitRatio }),
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
    return (place & NEGATIVE) === 0 ? this.#positive : this.#negative
  }

  #flagsOf(key: string, hash: number, entry: Entry, bytes: number): number {
    if (entry.negative) return NEGATIVE
    return this.#curve?.add(key, hash, bytes + this.#heap.slot, usableUntil(entry), this.#now) ? SAMPLED : 0
  }

  #useSample(key: string, place: number): void {
    if (this.#curve?.use(key, this.#now)) return
    const slot = place >> SLOT
    const flags = this.#flagsOf(key, keyHash(key), this.#positive.entryAt(slot), this.#positive.bytesAt(slot))
    this.#places.set(key, 4 * slot + flags)
  }

  /**
   * Removes entries until the room has space for an entry of a key, but no more than one step may: `sweep` removes the others.
   * Returns the first of the evicted entries, to report them; that of the key itself is not among them.
   */
  #makeSpace(room: Room, key: string, bytes: number, former: number | undefined): Evicted | undefined {
    let first: Evicted | undefined
    let last: Evicted | undefined
    let place = former
    for (let left = MAX_VICTIMS; left > 0; left--) {
      const fits = place === undefined ? room.fits(1, bytes) : room.fits(0, room.growth(place >> SLOT, bytes))
      if (fits) break
      room.closeHole()
      const victim = this.#removeVictim(room)
      if (place !== undefined) {
        room.closeHole() // only a new entry fills the hole
        place = this.#places.get(key)
      }
      if (victim.key === key) continue
      if (last === undefined) first = victim
      else last.next = victim
      last = victim
    }
    return first
  }

  /** Removes an entry that has expired, or else the one that the policy selects. */
  #removeVictim(room: Room): Evicted {
    const due = room.due(this.#now)
    const slot = due >= 0 ? due : room.policy.victim()
    const key = room.keyAt(slot)
    this.#removeSlot(room, slot, due >= 0 ? 'expired' : 'evicted')
    return { key, reason: due >= 0 ? 'expired' : 'capacity', next: undefined }
  }

  /** Evicts expired entries, and others above the limits, at most `budget`. Returns the rest of the budget. */
  #shrink(now: number, budget: number): number {
    return this.#shrinkRoom(this.#negative, now, this.#shrinkRoom(this.#positive, now, budget))
  }

  #shrinkRoom(room: Room, now: number, budget: number): number {
    let left = budget
    while (room.due(now) >= 0 || !room.fits(0, 0)) {
      if (left <= 0) return 0
      left--
      const { key, reason } = this.#removeVictim(room)
      room.closeHole()
      this.#caches.evicted(key, reason)
    }
    return left
  }

  #continueClears(budget: number): number {
    return this.#clears.continue(budget, (room, slot) => {
      this.#removeSlot(room, slot, 'deleted')
      room.closeHole()
    })
  }

  #remove(place: number, removal: Removal): void {
    const room = this.#roomOf(place)
    this.#removeSlot(room, place >> SLOT, removal)
    room.closeHole()
  }

  #removeSlot(room: Room, slot: number, removal: Removal): void {
    const key = room.keyAt(slot)
    const entry = room.entryAt(slot)
    const isSampled = this.#curve !== undefined && ((this.#places.get(key) as number) & SAMPLED) !== 0
    this.#places.delete(key)
    room.remove(slot, removal)
    if (isSampled) this.#curve?.remove(key, removal)
    this.#caches.removed(key, entry)
  }
}
