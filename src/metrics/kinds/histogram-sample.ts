/** Sums up the cells of a histogram in all threads for one scrape. */
import { integerCellLength, type Place, read } from '../memory/cells.ts'
import type { HistogramSnapshot, NativeBuckets, NativeSnapshot } from '../series/family.ts'
import { createdTimes, eachCells, eachParts, sumsOfCells } from '../series/read-cells.ts'
import type { Parts } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { StoredFamily } from '../series/stored-family.ts'
import { latestExemplars } from './exemplar.ts'
import type { NativeBucketing } from './native-buckets.ts'
import { eachWide, finite, widePart } from './wide-sum.ts'

/** The layout of a histogram's cells, the same for all its series. */
export type HistogramForm = {
  /** Upper bounds of the classic buckets. The last is `+Inf`, so that every search ends there. */
  readonly bounds: Float64Array
  readonly scale: number
  readonly bucketing: NativeBucketing | undefined
  /** True if `bucketing` is defined. */
  readonly isNative: boolean
  /**
   * Index of the sum's cell: before it are, with native buckets, the cells of the zero bucket; otherwise one cell for each
   * classic bucket.
   */
  readonly sumAt: number
}

/** Reads all series of the histogram. */
export function sampleHistogram(family: StoredFamily, form: HistogramForm): HistogramSnapshot {
  const { bounds, scale, bucketing } = form
  const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
  const width = bounds.length + 1
  const native = bucketing && new NativeSample(family, bucketing, width)
  const values = native?.values ?? sumsOfCells(family, width)
  eachWide(family, (ordinal, units) => {
    const sum = ordinal * width + bounds.length
    values[sum] = finite((values[sum] ?? 0) + units)
  })
  const exemplars = latestExemplars(family, bounds.length)
  const fields = {
    type: 'histogram',
    ...family.head,
    bounds: [...bounds.subarray(0, -1)],
    scale,
    values,
    created: createdTimes(family),
    ...(exemplars ? { exemplars } : {}),
    ...(native ? { native: native.take() } : {}),
  } as const
  return withSeries(fields, new IdentityList(series))
}

/** Sums up the cells of native buckets, also for the classic buckets. */
class NativeSample {
  /** As in `HistogramSnapshot`. */
  readonly values: number[]
  readonly #bucketing: NativeBucketing
  readonly #width: number
  readonly #zeroCounts: number[]
  /** For each series, the counts of its native buckets by index. */
  readonly #counts: Map<number, number>[]

  /** @param width number of values for each series */
  constructor(family: StoredFamily, bucketing: NativeBucketing, width: number) {
    const { length } = family.series
    this.values = new Array<number>(length * width).fill(0)
    this.#bucketing = bucketing
    this.#width = width
    this.#zeroCounts = new Array<number>(length).fill(0)
    this.#counts = Array.from({ length }, () => new Map())
    eachCells(family, (ordinal, ints, at) => this.#addZeroBucket(ordinal, ints, at))
    eachParts(family, (ordinal, parts) => this.#addOctaves(ordinal, parts))
  }

  #addZeroBucket(ordinal: number, ints: Int32Array, at: number): void {
    const { classic } = this.#bucketing.zero
    for (const [i, bucket] of classic.entries()) {
      const count = read(ints, at + i * integerCellLength)
      addTo(this.values, ordinal * this.#width + bucket, count)
      addTo(this.#zeroCounts, ordinal, count)
    }
    addTo(this.values, (ordinal + 1) * this.#width - 1, read(ints, at + classic.length * integerCellLength))
  }

  #addOctaves(ordinal: number, parts: Parts): void {
    for (const [number, part] of parts.entries()) {
      if (part !== undefined && number < widePart) this.#addOctave(ordinal, number, part)
    }
  }

  #addOctave(ordinal: number, number: number, { ints, at }: Place): void {
    const { classic, native } = this.#bucketing.octave(number)
    const counts = this.#counts[ordinal] as Map<number, number>
    for (const [i, index] of native.entries()) {
      const count = read(ints, at + i * integerCellLength)
      if (count === 0) continue
      addTo(this.values, ordinal * this.#width + (classic[i] ?? 0), count)
      counts.set(index, (counts.get(index) ?? 0) + count)
    }
  }

  take(): NativeSnapshot {
    const { schema, zeroThreshold } = this.#bucketing
    return { schema, zeroThreshold, series: this.#counts.map((_, i) => this.#bucketsOf(i)) }
  }

  #bucketsOf(ordinal: number): NativeBuckets {
    const ascending = [...(this.#counts[ordinal] ?? [])].sort(([a], [b]) => a - b)
    return {
      zeroCount: this.#zeroCounts[ordinal] ?? 0,
      indexes: ascending.map(([index]) => index),
      counts: ascending.map(([, count]) => count),
    }
  }
}

function addTo(values: number[], i: number, n: number): void {
  values[i] = (values[i] ?? 0) + n
}
