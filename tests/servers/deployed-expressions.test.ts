/**
 * A real Prometheus evaluates every expression of the rules, alerts and dashboards on what it scrapes from the running service.
 * Each names metrics that the service declares, selects series that exist, and each panel has values.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRegistry, expose } from '../../src/metrics/index.ts'
import { freePort, type RunningService, root, startService } from '../runtimes/running-service.ts'
import { skipUnless } from '../support/installed.ts'
import { metricOf, selectorsOf } from '../support/promql.ts'
import { deployedExpressions, type Expression } from './deployed-expressions.ts'
import { startRedis } from './redis-server.ts'
import type { RunningServer } from './server-process.ts'

/** Selectors without series here, and the reason. */
const WITHOUT_SERIES: readonly [RegExp, reason: string][] = [
  [/^metrics_errors_total/, 'no metric is used wrongly'],
  [/^ALERTS/, 'no alert fires'],
  [/^cache_bus_errors_total/, 'the bus works'],
  [/^nodejs_active_requests/, 'libuv has no request at most scrapes, and then there is no type'],
  [/result=~"error\|timeout\|corrupt"/, 'the shared tier works'],
]

const expressions = deployedExpressions()

describe('expressions of deploy/', { skip: skipUnless('prometheus') || skipUnless('redis-server') }, () => {
  let redis: RunningServer
  let service: RunningService
  let prometheus: ChildProcess
  let folder: string
  let api: string
  let stopTraffic: () => Promise<void>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-expressions-'))
    redis = await startRedis()
    service = await startService('node', {
      THREADS: '2',
      DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      ADMIN_TOKEN: 'a-token-for-purges',
      CACHE_AUDIT: '1',
      REPOSITORY_DELAY_MS: '20',
    })
    stopTraffic = startTraffic(service.url, join(folder, 'users.sqlite'))
    const port = await freePort()
    api = `http://127.0.0.1:${port}/api/v1`
    prometheus = await startPrometheus(folder, port, new URL(service.url).host)
  })
  after(async () => {
    const ended = new Promise((resolve) => prometheus.once('exit', resolve))
    prometheus.kill()
    await stopTraffic()
    await Promise.all([ended, service.end(), redis.end()])
    await rm(folder, { recursive: true, force: true })
  })

  async function request<T>(path: string, body: Record<string, string>): Promise<T> {
    const response = await fetch(`${api}/${path}`, { method: 'POST', body: new URLSearchParams(body) })
    const { status, error, data } = (await response.json()) as { status: string; error?: string; data: T }
    assert.equal(status, 'success', `${body.query ?? body['match[]']}: ${error}`)
    return data
  }

  async function valuesOf({ text }: Expression): Promise<number[]> {
    type Result = { resultType: string; result: { value: [number, string] }[] | [number, string] }
    const { resultType, result } = await request<Result>('query', { query: text })
    const values =
      resultType === 'scalar'
        ? [result[1]]
        : (result as { value: [number, string] }[]).map(({ value }) => value[1])
    return values.map(Number)
  }

  /** Waits until `isReady` is true for each, and returns those for which it is not in time. */
  async function untilReady<T>(all: readonly T[], isReady: (one: T) => Promise<boolean>): Promise<T[]> {
    const deadline = performance.now() + 30_000
    for (let left = [...all]; ; await sleep(100)) {
      const ready = await Promise.all(left.map(isReady))
      left = left.filter((_, i) => !ready[i])
      if (left.length === 0 || performance.now() > deadline) return left
    }
  }

  it('each expression names metrics that the service declares, or that are recorded', async () => {
    const exposition = await (await fetch(`${service.url}/metrics`)).text()
    const declared = new Set(exposition.match(/(?<=^# HELP )\S+/gm))
    const histograms = exposition.match(/(?<=^# TYPE )\S+(?= histogram$)/gm) ?? []
    for (const name of histograms)
      for (const suffix of ['_bucket', '_count', '_sum']) declared.add(`${name}${suffix}`)
    for (const { records } of expressions) if (records !== undefined) declared.add(records)
    // The first two are Prometheus' own, the third is declared with the first error of a metric.
    for (const name of ['up', 'ALERTS', await nameOfErrors()]) declared.add(name)

    const unknown = expressions.flatMap(({ place, text }) =>
      selectorsOf(text)
        .map(metricOf)
        .filter((name) => !declared.has(name))
        .map((name) => `${place}: ${name}`),
    )
    assert.deepEqual(unknown, [])
  })

  it('each selector selects series, and each panel has a value', { timeout: 90_000 }, async () => {
    const isExcused = (selector: string) => WITHOUT_SERIES.some(([pattern]) => pattern.test(selector))
    await untilReady(
      [`${api}/query?query=up`],
      async (url) => (await fetch(url).catch(() => undefined))?.ok === true,
    )

    const selectors = [...new Set(expressions.flatMap(({ text }) => selectorsOf(text)))].filter(
      (selector) => !isExcused(selector),
    )
    assert.ok(selectors.length > 80, `${selectors.length} selectors`)
    const withoutSeries = await untilReady(
      selectors,
      async (match) => (await request<unknown[]>('series', { 'match[]': match })).length > 0,
    )
    assert.deepEqual(withoutSeries, [])

    // What is excused must show 0 where its expression says so.
    const shown = expressions.filter(
      ({ isShown, text }) => isShown && (text.includes(' or ') || !selectorsOf(text).every(isExcused)),
    )
    assert.ok(shown.length > 60, `${shown.length} queries of panels`)
    const empty = await untilReady(shown, async (expression) =>
      (await valuesOf(expression)).some((value) => !Number.isNaN(value)),
    )
    assert.deepEqual(
      empty.map(({ place, text }) => `${place}: ${text}`),
      [],
    )
  })

  it('each rule is evaluated without an error, and no alert fires', async () => {
    type Rule = { name: string; health: string; lastError?: string; state?: string }
    const { data } = (await (await fetch(`${api}/rules`)).json()) as { data: { groups: { rules: Rule[] }[] } }
    const rules = data.groups.flatMap((group) => group.rules)
    assert.deepEqual(
      rules.filter(({ health, state }) => health !== 'ok' || state === 'firing'),
      [],
    )
    assert.ok(rules.length > 40)
  })

  it('each query of an alert is valid', async () => {
    await Promise.all(expressions.map(valuesOf))
  })
})

async function nameOfErrors(): Promise<string> {
  const registry = createRegistry({ onError: () => {} })
  registry.counter({ name: 'negative_total', help: 'Counts backwards.' }).inc(-1)
  const { body } = await expose(registry)
  const [name] = String(body).match(/(?<=^# HELP )metrics_err\S+/m) ?? []
  assert.ok(name !== undefined)
  return name
}

/** Starts Prometheus with the rules of deploy/, and with steps that suit data of a few seconds. */
async function startPrometheus(folder: string, port: number, target: string): Promise<ChildProcess> {
  for (const name of ['rules.yml', 'alerts.yml']) {
    const text = await readFile(join(root, 'deploy', name), 'utf8')
    await writeFile(join(folder, name), text.replaceAll(/(?<=\[\w+:)\w+(?=\])/g, '1s'))
  }
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: ['rules.yml', 'alerts.yml'],
    scrape_configs: [{ job_name: 'hitrate', static_configs: [{ targets: [target] }] }],
  }
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config)) // JSON is YAML
  return spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'inherit' },
  )
}

