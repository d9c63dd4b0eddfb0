/** Counters and gauges whose values are computed at each scrape, from the readings of that scrape. */
import { described } from '../../options.ts'
import { combinations } from '../merging/combinations.ts'
import { type Declaration, labelsOf } from '../series/declaration.ts'
import type { FamilyHead, Identity, ScalarSnapshot, Weighted } from '../series/family.ts'
import {
  type DeclaredLabel,
  type LabelSpecs,
  type Labels,
  overflowValue,
  writeLabels,
} from '../series/labels.ts'
import { SeriesIndex } from '../series/series-index.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { Counter, LabelledCounter } from './counter.ts'
import type { LabelledGauge, LatestGauge } from './gauge.ts'
import type { Histogram, HistogramTotals, LabelledHistogram } from './histogram.ts'
import { type CallbackRuns, MetricCallback } from './metric-callback.ts'

/**
 * Returns the value of a series as this scrape has read it, so that computed values agree with the other values of the
 * scrape. The value is 0 if the series was added after the cells were read.
 * @throws when the handle is not a series of this registry
 */
export type ReadSeries = {
  (series: Counter | LatestGauge): number
  (series: Histogram): HistogramTotals
  /**
   * Returns every series of a metric with labels. Includes the series of other threads, so that a sum over all of them
   * does not depend on the thread that serves the scrape.
   */
  each(metric: LabelledCounter<never> | LabelledGauge<never, LatestGauge>): Iterable<Reading<number>>
  each(metric: LabelledHistogram<never>): Iterable<Reading<HistogramTotals>>
}

/** The labels of a series, and its value in this scrape. */
export type Reading<V> = readonly [labels: Readonly<Record<string, string>>, value: V]

/** A value computed at each scrape. */
export type Value<N = number> = {
  /**
   * Returns the value, or a promise of it. The value of a counter must be finite, not negative, and not less than in
   * the previous scrape. The last condition is not checked.
   *
   * All promises of a scrape run at the same time. One that has not settled at the scrape's deadline costs only its own
   * sample. It is not started again before it settles: the next scrape waits for the same promise, so its `read` has
   * the counts of the scrape that started it. `registry.collect` calls no callback that has returned a promise.
   */
  readonly value: (read: ReadSeries) => N | PromiseLike<N>
}

/** Values computed at each scrape, one for each series. */
export type Values<L extends LabelSpecs, N = number> = {
  readonly labels: L
  /**
   * Returns the series of this scrape, or a promise of them. A series that is not returned is not shown, even if all
   * labels are closed. Values and promises follow the rules of `Value`.
   * The maximum of an open label applies within one scrape: the values of all further series are added up under
   * `other`, or combined by the rule `merge` of a gauge, and each of these series is counted in
   * `metrics_label_overflows_total`.
   */
  readonly values: (read: ReadSeries) => ValuesResult<L, N> | PromiseLike<ValuesResult<L, N>>
}

type ValuesResult<L extends LabelSpecs, N> = Iterable<readonly [Labels<NoInfer<L>>, N]>

export type ComputedFamilyParts = {
  readonly runs: CallbackRuns
  /** Clock in epoch ms. */
  readonly now: () => number
  /** Called for each series with a label value that `other` replaces. */
  readonly onOverflow: () => void
}

/** A family that is computed at each scrape and has no cells. */
export class ComputedFamily {
  readonly declaration: Declaration
  readonly head: FamilyHead
  readonly callback: MetricCallback<[ReadSeries], ScalarSnapshot>
  readonly #parts: ComputedFamilyParts

