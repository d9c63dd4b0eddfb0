/**
 * The text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */
import type { FamilySnapshot, HistogramSnapshot, ScalarSnapshot } from './family.ts'
import type { Snapshot } from './snapshot.ts'

/** The `Content-Type` of what `renderText` gives. */
export const textContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Writes a snapshot down; reads nothing else and changes nothing. */
export function renderText({ families }: Snapshot): string {
  let text = ''
  for (const family of families) {
    text += head(family)
    text += family.type === 'histogram' ? histogramSamples(family) : scalarSamples(family)
  }
  return text
}

function head({ name, help, type }: FamilySnapshot): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function scalarSamples({ series, values }: ScalarSnapshot): string {
  let text = ''
  for (const [i, { prefix }] of series.entries()) text += `${prefix + number(values[i] ?? 0)}\n`
  return text
}

function histogramSamples({ bounds, scale, series, values }: HistogramSnapshot): string {
  const ends = [...bounds, Number.POSITIVE_INFINITY].map((bound) => `${number(bound)}"} `)
  let text = ''
  let at = 0
  for (const { bucketPrefix, sumPrefix, countPrefix } of series) {
    let count = 0
    for (const end of ends) {
      count += values[at++] ?? 0
      text += `${bucketPrefix + end + count}\n`
    }
    text += `${sumPrefix + number((values[at++] ?? 0) / scale)}\n${countPrefix}${number(count)}\n`
  }
  return text
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
