/** Counters: numbers that only grow, one integer cell per series. */
import { described } from '../../options.ts'
import { headerLength, isRemoved } from '../memory/cell-header.ts'
import { add, addSmall, integerCellLength, repairCarry } from '../memory/cells.ts'
import { hasNoLabels, needsLabels, type ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import { createdTimes, sumsOfCells } from '../series/read-cells.ts'
import { Series, type SeriesFamily } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'
import {
  clearExemplar,
  type ExemplarLabels,
  encodeExemplar,
  latestExemplars,
  lengthOfExemplar,
  moveExemplar,
  storeExemplar,
} from './exemplar.ts'
import { addWide, clearWide, eachWide, finite, isWide, moveSum, moveWide, wideLength } from './wide-sum.ts'

/**
 * One series of a counter. By convention the metric's name ends in `_total`; OpenMetrics output adds the suffix if it
 * is missing.
 */
export type Counter = {
  /**
   * Adds `n` to the counter; exact to 2^53 units of `1 / scale`. Without an exemplar, this takes one load and one store
   * and allocates nothing.
   * @param n a whole number from 0 to 2^53 - 1; with the option `scale` any finite number from 0, which is rounded to
   * `1 / scale`. Default: 1. Any other value is reported to `onError`, and changes nothing.
   * @param exemplar labels that lead to more information, such as `{ trace_id }`; shown with the counter until another
   * exemplar replaces them. One that is invalid, or for which shared memory has no room, is reported and not stored;
   * `n` is counted.
   */
  inc(n?: number, exemplar?: ExemplarLabels): void
}

/** A counter with labels. */
export type LabelledCounter<L extends LabelSpecs> = {
  /**
   * Returns the series with these label values. If it is used often, call `with` once and reuse the series.
   *
   * If a label is missing or unknown, its value is not a string or not among the declared values, or shared memory has
   * no room for a new series, that is reported to `onError`, and the result counts nothing.
   */
  with(labels: Labels<L>): Counter

  /**
   * Removes the series with these label values, in all threads: it is not shown until `with` is called again, and then
   * begins with 0 and a new creation time. Handles of the removed series count nothing. Returns false if there is no such
   * series. Labels that `with` rejects are reported, and nothing is removed.
   */
  remove(labels: Labels<L>): boolean
}

export class CounterSeries extends Series implements Counter {
  inc(n = 1, exemplar?: ExemplarLabels): void {
    if (typeof n === 'number' && (n & 0x7fffffff) === n && exemplar === undefined) {
      if (!addSmall(this.ints, this.at, n)) widen(this, n)
    } else incChecked(this, n, exemplar)
  }

  with(): Counter {
    this.family.report(hasNoLabels(this.family.head))
    return discard
  }
}

/** One series of a counter with `scale`. */
export class ScaledCounterSeries extends Series implements Counter {
  declare readonly family: SeriesFamily & { readonly form: CounterForm }

  inc(n = 1, exemplar?: ExemplarLabels): void {
    if (typeof n === 'number' && n >= 0 && exemplar === undefined) {
      const units = n * this.family.form.scale
      if (units < maxSmall) {
        if (!addSmall(this.ints, this.at, (units + 0.5) | 0)) widen(this, units)
        return
      }
    }
    incScaled(this, n, exemplar)
  }

  with(): Counter {
    this.family.report(hasNoLabels(this.family.head))
    return discard
  }
}

/** The constants of a counter: its value is a number of units of `1 / scale`. */
type CounterForm = { readonly scale: number }

const maxSmall = 2 ** 31 - 1

/** The options of a counter beside those of every metric. */
export type CounterShape = {
  /**
   * Counts fractions: `inc` takes any finite number from 0, and rounds it to `1 / scale`. A whole number from 1; 1e9
   * counts seconds in nanoseconds, and 100 counts money in cents. Default: `inc` takes whole numbers.
   */
  readonly scale?: number
}

// Functions, because private methods would add a field to each series in V8.

function incChecked(series: CounterSeries, n: number, exemplar: ExemplarLabels | undefined): void {
  if (!Number.isSafeInteger(n) || n < 0) {
    reportRange(series, 'a whole number from 0 to 2^53 - 1', n)
    return
  }
  if (!add(series.ints, series.at, n)) widen(series, n)
  if (exemplar !== undefined) keepExemplar(series, n, exemplar)
}

function incScaled(series: ScaledCounterSeries, n: number, exemplar: ExemplarLabels | undefined): void {
  if (!Number.isFinite(n) || n < 0) {
    reportRange(series, 'a finite number from 0', n)
    return
  }
  const exact = n * series.family.form.scale
  const units = exact < maxSmall ? (exact + 0.5) | 0 : Math.round(exact)
  if (units > Number.MAX_SAFE_INTEGER || !add(series.ints, series.at, units)) widen(series, units)
  if (exemplar !== undefined) keepExemplar(series, n, exemplar)
}

function reportRange({ family }: Series, expected: string, n: unknown): void {
  family.report(new RangeError(`${family.head.name}: inc takes ${expected}, got ${described(n)}`))
}

function widen(series: Series, units: number): void {
  try {
    addWide(series, units)
  } catch (error) {
    series.family.report(error)
  }
}

function keepExemplar(series: Series, value: number, exemplar: ExemplarLabels): void {
  const { family } = series
  try {
    const labels = encodeExemplar(family.head.name, exemplar)
    const timestamp = family.allocator.now() / 1000
    storeExemplar(series, 0, { labels, value, timestamp })
  } catch (error) {
    family.report(error)
  }
}

/** The operations of counters on their cells. */
export function counterKind(family: StoredFamily<CounterSeries>): Kind<CounterSeries> {
  const { scale } = family.declaration
  const form: CounterForm = { scale: scale ?? 1 }
  return {
    length: integerCellLength,
    form,
    create: (text, ordinal) =>
      scale === undefined
        ? new CounterSeries(family, text, ordinal)
        : new ScaledCounterSeries(family, text, ordinal),
    merge: (from, to) => moveSum(from, to, 0),
    inherit: ({ ints, at }) => repairCarry(ints, at),
    partLength: (part, place) => (isWide(part) ? wideLength : lengthOfExemplar(place)),
    mergePart: (part, from, to) => (isWide(part) ? moveWide(from, to) : moveExemplar(from, to)),
    clearPart: (part, place) => (isWide(part) ? clearWide(place) : clearExemplar(place)),
    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
      const values = sumsOfCells(family, 1)
      eachWide(family, (ordinal, units) => {
        values[ordinal] = finite((values[ordinal] as number) + units)
      })
      if (scale !== undefined)
        for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / scale
      const fields = { type: 'counter', ...family.head, values, created: createdTimes(family) } as const
      const exemplars = latestExemplars(family, 1)?.map((latest) => latest?.[0])
      return withSeries(exemplars ? { ...fields, exemplars } : fields, new IdentityList(series))
    },
  }
}

/** Returned for labels that are wrong: it counts nothing. */
const discard: Counter & Pick<LabelledCounter<never>, 'with'> = { inc() {}, with: () => discard }

/** Result of `registry.counter` for a metric with labels. */
export class BindableCounter<L extends LabelSpecs> implements LabelledCounter<L> {
  readonly family: StoredFamily<CounterSeries>

  constructor(family: StoredFamily<CounterSeries>) {
    this.family = family
  }

  with(labels: Labels<L>): Counter {
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

  inc(): void {
    this.family.report(needsLabels(this.family.head, 'inc'))
  }
}
