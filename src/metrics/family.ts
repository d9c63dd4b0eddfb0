/** What the kinds of metric have in common: the declaration, and how one scrape saw the family. */
import { writeLabels } from './labels.ts'

/** What every family declares. */
export type FamilyHead = {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

/** One scrape's view of a family. Values are read once and never change; series are in the order they were made. */
export type FamilySnapshot = ScalarSnapshot | HistogramSnapshot

/** Counters or gauges: `values[i]` is the value of `series[i]`. */
export type ScalarSnapshot = FamilyHead & {
  readonly type: 'counter' | 'gauge'
  readonly series: readonly ScalarIdentity[]
  readonly values: Float64Array
}

/** A series' label values, in declared order, and what its line begins with in every text format. */
export type ScalarIdentity = { readonly labels: readonly string[]; readonly prefix: string }

/**
 * Histograms: each series has `bounds.length + 2` values: how many observations fell into each bucket (not
 * cumulative), how many lay above the last bound, and their sum in units of `1 / scale`.
 */
export type HistogramSnapshot = FamilyHead & {
  readonly type: 'histogram'
  readonly bounds: readonly number[]
  readonly scale: number
  readonly series: readonly HistogramIdentity[]
  readonly values: Float64Array
}

/** As `ScalarIdentity`; `bucketPrefix` ends where the value of `le` begins. */
export type HistogramIdentity = {
  readonly labels: readonly string[]
  readonly bucketPrefix: string
  readonly sumPrefix: string
  readonly countPrefix: string
}

/** What a sample's line begins with: `name{label="value"} `. */
export function samplePrefix(name: string, labelNames: readonly string[], labels: readonly string[]): string {
  return labelNames.length === 0 ? `${name} ` : `${name}{${writeLabels(labelNames, labels)}} `
}

/** What a bucket's line begins with, up to the bound: `name_bucket{label="value",le="`. */
export function bucketPrefix(name: string, labelNames: readonly string[], labels: readonly string[]): string {
  const pairs = labelNames.length === 0 ? '' : `${writeLabels(labelNames, labels)},`
  return `${name}_bucket{${pairs}le="`
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
