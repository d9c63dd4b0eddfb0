/** Counters: whole numbers that only grow, one integer cell per series. */
import { described } from '../../options.ts'
import { add, addSmall, integerCellLength, read, repairCarry } from '../memory/cells.ts'
import { hasNoLabels, needsLabels, type ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import { createdTimes, eachCells } from '../series/read-cells.ts'
import { Series } from '../series/series.ts'
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

/**
 * One series of a counter. By convention the metric's name ends in `_total`; OpenMetrics output adds the suffix if it
 * is missing.
 */
export type Counter = {
  /**
   * Adds `n` to the counter; exact to 2^53. Without an exemplar, this takes one load and one store and allocates
   * nothing.
   * @param n a whole number from 0 to 2^53 - 1. Default: 1. Any other value is reported to `onError`, and changes nothing.
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
      addSmall(this.ints, this.at, n)
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

// Functions, because private methods would add a field to each series in V8.

function incChecked(series: CounterSeries, n: number, exemplar: ExemplarLabels | undefined): void {
  if (!Number.isSafeInteger(n) || n < 0) {
    const { family } = series
    family.report(
      new RangeError(`${family.head.name}: inc takes a whole number from 0 to 2^53 - 1, got ${described(n)}`),
    )
    return
  }
  add(series.ints, series.at, n)
  if (exemplar !== undefined) keepExemplar(series, n, exemplar)
}

function keepExemplar(series: CounterSeries, value: number, exemplar: ExemplarLabels): void {
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
  return {
    length: integerCellLength,
    create: (text, ordinal) => new CounterSeries(family, text, ordinal),
    merge: (from, to) => add(to.ints, to.at, read(from.ints, from.at)),
    inherit: ({ ints, at }) => repairCarry(ints, at),
    partLength: (_part, place) => lengthOfExemplar(place),
    mergePart: (_part, from, to) => moveExemplar(from, to),
    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
      const values = new Array<number>(series.length).fill(0)
      eachCells(family, (ordinal, ints, at) => {
        values[ordinal] = (values[ordinal] as number) + read(ints, at)
      })
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
