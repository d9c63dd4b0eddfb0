/** Intervals and worth of entries, by class and age. */
import { BAND, CLASSES } from './past.ts'
import { BUCKETS, RUNNING, WorthCurve } from './worth-curve.ts'

/** A row of the table has the intervals of a class, and then the worth. */
export const WORTH = 3 * BUCKETS
const ROW_BITS = 7
const ROW = 1 << ROW_BITS

/** Number of intervals that a class takes over from its band, and a band from all classes. */
const TAKEN_OVER = 50

/** Number of hits and losses that each age has from the start. Worth then falls with age, so the first evictions are those of LRU. */
const PRIOR = 0.01

/** Weight of an interval that goes on. Phases that come back would be given up too early at full weight. */
const RUNNING_WEIGHT = 0.1

export class WorthTable {
  readonly cells = new Float32Array(CLASSES * ROW)
  readonly #curve = new WorthCurve()

  constructor() {
    this.learn(0, 1)
  }

  /**
   * Computes the worth from the intervals. Running ones are dropped after that.
   *
   * @param since requests since the last time
   * @param halfLife number of requests after which an interval counts by half
   */
  learn(since: number, halfLife: number): void {
    const { cells } = this
    const weights = new Float64Array(WORTH).fill(2 ** (-since / halfLife), 0, RUNNING)
    for (let b = 0; b < BUCKETS; b++) weights[b + RUNNING] = RUNNING_WEIGHT * 2 ** (-(2 ** b) / halfLife)
    const all = new Float64Array(WORTH)
    for (let row = 0; row < cells.length; row += ROW) {
      for (let i = 0; i < WORTH; i++) cells[row + i] = (cells[row + i] as number) * (weights[i] as number)
      add(all, cells, row)
    }
    this.#fill(0, 1, new Float64Array(WORTH))
    for (let first = 1; first < CLASSES; first += BAND) {
      const band = scaled(all)
      for (let c = first; c < first + BAND; c++) add(band, cells, c * ROW)
      this.#fill(first, first + BAND, scaled(band))
    }
  }

  #fill(first: number, end: number, takenOver: Float64Array): void {
    for (let row = first * ROW; row < end * ROW; row += ROW) {
      const intervals = takenOver.slice()
      for (let i = 0; i < RUNNING; i++) intervals[i] = (intervals[i] as number) + PRIOR
      add(intervals, this.cells, row)
      this.#curve.fill(intervals, this.cells, row + WORTH)
      this.cells.fill(0, row + RUNNING, row + WORTH)
    }
  }
}

/** Returns the index of a cell, plus `HITS`, `LOSSES`, `RUNNING` or `WORTH`. @param age requests since the last one of the key */
export function cellOf(past: number, age: number): number {
  return ((past >> 20) << ROW_BITS) | (31 - Math.clz32(age | 1))
}

function add(sums: Float64Array, cells: Float32Array, row: number): void {
  for (let i = 0; i < WORTH; i++) sums[i] = (sums[i] as number) + (cells[row + i] as number)
}

/** Returns the intervals in the same proportions, `TAKEN_OVER` in number. */
function scaled(intervals: Float64Array): Float64Array {
  let ended = 1e-9
  for (let i = 0; i < RUNNING; i++) ended += intervals[i] as number
  return intervals.map((n) => (n * TAKEN_OVER) / ended)
}
