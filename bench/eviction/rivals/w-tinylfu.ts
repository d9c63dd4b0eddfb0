/**
 * W-TinyLFU with an adaptive window: Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache Management", Middleware 2018, with the
 * constants of Caffeine.
 */
import { seededRandom } from '../../../tests/support/seeded-random.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import { KeyLists, NONE } from './key-lists.ts'
import type { Rival } from './rival.ts'

const [WINDOW, PROBATION, PROTECTED] = [1, 2, 3] as const

export function createWTinyLfu(capacity: number, keys: number): Rival {
  return new WTinyLfu(capacity, keys)
}

class WTinyLfu implements Rival {
  readonly #capacity: number
  readonly #lists: KeyLists
  readonly #sketch: FrequencySketch
  readonly #random = seededRandom(1)
  #windowCapacity: number
  #protectedCapacity: number
  /** Entries by which the window grows, or shrinks if it is negative. */
  #step: number
  #hits = 0
  #requests = 0
  #formerRatio = 0

  constructor(capacity: number, keys: number) {
    this.#capacity = capacity
    this.#lists = new KeyLists(keys, 3)
    this.#sketch = new FrequencySketch(capacity)
    this.#windowCapacity = Math.max(1, Math.round(capacity / 100))
    this.#protectedCapacity = Math.floor(0.8 * (capacity - this.#windowCapacity))
    this.#step = -0.0625 * capacity
  }

  request(key: number): boolean {
    this.#sketch.add(key)
    const list = this.#lists.listOf(key)
    const isHit = list !== NONE
    if (isHit) {
      this.#hits++
      this.#lists.add(list === PROBATION ? PROTECTED : list, key)
      this.#demote()
    } else {
      this.#lists.add(WINDOW, key)
      this.#evict()
    }
    if (++this.#requests >= 10 * this.#capacity) this.#climb()
    return isHit
  }

  #evict(): void {
    const lists = this.#lists
    if (lists.lengthOf(WINDOW) <= this.#windowCapacity) return
    const candidate = lists.oldest(WINDOW)
    const all = lists.lengthOf(WINDOW) + lists.lengthOf(PROBATION) + lists.lengthOf(PROTECTED)
    if (all <= this.#capacity) {
      lists.add(PROBATION, candidate)
      return
    }
    const victim = lists.lengthOf(PROBATION) > 0 ? lists.oldest(PROBATION) : lists.oldest(PROTECTED)
    if (lists.lengthOf(PROBATION) + lists.lengthOf(PROTECTED) > 0 && this.#isAdmitted(candidate, victim)) {
      lists.remove(victim)
      lists.add(PROBATION, candidate)
    } else lists.remove(candidate)
  }

  #isAdmitted(candidate: number, victim: number): boolean {
    const count = this.#sketch.count(candidate)
    if (count > this.#sketch.count(victim)) return true
    return count > 5 && this.#random() < 1 / 128
  }

  #demote(): void {
    const lists = this.#lists
    while (lists.lengthOf(PROTECTED) > this.#protectedCapacity) lists.add(PROBATION, lists.oldest(PROTECTED))
  }

  /** Changes the window in the direction in which the hit ratio has risen. */
  #climb(): void {
    const ratio = this.#hits / this.#requests
    const change = ratio - this.#formerRatio
    const amount = change >= 0 ? this.#step : -this.#step
    this.#step = Math.abs(change) >= 0.05 ? Math.sign(amount) * 0.0625 * this.#capacity : 0.98 * amount
    this.#formerRatio = ratio
    this.#hits = 0
    this.#requests = 0
    const most = Math.max(1, Math.floor(0.8 * this.#capacity))
    this.#windowCapacity = Math.min(most, Math.max(1, Math.round(this.#windowCapacity + amount)))
    this.#protectedCapacity = Math.floor(0.8 * (this.#capacity - this.#windowCapacity))
    this.#demote()
    const lists = this.#lists
    while (lists.lengthOf(WINDOW) > this.#windowCapacity) lists.add(PROBATION, lists.oldest(WINDOW))
    // A larger window takes its entries from the others.
    const all = lists.lengthOf(WINDOW) + lists.lengthOf(PROBATION) + lists.lengthOf(PROTECTED)
    if (all < this.#capacity) return
    while (lists.lengthOf(WINDOW) < this.#windowCapacity && lists.lengthOf(PROBATION) > 0) {
      lists.add(WINDOW, lists.oldest(PROBATION))
    }
  }
}
