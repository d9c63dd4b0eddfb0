import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareLoads } from '../../src/instruments/loads.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

describe('declareLoads', () => {
  it('show makes a series for both results of a cache', () => {
    const registry = createRegistry()
    const loads = declareLoads(registry)
    assert.deepEqual(
      [...scraped(registry).keys()].filter((name) => name.startsWith('cache_')),
      [],
    )
    loads.show('hitrate')
    assert.equal(scraped(registry).get('cache_loads_total{cache="hitrate",result="ok"}'), 0)
    assert.equal(scraped(registry).get('cache_loads_total{cache="hitrate",result="error"}'), 0)
  })

  it('loads are counted by cache and result, and their durations in seconds', () => {
    const registry = createRegistry()
    const loads = declareLoads(registry)
    const load = { type: 'load', cache: 'users', background: false, error: undefined } as const
    loads.count({ ...load, result: 'ok', durationMs: 250 })
    loads.count({ ...load, result: 'error', durationMs: 1250 })
    const samples = scraped(registry)
    assert.equal(samples.get('cache_loads_total{cache="users",result="ok"}'), 1)
    assert.equal(samples.get('cache_loads_total{cache="users",result="error"}'), 1)
    assert.equal(samples.get('cache_load_duration_seconds_sum{cache="users"}'), 1.5)
    assert.equal(samples.get('cache_load_duration_seconds_bucket{cache="users",le="0.25"}'), 1)
  })
})
