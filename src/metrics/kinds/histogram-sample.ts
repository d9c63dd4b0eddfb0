/** Sums up the cells of a histogram in all threads for one scrape. */
import { integerCellLength, type Place, read } from '../memory/cells.ts'
import type { HistogramSnapshot, NativeBuckets, NativeSnapshot } from '../series/family.ts'
import { createdTimes, eachCells } from '../series/read-cells.ts'
import type { Series } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { StoredFamily } from '../series/stored-family.ts'
import { latestExemplar, mayHaveExemplars } from './exemplar.ts'
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
  const values = new Array<number>(series.length * width).fill(0)
  const native = bucketing && new NativeSample(family, bucketing, values, width)
  eachCells(family, (ordinal, ints, at) => {
    const offset = ordinal * width
    if (native) native.addZeroBucket(ordinal, ints, at)
    else
      for (let i = 0; i < bounds.length; i++)
        addTo(values, offset + i, read(ints, at + i * integerCellLength))
    addTo(values, offset + bounds.length, read(ints, at + form.sumAt))
  })
  eachWide(family, (ordinal, units) => {
    const sum = ordinal * width + bounds.length
    values[sum] = finite((values[sum] ?? 0) + units)
  })
  const exemplars = mayHaveExemplars(family) && exemplarsOf(series, bounds.length)
  const fields = {
    type: 'histogram',
    ...family.head,
    bounds: [...bounds.subarray(0, -1)],
    scale,
    values,
    created: createdTimes(family),
    ...(exemplars ? { exemplars } : {}),
    ...(native ? { native: native.take(series) } : {}),
  } as const
  return withSeries(fields, new IdentityList(series))
}

function exemplarsOf(series: readonly Series[], buckets: number): HistogramSnapshot['exemplars'] {
  return series.map((one) => {
    const latest = Array.from({ length: buckets }, (_, bucket) => latestExemplar(one, bucket))
    return latest.some((exemplar) => exemplar !== undefined) ? latest : undefined
  })
}

/** Sums up the cells of native buckets, and adds them to the classic buckets. */
class NativeSample {
  readonly #bucketing: NativeBucketing
  readonly #values: number[]
  readonly #width: number
  readonly #zeroCounts: number[]

  /** @param values as in `HistogramSnapshot`, with `width` numbers for each series */
  constructor(family: StoredFamily, bucketing: NativeBucketing, values: number[], width: number) {
    this.#bucketing = bucketing
    this.#values = values
    this.#width = width
    this.#zeroCounts = new Array<number>(family.series.length).fill(0)
  }

  addZeroBucket(ordinal: number, ints: Int32Array, at: number): void {
    for (const [i, bucket] of this.#bucketing.zero.classic.entries()) {
      const count = read(ints, at + i * integerCellLength)
      addTo(this.#values, ordinal * this.#width + bucket, count)
      addTo(this.#zeroCounts, ordinal, count)
    }
  }

  /** Adds the octaves of these series, and returns the native buckets of all of them. */
  take(series: readonly Series[]): NativeSnapshot {
    const { schema, zeroThreshold } = this.#bucketing
    return { schema, zeroThreshold, series: series.map((one) => this.#bucketsOf(one)) }
  }

  #bucketsOf(series: Series): NativeBuckets {
    const counts = new Map<number, number>()
    for (const parts of series.family.partsOf(series)) {
      for (const [number, part] of parts.entries()) {
        if (part !== undefined && number < widePart) this.#addOctave(series.ordinal, number, part, counts)
      }
    }
    const ascending = [...counts].sort(([a], [b]) => a - b)
    return {
      zeroCount: this.#zeroCounts[series.ordinal] ?? 0,
      indexes: ascending.map(([index]) => index),
      counts: ascending.map(([, count]) => count),
    }
  }

  #addOctave(ordinal: number, number: number, { ints, at }: Place, counts: Map<number, number>): void {
    const { classic, native } = this.#bucketing.octave(number)
    for (const [i, index] of native.entries()) {
      const count = read(ints, at + i * integerCellLength)
      if (count === 0) continue
      addTo(this.#values, ordinal * this.#width + (classic[i] ?? 0), count)
      counts.set(index, (counts.get(index) ?? 0) + count)
    }
  }
}

function addTo(values: number[], i: number, n: number): void {
  values[i] = (values[i] ?? 0) + n
}
