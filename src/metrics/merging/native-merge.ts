/** Merges the native buckets of histograms, which may differ in schema and zero threshold. */
import type { NativeBuckets, NativeSnapshot } from '../series/family.ts'

export class NativeMerge {
  /** The coarsest schema: a bucket of a finer one lies within one of its buckets. */
  readonly #schema: number
  readonly #zeroThreshold: number
  /** Index of the last bucket that the zero bucket contains. */
  readonly #lastZero: number
  readonly #zeroCounts: number[] = []
  /** For each row, the counts by index. */
  readonly #counts: Map<number, number>[] = []

  /** @param natives at least one */
  constructor(natives: readonly NativeSnapshot[]) {
    this.#schema = Math.min(...natives.map(({ schema }) => schema))
    const widest = Math.max(...natives.map(({ zeroThreshold }) => zeroThreshold))
    const isSame = natives.every(
      ({ schema, zeroThreshold }) => schema === this.#schema && zeroThreshold === widest,
    )
    // Otherwise the zero bucket ends at a bound, because no bucket may be split.
    this.#lastZero = isSame || widest === 0 ? Number.NEGATIVE_INFINITY : this.#indexOf(widest)
    this.#zeroThreshold = isSame || widest === 0 ? widest : 2 ** (this.#lastZero / 2 ** this.#schema)
  }

  /** Index of the bucket that contains the value. A bound that is rounded up still belongs to its own bucket. */
  #indexOf(value: number): number {
    return Math.ceil(Math.log2(value) * 2 ** this.#schema - 1e-9)
  }

  /** Adds the buckets of series `i` to those of a row. */
  add({ schema, series }: NativeSnapshot, i: number, row: number): void {
    const { zeroCount = 0, indexes = [], counts = [] } = series[i] ?? {}
    const merged = this.#counts[row] ?? new Map<number, number>()
    this.#counts[row] = merged
    let zeros = zeroCount
    for (const [j, index] of indexes.entries()) {
      const count = counts[j] ?? 0
      const coarse = Math.ceil(index / 2 ** (schema - this.#schema))
      if (coarse <= this.#lastZero) zeros += count
      else merged.set(coarse, (merged.get(coarse) ?? 0) + count)
    }
    this.#zeroCounts[row] = (this.#zeroCounts[row] ?? 0) + zeros
  }

  get snapshot(): NativeSnapshot {
    const series = this.#counts.map((counts, row): NativeBuckets => {
      const ascending = [...counts].sort(([a], [b]) => a - b)
      return {
        zeroCount: this.#zeroCounts[row] ?? 0,
        indexes: ascending.map(([index]) => index),
        counts: ascending.map(([, count]) => count),
      }
    })
    return { schema: this.#schema, zeroThreshold: this.#zeroThreshold, series }
  }
}
