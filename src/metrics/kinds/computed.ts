/** Counters and gauges whose values are computed at each scrape, from the readings of that scrape. */
import type { FamilyHead, Identity, ScalarSnapshot } from '../series/family.ts'
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
export type Value = {
  /**
   * Returns the value; must be synchronous. The value of a counter must be finite, not negative, and not less than in
   * the previous scrape. The last condition is not checked.
   */
  readonly value: (read: ReadSeries) => number
}

/** Values computed at each scrape, one for each series. */
export type Values<L extends LabelSpecs> = {
  readonly labels: L
  /**
   * Returns the series of this scrape. A series that is not returned is not shown, even if all labels are closed. The
   * values follow the rules of `Value`.
   * The maximum of an open label applies within one scrape: the values of all further series are added up under
   * `other`, and each of these series is counted in `metrics_label_overflows_total`.
   */
  readonly values: (read: ReadSeries) => Iterable<readonly [Labels<NoInfer<L>>, number]>
}

/** A family that is computed at each scrape and has no cells. */
export type ComputedFamily = {
  readonly head: FamilyHead
  readonly type: 'counter' | 'gauge'
  /** @throws the callback's error; also when a result is not a valid number, or when a series is returned twice */
  compute(read: ReadSeries): ScalarSnapshot
}

/** A computed family without labels. */
export function computedValue(
  head: FamilyHead,
  type: ComputedFamily['type'],
  value: Value['value'],
): ComputedFamily {
  const only = new IdentityList([{ labels: [], text: '' }])
  function compute(read: ReadSeries): ScalarSnapshot {
    const computed: unknown = value(read)
    checkValue(head, type, computed)
    return withSeries({ ...head, type, values: [computed] }, only)
  }

  return { head, type, compute }
}

/**
 * A computed family with labels.
 * @param labels as returned by `declareLabels`
 * @param onOverflow called for each series with a label value that `other` replaces
 */
export function computedValues<L extends LabelSpecs>(
  head: FamilyHead,
  type: ComputedFamily['type'],
  values: Values<L>['values'],
  labels: readonly DeclaredLabel[],
  onOverflow: () => void,
): ComputedFamily {
  function compute(read: ReadSeries): ScalarSnapshot {
    const series: (Identity & { value?: number })[] = []
    const index = new SeriesIndex(head.name, labels, { add, beforeNewValue: () => {}, onOverflow })

    function add(labels: readonly string[]): Identity & { value?: number } {
      const one = { labels, text: writeLabels(head.labelNames, labels) }
      series.push(one)
      return one
    }

    for (const [given, value] of values(read)) {
      const one = index.find(given)
      checkValue(head, type, value)
      if (one.value === undefined) one.value = value
      else if (isOverflow(labels, one)) one.value += value
      else throw new Error(`${head.name}: values returned ${head.name}{${one.text}} twice`)
    }
    const fields = { ...head, type, values: series.map(({ value }) => value ?? 0) }
    return withSeries(fields, new IdentityList(series))
  }

  return { head, type, compute }
}

/** True if one of the series' open labels has reached its maximum, so that several series share its value `other`. */
export function isOverflow(declared: readonly DeclaredLabel[], { labels }: Identity): boolean {
  return declared.some((label, i) => 'max' in label && labels[i] === overflowValue)
}

/** @throws {TypeError} when a callback's result is not a number */
export function checkNumber(metric: string, computed: unknown): asserts computed is number {
  if (typeof computed === 'number') return
  const type = computed === null ? 'null' : typeof computed
  const given = computed instanceof Promise ? 'a promise (a scrape is synchronous)' : type
  throw new TypeError(`${metric}: the computed value must be a number, got ${given}`)
}

function checkValue(
  { name }: FamilyHead,
  type: ComputedFamily['type'],
  value: unknown,
): asserts value is number {
  checkNumber(name, value)
  if (type === 'counter' && !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name}: the value of a counter must be finite and not negative, got ${value}`)
  }
}
