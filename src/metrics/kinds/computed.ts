/** Counters and gauges whose values are computed at each scrape, from what that scrape read. */

import type { FamilyHead, Identity, ScalarSnapshot } from '../series/family.ts'
import {
  type DeclaredLabel,
  type LabelSpecs,
  type Labels,
  overflowValue,
  SeriesIndex,
  writeLabels,
} from '../series/labels.ts'
import type { Counter, LabelledCounter } from './counter.ts'
import type { LabelledGauge, LatestGauge } from './gauge.ts'
import type { Histogram, HistogramTotals, LabelledHistogram } from './histogram.ts'

/**
 * Reads a series as this scrape saw it, so that what is computed agrees with what is printed beside it. A series that
 * was made since the cells were read is 0.
 * @throws when the handle is not a series of this registry
 */
export type ReadSeries = {
  (series: Counter | LatestGauge): number
  (series: Histogram): HistogramTotals
  /**
   * Every series of a metric with labels, also those that other threads have made: what is added up over all of them must
   * not depend on which thread is asked.
   */
  each(metric: LabelledCounter<never> | LabelledGauge<never, LatestGauge>): Iterable<Reading<number>>
  each(metric: LabelledHistogram<never>): Iterable<Reading<HistogramTotals>>
}

/** A series' labels, and what the scrape saw of it. */
export type Reading<V> = readonly [labels: Readonly<Record<string, string>>, value: V]

/** A value computed at each scrape. */
export type Value = {
  /** Must not be asynchronous. A counter's must be finite, not negative, and never less than before (not checked). */
  readonly value: (read: ReadSeries) => number
}

/** Values computed at each scrape, by label. */
export type Values<L extends LabelSpecs> = {
  readonly labels: L
  /**
   * The series of this scrape, closed labels too: what is not given is not shown. Each as for `Value`. The maximum of
   * an open label holds within one scrape; the values of what is above it are added up under `other`, and each of
   * them is counted in `metrics_label_overflows_total`.
   */
  readonly values: (read: ReadSeries) => Iterable<readonly [Labels<NoInfer<L>>, number]>
}

/** A family without cells. */
export type ComputedFamily = {
  readonly head: FamilyHead
  readonly type: 'counter' | 'gauge'
  /** @throws what the callback throws, and when it gives no number, an unfit one, or one series twice */
  compute(read: ReadSeries): ScalarSnapshot
}

/** A computed family without labels. */
export function computedValue(
  head: FamilyHead,
  type: ComputedFamily['type'],
  value: Value['value'],
): ComputedFamily {
  const series = [{ labels: [], text: '' }]
  function compute(read: ReadSeries): ScalarSnapshot {
    const computed: unknown = value(read)
    checkValue(head, type, computed)
    return { ...head, type, series, values: Float64Array.of(computed) }
  }

  return { head, type, compute }
}

/**
 * A computed family with labels.
 * @param labels as `declareLabels` made them
 * @param onOverflow told of each series above an open label's maximum
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
    const index = new SeriesIndex(head.name, labels, add, () => {}, onOverflow)

    function add(labels: readonly string[]): Identity & { value?: number } {
      const one = { labels, text: writeLabels(head.labelNames, labels) }
      series.push(one)
      return one
    }

    for (const [asked, value] of values(read)) {
      const one = index.find(asked)
      checkValue(head, type, value)
      if (one.value === undefined) one.value = value
      else if (isOverflow(labels, one)) one.value += value
      else throw new Error(`${head.name}: values gave ${head.name}{${one.text}} twice`)
    }
    return { ...head, type, series, values: Float64Array.from(series, ({ value }) => value ?? 0) }
  }

  return { head, type, compute }
}

function isOverflow(declared: readonly DeclaredLabel[], { labels }: Identity): boolean {
  return declared.some((label, i) => 'max' in label && labels[i] === overflowValue)
}

/** @throws when what a callback gave is none */
export function checkNumber(metric: string, computed: unknown): asserts computed is number {
  if (typeof computed === 'number') return
  const given = computed instanceof Promise ? 'a promise: no scrape waits' : typeof computed
  throw new TypeError(`${metric}: what is computed must be a number, not ${given}`)
}

function checkValue(
  { name }: FamilyHead,
  type: ComputedFamily['type'],
  value: unknown,
): asserts value is number {
  checkNumber(name, value)
  if (type === 'counter' && !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name}: a counter is finite and not negative, not ${value}`)
  }
}
