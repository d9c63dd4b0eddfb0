import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Warning } from '../../src/cache/events.ts'
import { declareWarnings } from '../../src/instruments/warnings.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

describe('declareWarnings', () => {
  it('warnings are counted by kind, and no series has the name of a header', () => {
    const registry = createRegistry()
    const warnings = declareWarnings(registry)
    const emitted: Warning[] = [
      'depends-on-x-tenant',
      'depends-on-reads-variable-x',
      'reads-variable-user',
      'access-check-behind-cache',
      'targeted-control',
    ]
    for (const warning of emitted) {
      warnings.count({ type: 'warning', cache: 'c', warning, method: 'GET', route: '/a' })
    }
    const samples = [...scraped(registry)].filter(([name]) => name.startsWith('cache_warnings_total'))
    assert.deepEqual(samples, [
      ['cache_warnings_total{cache="c",warning="depends-on"}', 2],
      ['cache_warnings_total{cache="c",warning="reads-variable"}', 1],
      ['cache_warnings_total{cache="c",warning="access-check-behind-cache"}', 1],
      ['cache_warnings_total{cache="c",warning="targeted-control"}', 1],
    ])
  })
})
