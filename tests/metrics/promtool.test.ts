import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createRegistry, expose } from '../../src/metrics/index.ts'
import { skipUnless } from '../installed.ts'

test('promtool finds nothing to complain about', { skip: skipUnless('promtool') }, async () => {
  const registry = createRegistry()
  const reads = registry.counter({
    name: 'cache_reads_total',
    help: 'Reads by how they ended.',
    labels: { outcome: ['hit', 'miss'], cache: { max: 1 } },
  })
  for (const cache of ['a\\"\n{}', 'b', 'c']) reads.with({ outcome: 'hit', cache }).inc(2 ** 40)
  const loads = registry.histogram({
    name: 'cache_load_duration_seconds',
    help: 'How long loads took,\nin \\ "seconds".',
    buckets: [1e-7, 0.5, 1e21],
  })
  for (const seconds of [0, 0.25, 1e6]) loads.observe(seconds)
  const sizes = registry.gauge({
    name: 'cache_size_bytes',
    help: 'Size.',
    labels: { tier: ['a', 'b', 'c', 'd'] },
  })
  sizes.with({ tier: 'a' }).set(Number.NaN)
  sizes.with({ tier: 'b' }).set(Number.POSITIVE_INFINITY)
  sizes.with({ tier: 'c' }).set(Number.NEGATIVE_INFINITY)
  sizes.with({ tier: 'd' }).set(-1e-300)
  registry.gauge({
    name: 'cache_hit_ratio',
    help: 'Hits per read.',
    value: (read) => read(loads).count / 4,
  })
  registry.gauge({
    name: 'open_files',
    help: 'A family without samples.',
    value: () => {
      throw new Error('no such file')
    },
  })
  registry.counter({ name: 'requests_total', help: 'Not asked for yet.', labels: { route: { max: 5 } } })

  const { body } = await expose(registry)
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' })
  assert.ifError(promtool.error)
  assert.deepEqual([promtool.stdout, promtool.stderr, promtool.status], ['', '', 0])
})
