/** A real Prometheus scrapes the running service with the shipped configuration, and its API returns the values. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  freePort,
  type ProcessRuntime,
  type RunningService,
  root,
  startService,
} from '../runtimes/running-service.ts'
import { six } from '../runtimes/scrape-values.ts'
import { skipUnless } from '../support/installed.ts'

const skip = skipUnless('prometheus')

for (const runtime of ['bun', 'node'] satisfies ProcessRuntime[]) {
  describe(`Prometheus with the service on ${runtime}`, { skip }, () => {
    let service: RunningService
    let prometheus: ChildProcess
    let folder: string
    let api: string

    before(async () => {
      service = await startService(runtime)
      folder = await mkdtemp(join(tmpdir(), 'hitrate-prometheus-'))
      const shipped = await readFile(join(root, 'deploy/prometheus.yml'), 'utf8')
      const target = new URL(service.url).host
      const config = shipped
        .replaceAll('127.0.0.1:3000', target)
        .replaceAll(/_interval: \d+s/g, '_interval: 1s')
      assert.ok(
        config.includes(target) && config.includes('_interval: 1s'),
        'deploy/prometheus.yml has another format than this test expects',
      )
      await writeFile(join(folder, 'prometheus.yml'), config)
      for (const name of ['rules.yml', 'alerts.yml'])
        await copyFile(join(root, 'deploy', name), join(folder, name))

      const port = await freePort()
      api = `http://127.0.0.1:${port}/api/v1`
      prometheus = spawn(
        'prometheus',
        [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=error',
        ],
        { stdio: 'inherit' },
      )
    })
    after(async () => {
      const ended = new Promise((resolve) => prometheus.once('exit', resolve))
      prometheus.kill()
      await Promise.all([ended, service.end()])
      await rm(folder, { recursive: true, force: true })
    })

    /** Returns the value of a series in Prometheus, or undefined before the first scrape. */
    async function query(expression: string): Promise<number | undefined> {
      const response = await fetch(`${api}/query?query=${encodeURIComponent(expression)}`).catch(
        () => undefined,
      )
      if (response?.ok !== true) return undefined
      const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } }
      const value = data.result[0]?.value[1]
      return value === undefined ? undefined : Number(value)
    }

    it('has the six metrics with the values of the traffic', { timeout: 60_000 }, async () => {
      const users = ['user_001', 'user_002', 'user_003', 'unknown']
      for (let round = 0; round < 5; round++)
        for (const id of users) await (await fetch(`${service.url}/api/user/${id}`)).text()
      const expected = { misses: users.length, hits: 4 * users.length }

      // Prometheus answers queries only some seconds after its start.
      while ((await query('cache_hits_total')) !== expected.hits)
        await new Promise((resolve) => setTimeout(resolve, 50))

      const values = Object.fromEntries(
        await Promise.all(six.map(async (name) => [name, await query(name)] as const)),
      )
      const { cache_avg_latency_us: latency, ...rest } = values
      assert.deepEqual(rest, {
        cache_hits_total: expected.hits,
        cache_misses_total: expected.misses,
        cache_errors_total: 0,
        cache_hit_rate: 0.8,
        cache_error_rate: 0,
      })
      assert.ok(latency !== undefined && latency > 0 && latency < 1e6, `${latency} µs`)
    })

    it('has the target up, all rules loaded, and types and help of every metric', {
      timeout: 30_000,
    }, async () => {
      assert.equal(await query('up{job="hitrate"}'), 1)
      let loaded: { health: string }[]
      do {
        const rules = (await (await fetch(`${api}/rules`)).json()) as {
          data: { groups: { rules: { health: string }[] }[] }
        }
        loaded = rules.data.groups.flatMap((group) => group.rules)
      } while (loaded.some(({ health }) => health === 'unknown')) // until each group has been evaluated
      assert.ok(loaded.length >= 40)
      assert.deepEqual(new Set(loaded.map(({ health }) => health)), new Set(['ok']))
      const metadata = (await (await fetch(`${api}/metadata`)).json()) as {
        data: Record<string, { type: string }[]>
      }
      // Prometheus requests OpenMetrics, where the family name of a counter has no _total.
      assert.deepEqual(
        six.map((name) => metadata.data[name.replace(/_total$/, '')]?.[0]?.type),
        ['counter', 'counter', 'counter', 'gauge', 'gauge', 'gauge'],
      )
    })
  })
}
