/**
 * The entries by their expiry, in a hierarchical timing wheel: each level has 64 buckets, and a bucket of one level is as wide as
 * all buckets of the level below. Every operation takes constant time, and time that has passed is worked off in bounded steps.
 *
 * Source: G. Varghese, A. Lauck, Hashed and Hierarchical Timing Wheels, SOSP 1987.
 */
import { GrowingInts, IN_CHUNK } from './growing-ints.ts'

const BITS = 6
const BUCKETS = 1 << BITS
/** Seven levels of 64 buckets reach over 139 years of ms. */
const LEVELS = 7
/** Later times are never reached, epoch ms. */
const LATEST = 2 ** 42
const WIDTHS = Array.from({ length: LEVELS + 1 }, (_, level) => 2 ** (BITS * level))
/** The list of entries whose bucket has passed. It follows the buckets of all levels. */
const PASSED = LEVELS * BUCKETS
const NONE = -1
/** Codes an end of a list: `OUTSIDE - list` in place of a neighbour. */
const OUTSIDE = -2

export class ExpiryWheel {
  readonly #timeOf: (slot: number) => number
  readonly #heads = new Int32Array(PASSED + 1).fill(NONE)
  readonly #tails = new Int32Array(PASSED + 1).fill(NONE)
  /** The neighbours of each slot in its list: the next one at 2 x slot, the previous one at 2 x slot + 1. */
  #links = new GrowingInts()
  /** All buckets up to this time have passed, epoch ms. */
  #passedTo = 0

  /** @param timeOf returns the time from which the entry in a slot is of no use, epoch ms. */
  constructor(timeOf: (slot: number) => number) {
    this.#timeOf = timeOf
  }

  get bytes(): number {
    return this.#links.bytes
  }

  add(slot: number): void {
    this.#append(this.#listFor(this.#timeOf(slot)), slot)
  }

  remove(slot: number): void {
    const next = this.#next(slot)
    const previous = this.#previous(slot)
    if (next === NONE) return // it never expires
    if (next <= OUTSIDE) this.#tails[OUTSIDE - next] = previous <= OUTSIDE ? NONE : previous
    else this.#setPrevious(next, previous)
    if (previous <= OUTSIDE) this.#heads[OUTSIDE - previous] = next <= OUTSIDE ? NONE : next
    else this.#setNext(previous, next)
  }

  /** The entry of the last slot moves to an empty one. */
  move(from: number, to: number): void {
    const next = this.#next(from)
    const previous = this.#previous(from)
    this.#setNext(to, next)
    this.#setPrevious(to, previous)
    if (next === NONE) return
    if (next <= OUTSIDE) this.#tails[OUTSIDE - next] = to
    else this.#setPrevious(next, to)
    if (previous <= OUTSIDE) this.#heads[OUTSIDE - previous] = to
    else this.#setNext(previous, to)
  }

  /** Makes room for a number of slots, or frees room. To be called before a slot is added, and after the last one was removed or moved. */
  resize(slots: number): void {
    this.#links.fit(2 * slots)
  }

  /** Removes all entries. */
  clear(): void {
    this.#heads.fill(NONE)
    this.#tails.fill(NONE)
    this.#links = new GrowingInts()
  }

  /**
   * Returns a slot whose entry has expired at `now` (epoch ms); it stays in the wheel until it is removed. Looks at no more than
   * `steps` entries whose time may have come. -1 if none of them has expired.
   */
  due(now: number, steps: number): number {
    this.#pass(now)
    for (let step = 0; step < steps; step++) {
      const slot = this.#heads[PASSED] as number
      if (slot === NONE) return NONE
      const time = this.#timeOf(slot)
      if (time <= now) return slot
      this.remove(slot)
      this.#append(this.#listFor(time), slot)
    }
    return NONE
  }

  /** Returns the time at which the next bucket passes, epoch ms: no entry expires earlier. Infinity without entries. */
  next(): number {
    if (this.#heads[PASSED] !== NONE) return this.#passedTo
    let next = Infinity
    for (let level = 0; level < LEVELS; level++) {
      const width = WIDTHS[level] as number
      const current = Math.floor(this.#passedTo / width)
      for (let turn = current + 1; turn <= current + BUCKETS && turn * width < next; turn++) {
        if (this.#heads[level * BUCKETS + (turn % BUCKETS)] !== NONE) next = turn * width
      }
    }
    return next
  }

  /** Moves the buckets that pass until `now` to the list of those that have passed. */
  #pass(now: number): void {
    const from = this.#passedTo
    const to = Math.min(Math.floor(now), LATEST)
    if (to <= from) return
    this.#passedTo = to
    for (let level = 0; level < LEVELS; level++) {
      const width = WIDTHS[level] as number
      const first = Math.floor(from / width)
      const turns = Math.min(BUCKETS, Math.floor(to / width) - first)
      if (turns === 0) break // then no bucket of a higher level passes either
      for (let turn = first + 1; turn <= first + turns; turn++) {
        this.#passBucket(level * BUCKETS + (turn % BUCKETS))
      }
    }
  }

  /** Appends a whole list to the list of those that have passed. */
  #passBucket(list: number): void {
    const head = this.#heads[list] as number
    if (head === NONE) return
    const tail = this.#tails[list] as number
    const last = this.#tails[PASSED] as number
    this.#setPrevious(head, last === NONE ? OUTSIDE - PASSED : last)
    this.#setNext(tail, OUTSIDE - PASSED)
    if (last === NONE) this.#heads[PASSED] = head
    else this.#setNext(last, head)
    this.#tails[PASSED] = tail
    this.#heads[list] = NONE
    this.#tails[list] = NONE
  }

  /** Returns the list for an entry that expires at `time`; -1 if it never does. */
  #listFor(time: number): number {
    if (time > LATEST) return NONE
    const tick = Math.ceil(time)
    const left = tick - this.#passedTo
    if (!(left > 0)) return PASSED
    let level = 0
    while (left >= (WIDTHS[level + 1] as number)) level++
    return level * BUCKETS + (Math.floor(tick / (WIDTHS[level] as number)) % BUCKETS)
  }

  #append(list: number, slot: number): void {
    const tail = list === NONE ? NONE : (this.#tails[list] as number)
    this.#setNext(slot, list === NONE ? NONE : OUTSIDE - list)
    this.#setPrevious(slot, tail === NONE ? OUTSIDE - list : tail)
    if (list === NONE) return
    if (tail === NONE) this.#heads[list] = slot
    else this.#setNext(tail, slot)
    this.#tails[list] = slot
  }

  #next(slot: number): number {
    return this.#links.chunkOf(2 * slot)[(2 * slot) & IN_CHUNK] as number
  }

  #previous(slot: number): number {
    return this.#links.chunkOf(2 * slot)[((2 * slot) & IN_CHUNK) + 1] as number
  }

  #setNext(slot: number, next: number): void {
    this.#links.chunkOf(2 * slot)[(2 * slot) & IN_CHUNK] = next
  }

  #setPrevious(slot: number, previous: number): void {
    this.#links.chunkOf(2 * slot)[((2 * slot) & IN_CHUNK) + 1] = previous
  }
}
