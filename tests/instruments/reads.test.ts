import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/cache/events.ts'
import { perCache } from '../../src/instruments/per-cache.ts'
import { declareReads } from '../../src/instruments/reads.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

function declared() {
  const registry = createRegistry()
  const reads = declareReads(registry)
  const readsOf = perCache(reads.bind)
  readsOf('hitrate')
  return {
    count: (outcome: Outcome, durationMs = 0, cache = 'hitrate') =>
      reads.count(readsOf(cache), { type: 'read', cache, outcome, tier: undefined, durationMs }),
    samples: () => scraped(registry),
  }
}

describe('declareReads', () => {
  it('the six metrics of the original come first, and are 0 before the first read', () => {
    assert.deepEqual([...declared().samples()].slice(0, 6), [
      ['cache_hits_total', 0],
      ['cache_misses_total', 0],
      ['cache_errors_total', 0],
      ['cache_hit_rate', 0],
      ['cache_error_rate', 0],
      ['cache_avg_latency_us', 0],
    ])
  })

  it('a cache has a series of every outcome before its first read', () => {
    const names = [...declared().samples().keys()].filter((name) => name.startsWith('cache_reads_total'))
    assert.deepEqual(
      names,
      ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'].map(
        (outcome) => `cache_reads_total{cache="hitrate",outcome="${outcome}"}`,
      ),
    )
  })

  it('the six metrics sum up all caches and leave bypasses out', () => {
    const { count, samples } = declared()
    count('hit', 125)
    count('stale', 125)
    count('miss', 250, 'other cache')
    count('coalesced', 500)
    count('error', 250)
    count('bypass', 1000)
    const summary = samples()
    assert.equal(summary.get('cache_hits_total'), 2)
    assert.equal(summary.get('cache_misses_total'), 2)
    assert.equal(summary.get('cache_errors_total'), 1)
    assert.equal(summary.get('cache_hit_rate'), 0.5)
    assert.equal(summary.get('cache_error_rate'), 0.2)
    assert.equal(summary.get('cache_avg_latency_us'), 250_000)
  })

  it('caches above the maximum of the label share the value other', () => {
    const { count, samples } = declared()
    for (let i = 0; i < 20; i++) count('hit', 0, `cache ${i}`)
    const series = samples()
    assert.equal(series.get('cache_reads_total{cache="cache 14",outcome="hit"}'), 1)
    assert.equal(series.get('cache_reads_total{cache="cache 15",outcome="hit"}'), undefined)
    assert.equal(series.get('cache_reads_total{cache="other",outcome="hit"}'), 5)
    assert.equal(series.get('cache_hits_total'), 20)
  })
})
