import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SnapshotReader } from '../../../src/dashboard/data/snapshot-reader.ts'
import { createRegistry } from '../../../src/metrics/index.ts'

function reader() {
  const registry = createRegistry({ onError: () => {} })
  const labels = { cache: { max: 5 }, result: ['ok', 'error'] } as const
  const loads = registry.counter({ name: 'loads_total', help: 'Loads.', labels })
  loads.with({ cache: 'a', result: 'ok' }).inc(3)
  loads.with({ cache: 'a', result: 'error' }).inc(1)
  loads.with({ cache: 'b', result: 'ok' }).inc(10)
  const times = registry.histogram({
    name: 'seconds',
    help: 'Times.',
    labels: { cache: { max: 5 } },
    buckets: [1, 2],
  })
  times.with({ cache: 'a' }).observe(0.5)
  times.with({ cache: 'a' }).observe(5)
  times.with({ cache: 'b' }).observe(1.5)
  registry.gauge({ name: 'broken', help: 'Not a number.', value: () => Number.NaN })
  registry.info({ name: 'build_info', help: 'Build.', labels: { version: '1' } })
  return new SnapshotReader(registry.collect())
}

describe('SnapshotReader', () => {
  it('adds the series that have the labels', () => {
    assert.equal(reader().number('loads_total'), 14)
    assert.equal(reader().number('loads_total', { cache: 'a' }), 4)
    assert.deepEqual(reader().numbersBy('loads_total', 'result', { cache: 'a' }), { ok: 3, error: 1 })
    assert.deepEqual(reader().valuesOf('loads_total', 'cache'), ['a', 'b'])
    assert.deepEqual(reader().info('build_info'), { version: '1' })
  })

  it('adds the buckets of the series that have the labels', () => {
    assert.deepEqual(reader().buckets('seconds'), { bounds: [1, 2], counts: [1, 1, 1] })
    assert.deepEqual(reader().buckets('seconds', { cache: 'a' }), { bounds: [1, 2], counts: [1, 0, 1] })
    assert.deepEqual(
      reader()
        .bucketsBy('seconds', ['cache'])
        .map(({ labels }) => labels),
      [['a'], ['b']],
    )
  })

  it('has nothing for absent metrics, series and values', () => {
    assert.equal(reader().number('absent_total'), undefined)
    assert.equal(reader().number('loads_total', { cache: 'c' }), undefined)
    assert.equal(reader().number('loads_total', { other: 'c' }), undefined)
    assert.equal(reader().numbersBy('loads_total', 'result', { cache: 'c' }), undefined)
    assert.equal(reader().buckets('loads_total'), undefined)
    assert.equal(reader().number('seconds'), undefined)
    assert.equal(reader().number('broken'), undefined)
    assert.equal(reader().info('absent_info'), undefined)
  })
})
