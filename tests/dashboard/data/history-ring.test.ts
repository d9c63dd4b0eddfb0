import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HistoryRing } from '../../../src/dashboard/data/history-ring.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../../src/metrics/index.ts'

function started(samples = 3) {
  const registry = createRegistry()
  const { onCacheEvent } = createInstruments({ registry, version: '1', runtime: 'test' })
  const ring = new HistoryRing(5000, samples)
  const read = (durationMs: number) =>
    onCacheEvent({ type: 'read', cache: 'a', outcome: 'hit', tier: 'memory', durationMs })
  return { ring, read, sample: (at: number) => ring.add(registry.collect(), at) }
}

describe('HistoryRing', () => {
  it('keeps cumulative counts, and the quantiles of each interval', () => {
    const { ring, read, sample } = started()
    for (let i = 0; i < 10; i++) read(0.0004)
    sample(0)
    for (let i = 0; i < 4; i++) read(700)
    sample(5000)
    sample(10_000)
    const { everyMs, samples } = ring.since()
    assert.equal(everyMs, 5000)
    assert.deepEqual(
      samples.map(({ at, caches: { a } }) => [at, a?.reads?.hit, a?.hit]),
      [
        [0, 10, undefined],
        [5000, 14, { count: 4, p50: 0.75, p99: 0.995 }],
        [10_000, 14, undefined],
      ],
    )
  })

  it('drops the oldest sample above its bound', () => {
    const { ring, sample } = started(3)
    for (const at of [0, 5000, 10_000, 15_000]) sample(at)
    assert.deepEqual(
      ring.since().samples.map(({ at }) => at),
      [5000, 10_000, 15_000],
    )
  })

  it('returns the samples after a time', () => {
    const { ring, sample } = started()
    for (const at of [0, 5000, 10_000]) sample(at)
    assert.deepEqual(
      ring.since(5000).samples.map(({ at }) => at),
      [10_000],
    )
  })

  it('is due once per interval, at once at first, and after the clock was set back', () => {
    const { ring, sample } = started()
    assert.equal(ring.isDue(100_000), true)
    sample(100_000)
    assert.deepEqual(
      [100_001, 104_000, 105_000].map((at) => ring.isDue(at)),
      [false, false, true],
    )
    assert.equal(ring.isDue(50_000), true)
    sample(50_000)
    assert.deepEqual(
      ring.since().samples.map(({ at }) => at),
      [50_000],
    )
  })
})
