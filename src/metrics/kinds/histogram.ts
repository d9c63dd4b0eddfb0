/** Histograms: the number of observations per bucket, and their sum, in integer cells. */
import { described } from '../../options.ts'
import { headerLength, isRemoved } from '../memory/cell-header.ts'
import {
  addSaturated,
  addSmall,
  addSteps,
  integerCellLength,
  type Place,
  read,
  repairCarry,
  two31,
} from '../memory/cells.ts'
import { hasNoLabels, needsLabels } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import { Series, type SeriesFamily } from '../series/series.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'
import {
  clearExemplar,
  type ExemplarLabels,
  encodeExemplar,
  isExemplar,
  lengthOfExemplar,
  moveExemplar,
  storeExemplar,
} from './exemplar.ts'
import { type HistogramForm, sampleHistogram } from './histogram-sample.ts'
import { createBucketing, findCell, type NativeBucketing } from './native-buckets.ts'
import {
  type EndLabelledObservation,
  type EndObservation,
  startDiscardedTimer,
  startLabelledTimer,
  startTimer,
} from './start-timer.ts'
import { addWide, clearWide, isWide, moveSum, moveWide, wideLength, widePart } from './wide-sum.ts'

/** One series of a histogram. */
export type Histogram = {
  /**
   * Counts one observation, in the unit of the buckets, in the first bucket with a bound of at least `value`. Adds
   * `value` to the sum, rounded to the histogram's scale.
   *
   * This takes two adds. Cells are allocated only for an exemplar, and for the first observation in an octave of native
   * buckets (from one power of 2 to the next).
   * @param value a finite number from 0. The sum is a counter, so it must not decrease, and it could not recover from
   * NaN or infinity. Any other value is reported to `onError`, and changes nothing; likewise a value for whose cells
   * shared memory has no room.
   * @param exemplar labels that lead to more information, such as `{ trace_id }`; shown with the bucket until another
   * exemplar replaces them. One that is invalid, or for which shared memory has no room, is reported and not stored;
   * `value` is counted.
   */
  observe(value: number, exemplar?: ExemplarLabels): void
  /**
   * Starts a timer. The returned function observes the time since then, and returns it: in the unit of the metric (such
   * as `milliseconds`) if it has a unit of time, otherwise in seconds.
   * @example
   * const end = durations.startTimer()
   * await work()
   * end()
   */
  startTimer(): EndObservation
}

/** A histogram with labels. */
export type LabelledHistogram<L extends LabelSpecs> = {
  /**
   * Returns the series with these label values. If it is used often, call `with` once and reuse the series.
   *
   * If a label is missing or unknown, its value is not a string or not among the declared values, or shared memory has
   * no room for a new series, that is reported to `onError`, and the result counts nothing.
   */
  with(labels: Labels<L>): Histogram

  /**
   * Removes the series with these label values, in all threads: it is not shown until `with` is called again, and then
   * begins with 0 and a new creation time. Handles of the removed series count nothing. Returns false if there is no such
   * series. Labels that `with` rejects are reported, and nothing is removed.
   */
  remove(labels: Labels<L>): boolean

  /**
   * Starts a timer, as in `Histogram`. Labels may be given here, or to the returned function, where they are known.
   * @example
   * const end = durations.startTimer({ method: 'GET' })
   * end({ status: String((await fetch(url)).status) })
   */
  startTimer(labels?: Partial<Labels<L>>): EndLabelledObservation<L>
}

/** One histogram series in a scrape: the number of observations, and their sum in the unit of the buckets. */
export type HistogramTotals = { readonly count: number; readonly sum: number }

const maxSmall = 2 ** 31 - 1

export class HistogramSeries extends Series implements Histogram {
  declare readonly family: SeriesFamily & { readonly form: HistogramForm }
  // Copies of the form: JavaScriptCore inlines `observe` only if it is short.
  readonly #bounds: Float64Array
  readonly #scale: number
  readonly #sumAt: number
  readonly #isNative: boolean

