/** Histograms: how many observations fell into each bucket, and their sum; integer cells throughout. */
import { add, addSmall, integerCellLength, type Place, read, repairCarry } from '../memory/cells.ts'
import type { CellAllocator } from '../series/cell-allocator.ts'
import type { Declaration } from '../series/declaration.ts'
import { type HistogramSnapshot, hasNoLabels, type NativeBuckets, needsLabels } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import type { Cells, Series } from '../series/series.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'
import {
  type ExemplarLabels,
  encodeExemplar,
  isExemplar,
  latestExemplar,
  lengthOfExemplar,
  mayHaveExemplars,
  moveExemplar,
  storeExemplar,
} from './exemplar.ts'
import { createBucketing, findCell, type NativeBucketing } from './native-buckets.ts'

/** One series of a histogram. */
export type Histogram = {
  /**
   * Counts one observation, in the unit of the buckets: two adds, nothing allocated (unless there is an exemplar,
   * or a native bucket's octave is met for the first time). It falls into the first bucket whose bound is not below it.
   * The sum keeps it rounded to the histogram's scale (nanoseconds unless told).
   * @param exemplar where to find out more, such as `{ trace_id }`: shown beside its bucket until the next one comes
   * @throws when the value is NaN, negative, infinite or no number (the sum is a counter: it has to grow, and could never
   * recover), or above 2^53 / scale (104 days for seconds in nanoseconds), the exemplar is none, or threads share
   * memory and it has no room for what is new; then nothing has changed
   */
  observe(value: number, exemplar?: ExemplarLabels): void
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

/** What a histogram declares besides its name, help and labels: classic buckets, native ones, or both. */
export type HistogramShape = {
  /** Upper bounds, ascending, finite, at least one; `+Inf` is added. In base units, for durations seconds. */
  readonly buckets?: readonly number[]
  /**
   * Native (exponential) buckets: `true`, or with a schema from 0 to 8; each bucket is 2^(2^-schema) times as wide as
   * the one before, so the default, 3, is right within 9 %. Only scrapes in the protobuf format show them.
   */
  readonly native?: boolean | { readonly schema: number }
  /**
   * The sum is kept in whole units of `1 / scale`; a whole number from 1. Default 1e9: durations in seconds are summed
   * in nanoseconds. For sizes in bytes, 1.
   */
  readonly scale?: number
}

/** @throws when the buckets, the schema or the scale are not as `HistogramShape` says, or there are no buckets at all */
export function checkShape(
  metric: string,
  { buckets, native = false, scale = 1e9 }: HistogramShape,
): Pick<Declaration, 'buckets' | 'scale' | 'schema'> {
  if (buckets === undefined && native === false)
    throw new TypeError(`${metric}: it needs buckets, native or both`)
  if (buckets !== undefined) checkBounds(metric, buckets)
  if (!Number.isSafeInteger(scale) || scale < 1) {
    throw new RangeError(`${metric}: scale must be a whole number from 1, not ${String(scale)}`)
  }
  const shape = { buckets: [...(buckets ?? [])], scale }
  if (native === false) return shape
  const schema = native === true ? 3 : native.schema
  if (!Number.isInteger(schema) || schema < 0 || schema > 8) {
    throw new RangeError(
      `${metric}: a native histogram's schema is a whole number from 0 to 8, not ${String(schema)}`,
    )
  }
  return { ...shape, schema }
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

/** What all series of a histogram know of it. */
type Form = {
  /** With `+Inf` at the end, where every search stops. */
  readonly bounds: Float64Array
  readonly scale: number
  readonly bucketing: NativeBucketing | undefined
  /** Cells before the sum's: the classic buckets, or where there are native ones the zero bucket's. */
  readonly buckets: number
}

const maxSmall = 2 ** 31 - 1

export class HistogramSeries implements Histogram {
  readonly family: StoredFamily
  readonly series: Series
  readonly #allocator: CellAllocator
  readonly #form: Form
  readonly #bounds: Float64Array
  readonly #scale: number
  readonly #isNative: boolean
  readonly #sumAt: number

  constructor(family: StoredFamily, series: Series, allocator: CellAllocator, form: Form) {
    this.family = family
    this.series = series
    this.#allocator = allocator
    this.#form = form
    this.#bounds = form.bounds
    this.#scale = form.scale
    this.#isNative = form.bucketing !== undefined
    this.#sumAt = form.buckets * integerCellLength
  }

  observe(value: number, exemplar?: ExemplarLabels): void {
    const units = value * this.#scale
    if (
      !(value >= 0 && units < maxSmall) ||
      exemplar !== undefined ||
      this.#isNative ||
      typeof value !== 'number'
    ) {
      this.#observeChecked(value, exemplar)
      return
    }
    const { ints, at } = this.series
    const bounds = this.#bounds
    let bucket = 0
    while (value > (bounds[bucket] as number)) bucket++
    addSmall(ints, at + bucket * integerCellLength, 1)
    addSmall(ints, at + this.#sumAt, roundSmall(units))
  }

  #observeChecked(value: number, exemplar?: ExemplarLabels): void {
    const exact = value * this.#scale
    const units = exact < maxSmall ? roundSmall(exact) : Math.round(exact)
    if (!(value >= 0 && units <= Number.MAX_SAFE_INTEGER) || typeof value !== 'number')
      throw this.#refusal(value)
    if (exemplar !== undefined) this.#storeExemplar(value, exemplar)
    if (this.#isNative) this.#countNative(value)
    else addSmall(this.series.ints, this.series.at + findCell(this.#bounds, value) * integerCellLength, 1)
    add(this.series.ints, this.series.at + this.#sumAt, units)
  }

  #countNative(value: number): void {
    const bucketing = this.#form.bucketing as NativeBucketing // #isNative says so
    if (value <= bucketing.zeroThreshold) {
      const cell = findCell(bucketing.zero.uppers, value)
      addSmall(this.series.ints, this.series.at + cell * integerCellLength, 1)
      return
    }
    const number = bucketing.octaveOf(value)
    const { uppers } = bucketing.octave(number)
    const part = this.#partOf(number, uppers)
    addSmall(part.ints, part.at + findCell(uppers, value) * integerCellLength, 1)
  }

  #partOf(octave: number, uppers: Float64Array): Place {
    return this.series.parts[octave] ?? this.family.addPart(this.series, octave, octaveLength(uppers))
  }

  #storeExemplar(value: number, exemplar: ExemplarLabels): void {
    const labels = encodeExemplar(this.family.head.name, exemplar)
    const bucketing = this.#form.bucketing
    if (bucketing && value > bucketing.zeroThreshold) {
      // Its bucket first: no exemplar of what could not be counted.
      const number = bucketing.octaveOf(value)
      this.#partOf(number, bucketing.octave(number).uppers)
    }
    storeExemplar(
      this.family,
      this.series,
      findCell(this.#bounds, value),
      labels,
      value,
      this.#allocator.now() / 1000,
    )
  }

  #refusal(value: number): Error {
    const most = Number.MAX_SAFE_INTEGER / this.#scale
    return new RangeError(
      `${this.family.head.name}: a histogram observes numbers from 0 to ${most}, not ${String(value)}`,
    )
  }

  with(): never {
    throw hasNoLabels(this.family.head)
  }

  /** Its totals among its metric's values, as a snapshot has them; zeros when it was made after that. */
  valueIn(values: Float64Array): HistogramTotals {
    const buckets = this.#bounds.length
    const offset = this.series.ordinal * (buckets + 1)
    let count = 0
    for (let i = 0; i < buckets; i++) count += values[offset + i] ?? 0
    return { count, sum: (values[offset + buckets] ?? 0) / this.#scale }
  }
}

/** Quicker than Math.round; off by one part in 2^54 just below a half. @param units below 2^31 - 1 */
function roundSmall(units: number): number {
  return (units + 0.5) | 0
}

function octaveLength(uppers: Float64Array): number {
  return (uppers.length + 1) * integerCellLength
}

/** What histograms do with their cells. */
export function histogramKind(
  family: StoredFamily<HistogramSeries>,
  allocator: CellAllocator,
): Kind<HistogramSeries> {
  const { buckets = [], scale = 1, schema } = family.declaration
  const bucketing = schema === undefined ? undefined : createBucketing(schema, buckets, scale)
  const form: Form = {
    bounds: Float64Array.from([...buckets, Number.POSITIVE_INFINITY]),
    scale,
    bucketing,
    buckets: bucketing?.zero.uppers.length ?? buckets.length + 1,
  }
  const cells = form.buckets + 1
  const width = buckets.length + 2

  function partLength(part: number, place: Place): number {
    return isExemplar(part) || !bucketing
      ? lengthOfExemplar(place)
      : octaveLength(bucketing.octave(part).uppers)
  }

  function repairCarries({ ints, at }: Place, count: number): void {
    for (let i = 0; i < count; i++) repairCarry(ints, at + i * integerCellLength)
  }

  function sample(): HistogramSnapshot {
    const series = family.series.slice() // others may be made before this is written down
    const values = new Float64Array(series.length * width)
    const created = new Float64Array(series.length)
    const natives: NativeBuckets[] = []
    let exemplars: HistogramExemplars[] | undefined
    for (const [i, one] of series.entries()) {
      const counted = bucketing && { zero: 0, buckets: new Map() }
      for (const cells of one.cells()) readCells(cells, values, i * width, counted)
      if (counted) natives.push(nativeOf(counted))
      created[i] = one.created
      if (!mayHaveExemplars(one)) continue
      exemplars ??= new Array(series.length).fill(undefined)
      exemplars[i] = Array.from({ length: buckets.length + 1 }, (_, bucket) => latestExemplar(one, bucket))
    }
    return {
      type: 'histogram',
      ...family.head,
      bounds: buckets,
      scale,
      series,
      values,
      created,
      ...(exemplars ? { exemplars } : {}),
      ...(bucketing
        ? { native: { schema: bucketing.schema, zeroThreshold: bucketing.zeroThreshold, series: natives } }
        : {}),
    }
  }

  /** Adds what one thread has counted to the series' values, which begin at `offset`, and to its native buckets. */
  function readCells(
    { ints, at, parts }: Cells,
    values: Float64Array,
    offset: number,
    counted: Counted | undefined,
  ): void {
    addTo(values, offset + width - 1, read(ints, at + form.buckets * integerCellLength))
    for (let i = 0; i < form.buckets; i++) {
      const count = read(ints, at + i * integerCellLength)
      addTo(values, offset + (bucketing ? (bucketing.zero.classic[i] ?? 0) : i), count)
      if (counted) counted.zero += count
    }
    if (!bucketing || !counted) return
    for (const [number, part] of parts.entries()) {
      if (part !== undefined && !isExemplar(number))
        readOctave(bucketing.octave(number), part, values, offset, counted)
    }
  }

  return {
    length: cells * integerCellLength,
    handle: (series) => new HistogramSeries(family, series, allocator, form),
    merge: (from, to) => addAll(from, to, cells),
    partLength,
    mergePart(part, from, to) {
      if (isExemplar(part)) moveExemplar(from, to)
      else addAll(from, to, partLength(part, from) / integerCellLength)
    },
    inherit(inherited) {
      repairCarries(inherited, cells)
      for (const [number, part] of inherited.parts.entries()) {
        if (part !== undefined && !isExemplar(number))
          repairCarries(part, partLength(number, part) / integerCellLength)
      }
    },
    sample,
  }
}

type HistogramExemplars = NonNullable<HistogramSnapshot['exemplars']>[number]

/** What native buckets of one series hold, by index. */
type Counted = { zero: number; readonly buckets: Map<number, number> }

function readOctave(
  { classic, native }: ReturnType<NativeBucketing['octave']>,
  { ints, at }: Place,
  values: Float64Array,
  offset: number,
  { buckets }: Counted,
): void {
  for (const [i, index] of native.entries()) {
    const count = read(ints, at + i * integerCellLength)
    if (count === 0) continue
    addTo(values, offset + (classic[i] ?? 0), count)
    buckets.set(index, (buckets.get(index) ?? 0) + count)
  }
}

function nativeOf({ zero, buckets }: Counted): NativeBuckets {
  const ascending = [...buckets].sort(([a], [b]) => a - b)
  return {
    zeroCount: zero,
    indexes: ascending.map(([index]) => index),
    counts: ascending.map(([, count]) => count),
  }
}

function addTo(values: Float64Array, i: number, n: number): void {
  values[i] = (values[i] ?? 0) + n
}

function addAll(from: Place, to: Place, cells: number): void {
  for (let i = 0; i < cells; i++) {
    const offset = i * integerCellLength
    add(to.ints, to.at + offset, read(from.ints, from.at + offset))
  }
}

/** What `registry.histogram` returns when labels are declared. */
export class BindableHistogram<L extends LabelSpecs> implements LabelledHistogram<L> {
  readonly family: StoredFamily<HistogramSeries>

  constructor(family: StoredFamily<HistogramSeries>) {
    this.family = family
  }

  with(labels: Labels<L>): Histogram {
    return this.family.bind(labels)
  }

  observe(): never {
    throw needsLabels(this.family.head, 'observe')
  }
}
