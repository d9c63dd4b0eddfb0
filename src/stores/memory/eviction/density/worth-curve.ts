/**
 * Worth of an entry by its age: over all spans for which one may go on keeping it, the greatest quotient of the chance of a hit within
 * the span and the number of requests that it is expected to stay, until the hit or the end of the span.
 */

/** Ages: bucket b begins at 2^b requests since the last one. */
export const BUCKETS = 32

/** Intervals of a class by age: those that ended in a hit, then those that ended in none, then those that go on. */
export const HITS = 0
export const LOSSES = BUCKETS
export const RUNNING = 2 * BUCKETS

export class WorthCurve {
  readonly #atRisk = new Float64Array(BUCKETS + 1)
  /** The curve has a point for each age: chance of a hit until then, and number of requests that an entry stays until then. */
  readonly #chance = new Float64Array(BUCKETS + 1)
  readonly #stay = new Float64Array(BUCKETS + 1)
  readonly #end = new Int32Array(BUCKETS)

  /** Writes the worth of each age to `worth`, from index `from` on. */
  fill(intervals: Float64Array, worth: Float32Array, from: number): void {
    this.#draw(intervals)
    const chance = this.#chance
    const stay = this.#stay
    // The steepest line from a point to a later one ends on the upper hull of the later points.
    for (let b = BUCKETS - 1; b >= 0; b--) {
      let end = b
      do {
        end = end === b ? b + 1 : (this.#end[end] as number)
        const slope =
          ((chance[end] as number) - (chance[b] as number)) / ((stay[end] as number) - (stay[b] as number))
        worth[from + b] = slope
      } while (end < BUCKETS && (worth[from + b] as number) < (worth[from + end] as number))
      this.#end[b] = end
    }
  }

  #draw(intervals: Float64Array): void {
    const atRisk = this.#atRisk
    for (let b = BUCKETS - 1; b >= 0; b--) {
      atRisk[b] =
        (atRisk[b + 1] as number) +
        (intervals[b + HITS] as number) +
        (intervals[b + LOSSES] as number) +
        (intervals[b + RUNNING] as number)
    }
    let alive = 1
    for (let b = 0; b < BUCKETS; b++) {
      // An interval that goes on counts by half, because it reaches this age but may not reach the next one.
      const perRisk = 1 / ((atRisk[b] as number) - (intervals[b + RUNNING] as number) / 2)
      const hit = (intervals[b + HITS] as number) * perRisk
      const ended = hit + (intervals[b + LOSSES] as number) * perRisk
      this.#chance[b + 1] = (this.#chance[b] as number) + alive * hit
      this.#stay[b + 1] = (this.#stay[b] as number) + alive * (1 - ended / 2) * 2 ** b
      alive *= 1 - ended
    }
  }
}