  constructor(family: SeriesFamily, form: HistogramForm, text: string, ordinal: number) {
    super(family, text, ordinal)
    this.#bounds = form.bounds
    this.#scale = form.scale
    this.#sumAt = form.sumAt
    this.#isNative = form.isNative
  }

  observe(value: number, exemplar?: ExemplarLabels): void {
    if (typeof value === 'number' && exemplar === undefined && !this.#isNative) {
      const units = value * this.#scale
      if (units >= 0 && units <= Number.MAX_SAFE_INTEGER) {
        const { ints, at } = this
        const bounds = this.#bounds
        let bucket = 0
        while (value > (bounds[bucket] as number)) bucket++
        addSmall(ints, at + bucket * integerCellLength, 1)
        const sumAt = at + this.#sumAt
        // As `addUnits`, which JavaScriptCore would not inline here.
        const isAdded =
          units < maxSmall
            ? addSmall(ints, sumAt, roundSmall(units))
            : addSteps(ints, sumAt, Math.floor(Math.round(units) / two31), Math.round(units) % two31)
        if (!isAdded) widenSum(this, units)
        return
      }
    }
    observeChecked(this, value, exemplar)
  }

  startTimer(): EndObservation {
    return startTimer(this.family, (value, exemplar?: ExemplarLabels) => this.observe(value, exemplar))
  }

  with(): Histogram {
    this.family.report(hasNoLabels(this.family.head))
    return discard
  }
}

// Functions, because private methods would add a field to each series in V8.

function observeChecked(series: HistogramSeries, value: number, exemplar?: ExemplarLabels): void {
  const { bounds, scale, sumAt, bucketing } = series.family.form
  if (typeof value !== 'number') {
    reportRange(series, value)
    return
  }
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    reportRange(series, value)
    return
  }
  try {
    if (bucketing) countNative(series, bucketing, value)
    else addSmall(series.ints, series.at + findCell(bounds, value) * integerCellLength, 1)
    const units = value * scale
    if (units > Number.MAX_SAFE_INTEGER || !addUnits(series.ints, series.at + sumAt, units)) {
      addWide(series, units)
    }
    if (exemplar !== undefined) keepExemplar(series, value, exemplar)
  } catch (error) {
    // Either shared memory has no room for the cells, and nothing was counted, or the exemplar is lost.
    series.family.report(error)
  }
}

function countNative(series: HistogramSeries, bucketing: NativeBucketing, value: number): void {
  if (value <= bucketing.zeroThreshold) {
    const cell = findCell(bucketing.zero.uppers, value)
    addSmall(series.ints, series.at + cell * integerCellLength, 1)
    return
  }
  const number = bucketing.octaveOf(value)
  const { uppers } = bucketing.octave(number)
  const part = series.parts[number] ?? series.family.addPart(series, number, octaveLength(uppers))
  addSmall(part.ints, part.at + findCell(uppers, value) * integerCellLength, 1)
}

function keepExemplar(series: HistogramSeries, value: number, exemplar: ExemplarLabels): void {
  const { family } = series
  const labels = encodeExemplar(family.head.name, exemplar)
  const timestamp = family.allocator.now() / 1000
  storeExemplar(series, findCell(family.form.bounds, value), { labels, value, timestamp })
}

function reportRange({ family }: HistogramSeries, value: unknown): void {
  family.report(
    new RangeError(`${family.head.name}: observe takes a finite number from 0, got ${described(value)}`),
  )
}

function widenSum(series: HistogramSeries, units: number): void {
  try {
    addWide(series, units)
  } catch (error) {
    series.family.report(error) // the observation is counted, and is missing in the sum
  }
}

function addUnits(ints: Int32Array, at: number, units: number): boolean {
  return units < maxSmall ? addSmall(ints, at, roundSmall(units)) : addLarge(ints, at, units)
}

/** Adds the rounded number. Passes only integers on, because V8 allocates an object for each other number. */
function addLarge(ints: Int32Array, at: number, units: number): boolean {
  const whole = Math.round(units)
  const steps = Math.floor(whole / two31)
  return addSteps(ints, at, steps, whole - steps * two31)
}

