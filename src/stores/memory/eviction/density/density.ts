/**
 * Eviction by learnt hit density. The entry to evict is the one with the least worth: the chance of a hit for each request that it stays.
 * The chances are learnt from the intervals between requests for the same key. After Beckmann, Chen and Cidon, "LHD: Improving Cache Hit
 * Rate by Maximizing Hit Density", NSDI 2018.
 */
import type { EvictionPolicy, Removal } from '../eviction-policy.ts'
import { Candidates } from './candidates.ts'
import { ENTRY, Entries, HASH, indexOf, LAST, PAST, WEIGHT } from './entries.ts'
import { COUNTED, History } from './history.ts'
import { FIRST_REQUEST, nextPast, shareOf } from './past.ts'
import { countRunning } from './survey.ts'
import { HITS, LOSSES, WORTH } from './worth-curve.ts'
import { cellOf, WorthTable } from './worth-table.ts'

export interface DensityOptions {
  /** True if the store bounds the bytes: small entries are then worth more than large ones. */
  boundedByBytes: boolean
}

/** Creates the policy. Time is the number of requests, which are look-ups; it may overflow. */
export function createDensity(options: DensityOptions): EvictionPolicy {
  return new Density(options)
}

/** Number of requests after which the worth is computed again: few at first, then more. */
const FIRST_PERIOD = 500
const LAST_PERIOD = 5000

/** Number of entries at whose age an eviction looks before the first worth is learnt. */
const SCANNED_AT_FIRST = 64

/** Places of the history for few entries. For more there are two for each entry. */
const LEAST_PLACES = 4096

class Density implements EvictionPolicy {
  readonly usesHash = true
  readonly #boundedByBytes: boolean
  /** Number of entries that an eviction looks at. A power of two, so that they are in one chunk. */
  readonly #scanned: number
  readonly #candidates = new Candidates()
  readonly #table = new WorthTable()
  readonly #cells = this.#table.cells
  #entries = new Entries()
  #history = new History()
  #now = 0
  /** True if the last look-up found nothing, so that the next new entry belongs to a request that was counted. */
  #hasMissed = false
  #hasLearnt = false
  #learntAt = 0
  #period = FIRST_PERIOD
  /** Slot to look at next. */
  #hand = 0
  #newest = 0

  constructor({ boundedByBytes }: DensityOptions) {
    this.#boundedByBytes = boundedByBytes
    this.#scanned = boundedByBytes ? 16 : 8
  }

  get bytes(): number {
    return this.#entries.bytes + this.#history.bytes + this.#cells.byteLength
  }

  miss(): void {
    this.#now = (this.#now + 1) | 0
    this.#hasMissed = true
  }

