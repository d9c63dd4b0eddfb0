/** Intervals and worth of entries: a row for each class. */
import { BAND, CLASSES } from './past.ts'
import { BUCKETS, countAt, HITS, LOSSES, ROW, RUNNING, WORTH, WorthCurve } from './worth-curve.ts'

/** Number of intervals that a class takes over from its band, and a band from all classes. */
const TAKEN_OVER = 50

/** Number of hits and losses that each age has from the start. Worth then falls with age, so the first evictions are those of LRU. */
const PRIOR = 0.01

/** Weight of an interval that goes on. Phases that come back would be given up too early at full weight. */
const RUNNING_WEIGHT = 0.1

/** Less of an interval is none. Numbers that fade without an end become slow. */
const LEAST = 1e-6

export class WorthTable {
  readonly cells = new Float32Array(CLASSES * ROW)
  readonly #curve = new WorthCurve()
  /** Number of intervals of each class when the worth was computed. */
  readonly #counts = new Float64Array(CLASSES)

  constructor() {
    this.#fill(0, CLASSES, new Float64Array(ROW), BUCKETS)
  }

  /**
   * Computes the worth from the intervals. Running ones are dropped after that.
   *
   * @param since requests since the last time
   * @param halfLife number of requests after which an interval counts by half
   */
  learn(since: number, halfLife: number): void {
    const all = this.#fade(since, halfLife)
    let buckets = BUCKETS
    while (buckets > 1 && countAt(all, 4 * buckets - 4) === 0) buckets--
    this.#fill(0, 1, new Float64Array(ROW), buckets)
    for (let first = 1; first < CLASSES; first += BAND) {
      const band = scaled(all)
      for (let c = first; c < first + BAND; c++) {
        if (this.#counts[c] === 0) continue
        for (let i = 0; i < 4 * buckets; i++)
          band[i] = (band[i] as number) + (this.cells[c * ROW + i] as number)
      }
      this.#fill(first, first + BAND, scaled(band), buckets)
    }
  }

  /** Returns the sum of all classes. */
  #fade(since: number, halfLife: number): Float64Array {
    const { cells } = this
    const weights = new Float64Array(ROW).fill(2 ** (-since / halfLife))
    for (let b = 0; b < BUCKETS; b++) weights[4 * b + RUNNING] = RUNNING_WEIGHT * 2 ** (-(2 ** b) / halfLife)
    const all = new Float64Array(ROW)
    for (let c = 0, cell = 0; c < CLASSES; c++) {
      let own = 0
      for (let i = 0; i < ROW; i++, cell++) {
        if ((i & 3) === WORTH) continue
        const faded = (cells[cell] as number) * (weights[i] as number)
        const count = faded < LEAST ? 0 : faded
        cells[cell] = count
        all[i] = (all[i] as number) + count
        own += count
      }
      this.#counts[c] = own
    }
    return all
  }

  /** Computes the worth of classes, each of which takes over some intervals. Without its own it has the worth of those. */
  #fill(first: number, end: number, takenOver: Float64Array, buckets: number): void {
    const { cells } = this
    const common = takenOver.map((count, i) => ((i & 3) < RUNNING ? count + PRIOR : count))
    const worthOfNone = this.#curve.worthOf(common, buckets).slice()
    const counts = new Float64Array(ROW)
    for (let c = first; c < end; c++) {
      const row = c * ROW
      let worth: Float64Array = worthOfNone
      if (this.#counts[c] !== 0) {
        for (let i = 0; i < 4 * buckets; i++) counts[i] = (common[i] as number) + (cells[row + i] as number)
        worth = this.#curve.worthOf(counts, buckets)
      }
      for (let b = 0; b < buckets; b++) {
        cells[row + 4 * b + RUNNING] = 0
        cells[row + 4 * b + WORTH] = worth[b] as number
      }
    }
  }
}

/** Returns the index of a cell, plus `HITS`, `LOSSES`, `RUNNING` or `WORTH`. @param age requests since the last one of the key */
export function cellOf(past: number, age: number): number {
  return ((past >> 20) * ROW) | ((31 - Math.clz32(age | 1)) << 2)
}

/** Returns the intervals in the same proportions, `TAKEN_OVER` in number without those that go on. */
function scaled(row: Float64Array): Float64Array {
  let ended = 1e-9
  for (let i = 0; i < ROW; i += 4) ended += (row[i + HITS] as number) + (row[i + LOSSES] as number)
  return row.map((count) => (count * TAKEN_OVER) / ended)
}