  constructor(declaration: Declaration, callback: unknown, parts: ComputedFamilyParts) {
    const { name, help, unit } = declaration
    const labels = labelsOf(declaration)
    this.declaration = declaration
    this.head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    this.#parts = parts
    this.callback = new MetricCallback(
      name,
      parts.runs,
      callback as (read: ReadSeries) => unknown,
      (result) => (labels.length === 0 ? this.#one(result) : this.#series(result, labels)),
    )
  }

  /** The family's view in a scrape without its samples. */
  get empty(): ScalarSnapshot {
    return this.#snapshot([], [])
  }

  #snapshot(series: readonly Identity[], computed: readonly Weighted[]): ScalarSnapshot {
    const { head, declaration } = this
    const values = computed.map(({ value }) => value)
    const list = new IdentityList(series)
    if (declaration.type === 'counter') return withSeries({ ...head, type: 'counter', values }, list)
    const { merge = 'sum' } = declaration
    const fields = { ...head, type: 'gauge', values, merge } as const
    if (merge !== 'mean' && merge !== 'latest') return withSeries(fields, list)
    const now = this.#parts.now() / 1000
    return withSeries(
      { ...fields, weights: computed.map(({ weight }) => (merge === 'mean' ? weight : now)) },
      list,
    )
  }

  #one(computed: unknown): ScalarSnapshot {
    return this.#snapshot([{ labels: [], text: '' }], [checked(this.declaration, computed)])
  }

  /** @throws when a result is not a valid number or has wrong labels, or a series is returned twice */
  #series(result: unknown, labels: readonly DeclaredLabel[]): ScalarSnapshot {
    const { head, declaration } = this
    const { onOverflow } = this.#parts
    const combine = combinations[declaration.merge ?? 'sum']
    const series: (Identity & { computed?: Weighted })[] = []
    const nothing = () => {}
    const callbacks = { add, beforeNewValue: nothing, beforeOverflow: nothing, onOverflow }
    const index = new SeriesIndex(head.name, labels, callbacks)

    function add(labels: readonly string[]): Identity & { computed?: Weighted } {
      const one = { labels, text: writeLabels(head.labelNames, labels) }
      series.push(one)
      return one
    }

    for (const [given, value] of pairsOf(head.name, result)) {
      const one = index.lookup(given) ?? index.find(given)
      const computed = checked(declaration, value)
      if (one.computed === undefined) one.computed = computed
      else if (isOverflow(labels, one)) one.computed = combine(one.computed, computed)
      else throw new Error(`${head.name}: values returned ${head.name}{${one.text}} twice`)
    }
    return this.#snapshot(
      series,
      series.map(({ computed }) => computed ?? { value: 0, weight: 0 }),
    )
  }
}

/** @throws {TypeError} when the result of `values` is not iterable, or has anything but pairs */
export function* pairsOf(
  metric: string,
  result: unknown,
): Iterable<readonly [labels: Readonly<Record<string, unknown>>, value: unknown]> {
  if (typeof result !== 'object' || result === null || !(Symbol.iterator in result)) {
    throw new TypeError(`${metric}: values must return pairs of labels and number, got ${described(result)}`)
  }
  for (const pair of result as Iterable<unknown>) {
    if (!Array.isArray(pair)) {
      throw new TypeError(`${metric}: values must return pairs of labels and number, got ${described(pair)}`)
    }
    yield [pair[0], pair[1]]
  }
}

/** True if one of the series' open labels has reached its maximum, so that several series share its value `other`. */
export function isOverflow(declared: readonly DeclaredLabel[], { labels }: Identity): boolean {
  return declared.some((label, i) => 'max' in label && labels[i] === overflowValue)
}

/** @throws {TypeError} when a callback's result is not a number */
export function checkNumber(metric: string, computed: unknown): asserts computed is number {
  if (typeof computed === 'number') return
  const type = computed === null ? 'null' : typeof computed
  throw new TypeError(`${metric}: the computed value must be a number, got ${type}`)
}

/** @throws when a callback's result is not a valid number, or has an invalid weight */
function checked(declaration: Declaration, computed: unknown): Weighted {
  if (declaration.merge !== 'mean' || typeof computed !== 'object' || computed === null) {
    checkValue(declaration, computed)
    return { value: computed, weight: 1 }
  }
  const { value, weight } = computed as Partial<Record<'value' | 'weight', unknown>>
  checkValue(declaration, value)
  if (!(typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `${declaration.name}: the weight must be a finite number, not negative, got ${described(weight)}`,
    )
  }
  return { value, weight }
}

function checkValue({ name, type }: Declaration, value: unknown): asserts value is number {
  checkNumber(name, value)
  if (type === 'counter' && !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name}: the value of a counter must be finite and not negative, got ${value}`)
  }
}
