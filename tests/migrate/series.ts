/** The samples of two libraries, in a form that can be compared. */
import { samplesOf } from '../support/samples.ts'

/**
 * Returns the samples of a text by name, with the labels in alphabetical order. Leaves out the metrics that hitrate adds
 * about the registry itself.
 */
export function seriesOf(text: string): Record<string, number> {
  const series = [...samplesOf(text)].map(([name, value]) => [ordered(name), value] as const)
  return Object.fromEntries(
    series.filter(([name]) => !name.startsWith('metrics_')).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** For label values without commas. */
function ordered(name: string): string {
  const [, base = name, labels = ''] = /^([^{]+)[{](.*)[}]$/.exec(name) ?? []
  return labels === '' ? base : `${base}{${labels.split(',').sort().join(',')}}`
}