/**
 * Rounds to the nearest whole number, faster than Math.round. A double just below a half may be rounded up.
 * @param units below 2^31 - 1
 */
function roundSmall(units: number): number {
  return (units + 0.5) | 0
}

function octaveLength(uppers: Float64Array): number {
  return (uppers.length + 1) * integerCellLength
}

/** The operations of histograms on their cells. */
export function histogramKind(family: StoredFamily<HistogramSeries>): Kind<HistogramSeries> {
  const { buckets = [], scale = 1, schema } = family.declaration
  const bucketing = schema === undefined ? undefined : createBucketing(schema, buckets, scale)
  const form: HistogramForm = {
    bounds: Float64Array.from([...buckets, Number.POSITIVE_INFINITY]),
    scale,
    bucketing,
    isNative: bucketing !== undefined,
    sumAt: (bucketing?.zero.uppers.length ?? buckets.length + 1) * integerCellLength,
  }
  const cells = form.sumAt / integerCellLength + 1

  function partLength(part: number, place: Place): number {
    if (isWide(part)) return wideLength
    return isExemplar(part) || !bucketing
      ? lengthOfExemplar(place)
      : octaveLength(bucketing.octave(part).uppers)
  }

  return {
    length: cells * integerCellLength,
    form,
    create: (text, ordinal) => new HistogramSeries(family, form, text, ordinal),
    merge(from, to) {
      addAll(from, to, cells - 1)
      moveSum(from, to, form.sumAt)
    },
    partLength,
    clearPart(part, place) {
      if (isExemplar(part)) clearExemplar(place)
      else if (isWide(part)) clearWide(place)
      else place.ints.fill(0, place.at, place.at + partLength(part, place))
    },
    mergePart(part, from, to) {
      if (isWide(part)) moveWide(from, to)
      else if (isExemplar(part)) moveExemplar(from, to)
      else addAll(from, to, partLength(part, from) / integerCellLength)
    },
    inherit(inherited) {
      repairCarries(inherited, cells)
      for (const [number, part] of inherited.parts.entries()) {
        if (part !== undefined && number < widePart) {
          repairCarries(part, partLength(number, part) / integerCellLength)
        }
      }
    },
    sample: () => sampleHistogram(family, form),
  }
}

function repairCarries({ ints, at }: Place, cells: number): void {
  for (let i = 0; i < cells; i++) repairCarry(ints, at + i * integerCellLength)
}

function addAll(from: Place, to: Place, cells: number): void {
  for (let i = 0; i < cells; i++) {
    const offset = i * integerCellLength
    addSaturated(to.ints, to.at + offset, read(from.ints, from.at + offset))
  }
}

/** Returned for labels that are wrong: it counts nothing. */
const discard: Histogram & Pick<LabelledHistogram<never>, 'with'> = {
  observe() {},
  startTimer: startDiscardedTimer,
  with: () => discard,
}

/** Result of `registry.histogram` for a metric with labels. */
export class BindableHistogram<L extends LabelSpecs> implements LabelledHistogram<L> {
  readonly family: StoredFamily<HistogramSeries>

  constructor(family: StoredFamily<HistogramSeries>) {
    this.family = family
  }

  with(labels: Labels<L>): Histogram {
    try {
      const series = this.family.lookup(labels)
      // Reads the state directly, because a shared function would be slower for several classes of series.
      if (series && !isRemoved(series.ints[series.at - headerLength] as number)) return series
      return this.family.bind(labels)
    } catch (error) {
      this.family.report(error)
      return discard
    }
  }

  remove(labels: Labels<L>): boolean {
    return this.family.remove(labels)
  }

  startTimer(labels?: Partial<Labels<L>>): EndLabelledObservation<L> {
    return startLabelledTimer<L>(this.family, labels, (value, all, exemplar) =>
      this.with(all).observe(value, exemplar),
    )
  }

  observe(): void {
    this.family.report(needsLabels(this.family.head, 'observe'))
  }
}
