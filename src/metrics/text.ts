/**
 * The text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). As 1.0.0 it reads the same: what is
 * new there is quotes around names that we do not have.
 */
import type { FamilySnapshot, HistogramSnapshot, ScalarSnapshot } from './family.ts'
import { sampleLine } from './sample-line.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Writes a snapshot down; reads nothing else and changes nothing. An info is a gauge here, a histogram that is only
 * native has the bucket `+Inf`; units, exemplars and times of creation have no place.
 */
export function renderText({ families }: Snapshot): string {
  let text = ''
  for (const family of families) {
    text += head(family)
    text += family.type === 'histogram' ? histogramSamples(family) : scalarSamples(family)
  }
  return text
}

function head({ name, help, type }: FamilySnapshot): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type === 'info' ? 'gauge' : type}\n`
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function scalarSamples({ name, series, values }: ScalarSnapshot): string {
  let text = ''
  let i = 0
  for (const { text: labels } of series) text += sampleLine(name, labels, number(values[i++] ?? 0))
  return text
}

function histogramSamples({ name, bounds, scale, series, values }: HistogramSnapshot): string {
  const ends = [...bounds, Number.POSITIVE_INFINITY].map((bound) => `le="${number(bound)}"} `)
  let text = ''
  let i = 0
  for (const { text: labels } of series) {
    const bucket = `${name}_bucket{${labels === '' ? '' : `${labels},`}`
    let count = 0
    for (const end of ends) {
      count += values[i++] ?? 0
      text += `${bucket + end + count}\n`
    }
    text += sampleLine(`${name}_sum`, labels, number((values[i++] ?? 0) / scale))
    text += sampleLine(`${name}_count`, labels, String(count))
  }
  return text
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
