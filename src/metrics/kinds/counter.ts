/** Counters: whole numbers that only grow, one integer cell per series. */
import { described } from '../../options.ts'
import { add, addSmall, integerCellLength, read, repairCarry } from '../memory/cells.ts'
import type { CellAllocator } from '../series/cell-allocator.ts'
import { type Exemplar, hasNoLabels, needsLabels, type ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import type { Cells, Series } from '../series/series.ts'
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

export class CounterSeries implements Counter {
  readonly family: StoredFamily
  readonly series: Series
  readonly #allocator: CellAllocator

  constructor(family: StoredFamily, series: Series, allocator: CellAllocator) {
    this.family = family
    this.series = series
    this.#allocator = allocator
  }

  inc(n = 1, exemplar?: ExemplarLabels): void {
    if (typeof n === 'number' && (n & 0x7fffffff) === n && exemplar === undefined) {
      addSmall(this.series.ints, this.series.at, n)
    } else this.#incChecked(n, exemplar)
  }

  #incChecked(n: number, exemplar: ExemplarLabels | undefined): void {
    if (!Number.isSafeInteger(n) || n < 0) {
      const { name } = this.family.head
      this.family.report(
        new RangeError(`${name}: inc takes a whole number from 0 to 2^53 - 1, got ${described(n)}`),
      )
      return
    }
    add(this.series.ints, this.series.at, n)
    if (exemplar !== undefined) this.#storeExemplar(n, exemplar)
  }

  #storeExemplar(value: number, exemplar: ExemplarLabels): void {
    try {
      const labels = encodeExemplar(this.family.head.name, exemplar)
      const timestamp = this.#allocator.now() / 1000
      storeExemplar(this.family, this.series, 0, { labels, value, timestamp })
    } catch (error) {
      this.family.report(error)
    }
  }

  with(): Counter {
    this.family.report(hasNoLabels(this.family.head))
    return discard
  }

  /** The series' value from the `values` of a snapshot; 0 if the series was added after the snapshot was taken. */
  valueIn(values: readonly number[]): number {
    return values[this.series.ordinal] ?? 0
  }
}

/** The operations of counters on their cells. */
export function counterKind(
  family: StoredFamily<CounterSeries>,
  allocator: CellAllocator,
): Kind<CounterSeries> {
  return {
    length: integerCellLength,
    handle: (series) => new CounterSeries(family, series, allocator),
    merge: (from, to) => add(to.ints, to.at, read(from.ints, from.at)),
    inherit: ({ ints, at }) => repairCarry(ints, at),
    partLength: (_part, place) => lengthOfExemplar(place),
    mergePart: (_part, from, to) => moveExemplar(from, to),
    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
      const values = new Array<number>(series.length)
      const created = new Array<number>(series.length)
      let exemplars: (Exemplar | undefined)[] | undefined
      for (let i = 0; i < series.length; i++) {
        const one = series[i] as Series
        values[i] = total(one)
        created[i] = one.created
        if (!mayHaveExemplars(one)) continue
        exemplars ??= new Array(series.length).fill(undefined)
        exemplars[i] = latestExemplar(one, 0)
      }
      const fields = { type: 'counter', ...family.head, values, created } as const
      return withSeries(exemplars ? { ...fields, exemplars } : fields, new IdentityList(series))
    },
  }
}

/** The sum over all threads. */
function total(series: Series): number {
  const { peers } = series
  let value = series.isPlaced ? read(series.ints, series.at) : 0
  for (let i = 0; i < peers.length; i++) {
    const { ints, at } = peers[i] as Cells
    value += read(ints, at)
  }
  return value
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
