import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import type { TierOperation, TierResult } from '../../src/cache/events.ts'
import { declareTiers } from '../../src/instruments/tiers.ts'
import { WatchedCaches } from '../../src/instruments/watched-caches.ts'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { scraped } from '../support/samples.ts'
import { watchedCache } from '../support/watched-cache.ts'

function declared() {
  const registry = createRegistry()
  const watched = new WatchedCaches()
  return { registry, watched, tiers: declareTiers(registry, watched), samples: () => scraped(registry) }
}

const read = { type: 'read', cache: 'c', durationMs: 0 } as const

const operations: Record<TierOperation, true> = {
  get: true,
  set: true,
  delete: true,
  clear: true,
  invalidate: true,
  expire: true,
  renew: true,
  release: true,
  ping: true,
}
const results: Record<TierResult, true> = {
  hit: true,
  miss: true,
  corrupt: true,
  outdated: true,
  ok: true,
  busy: true,
  refused: true,
  lost: true,
  absent: true,
  error: true,
  timeout: true,
  out: true,
}

describe('declareTiers', () => {
  it('a read counts as a hit or a miss of the memory tier, a bypass as neither', () => {
    const { tiers, samples } = declared()
    const reads = tiers.bindReads('c')
    tiers.countRead(reads, { ...read, outcome: 'hit', tier: 'memory' })
    tiers.countRead(reads, { ...read, outcome: 'stale', tier: 'memory' })
    tiers.countRead(reads, { ...read, outcome: 'hit', tier: 'remote' })
    tiers.countRead(reads, { ...read, outcome: 'miss', tier: undefined })
    tiers.countRead(reads, { ...read, outcome: 'bypass', tier: undefined })
    const memoryReads = (result: string) =>
      `cache_tier_operations_total{cache="c",tier="memory",operation="get",result="${result}"}`
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
    const relevant = [...samples()].filter(([name]) => /^cache_tier_operation(s_total|.*_sum)/.test(name))
    assert.deepEqual(relevant, [
      ['cache_tier_operations_total{cache="c",tier="memory",operation="set",result="ok"}', 1],
      ['cache_tier_operations_total{cache="c",tier="remote",operation="get",result="hit"}', 1],
      ['cache_tier_operation_duration_seconds_sum{cache="c",tier="remote",operation="get"}', 0.5],
    ])
  })

  it('each operation and each result has its own series, and none overflows', () => {
    const { tiers, samples } = declared()
    // Both casts are safe: the arrays are the keys of the records.
    for (const operation of Object.keys(operations) as TierOperation[]) {
      for (const result of Object.keys(results) as TierResult[]) {
        tiers.countOperation({ type: 'tier', cache: 'c', tier: 'remote', operation, result, durationMs: 1 })
      }
    }
    const counts = [...samples()].filter(([name]) => name.startsWith('cache_tier_operations_total'))
    assert.equal(counts.length, 9 * 12)
    assert.ok(counts.every(([, count]) => count === 1))
    const overflows = [...samples()].filter(([name]) => name.startsWith('metrics_label_overflows_total'))
    assert.ok(overflows.every(([, count]) => count === 0))
  })

  it('both reasons of an eviction are shown after show, and after the first eviction', () => {
    const { tiers, samples } = declared()
    const evictions = () => [...samples()].filter(([name]) => name.startsWith('cache_evictions_total'))
    assert.deepEqual(evictions(), [])
    tiers.show('hitrate')
    assert.deepEqual(evictions(), [
      ['cache_evictions_total{cache="hitrate",reason="capacity"}', 0],
      ['cache_evictions_total{cache="hitrate",reason="expired"}', 0],
    ])
    tiers.countEviction({ type: 'eviction', cache: 'c', tier: 'memory', reason: 'capacity' })
    assert.deepEqual(evictions().slice(2), [
      ['cache_evictions_total{cache="c",reason="capacity"}', 1],
      ['cache_evictions_total{cache="c",reason="expired"}', 0],
    ])
  })

  it('the gauges show the state of each watched cache', () => {
    const { registry, watched } = declared()
    const stateOf = () => {
      const text = renderText(registry.collect())
      const from = text.indexOf('# HELP cache_tier_up')
      return text.slice(from, text.indexOf('# HELP metrics_label_overflows_total'))
    }
    const none = `# HELP cache_tier_up 1 while the tier is available, 0 while its circuit breaker is open.
# TYPE cache_tier_up gauge
# HELP cache_predicted_hit_ratio Hit ratio that the memory tier would have with 0.5, 1, 2 or 4 times its room. 1x is the counted ratio.
# TYPE cache_predicted_hit_ratio gauge
# HELP cache_entries Entries in the memory tier.
# TYPE cache_entries gauge
# HELP cache_size_bytes Estimated size of the memory tier, in bytes.
# TYPE cache_size_bytes gauge
# HELP cache_max_size_bytes Maximum size of the memory tier, in bytes.
# TYPE cache_max_size_bytes gauge
`
    assert.equal(stateOf(), none)
    watched.add(watchedCache('hitrate', { entries: 9, bytes: 9, maxBytes: 9 }))
    const predictedHitRatio = { '0.5x': 0.25, '1x': 0.5, '2x': 0.625, '4x': 0.75 }
    watched.add(
      watchedCache('users', { entries: 2, bytes: 300, maxBytes: 4000, remoteUp: false, predictedHitRatio }),
    )
    watched.add(watchedCache('hitrate', { entries: 1, bytes: 100, maxBytes: 2000, remoteUp: true }))
    assert.equal(
      stateOf(),
      `# HELP cache_tier_up 1 while the tier is available, 0 while its circuit breaker is open.
# TYPE cache_tier_up gauge
cache_tier_up{cache="hitrate",tier="memory"} 1
cache_tier_up{cache="users",tier="memory"} 1
cache_tier_up{cache="hitrate",tier="remote"} 1
cache_tier_up{cache="users",tier="remote"} 0
# HELP cache_predicted_hit_ratio Hit ratio that the memory tier would have with 0.5, 1, 2 or 4 times its room. 1x is the counted ratio.
# TYPE cache_predicted_hit_ratio gauge
cache_predicted_hit_ratio{cache="users",size="0.5x"} 0.25
cache_predicted_hit_ratio{cache="users",size="1x"} 0.5
cache_predicted_hit_ratio{cache="users",size="2x"} 0.625
cache_predicted_hit_ratio{cache="users",size="4x"} 0.75
# HELP cache_entries Entries in the memory tier.
# TYPE cache_entries gauge
cache_entries{cache="hitrate"} 1
cache_entries{cache="users"} 2
# HELP cache_size_bytes Estimated size of the memory tier, in bytes.
# TYPE cache_size_bytes gauge
cache_size_bytes{cache="hitrate"} 100
cache_size_bytes{cache="users"} 300
# HELP cache_max_size_bytes Maximum size of the memory tier, in bytes.
# TYPE cache_max_size_bytes gauge
cache_max_size_bytes{cache="hitrate"} 2000
cache_max_size_bytes{cache="users"} 4000
`,
    )
  })

  it('a watched cache shows its entries and sizes', async () => {
    const { watched, samples } = declared()
    const cache = createCache({ memory: memoryStore({ maxBytes: 1000 }) })
    await cache.write('key', 'value')
    watched.add(cache)
    const series = samples()
    assert.equal(series.get('cache_entries{cache="hitrate"}'), 1)
    assert.equal(series.get('cache_size_bytes{cache="hitrate"}'), cache.stats().bytes)
    assert.equal(series.get('cache_max_size_bytes{cache="hitrate"}'), 1000)
    assert.equal(series.get('cache_tier_up{cache="hitrate",tier="memory"}'), 1)
    assert.equal(series.get('cache_tier_up{cache="hitrate",tier="remote"}'), undefined)
  })

  it('caches above the maximum of the label add up under other, and count as no overflow', () => {
    const { watched, samples } = declared()
    for (let i = 0; i < 20; i++) watched.add(watchedCache(`cache ${i}`, { entries: i, remoteUp: i < 18 }))
    const series = samples()
    assert.equal(series.get('cache_entries{cache="cache 15"}'), 15)
    assert.equal(series.get('cache_entries{cache="other"}'), 16 + 17 + 18 + 19)
    assert.equal(series.get('cache_tier_up{cache="other",tier="memory"}'), 1)
    assert.equal(series.get('cache_tier_up{cache="other",tier="remote"}'), 0)
    assert.equal(series.get('metrics_label_overflows_total{metric="cache_entries"}'), 0)
    assert.equal(series.get('metrics_label_overflows_total{metric="cache_tier_up"}'), 0)
  })

  it('caches above the maximum of the label show no predicted hit ratio, because ratios do not add up', () => {
    const { watched, samples } = declared()
    const predictedHitRatio = { '0.5x': 0.1, '1x': 0.2, '2x': 0.3, '4x': 0.4 }
    for (let i = 0; i < 20; i++) watched.add(watchedCache(`cache ${i}`, { predictedHitRatio }))
    const series = [...samples().keys()].filter((name) => name.startsWith('cache_predicted_hit_ratio'))
    assert.equal(series.length, 16 * 4)
    assert.equal(
      series.some((name) => name.includes('other')),
      false,
    )
  })

  it('the sizes of a cache add up over threads', () => {
    const main = declared()
    const worker = declared()
    worker.registry.attach(main.registry.share())
    main.watched.add(watchedCache('hitrate', { entries: 1, bytes: 10, maxBytes: 100 }))
    worker.watched.add(watchedCache('hitrate', { entries: 2, bytes: 20, maxBytes: 100 }))
    worker.watched.add(watchedCache('users', { entries: 4, bytes: 40, maxBytes: 100 }))
    worker.registry.publish()
    const series = main.samples()
    assert.equal(series.get('cache_entries{cache="hitrate"}'), 3)
    assert.equal(series.get('cache_size_bytes{cache="hitrate"}'), 30)
    assert.equal(series.get('cache_max_size_bytes{cache="hitrate"}'), 200)
    assert.equal(series.get('cache_entries{cache="users"}'), 4)
  })
})
