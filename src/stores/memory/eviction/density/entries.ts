/** The policy's own numbers of each entry, by the slot of the entry. */
import { GrowingInts, IN_CHUNK } from '../../growing-ints.ts'

/** An entry has the time of the last request, the past and the hash of its key, and its weight. */
export const ENTRY = 4
const ENTRY_BITS = 2
export const LAST = 0
export const PAST = 1
export const HASH = 2
export const WEIGHT = 3

export class Entries {
  readonly #ints = new GrowingInts()
  #size = 0

  get bytes(): number {
    return this.#ints.bytes
  }

  get size(): number {
    return this.#size
  }

  /** Returns the chunk of an entry; the index there is `indexOf(slot)`. */
  chunkOf(slot: number): Int32Array {
    return this.#ints.chunkOf(slot << ENTRY_BITS)
  }

  add(slot: number, last: number, past: number, hash: number, weight: number): void {
    this.#ints.fit(++this.#size << ENTRY_BITS)
    const ints = this.chunkOf(slot)
    const at = indexOf(slot)
    ints[at + LAST] = last
    ints[at + PAST] = past
    ints[at + HASH] = hash
    ints[at + WEIGHT] = weight
  }

  /** Leaves a hole, which the next entry or the last one fills. */
  remove(): void {
    this.#ints.fit(this.#size-- << ENTRY_BITS)
  }

  move(from: number, to: number): void {
    const source = this.chunkOf(from)
    const target = this.chunkOf(to)
    let at = indexOf(to)
    for (let i = indexOf(from), end = i + ENTRY; i < end; i++) target[at++] = source[i] as number
  }
}

export function indexOf(slot: number): number {
  return (slot << ENTRY_BITS) & IN_CHUNK
}
