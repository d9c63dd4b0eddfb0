/** Entries with a common bound, in slots 0 to n-1 without gaps. */
import type { HeapModel } from '../../heap/heap-model.ts'
import { MapTable } from '../../heap/map-table.ts'
import { deadFrom, type Entry } from '../entry.ts'
import { ChunkedArray } from './chunked-array.ts'
import type { EvictionPolicy, Removal } from './eviction/eviction-policy.ts'
import { ExpiryWheel } from './expiry-wheel.ts'

export interface RoomOptions {
  maxBytes: number
  maxEntries: number
  policy: EvictionPolicy
  heap: HeapModel
  /** Called when the entry of a key gets another slot. */
  onMove: (key: string, slot: number) => void
}

/** Tables of no more entries count by the entry: they are small, and their capacity would be most of a small store. */
const FEW = 256

/** Number of entries at whose expiry one step of the store looks. */
const STEPS = 256

/** No slot is empty. */
const NONE = -1

export class Room {
  readonly maxBytes: number
  readonly maxEntries: number
  readonly policy: EvictionPolicy
  readonly wheel: ExpiryWheel
  readonly #heap: HeapModel
  readonly #onMove: RoomOptions['onMove']
  /** Memory of the policy without entries, which every store takes. */
  readonly #initialPolicyBytes: number
  /** The part of the room in the store's table of keys. */
  readonly #places: MapTable
  #keys = new ChunkedArray<string>((length) => new Array(length))
  #entries = new ChunkedArray<Entry>((length) => new Array(length))
  /** Bytes of each entry. */
  #sizes = new ChunkedArray<number>((length) => new Float64Array(length))
  /** Bytes of the entries, without the tables. */
  #bytes = 0
  #length = 0
  /** An empty slot among the others. */
  #hole = NONE

  constructor({ maxBytes, maxEntries, policy, heap, onMove }: RoomOptions) {
    this.maxBytes = maxBytes
    this.maxEntries = maxEntries
    this.policy = policy
    this.#heap = heap
    this.#initialPolicyBytes = policy.bytes
    this.#places = new MapTable(heap)
    this.#onMove = onMove
    this.wheel = new ExpiryWheel((slot) => deadFrom(this.#entries.at(slot)))
  }

  /** Number of entries. */
  get length(): number {
    return this.#length
  }

  /** Bytes of the entries, and of the tables by their capacity. */
  get bytes(): number {
    return this.#bytes + this.#tableBytes(this.#length)
  }

  /** Returns true if an entry of this size fits into the empty room. */
  canHold(bytes: number): boolean {
    return bytes + this.#tableBytes(1) <= this.maxBytes
  }

  keyAt(slot: number): string {
    return this.#keys.at(slot)
  }

  entryAt(slot: number): Entry {
    return this.#entries.at(slot)
  }

  bytesAt(slot: number): number {
    return this.#sizes.at(slot)
  }

  /** Returns true if the limits allow so many more entries and bytes. */
  fits(entries: number, bytes: number): boolean {
    return (
      this.#length + entries <= this.maxEntries &&
      this.#bytes + bytes + this.#tableBytes(this.#length + entries) <= this.maxBytes
    )
  }

  /** Returns the slot of the new entry: the hole, if there is one. @param hash as in `EvictionPolicy.add`. */
  add(key: string, entry: Entry, bytes: number, hash: number): number {
    const slot = this.#hole === NONE ? this.#length : this.#hole
    this.#hole = NONE
    this.#length++
    this.wheel.resize(this.#length)
    this.#put(slot, key, entry, bytes)
    this.policy.add(slot, hash, bytes)
    this.#places.add()
    this.#bytes += bytes
    return slot
  }

  /** Replaces an entry by a newer one of the same key. */
  replace(slot: number, entry: Entry, bytes: number): void {
    this.#bytes += bytes - this.#sizes.at(slot)
    this.wheel.remove(slot)
    this.#put(slot, this.#keys.at(slot), entry, bytes)
    this.policy.update(slot, bytes)
  }

  /** Returns how many bytes more another entry of this size takes in place of the present one. */
  growth(slot: number, bytes: number): number {
    return bytes - this.#sizes.at(slot)
  }

  /** Leaves a hole, which `add` or `closeHole` must fill before anything else. */
  remove(slot: number, removal: Removal): void {
    this.#length--
    this.#bytes -= this.#sizes.at(slot)
    this.wheel.remove(slot)
    this.policy.remove(slot, removal)
    this.#places.delete()
    this.#hole = slot
  }

  /** Moves the last entry to the hole, if there is one. */
  closeHole(): void {
    const slot = this.#hole
    if (slot === NONE) return
    this.#hole = NONE
    const last = this.#length
    if (slot !== last) this.#moveLast(last, slot)
    this.#drop(last)
  }

  /** Returns a slot whose entry has expired at `now` (epoch ms), or -1. */
  due(now: number): number {
    return this.wheel.due(now, STEPS)
  }

  clear(): void {
    this.#keys = new ChunkedArray((length) => new Array(length))
    this.#entries = new ChunkedArray((length) => new Array(length))
    this.#sizes = new ChunkedArray((length) => new Float64Array(length))
    this.#bytes = 0
    this.#length = 0
    this.wheel.clear()
    this.policy.clear()
    this.#places.clear()
  }

  #tableBytes(entries: number): number {
    if (entries <= FEW) return entries * this.#heap.slot
    const columns = this.#keys.capacity + this.#entries.capacity + this.#sizes.capacity
    const ofPolicy = this.policy.bytes - this.#initialPolicyBytes
    return 8 * columns + this.#places.bytes + this.wheel.bytes + ofPolicy
  }

  #put(slot: number, key: string, entry: Entry, bytes: number): void {
    this.#keys.set(slot, key)
    this.#entries.set(slot, entry)
    this.#sizes.set(slot, bytes)
    this.wheel.add(slot)
  }

  #moveLast(last: number, slot: number): void {
    const key = this.#keys.at(last)
    this.#keys.set(slot, key)
    this.#entries.set(slot, this.#entries.at(last))
    this.#sizes.set(slot, this.#sizes.at(last))
    this.wheel.move(last, slot)
    this.policy.move(last, slot)
    this.#onMove(key, slot)
  }

  #drop(last: number): void {
    this.#keys.set(last, undefined as unknown as string) // nothing reads it before it is set again
    this.#entries.set(last, undefined as unknown as Entry)
    this.#keys.truncate(last)
    this.#entries.truncate(last)
    this.#sizes.truncate(last)
    this.wheel.resize(last)
  }
}
