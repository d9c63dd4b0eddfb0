import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, expose } from '../../../src/metrics/index.ts'
import { skipUnless } from '../../support/installed.ts'
import { everything, scalar, snapshotOf } from './snapshots.ts'

const skip = skipUnless('promtool')

it('promtool reports nothing for good names', { skip }, async () => {
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

  registry.histogram({ name: 'wait_seconds', help: 'Native only.', native: true }).observe(1)
  registry.info({ name: 'app_build_info', help: 'Build.', labels: { version: '1.2.3' } })

  const { body } = await expose(registry)
  assert.deepEqual(check(body), ['', '', 0])
})

it('promtool reports bad names, and nothing else', { skip }, () => {
  const latency = scalar('gauge', { name: 'cache_avg_latency_us', help: 'Mean.' }, { value: 1 })
  const [stdout, stderr, status] = check(renderText(snapshotOf(...everything.families, latency)))
  const complaints = `${stdout}${stderr}`.trim().split('\n').sort()
  assert.deepEqual(complaints, [
    'cache_avg_latency_us metric names should not contain abbreviated units',
    'logins counter metrics should have "_total" suffix',
    'logins no help text',
  ])
  assert.equal(status, 3)
})

/** The output and exit status of promtool. */
function check(body: string | Uint8Array): [stdout: string, stderr: string, status: number | null] {
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' })
  assert.ifError(promtool.error)
  return [promtool.stdout, promtool.stderr, promtool.status]
}
