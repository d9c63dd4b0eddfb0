/**
 * Worth of an entry by its age: over all spans for which one may go on keeping it, the greatest quotient of the chance of a hit within
 * the span and the number of requests that it is expected to stay, until the hit or the end of the span.
 */

/** Ages: bucket b begins at 2^b requests since the last one. */
export const BUCKETS = 32

/** A row has 4 numbers for each bucket: intervals that ended in a hit, that ended in none, that go on; and the worth. */
export const HITS = 0
export const LOSSES = 1
export const RUNNING = 2
export const WORTH = 3
export const ROW = 4 * BUCKETS

export class WorthCurve {
  readonly #atRisk = new Float64Array(BUCKETS + 1)
  /** The curve has a point for each age: chance of a hit until then, and number of requests that an entry stays until then. */
  readonly #chance = new Float64Array(BUCKETS + 1)
  readonly #stay = new Float64Array(BUCKETS + 1)
  readonly #end = new Int32Array(BUCKETS)

  readonly #worth = new Float64Array(BUCKETS)

  /** Returns the worth by age bucket, valid until the next call. @param buckets number of buckets that are needed */
  worthOf(row: Float64Array, buckets: number): Float64Array {
    this.#draw(row, buckets)
    const chance = this.#chance
    const stay = this.#stay
    const worth = this.#worth
    // The steepest line from a point to a later one ends on the upper hull of the later points.
    for (let b = buckets - 1; b >= 0; b--) {
      let end = b + 1
      let slope = 0
      for (;;) {
        slope =
          ((chance[end] as number) - (chance[b] as number)) / ((stay[end] as number) - (stay[b] as number))
        if (end === buckets || slope >= (worth[end] as number)) break
        end = this.#end[end] as number
      }
      worth[b] = slope
      this.#end[b] = end
    }
    return worth
  }

  #draw(row: Float64Array, buckets: number): void {
    const atRisk = this.#atRisk
    atRisk[buckets] = 0
    for (let b = buckets - 1; b >= 0; b--) {
      atRisk[b] = (atRisk[b + 1] as number) + countAt(row, 4 * b)
    }
    let alive = 1
    for (let b = 0; b < buckets; b++) {
      // An interval that goes on counts by half, because it reaches this age but may not reach the next one.
      const perRisk = 1 / ((atRisk[b] as number) - (row[4 * b + RUNNING] as number) / 2)
      const hit = (row[4 * b + HITS] as number) * perRisk
      const ended = hit + (row[4 * b + LOSSES] as number) * perRisk
      this.#chance[b + 1] = (this.#chance[b] as number) + alive * hit
      this.#stay[b + 1] = (this.#stay[b] as number) + alive * (1 - ended / 2) * 2 ** b
      alive *= 1 - ended
    }
  }
}

/** Returns the number of intervals of all kinds. @param at index of the bucket's first number */
export function countAt(row: Float64Array, at: number): number {
  return (row[at + HITS] as number) + (row[at + LOSSES] as number) + (row[at + RUNNING] as number)
}
