/** The pages of docs/reference list every option, event and word of the sources, and no other. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { root } from './runtimes/running-service.ts'

/** Section of options.md, and the types whose members it lists. */
const SECTIONS: Record<string, readonly string[]> = {
  createCache: ['CacheOptions', 'SharedTierOptions'],
  audit: ['AuditOptions'],
  memoryStore: ['MemoryStoreOptions'],
  'cache.read': ['Lifetime', 'Demands', 'ReadOptions'],
  'cache.get': ['Demands', 'GetOptions'],
  retry: ['Retry'],
  loaded: ['LoadedOptions'],
  'cache.entity': ['EntityOptions', 'EntityKey'],
  'cache.wrap': ['WrapOptions'],
  front: ['FrontHitsOptions', 'FrontOptions'],
  frontListener: ['FrontHitsOptions', 'FrontListenerOptions'],
  frontServer: ['FrontHitsOptions', 'FrontListenerOptions', 'FrontServerOptions'],
  purge: ['PurgeOptions'],
  measured: ['MeasuredOptions'],
  httpMetrics: ['RequestMetricsOptions', 'HttpMetricsOptions'],
  scrape: ['ScrapeOptions'],
  createRegistry: ['RegistryOptions'],
  createInstruments: ['InstrumentsOptions'],
  processReaders: ['ProcessReadersOptions'],
  sharedMemoryBus: ['InvalidationMemoryOptions'],
}

let sources: string

before(async () => {
  const files = globSync('src/**/*.ts', { cwd: root }).sort() // of two types with one name, that of cache/ is public
  sources = (await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))).join('\n')
})

describe('docs/reference/options.md', () => {
  for (const [title, types] of Object.entries(SECTIONS)) {
    it(`lists the options of ${title}`, async () => {
      const section = sectionOf(await page('options'), title)
      assert.deepEqual(firstCells(section), types.flatMap(membersOf).sort())
    })
  }
})

describe('docs/reference/events.md', () => {
  it('lists every type of event', async () => {
    const [, union = ''] = /^export type CacheEvent =\n([\s\S]*?)^export /m.exec(sources) ?? []
    const types = [...union.matchAll(/type: '([\w-]+)'/g)].map(([, type = '']) => type)
    const [table = ''] = (await page('events')).split('\n## ')
    assert.deepEqual(firstCells(table), types.sort())
  })

  it('lists every outcome, and every result of a tier', async () => {
    const text = await page('events')
    const [, outcomes = ''] = /^export const outcomes = \[(.*)\]/m.exec(sources) ?? []
    const [, results = ''] = /^export type TierResult =\n([\s\S]*?)\n\n/m.exec(sources) ?? []
    for (const [, word = ''] of `${outcomes}${results}`.matchAll(/'(\w+)'/g))
      assert.ok(text.includes(`\`${word}\``), word)
  })
})

describe('docs/reference/cache-status.md', () => {
  it('lists words of detail that the sources use', async () => {
    const words = firstCells(sectionOf(await page('cache-status'), 'detail'))
    assert.ok(words.length > 0)
    for (const word of words) assert.ok(sources.includes(`'${word}'`), word)
  })

  it('lists every reason for a call of the handler', async () => {
    const [, union = ''] = /^export type ForwardReason = (.*)$/m.exec(sources) ?? []
    const reasons = [...union.matchAll(/'([\w-]+)'/g)].map(([, reason = '']) => reason)
    assert.deepEqual(firstCells(sectionOf(await page('cache-status'), 'fwd')), reasons.sort())
  })
})

function page(name: string): Promise<string> {
  return readFile(join(root, 'docs/reference', `${name}.md`), 'utf8')
}

/** The text under a heading of level 2. */
function sectionOf(text: string, title: string): string {
  return text.split(/^## /m).find((section) => section.split('\n', 1)[0] === title) ?? ''
}

/** The words in backticks that begin the rows of a section's tables, sorted. */
function firstCells(section: string): string[] {
  return [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, word = '']) => word).sort()
}

/** The names of the members that a type declares itself. */
function membersOf(type: string): string[] {
  if (type === 'EntityKey') return ['key'] // a conditional type, whose only member may be optional
  const pattern = new RegExp(`^export (?:interface|type) ${type}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm')
  const [, members = ''] = pattern.exec(sources) ?? []
  assert.notEqual(members, '', `src has no type ${type}`)
  return [...members.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name = '']) => name)
}
