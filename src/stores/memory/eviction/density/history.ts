/**
 * Pasts of keys that left the cache, in sets of 5 places by the hash of the key. The table grows and shrinks by one set at a time:
 * Litwin, "Linear Hashing", VLDB 1980.
 */
import { GrowingInts, IN_CHUNK } from '../../growing-ints.ts'

/** Integers of a set: number of the place to use next, and the places. A set takes one line of the processor's cache. */
const SET = 16
export const PLACES = 5

/** Integers of a place. The past is 0 if the place is empty. */
const PLACE = 3
const HASH = 0
const LAST = 1
const PAST = 2

/** Added to a past whose last interval is counted already. */
export const COUNTED = 1 << 28

export class History {
  readonly #ints = new GrowingInts()
  #sets = 1
  /** Power of two, below the number of sets and at least half of it; 1 for one set. */
  #half = 1

  get bytes(): number {
    return this.#ints.bytes
  }

  get sets(): number {
    return this.#sets
  }

  /** Returns the place of a key, or -1. */
  find(hash: number): number {
    const set = this.#setOf(hash)
    const ints = this.#ints.chunkOf(set)
    const first = set & IN_CHUNK
    for (let at = first + 1; at < first + SET; at += PLACE) {
      if (ints[at] === hash && ints[at + PAST] !== 0) return set + at - first
    }
    return -1
  }

  /**
   * Returns a place for a key that has none: an empty one, or those of its set in turn. The one of the key requested longest ago would be
   * worse, because keys that were cached for long would be dropped first.
   */
  placeFor(hash: number): number {
    const set = this.#setOf(hash)
    const ints = this.#ints.chunkOf(set)
    const at = set & IN_CHUNK
    const next = ints[at] as number
    let number = next
    do {
      if (ints[at + 1 + number * PLACE + PAST] === 0) break
      number = following(number)
    } while (number !== next)
    ints[at] = following(number)
    return set + 1 + number * PLACE
  }

  /** Returns a place by the numbers of its set and of the place there. */
  placeOf(set: number, number: number): number {
    return set * SET + 1 + number * PLACE
  }

  /** Returns the time of the last request. */
  lastAt(place: number): number {
    return this.#ints.chunkOf(place)[(place & IN_CHUNK) + LAST] as number
  }

  /** Returns the past, or 0 if the place is empty. */
  pastAt(place: number): number {
    return this.#ints.chunkOf(place)[(place & IN_CHUNK) + PAST] as number
  }

  put(place: number, hash: number, last: number, past: number): void {
    const ints = this.#ints.chunkOf(place)
    const at = place & IN_CHUNK
    ints[at + HASH] = hash
    ints[at + LAST] = last
    ints[at + PAST] = past
  }

  empty(place: number): void {
    this.#ints.chunkOf(place)[(place & IN_CHUNK) + PAST] = 0
  }

  /** Takes one step towards a number of places. */
  resize(places: number): void {
    const sets = Math.ceil(places / PLACES)
    if (sets > this.#sets) this.#split()
    else if (1.25 * sets < this.#sets) this.#merge()
  }

  #setOf(hash: number): number {
    const set = hash & (2 * this.#half - 1)
    return SET * (set < this.#sets ? set : set - this.#half)
  }

  /** Adds a set, which takes over places of the one that has had them so far. */
  #split(): void {
    const added = this.#sets++
    if (this.#sets > 2 * this.#half) this.#half *= 2
    this.#ints.fit(SET * this.#sets)
    this.#ints.chunkOf(SET * added).fill(0, (SET * added) & IN_CHUNK, ((SET * added) & IN_CHUNK) + SET)
    this.#movePlaces(added - this.#half, added)
  }

  /** Removes the last set. */
  #merge(): void {
    const removed = --this.#sets
    this.#movePlaces(removed, removed - this.#half)
    if (this.#sets <= this.#half && this.#half > 1) this.#half /= 2
    this.#ints.fit(SET * this.#sets)
  }

  /** Moves the keys of a set that belong to another one. */
  #movePlaces(from: number, to: number): void {
    const ints = this.#ints.chunkOf(SET * from)
    const first = ((SET * from) & IN_CHUNK) + 1
    for (let at = first; at < first + PLACES * PLACE; at += PLACE) {
      const hash = ints[at + HASH] as number
      const past = ints[at + PAST] as number
      if (past === 0 || this.#setOf(hash) !== SET * to) continue
      ints[at + PAST] = 0
      this.put(this.placeFor(hash), hash, ints[at + LAST] as number, past)
    }
  }
}

function following(number: number): number {
  return number === PLACES - 1 ? 0 : number + 1
}
