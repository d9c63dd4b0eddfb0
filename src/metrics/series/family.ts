/** What the kinds of metric have in common: the declaration, and how one scrape saw the family. */

/** What every family declares. */
export type FamilyHead = {
  readonly name: string
  readonly help: string
  /** Base unit in the plural, `seconds`; the name (of a counter without `_total`) ends in it. */
  readonly unit: string | undefined
  readonly labelNames: readonly string[]
}

/** One scrape's view of a registry, in declaration order. It never changes, so any number of renderers may read it. */
export type Snapshot = { readonly families: readonly FamilySnapshot[] }

/** One scrape's view of a family. Values are read once and never change; series are in the order they were made. */
export type FamilySnapshot = ScalarSnapshot | HistogramSnapshot

/** Counters, gauges or infos: `values[i]` is the value of `series[i]`; an info's is 1. */
export type ScalarSnapshot = FamilyHead & {
  readonly type: 'counter' | 'gauge' | 'info'
  readonly series: readonly Identity[]
  readonly values: Float64Array
  /** When each series was made, in seconds since 1970; 0 where that is not known. Only counters have it. */
  readonly created?: Float64Array
  /** The latest of each series that has one. Only counters have them, and only where there is at least one. */
  readonly exemplars?: readonly (Exemplar | undefined)[]
}

/** Histograms: classic buckets, native ones, or both. Whatever is counted is counted the same in both. */
export type HistogramSnapshot = FamilyHead & {
  readonly type: 'histogram'
  /** Upper bounds of the classic buckets, ascending, without `+Inf`; none where the histogram is only native. */
  readonly bounds: readonly number[]
  readonly scale: number
  readonly series: readonly Identity[]
  /**
   * Each series has `bounds.length + 2` values: how many observations fell into each classic bucket (not cumulative),
   * how many lay above the last bound, and their sum in units of `1 / scale`.
   */
  readonly values: Float64Array
  /** When each series was made, in seconds since 1970; 0 where that is not known. */
  readonly created: Float64Array
  /** By series, then by classic bucket (the last is `+Inf`'s): the latest, where there is one. */
  readonly exemplars?: readonly (readonly (Exemplar | undefined)[] | undefined)[]
  readonly native?: NativeSnapshot
}

/** The native side of a histogram; `series[i]` belongs to the family's `series[i]`. */
export type NativeSnapshot = {
  /** Each bucket's upper bound is the previous one's times `2 ** 2 ** -schema`. */
  readonly schema: number
  /** What is observed from 0 up to here is in the zero bucket. */
  readonly zeroThreshold: number
  readonly series: readonly NativeBuckets[]
}

/** One series' native buckets: those that hold something, by ascending index. */
export type NativeBuckets = {
  readonly zeroCount: number
  /** Bucket `i` holds what lies above `2 ** ((i - 1) * 2 ** -schema)`, up to `2 ** (i * 2 ** -schema)`. */
  readonly indexes: readonly number[]
  readonly counts: readonly number[]
}

/** A series' label values, in declared order, and how every text format writes them: `a="x",b="y"`, or nothing. */
export type Identity = { readonly labels: readonly string[]; readonly text: string }

/** One observation, and where to find out more about it. */
export type Exemplar = {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** A metric's name as the formats that know families name it: a counter's without `_total`, an info's without `_info`. */
export function familyName({
  type,
  name,
}: {
  readonly type: FamilySnapshot['type']
  readonly name: string
}): string {
  if (type === 'counter') return name.replace(/_total$/, '')
  return type === 'info' ? name.replace(/_info$/, '') : name
}

/** The complaint of a labelled family that is used as if it were one series. */
export function needsLabels({ name, labelNames }: FamilyHead, method: string): Error {
  const example = labelNames.map((label) => `${label}: …`).join(', ')
  return new TypeError(`${name} has labels: bind them first, .with({ ${example} }).${method}(…)`)
}

/** The complaint of a single series that is asked for labels. */
export function hasNoLabels({ name, labelNames }: FamilyHead): Error {
  return new TypeError(
    `${name}: ${labelNames.length === 0 ? 'it was declared without labels' : 'its labels are bound'}`,
  )
}