  use(slot: number): void {
    const now = (this.#now + 1) | 0
    this.#now = now
    const ints = this.#entries.chunkOf(slot)
    const at = indexOf(slot)
    const past = ints[at + PAST] as number
    const age = (now - (ints[at + LAST] as number)) | 0
    this.#count(HITS, past, age)
    ints[at + LAST] = now
    ints[at + PAST] = nextPast(past, age)
  }

  add(slot: number, hash: number, bytes: number): void {
    if (!this.#hasMissed) this.#now = (this.#now + 1) | 0 // written without a look-up
    this.#hasMissed = false
    this.#entries.add(slot, this.#now, this.#pastOf(hash), hash, this.#weightOf(bytes))
    this.#newest = slot
  }

  update(slot: number, bytes: number): void {
    const ints = this.#entries.chunkOf(slot)
    const at = indexOf(slot)
    ints[at + WEIGHT] = this.#weightOf(bytes)
    if (this.#hasLearnt) return
    this.#now = (this.#now + 1) | 0
    ints[at + LAST] = this.#now
  }

  shareAt(slot: number): number {
    const ints = this.#entries.chunkOf(slot)
    const at = indexOf(slot)
    return shareOf(ints[at + PAST] as number, (this.#now - (ints[at + LAST] as number)) | 0)
  }

  victim(): number {
    const since = (this.#now - this.#learntAt) >>> 0
    if (since >= this.#period) this.#learn(since)
    if (!this.#hasLearnt) return this.#oldest()
    const candidates = this.#candidates
    const newest = Math.min(this.#newest, this.#entries.size - 1)
    const newestScore = this.#scoreOf(newest)
    if (newestScore < candidates.limit) candidates.add(newest, newestScore)
    this.#scan()
    for (;;) {
      const slot = Math.min(candidates.slot, this.#entries.size - 1)
      const { score: former } = candidates
      candidates.removeLeast()
      const score = this.#scoreOf(slot)
      if (score <= former || score <= candidates.score) return slot
      // Its key was requested, or the slot has another entry.
      candidates.add(slot, score)
    }
  }

  remove(slot: number, removal: Removal): void {
    const ints = this.#entries.chunkOf(slot)
    const at = indexOf(slot)
    const last = ints[at + LAST] as number
    const past = ints[at + PAST] as number
    this.#entries.remove()
    if (removal === 'evicted') this.#addToHistory(ints[at + HASH] as number, last, past)
    else {
      this.#count(LOSSES, past, (this.#now - last) | 0)
      this.#addToHistory(ints[at + HASH] as number, last, past | COUNTED)
    }
  }

  move(from: number, to: number): void {
    this.#entries.move(from, to)
  }

  clear(): void {
    this.#entries = new Entries()
    this.#history = new History()
    this.#hand = 0
  }

  /** Returns the past of a newcomer's key, and drops it from the history. */
  #pastOf(hash: number): number {
    const place = this.#history.find(hash)
    if (place < 0) return FIRST_REQUEST
    const past = this.#history.pastAt(place)
    const age = (this.#now - this.#history.lastAt(place)) | 0
    this.#history.empty(place)
    if ((past & COUNTED) === 0) this.#count(HITS, past, age)
    return nextPast(past & ~COUNTED, age || 1)
  }

  #addToHistory(hash: number, last: number, past: number): void {
    const history = this.#history
    history.resize(Math.max(LEAST_PLACES, 2 * this.#entries.size))
    const place = history.placeFor(hash)
    const displaced = history.pastAt(place)
    if (displaced !== 0 && (displaced & COUNTED) === 0) {
      this.#count(LOSSES, displaced, (this.#now - history.lastAt(place)) | 0)
    }
    history.put(place, hash, last, past)
  }

  #count(outcome: number, past: number, age: number): void {
    const cell = cellOf(past, age) + outcome
    this.#cells[cell] = (this.#cells[cell] as number) + 1
  }

  #scoreOf(slot: number): number {
    const ints = this.#entries.chunkOf(slot)
    const at = indexOf(slot)
    const cell = cellOf(ints[at + PAST] as number, (this.#now - (ints[at + LAST] as number)) | 0)
    return (this.#cells[cell + WORTH] as number) * (ints[at + WEIGHT] as number)
  }

  /** Returns the slot used longest ago, among those that follow the last eviction. It is the victim until the first worth is computed. */
  #oldest(): number {
    const { size } = this.#entries
    let oldest = 0
    let greatestAge = -1
    for (let i = 0; i < Math.min(size, SCANNED_AT_FIRST); i++) {
      const slot = (this.#hand + i) % size
      const age = (this.#now - (this.#entries.chunkOf(slot)[indexOf(slot) + LAST] as number)) | 0
      if (age <= greatestAge) continue
      oldest = slot
      greatestAge = age
    }
    if (size > SCANNED_AT_FIRST) this.#hand = (this.#hand + SCANNED_AT_FIRST) % size
    return oldest
  }

  /** Looks for candidates among the entries that follow those of the last eviction. */
  #scan(): void {
    const candidates = this.#candidates
    const cells = this.#cells
    const now = this.#now
    const { size } = this.#entries
    const from = this.#hand < size ? this.#hand & -this.#scanned : 0
    const end = Math.min(from + this.#scanned, size)
    const ints = this.#entries.chunkOf(from)
    for (let slot = from, at = indexOf(from); slot < end; slot++, at += ENTRY) {
      const cell = cellOf(ints[at + PAST] as number, (now - (ints[at + LAST] as number)) | 0)
      const score = (cells[cell + WORTH] as number) * (ints[at + WEIGHT] as number)
      if (score < candidates.limit) candidates.add(slot, score)
    }
    this.#hand = end
  }

  #weightOf(bytes: number): number {
    // Per byte, large entries would hardly ever be hit.
    return this.#boundedByBytes ? (2 ** 30 / Math.sqrt(bytes)) | 0 : 1
  }

  #learn(since: number): void {
    countRunning(this.#cells, this.#now, this.#entries, this.#history)
    this.#table.learn(since, Math.max(20_000, 10 * this.#entries.size))
    this.#hasLearnt = true
    this.#learntAt = this.#now
    this.#period = Math.min(1.05 * this.#period, LAST_PERIOD)
  }
}
