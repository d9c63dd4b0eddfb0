/** The parts that all kinds of metric share: the declared head of a family, and its view in one scrape. */

/** The declaration of a family, as far as the exposition formats need it. */
export type FamilyHead = {
  readonly name: string
  readonly help: string
  /** Base unit in the plural, such as `seconds`. The name ends in it; the name of a counter may add `_total`. */
  readonly unit: string | undefined
  readonly labelNames: readonly string[]
}

/**
 * One scrape's view of a registry, in declaration order. It never changes, so any number of renderers may read it. It is
 * plain data that can be cloned, sent to another thread or process, or written as JSON.
 */
export type Snapshot = { readonly families: readonly FamilySnapshot[] }

/** One scrape's view of a family. Values are read once and never change; series are in the order of their creation. */
export type FamilySnapshot = ScalarSnapshot | HistogramSnapshot

/** Rule by which `merge` combines the values that several snapshots have for one series of a gauge. */
export type MergeRule = 'sum' | 'max' | 'min' | 'mean' | 'latest'

/**
 * A value of a gauge with `merge: 'mean'`, and its weight: a number from 0, such as the number of reads of a hit ratio.
 * The mean of several processes is then the ratio over all of their reads. A value with the weight 0 is left out beside
 * others.
 */
export type Weighted = { readonly value: number; readonly weight: number }

/** Counters, gauges or infos: `values[i]` is the value of `series[i]`. The value of an info is 1. */
export type ScalarSnapshot = FamilyHead & {
  readonly type: 'counter' | 'gauge' | 'info'
  /** Made when it is first read. */
  readonly series: readonly Identity[]
  readonly values: readonly number[]
  /** Creation time of each series in seconds since 1970; 0 if unknown. Only for counters. */
  readonly created?: readonly number[]
  /** The latest exemplar of each series. Only for counters, and only if at least one series has an exemplar. */
  readonly exemplars?: readonly (Exemplar | undefined)[]
  /** Only for gauges. Default: `sum`. */
  readonly merge?: MergeRule
  /**
   * Only for gauges: weight of each value in the `mean`; for `latest`, the time at which it was set, in seconds since
   * 1970. A value with the weight 0 is not counted beside others, because it was never set. Default: 1 for all values.
   */
  readonly weights?: readonly number[]
}

/** Histograms with classic buckets, native buckets, or both. Both count the same observations. */
export type HistogramSnapshot = FamilyHead & {
  readonly type: 'histogram'
  /** Upper bounds of the classic buckets, ascending, without `+Inf`; empty if the histogram has only native buckets. */
  readonly bounds: readonly number[]
  readonly scale: number
  readonly series: readonly Identity[]
  /**
   * Each series has `bounds.length + 2` values: the number of observations in each classic bucket (not cumulative), the
   * number above the last bound, and the sum in units of `1 / scale`.
   */
  readonly values: readonly number[]
  /** Creation time of each series in seconds since 1970; 0 if unknown. */
  readonly created: readonly number[]
  /** The latest exemplars: `exemplars[i][j]` belongs to series `i` and classic bucket `j` (`+Inf` is the last). */
  readonly exemplars?: readonly (readonly (Exemplar | undefined)[] | undefined)[]
  readonly native?: NativeSnapshot
}

/** The native buckets of a histogram. `series` here has the same order as `series` of the family. */
export type NativeSnapshot = {
  /** Resolution of the buckets: each upper bound is the previous one times `2 ** 2 ** -schema`. */
  readonly schema: number
  /** The zero bucket counts observations from 0 to this value. */
  readonly zeroThreshold: number
  readonly series: readonly NativeBuckets[]
}

/** The native buckets of one series that are not empty, in ascending order of their indexes. */
export type NativeBuckets = {
  readonly zeroCount: number
  /**
   * Indexes of the buckets. Bucket `i` counts values above `2 ** ((i - 1) * 2 ** -schema)`, up to `2 ** (i * 2 **
   * -schema)`.
   */
  readonly indexes: readonly number[]
  readonly counts: readonly number[]
}

/**
 * Labels of a series: `labels` has the values in declared order, `text` all labels as the text formats write them
 * (`a="x",b="y"`).
 */
export type Identity = { readonly labels: readonly string[]; readonly text: string }

/** One observation, with labels that lead to more information, such as a trace id. */
export type Exemplar = {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** The error for a labelled metric that is used without labels. */
export function needsLabels({ name, labelNames }: FamilyHead, method: string): Error {
  const example = labelNames.map((label) => `${label}: …`).join(', ')
  return new TypeError(`${name} has labels: bind them first, .with({ ${example} }).${method}(…)`)
}

/** The error for a call of `with` on a metric without labels, or on a series whose labels are bound. */
export function hasNoLabels({ name, labelNames }: FamilyHead): Error {
  return new TypeError(
    `${name}: ${labelNames.length === 0 ? 'it was declared without labels' : 'its labels are bound'}`,
  )
}
