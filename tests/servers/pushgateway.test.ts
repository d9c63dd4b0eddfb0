/** A real Pushgateway takes what `expose` returns, in both of its formats. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createRegistry, expose, type Registry } from '../../src/metrics/index.ts'
import { skipUnless } from '../support/installed.ts'
import { samplesOf } from '../support/samples.ts'
import { type RunningServer, startServer } from './server-process.ts'
import { until } from './sharing-services.ts'

const skip = skipUnless('prometheus-pushgateway')
const protobuf =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

describe('a Pushgateway', { skip }, () => {
  let server: RunningServer
  let url: string
  before(async () => {
    server = await startServer(
      'prometheus-pushgateway',
      (port) => [`--web.listen-address=127.0.0.1:${port}`],
      async (port) => (await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined))?.ok ?? false,
    )
    url = `http://127.0.0.1:${server.port}`
  })
  after(() => server?.end())

  function job(): Registry {
    const registry = createRegistry({ now: () => 1_800_000_000_000 })
    const rows = registry.counter({ name: 'rows_total', help: 'Rows.', labels: { table: { max: 5 } } })
    rows.with({ table: 'a"b\\c\nd é' }).inc(1200)
    registry.gauge({ name: 'finished_time_seconds', help: 'End.', unit: 'seconds' }).set(1_795_305_600)
    const durations = registry.histogram({
      name: 'step_seconds',
      help: 'Steps.',
      unit: 'seconds',
      buckets: [0.1, 1],
    })
    durations.observe(0.5)
    durations.observe(3)
    registry.info({ name: 'job_info', help: 'Job.', labels: { version: '1' } })
    return registry
  }

  const push = async (path: string, accept: string | undefined, method = 'PUT', registry = job()) =>
    fetch(`${url}/metrics/job/${path}`, { method, ...(await expose(registry, { accept })) })

  async function shown(group: string): Promise<Map<string, number>> {
    const samples = samplesOf(await (await fetch(`${url}/metrics`)).text())
    const ours = [...samples].filter(([name]) => name.includes(group) && !name.startsWith('push_'))
    return new Map(ours.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  for (const [format, accept] of [
    ['text', undefined],
    ['protobuf', protobuf],
  ] as const) {
    it(`shows the metrics of a job that has pushed ${format}, under its grouping key`, async () => {
      const response = await push(`${format}/instance/eu%201`, accept)
      assert.equal(response.status, 200, await response.clone().text())
      const key = `instance="eu 1",job="${format}"`
      assert.deepEqual(
        [...(await shown(`job="${format}"`))],
        [
          [`finished_time_seconds{${key}}`, 1_795_305_600],
          [`job_info{${key},version="1"}`, 1],
          [`metrics_label_overflows_total{${key},metric="rows_total"}`, 0],
          [`rows_total{${key},table="a\\"b\\\\c\\nd é"}`, 1200],
          [`step_seconds_bucket{${key},le="+Inf"}`, 2],
          [`step_seconds_bucket{${key},le="0.1"}`, 0],
          [`step_seconds_bucket{${key},le="1"}`, 1],
          [`step_seconds_count{${key}}`, 2],
          [`step_seconds_sum{${key}}`, 3.5],
        ],
      )
    })
  }

  it('replaces a group on PUT, adds to it on POST, and forgets it on DELETE', {
    timeout: 30_000,
  }, async () => {
    const other = createRegistry()
    other.gauge({ name: 'other', help: 'Other.' }).set(1)
    const names = async () =>
      [...(await shown('job="methods"')).keys()].map((name) => name.replace(/[{].*/, ''))
    assert.equal((await push('methods', undefined)).status, 200)
    assert.ok((await names()).includes('rows_total'))
    assert.equal((await push('methods', undefined, 'POST', other)).status, 200)
    assert.ok((await names()).includes('rows_total') && (await names()).includes('other'))
    assert.equal((await push('methods', undefined, 'PUT', other)).status, 200)
    assert.deepEqual(await names(), ['other'])
    assert.equal((await fetch(`${url}/metrics/job/methods`, { method: 'DELETE' })).status, 202)
    await until(async () => (await names()).length === 0) // 202 says that it will be done
  })

  it('shows what a job has pushed that has ended', async () => {
    const source = JSON.stringify(new URL('../../src/metrics/index.ts', import.meta.url).href)
    const script = `
      const { createRegistry, expose } = await import(${source})
      const registry = createRegistry()
      registry.counter({ name: 'rows_total', help: 'Rows.' }).inc(7)
      const url = '${url}/metrics/job/ended'
      const response = await fetch(url, { method: 'PUT', ...(await expose(registry)) })
      console.log(response.status)
    `
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script])
    assert.equal(stdout, '200\n')
    assert.deepEqual([...(await shown('job="ended"'))], [['rows_total{instance="",job="ended"}', 7]])
  })
})
