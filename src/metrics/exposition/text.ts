/**
 * The text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). Version 1.0.0
 * differs only in names that need quotes, and the registry allows no such name.
 */
import type { HistogramSnapshot, ScalarSnapshot, Snapshot } from '../series/family.ts'
import { type Listed, listed, seriesList } from '../series/series-list.ts'

/**
 * Renders a snapshot. An info becomes a gauge. A histogram with only native buckets has the single bucket `+Inf`.
 * Units, exemplars and creation times are omitted, because the format has none.
 */
export function renderText({ families }: Snapshot): string {
  // Joining short lines is faster than one growing string, which the engine would have to flatten part by part.
  const lines: string[] = []
  for (const family of families.map(listed)) {
    const { name, help, type } = family
    lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type === 'info' ? 'gauge' : type}`)
    if (family.type === 'histogram') histogramLines(family, lines)
    else scalarLines(family, lines)
  }
  lines.push('')
  return lines.join('\n')
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function scalarLines({ name, [seriesList]: series, values }: Listed<ScalarSnapshot>, lines: string[]): void {
  for (let i = 0; i < series.length; i++) lines.push(series.start(name, i) + number(values[i] ?? 0))
}

function histogramLines(
  { name, bounds, scale, [seriesList]: series, values }: Listed<HistogramSnapshot>,
  lines: string[],
): void {
  const ends = [...bounds, Number.POSITIVE_INFINITY].map((bound) => `le="${number(bound)}"} `)
  let at = 0
  for (let i = 0; i < series.length; i++) {
    const text = series.text(i)
    const bucket = `${name}_bucket{${text === '' ? '' : `${text},`}`
    let count = 0
    for (const end of ends) {
      count += values[at++] ?? 0
      lines.push(bucket + end + count)
    }
    lines.push(start(`${name}_sum`, text) + number((values[at++] ?? 0) / scale))
    lines.push(start(`${name}_count`, text) + count)
  }
}

/** The part of a line before the sample's value. */
function start(name: string, labels: string): string {
  return labels === '' ? `${name} ` : `${name}{${labels}} `
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
