/** The samples of a scrape, by name with labels. */
import assert from 'node:assert/strict'
import { renderText } from '../../src/metrics/exposition/text.ts'
import type { Registry } from '../../src/metrics/index.ts'

export function scraped(registry: Registry): Map<string, number> {
  return samplesOf(renderText(registry.collect()))
}

export function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const samples = lines.map((line) => {
    const end = line.lastIndexOf(' ')
    return [line.slice(0, end), Number(line.slice(end))] as const
  })
  assert.equal(
    new Set(samples.map(([name]) => name)).size,
    samples.length,
    'each series must be written once',
  )
  return new Map(samples)
}
