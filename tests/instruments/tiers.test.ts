import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { declareTiers } from '../../src/instruments/tiers.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { scraped } from '../support/samples.ts'

function declared() {
  const registry = createRegistry()
  return { tiers: declareTiers(registry), samples: () => scraped(registry) }
}

const read = { type: 'read', cache: 'hitrate', durationMs: 0 } as const
const memoryReads = (result: string) =>
  `cache_tier_operations_total{tier="memory",operation="get",result="${result}"}`

describe('declareTiers', () => {
  it('a read counts as a hit or a miss of the memory tier, a bypass as neither', () => {
    const { tiers, samples } = declared()
    tiers.countRead({ ...read, outcome: 'hit', tier: 'memory' })
    tiers.countRead({ ...read, outcome: 'stale', tier: 'memory' })
    tiers.countRead({ ...read, outcome: 'hit', tier: 'remote' })
    tiers.countRead({ ...read, outcome: 'miss', tier: undefined })
    tiers.countRead({ ...read, outcome: 'bypass', tier: undefined })
    assert.equal(samples().get(memoryReads('hit')), 2)
    assert.equal(samples().get(memoryReads('miss')), 2)
  })

  it('an operation has a duration only if the event has one', () => {
    const { tiers, samples } = declared()
    tiers.countOperation({ type: 'tier', cache: 'c', tier: 'memory', operation: 'set', result: 'ok' })
    tiers.countOperation({
      type: 'tier',
      cache: 'c',
      tier: 'remote',
      operation: 'get',
      result: 'hit',
      durationMs: 500,
    })
    const series = samples()
    assert.equal(series.get('cache_tier_operations_total{tier="memory",operation="set",result="ok"}'), 1)
    assert.equal(series.get('cache_tier_operations_total{tier="remote",operation="get",result="hit"}'), 1)
    assert.equal(series.get('cache_tier_operation_duration_seconds_sum{tier="remote",operation="get"}'), 0.5)
    assert.equal(
      series.get('cache_tier_operation_duration_seconds_sum{tier="memory",operation="set"}'),
      undefined,
    )
  })

  it('both reasons of an eviction have a series before the first eviction', () => {
    const { tiers, samples } = declared()
    tiers.countEviction({ type: 'eviction', cache: 'c', tier: 'memory', reason: 'capacity' })
    assert.equal(samples().get('cache_evictions_total{reason="capacity"}'), 1)
    assert.equal(samples().get('cache_evictions_total{reason="expired"}'), 0)
  })

  it('the gauges of the memory tier show the watched cache, and 0 without one', async () => {
    const { tiers, samples } = declared()
    assert.equal(samples().get('cache_entries'), 0)
    assert.equal(samples().get('cache_tier_up{tier="memory"}'), undefined)
    const cache = createCache({ memory: memoryStore({ maxBytes: 1000 }) })
    await cache.write('key', 'value')
    tiers.watch(cache)
    const series = samples()
    assert.equal(series.get('cache_entries'), 1)
    assert.equal(series.get('cache_size_bytes'), cache.stats().bytes)
    assert.equal(series.get('cache_max_size_bytes'), 1000)
    assert.equal(series.get('cache_tier_up{tier="memory"}'), 1)
    assert.equal(series.get('cache_tier_up{tier="remote"}'), undefined)
  })
})
