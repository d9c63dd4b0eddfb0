/** Counters: numbers that only grow, one integer cell per series. */
import { described } from '../../options.ts'
import { add, addSmall, integerCellLength, read, repairCarry } from '../memory/cells.ts'
import { hasNoLabels, needsLabels, type ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import { createdTimes, eachCells } from '../series/read-cells.ts'
import { Series, type SeriesFamily } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'
import {
  type ExemplarLabels,
  encodeExemplar,
  latestExemplar,
  lengthOfExemplar,
  mayHaveExemplars,
  moveExemplar,
  storeExemplar,
} from './exemplar.ts'
import { addWide, eachWide, finite, isWide, moveSum, moveWide, wideLength } from './wide-sum.ts'

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

  /** The series' value from the `values` of a snapshot; 0 if the series was added after the snapshot was taken. */
  valueIn(values: readonly number[]): number {
    return values[this.ordinal] ?? 0
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

  /** As in `CounterSeries`. */
  valueIn(values: readonly number[]): number {
    return values[this.ordinal] ?? 0
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
    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
      const values = new Array<number>(series.length).fill(0)
      eachCells(family, (ordinal, ints, at) => {
        values[ordinal] = (values[ordinal] as number) + read(ints, at)
      })
      eachWide(family, (ordinal, units) => {
        values[ordinal] = finite((values[ordinal] as number) + units)
      })
      if (scale !== undefined)
        for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / scale
      const created = createdTimes(family)
      const exemplars = mayHaveExemplars(family) && series.map((one) => latestExemplar(one, 0))
      const fields = { type: 'counter', ...family.head, values, created } as const
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
    return this.family.bindOr(labels, discard)
  }

  inc(): void {
    this.family.report(needsLabels(this.family.head, 'inc'))
  }
}