/**
 * Sends requests of all kinds until it is stopped: hits, misses, writes, purges, errors, unknown paths, aborts. Changes users in
 * the database file too, so that audits find differences.
 */
function startTraffic(url: string, file: string): () => Promise<void> {
  const database = new DatabaseSync(file, { timeout: 1000 })
  const rename = database.prepare("UPDATE users SET name = 'Eve' WHERE id = ?")
  let isStopped = false
  const json = { 'content-type': 'application/json' }
  const send = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init).catch(() => undefined) // an aborted one
    await response?.text()
  }
  async function run(): Promise<void> {
    for (let i = 0; !isStopped; i++) {
      const id = `made_${i}`
      const user = JSON.stringify({ id, name: 'Ada', email: 'ada@example.com' })
      await send('/api/user', { method: 'POST', headers: json, body: user })
      await send('/api/user', { method: 'POST', headers: json, body: '{}' })
      await Promise.all(Array.from({ length: 4 }, () => send(`/api/user/${id}`)))
      // The first 1,024 reads of each thread have no predicted hit ratio.
      for (let hit = 0; hit < (i === 0 ? 120 : 10); hit++)
        await Promise.all(Array.from({ length: 20 }, () => send(`/api/user/${id}`)))
      await sleep(300) // the hits above have used up the audits of this second
      rename.run(id)
      for (let hit = 0; hit < 20; hit++) await send(`/api/user/${id}`)
      await sleep(300) // an audit is void if the write below comes within its time of grace
      await send(`/api/user/${id}`, { method: 'PUT', headers: json, body: user })
      // Nothing is stored for it, so the answer is a 504.
      await send(`/api/user/absent_${i}`, { headers: { 'cache-control': 'only-if-cached' } })
      await send('/nowhere')
      await send(`/api/user/left_${i}`, { signal: AbortSignal.timeout(5) })
      await send('/admin/purge', {
        method: 'POST',
        headers: { ...json, authorization: 'Bearer a-token-for-purges' },
        body: JSON.stringify(i % 2 === 0 ? { tags: ['users'] } : { all: true }),
      })
      await send(`/api/user/${id}`, { method: 'DELETE' })
    }
  }
  const running = run()
  return async () => {
    isStopped = true
    await running
    database.close()
  }
}
