/**
 * LHD: Beckmann, Chen and Cidon, "LHD: Improving Cache Hit Rate by Maximizing Hit Density", NSDI 2018, with the classes and constants of
 * its authors' simulator. It learns more often than there (every 2^20 requests), because some traces are shorter.
 */
import { seededRandom } from '../../../tests/support/seeded-random.ts'
import type { Rival } from './rival.ts'

const AGES = 20_000
const CLASSES = 16
const SAMPLE = 32
const RECENT = 8

export function createLhd(capacity: number, keys: number): Rival {
  return new Lhd(capacity, keys)
}

class Lhd implements Rival {
  readonly #capacity: number
  readonly #random = seededRandom(1)
  /** Keys that have entries, and the place of each key among them; -1 for none. */
  readonly #entries: number[] = []
  readonly #places: Int32Array
  readonly #last: Float64Array
  readonly #lastHitAge: Int32Array
  readonly #hitAgeBefore: Int32Array
  readonly #recent: number[] = []
  readonly #hits = Array.from({ length: CLASSES }, () => new Float64Array(AGES))
  readonly #evictions = Array.from({ length: CLASSES }, () => new Float64Array(AGES))
  readonly #densities = Array.from({ length: CLASSES }, (_, c) =>
    Float64Array.from({ length: AGES }, (_, age) => (c + 1) / (age + 1)),
  )
  /** Requests of one step of age, as a power of two. */
  readonly #shift: number
  readonly #period: number
  #now = 0

  constructor(capacity: number, keys: number) {
    this.#capacity = capacity
    this.#places = new Int32Array(keys).fill(-1)
    this.#last = new Float64Array(keys)
    this.#lastHitAge = new Int32Array(keys)
    this.#hitAgeBefore = new Int32Array(keys)
    this.#shift = Math.max(0, Math.round(Math.log2((100 * capacity) / AGES)))
    this.#period = Math.max(8192, 4 * capacity)
  }

  request(key: number): boolean {
    if (++this.#now % this.#period === 0) this.#learn()
    const isHit = this.#places[key] !== -1
    if (isHit) {
      const age = this.#ageOf(key)
      const hits = this.#hits[this.#classOf(key)] as Float64Array
      hits[age] = (hits[age] as number) + 1
      this.#hitAgeBefore[key] = this.#lastHitAge[key] as number
      this.#lastHitAge[key] = age
    } else {
      if (this.#entries.length === this.#capacity) this.#evict()
      this.#places[key] = this.#entries.length
      this.#entries.push(key)
      this.#hitAgeBefore[key] = AGES
      this.#lastHitAge[key] = 0
      this.#recent[this.#now % RECENT] = key
    }
    this.#last[key] = this.#now
    return isHit
  }

  #ageOf(key: number): number {
    return Math.min(AGES - 1, (this.#now - (this.#last[key] as number)) >> this.#shift)
  }

  /** The class by the sum of the last two ages at a hit: octaves. */
  #classOf(key: number): number {
    let age = (this.#lastHitAge[key] as number) + (this.#hitAgeBefore[key] as number)
    if (age === 0) return CLASSES - 1
    let octave = 0
    for (; age < AGES && octave < CLASSES - 1; age *= 2) octave++
    return octave
  }

  #densityOf(key: number): number {
    const age = this.#ageOf(key)
    if (age === AGES - 1) return -1
    return (this.#densities[this.#classOf(key)] as Float64Array)[age] as number
  }

  #evict(): void {
    let victim = -1
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < SAMPLE + RECENT; i++) {
      const at = Math.floor(this.#random() * this.#entries.length)
      const key = i < SAMPLE ? this.#entries[at] : this.#recent[i - SAMPLE]
      if (key === undefined || this.#places[key] === -1) continue
      const density = this.#densityOf(key)
      if (density >= least) continue
      victim = key
      least = density
    }
    const evictions = this.#evictions[this.#classOf(victim)] as Float64Array
    const age = this.#ageOf(victim)
    evictions[age] = (evictions[age] as number) + 1
    this.#remove(victim)
  }

  #remove(key: number): void {
    const last = this.#entries.pop() as number
    const place = this.#places[key] as number
    this.#places[key] = -1
    if (last === key) return
    this.#entries[place] = last
    this.#places[last] = place
  }

  #learn(): void {
    for (let c = 0; c < CLASSES; c++) {
      const hits = this.#hits[c] as Float64Array
      const evictions = this.#evictions[c] as Float64Array
      const densities = this.#densities[c] as Float64Array
      let [totalHits, total, lifetime] = [0, 0, 0]
      for (let age = AGES - 1; age >= 0; age--) {
        hits[age] = 0.9 * (hits[age] as number)
        evictions[age] = 0.9 * (evictions[age] as number)
        totalHits += hits[age] as number
        total += (hits[age] as number) + (evictions[age] as number)
        lifetime += total
        densities[age] = total > 1e-5 ? totalHits / lifetime : 0
      }
    }
  }
}
