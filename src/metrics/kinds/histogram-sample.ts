/** Sums up the cells of a histogram in all threads for one scrape. */
import { integerCellLength, type Place, read } from '../memory/cells.ts'
import type { FamilyHead, HistogramSnapshot, NativeBuckets } from '../series/family.ts'
import type { Cells, Series } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import { isExemplar, latestExemplar, mayHaveExemplars } from './exemplar.ts'
import type { NativeBucketing } from './native-buckets.ts'

/** The layout of a histogram's cells, the same for all its series. */
export type HistogramForm = {
  /** Upper bounds of the classic buckets. The last is `+Inf`, so that every search ends there. */
  readonly bounds: Float64Array
  readonly scale: number
  readonly bucketing: NativeBucketing | undefined
  /**
   * Number of cells before the sum: with native buckets, the number of cells of the zero bucket; otherwise one for each
   * classic bucket.
   */
  readonly buckets: number
}

/** @param series must not change while it is sampled */
export function sampleHistogram(
  head: FamilyHead,
  { bounds, scale, bucketing, buckets }: HistogramForm,
  series: readonly Series[],
): HistogramSnapshot {
  const sample = new HistogramSample(series.length, bounds.length, buckets, bucketing)
  for (const one of series) sample.add(one)
  const { values, created, exemplars, natives } = sample
  const fields = {
    type: 'histogram',
    ...head,
    bounds: [...bounds.subarray(0, -1)],
    scale,
    values,
    created,
    ...(exemplars ? { exemplars } : {}),
    ...(bucketing
      ? { native: { schema: bucketing.schema, zeroThreshold: bucketing.zeroThreshold, series: natives } }
      : {}),
  } as const
  return withSeries(fields, new IdentityList(series))
}

class HistogramSample {
  readonly values: number[]
  readonly created: number[]
  readonly natives: NativeBuckets[] = []
  exemplars: NonNullable<HistogramSnapshot['exemplars']>[number][] | undefined
  readonly #classic: number
  readonly #buckets: number
  readonly #bucketing: NativeBucketing | undefined
  #added = 0
  /** Index in `values` of the current series' first value. */
  #offset = 0
  // The native buckets of the current series.
  #zeroCount = 0
  #counts = new Map<number, number>()

  /**
   * @param classic number of classic buckets, including `+Inf`
   * @param buckets number of cells before the sum
   */
  constructor(length: number, classic: number, buckets: number, bucketing: NativeBucketing | undefined) {
    this.values = new Array<number>(length * (classic + 1)).fill(0)
    this.created = new Array<number>(length).fill(0)
    this.#classic = classic
    this.#buckets = buckets
    this.#bucketing = bucketing
  }

  add(series: Series): void {
    const i = this.#added++
    this.#offset = i * (this.#classic + 1)
    for (const cells of series.cells()) this.#addCells(cells)
    if (this.#bucketing) this.natives.push(this.#takeNative())
    this.created[i] = series.created
    if (!mayHaveExemplars(series)) return
    this.exemplars ??= new Array(this.created.length).fill(undefined)
    this.exemplars[i] = Array.from({ length: this.#classic }, (_, bucket) => latestExemplar(series, bucket))
  }

  /** Adds the counts that one thread has for the current series. */
  #addCells({ ints, at, parts }: Cells): void {
    const bucketing = this.#bucketing
    this.#addTo(this.#classic, read(ints, at + this.#buckets * integerCellLength))
    for (let i = 0; i < this.#buckets; i++) {
      const count = read(ints, at + i * integerCellLength)
      this.#addTo(bucketing ? (bucketing.zero.classic[i] ?? 0) : i, count)
      if (bucketing) this.#zeroCount += count
    }
    if (!bucketing) return
    for (const [number, part] of parts.entries()) {
      if (part !== undefined && !isExemplar(number)) this.#addOctave(bucketing.octave(number), part)
    }
  }

  #addOctave({ classic, native }: ReturnType<NativeBucketing['octave']>, { ints, at }: Place): void {
    for (const [i, index] of native.entries()) {
      const count = read(ints, at + i * integerCellLength)
      if (count === 0) continue
      this.#addTo(classic[i] ?? 0, count)
      this.#counts.set(index, (this.#counts.get(index) ?? 0) + count)
    }
  }

  #addTo(value: number, n: number): void {
    const i = this.#offset + value
    this.values[i] = (this.values[i] ?? 0) + n
  }

  /** Returns the native buckets of the current series, and resets them for the next one. */
  #takeNative(): NativeBuckets {
    const ascending = [...this.#counts].sort(([a], [b]) => a - b)
    const native = {
      zeroCount: this.#zeroCount,
      indexes: ascending.map(([index]) => index),
      counts: ascending.map(([, count]) => count),
    }
    this.#zeroCount = 0
    this.#counts = new Map()
    return native
  }
}
