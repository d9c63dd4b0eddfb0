/** Histograms: how many observations fell into each bucket, and their sum; integer cells throughout. */
import { type Arena, add, addSmall, integerCellLength, read, type Slot } from './cells.ts'
import {
  bucketPrefix,
  type FamilyHead,
  type HistogramSnapshot,
  hasNoLabels,
  needsLabels,
  samplePrefix,
} from './family.ts'
import type { Children, LabelSpecs, Labels } from './labels.ts'

/** One series of a histogram. */
export type Histogram = {
  /**
   * Counts one observation, in the unit of the buckets: two atomic adds, nothing allocated. It falls into the first
   * bucket whose bound is not below it. The sum keeps it rounded to the histogram's scale (nanoseconds unless told).
   * @throws when it is NaN, negative, infinite or no number (the sum is a counter: it has to grow, and could never
   * recover), or above 2^53 / scale (104 days for seconds in nanoseconds); then nothing has changed
   */
  observe(value: number): void
}

/** A histogram with labels. */
export type LabelledHistogram<L extends LabelSpecs> = {
  /**
   * The series with these label values. Bind it once where it is used often.
   * @throws when a label is missing, unknown, not a string, or outside its closed set
   */
  with(labels: Labels<L>): Histogram
}

/** What a scrape saw of one histogram series: how many observations, and their sum in the unit of the buckets. */
export type HistogramTotals = { readonly count: number; readonly sum: number }

/** What a histogram declares besides its name, help and labels. */
export type HistogramShape = {
  /** Upper bounds, ascending, finite, at least one; `+Inf` is added. In base units, for durations seconds. */
  readonly buckets: readonly number[]
  /**
   * The sum is kept in whole units of `1 / scale`; a whole number from 1. Default 1e9: durations in seconds are summed
   * in nanoseconds. For sizes in bytes, 1.
   */
  readonly scale?: number
}

/** All series of one histogram. */
export class HistogramFamily {
  readonly head: FamilyHead
  readonly bounds: readonly number[]
  readonly scale: number
  readonly #arena: Arena
  readonly #series: HistogramSeries[] = []

  /** @throws when the buckets or the scale are not as `HistogramShape` says */
  constructor(head: FamilyHead, { buckets, scale = 1e9 }: HistogramShape, arena: Arena) {
    checkBounds(head.name, buckets)
    if (!Number.isSafeInteger(scale) || scale < 1) {
      throw new RangeError(`${head.name}: scale must be a whole number from 1, not ${String(scale)}`)
    }
    this.head = head
    this.bounds = [...buckets]
    this.scale = scale
    this.#arena = arena
  }

  add(labels: readonly string[]): HistogramSeries {
    const cells = this.#arena.integers(this.bounds.length + 2)
    const series = new HistogramSeries(this, this.#series.length, labels, cells)
    this.#series.push(series)
    return series
  }

  sample(): HistogramSnapshot {
    const width = this.bounds.length + 2
    const values = new Float64Array(this.#series.length * width)
    for (const [i, series] of this.#series.entries()) series.sampleInto(values, i * width)
    const { bounds, scale } = this
    return { type: 'histogram', ...this.head, bounds, scale, series: this.#series.slice(), values }
  }
}

function checkBounds(metric: string, bounds: readonly number[]): void {
  if (bounds.length === 0) throw new RangeError(`${metric}: buckets is empty`)
  let previous = Number.NEGATIVE_INFINITY
  for (const bound of bounds) {
    if (!Number.isFinite(bound))
      throw new RangeError(`${metric}: bucket bound ${String(bound)} is not a finite number`)
    if (bound <= previous) throw new RangeError(`${metric}: bucket bound ${bound} does not ascend`)
    previous = bound
  }
}

export class HistogramSeries implements Histogram {
  readonly family: HistogramFamily
  readonly labels: readonly string[]
  readonly bucketPrefix: string
  readonly sumPrefix: string
  readonly countPrefix: string
  readonly #ordinal: number
  readonly #bounds: readonly number[]
  readonly #scale: number
  readonly #ints: Int32Array
  readonly #at: number
  readonly #sumAt: number

  constructor(family: HistogramFamily, ordinal: number, labels: readonly string[], { ints, at }: Slot) {
    const { name, labelNames } = family.head
    this.family = family
    this.labels = labels
    this.bucketPrefix = bucketPrefix(name, labelNames, labels)
    this.sumPrefix = samplePrefix(`${name}_sum`, labelNames, labels)
    this.countPrefix = samplePrefix(`${name}_count`, labelNames, labels)
    this.#ordinal = ordinal
    this.#bounds = family.bounds
    this.#scale = family.scale
    this.#ints = ints
    this.#at = at
    this.#sumAt = at + (family.bounds.length + 1) * integerCellLength
  }

  observe(value: number): void {
    const units = Math.round(value * this.#scale)
    if (!(value >= 0 && units <= Number.MAX_SAFE_INTEGER) || typeof value !== 'number')
      throw this.#refusal(value)
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++
    addSmall(this.#ints, this.#at + bucket * integerCellLength, 1)
    if (units <= 0x7fffffff) addSmall(this.#ints, this.#sumAt, units)
    else add(this.#ints, this.#sumAt, units)
  }

  #refusal(value: number): Error {
    const { head, scale } = this.family
    const most = Number.MAX_SAFE_INTEGER / scale
    return new RangeError(
      `${head.name}: a histogram observes numbers from 0 to ${most}, not ${String(value)}`,
    )
  }

  with(): never {
    throw hasNoLabels(this.family.head)
  }

  sampleInto(values: Float64Array, offset: number): void {
    const cells = this.#bounds.length + 2
    for (let i = 0; i < cells; i++) values[offset + i] = read(this.#ints, this.#at + i * integerCellLength)
  }

  /** Its totals among its family's values, as a snapshot has them; zeros when it was made after that. */
  valueIn(values: Float64Array): HistogramTotals {
    const buckets = this.#bounds.length + 1
    const offset = this.#ordinal * (buckets + 1)
    let count = 0
    for (let i = 0; i < buckets; i++) count += values[offset + i] ?? 0
    return { count, sum: (values[offset + buckets] ?? 0) / this.#scale }
  }
}

/** What `registry.histogram` returns when labels are declared. */
export class BindableHistogram<L extends LabelSpecs> implements LabelledHistogram<L> {
  readonly #head: FamilyHead
  readonly #children: Children<HistogramSeries>

  constructor(head: FamilyHead, children: Children<HistogramSeries>) {
    this.#head = head
    this.#children = children
  }

  with(labels: Labels<L>): Histogram {
    return this.#children.find(labels)
  }

  observe(): never {
    throw needsLabels(this.#head, 'observe')
  }
}
