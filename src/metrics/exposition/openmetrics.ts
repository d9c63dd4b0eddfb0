/** The text format OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). */

import type {
  Exemplar,
  FamilySnapshot,
  HistogramSnapshot,
  ScalarSnapshot,
  Snapshot,
} from '../series/family.ts'
import { writeLabels } from '../series/labels.ts'
import { type Listed, listed, seriesList } from '../series/series-list.ts'
import { canonicalNumber } from './canonical-number.ts'
import { sampleLine } from './sample-line.ts'

/**
 * Renders a snapshot. The sample of a counter ends in `_total` even if the declared name does not.
 */
export function renderOpenMetrics({ families }: Snapshot): string {
  let text = ''
  for (const family of families.map(listed)) text += head(family) + samples(family)
  return `${text}# EOF\n`
}

function head(family: FamilySnapshot): string {
  const { type, unit, help } = family
  const name = familyName(family)
  // OpenMetrics allows no unit for an info (section Info).
  const unitLine = unit === undefined || type === 'info' ? '' : `# UNIT ${name} ${unit}\n`
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${unitLine}`
}

/** A metric's name in this format: a counter's without `_total`, an info's without `_info`. */
function familyName({ type, name }: Pick<FamilySnapshot, 'type' | 'name'>): string {
  if (type === 'counter') return name.replace(/_total$/, '')
  return type === 'info' ? name.replace(/_info$/, '') : name
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function samples(family: Listed): string {
  switch (family.type) {
    case 'counter':
      return counterSamples(family)
    case 'histogram':
      return histogramSamples(family)
    case 'gauge':
    case 'info':
      return scalarSamples(family)
  }
}

function scalarSamples({ name, [seriesList]: series, values }: Listed<ScalarSnapshot>): string {
  let text = ''
  for (let i = 0; i < series.length; i++)
    text += sampleLine(name, series.text(i), canonicalNumber(values[i] ?? 0))
  return text
}

function counterSamples(family: Listed<ScalarSnapshot>): string {
  const { [seriesList]: series, values, created, exemplars } = family
  const name = familyName(family)
  let text = ''
  for (let i = 0; i < series.length; i++) {
    const labels = series.text(i)
    text += sampleLine(
      `${name}_total`,
      labels,
      canonicalNumber(values[i] ?? 0) + exemplarText(exemplars?.[i]),
    )
    text += createdSample(name, labels, created?.[i])
  }
  return text
}

function histogramSamples(family: Listed<HistogramSnapshot>): string {
  const { name, bounds, scale, [seriesList]: series, values, created, exemplars } = family
  const ends = [...bounds, Number.POSITIVE_INFINITY].map((bound) => `le="${canonicalNumber(bound)}"} `)
  let text = ''
  let at = 0
  for (let i = 0; i < series.length; i++) {
    const labels = series.text(i)
    const bucket = `${name}_bucket{${labels === '' ? '' : `${labels},`}`
    let count = 0
    for (const [j, end] of ends.entries()) {
      count += values[at++] ?? 0
      // OpenMetrics forbids a sum beside a bucket with a negative bound (section Histogram), so these buckets are
      // omitted. Counts are cumulative, so the next bucket includes theirs.
      if ((bounds[j] ?? 0) < 0) continue
      text += `${bucket + end + count + exemplarText(exemplars?.[i]?.[j])}\n`
    }
    text += sampleLine(`${name}_sum`, labels, canonicalNumber((values[at++] ?? 0) / scale))
    text += sampleLine(`${name}_count`, labels, String(count))
    text += createdSample(name, labels, created[i])
  }
  return text
}

/**
 * The sample of the creation time; empty if the time is unknown. A Worker has no clock before its first request, and
 * 1970 would be wrong.
 */
function createdSample(name: string, labels: string, created = 0): string {
  return created === 0 ? '' : sampleLine(`${name}_created`, labels, String(created))
}

/** The text of an exemplar, to be appended to a sample's value; empty if there is no exemplar. */
function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { labels, value, timestamp } = exemplar
  const pairs = writeLabels(Object.keys(labels), Object.values(labels))
  return ` # {${pairs}} ${canonicalNumber(value)} ${timestamp}`
}
