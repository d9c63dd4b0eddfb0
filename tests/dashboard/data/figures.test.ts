/** The figures of the page beside the exposition of the same snapshot, with generated traffic. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { Quantiles } from '../../../src/dashboard/data/dashboard-data.ts'
import { figures } from '../../../src/dashboard/data/figures.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { httpMetrics } from '../../../src/http/measured/http-metrics.ts'
import { measured } from '../../../src/http/measured/measured.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, merge, type Registry, type Snapshot } from '../../../src/metrics/index.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { samplesOf } from '../../support/samples.ts'
import { seededRandom } from '../../support/seeded-random.ts'

type Samples = ReadonlyMap<string, number>

const NAMES = ['pages', 'rates']

/** One thread of a service with two caches. */
function createThread(registry: Registry) {
  const process = {
    startTimeSeconds: () => 1_700_000_000,
    cpuSeconds: () => 12.5,
    residentMemoryBytes: () => 1e8,
  }
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test', process })
  const caches = NAMES.map((name) =>
    createCache({
      name,
      memory: memoryStore({ maxEntries: 20 }),
      onEvent: instruments.onCacheEvent,
      audit: 0.2,
    }),
  )
  instruments.watch(...caches)
  const app = new Hono()
  app.use(measured({ onStart: instruments.onRequestStart, onEnd: instruments.onRequestEnd }))
  for (const cache of caches) {
    app.get(`/${cache.name}/:id`, cached({ cache, targetedControl: 'max-age=60' }), (c) => {
      return c.text(c.req.param('id'), c.req.param('id') === '13' ? 500 : 200)
    })
  }
  app.post('/users', (c) => c.text('made', 201))
  return { app, caches }
}

async function drive(
  { app, caches }: ReturnType<typeof createThread>,
  random: () => number,
  requests: number,
) {
  for (let i = 0; i < requests; i++) {
    const cache = caches[random() < 0.7 ? 0 : 1] ?? assert.fail()
    const draw = random()
    if (draw < 0.05) await app.request('/users', { method: 'POST' })
    else if (draw < 0.07) await app.request('/none')
    else if (draw < 0.1) await cache.invalidateTags([`tag ${i % 3}`])
    else if (draw < 0.15) await cache.read(`key ${i % 9}`, () => i, { ttlMs: 1000, strategy: 'bypass' })
    else if (draw < 0.2) await cache.read('fails', () => Promise.reject(new Error('no'))).catch(() => {})
    else await app.request(`/${cache.name}/${Math.floor(random() * 40)}`)
  }
}

/** PromQL's `sum(metric{...})`. */
function sum(samples: Samples, metric: string, ...labels: string[]): number | undefined {
  const found = [...samples].filter(
    ([series]) => series.replace(/\{.*/s, '') === metric && labels.every((label) => series.includes(label)),
  )
  return found.length === 0 ? undefined : found.reduce((total, [, value]) => total + value, 0)
}

/** PromQL's `histogram_quantile`, from the cumulative buckets of the exposition. */
function quantile(q: number, samples: Samples, metric: string, ...labels: string[]): number {
  const bounds = new Set(
    [...samples.keys()]
      .filter((series) => series.startsWith(`${metric}_bucket{`))
      .map((series) => /le="([^"]+)"/.exec(series)?.[1] ?? ''),
  )
  const buckets = [...bounds].map((le) => ({
    le: Number(le.replace('+Inf', 'Infinity')),
    count: sum(samples, `${metric}_bucket`, `le="${le}"`, ...labels) ?? 0,
  }))
  const rank = q * (buckets.at(-1)?.count ?? 0)
  const i = buckets.findIndex(({ count }) => count >= rank)
  if (i === buckets.length - 1) return buckets.at(-2)?.le ?? Number.NaN
  const [lower, upper] = [buckets[i - 1] ?? { le: 0, count: 0 }, buckets[i] ?? { le: 0, count: 0 }]
  return lower.le + ((upper.le - lower.le) * (rank - lower.count)) / (upper.count - lower.count)
}

function checkQuantiles(shown: Quantiles | undefined, samples: Samples, metric: string, ...labels: string[]) {
  const about = `${metric} ${labels.join(' ')}`
  assert.equal(shown?.count ?? 0, sum(samples, `${metric}_count`, ...labels) ?? 0, about)
  if (shown === undefined) return
  for (const [q, value] of [
    [0.5, shown.p50],
    [0.99, shown.p99],
  ] as const) {
    const expected = quantile(q, samples, metric, ...labels)
    assert.ok(Math.abs(value - expected) <= 1e-9 * expected, `${about}: ${value} instead of ${expected}`)
  }
}

/** Compares every figure with the exposition. Returns the number of reads, so that a test sees that there were some. */
function checkAgainstExposition(snapshot: Snapshot, shown: ReturnType<typeof figures>): number {
  const samples = samplesOf(renderText(snapshot))
  for (const cache of shown.caches) {
    const label = `cache="${cache.name}"`
    const counts = [
      ['cache_reads_total', 'outcome', cache.reads],
      ['cache_loads_total', 'result', cache.loads],
      ['cache_evictions_total', 'reason', cache.evictions],
      ['cache_invalidations_total', 'scope', cache.invalidations],
      ['cache_warnings_total', 'warning', cache.warnings],
      ['cache_audit_total', 'result', cache.audits],
      ['cache_predicted_hit_ratio', 'size', cache.predictedHitRatio],
    ] as const
    for (const [metric, by, figure] of counts) {
      const values = Object.entries(figure ?? {})
      assert.deepEqual(
        values.map(([value]) => sum(samples, metric, label, `${by}="${value}"`)),
        values.map(([, count]) => count),
        `${metric} of ${cache.name}`,
      )
      const total = values.reduce((all, [, count]) => all + count, 0)
      assert.ok(Math.abs(total - (sum(samples, metric, label) ?? 0)) < 1e-9, `all of ${metric} are shown`)
    }
    assert.equal(cache.stored?.entries, sum(samples, 'cache_entries', label))
    assert.equal(cache.stored?.bytes, sum(samples, 'cache_size_bytes', label))
    assert.equal(cache.stored?.maxBytes, sum(samples, 'cache_max_size_bytes', label))
    for (const { tier, isUp, operations } of cache.tiers) {
      assert.equal(operations, sum(samples, 'cache_tier_operations_total', label, `tier="${tier}"`))
      assert.equal(isUp, sum(samples, 'cache_tier_up', label, `tier="${tier}"`) === 1)
    }
    checkQuantiles(cache.latency.hit, samples, 'cache_read_duration_seconds', label, 'outcome="hit"')
    checkQuantiles(cache.latency.load, samples, 'cache_load_duration_seconds', label)
  }
  for (const { method, route, requests, errors, latency } of shown.routes) {
    const labels = [`method="${method}"`, `route="${route}"`]
    assert.equal(requests, sum(samples, 'http_request_duration_seconds_count', ...labels))
    assert.equal(errors, sum(samples, 'http_request_duration_seconds_count', ...labels, 'status="5') ?? 0)
    checkQuantiles(latency, samples, 'http_request_duration_seconds', ...labels)
  }
  assert.equal(shown.requests?.requests, sum(samples, 'http_request_duration_seconds_count'))
  assert.equal(shown.requestsInFlight, sum(samples, 'http_requests_in_flight'))
  assert.equal(shown.process?.cpuSeconds, sum(samples, 'process_cpu_seconds_total'))
  assert.equal(shown.process?.residentBytes, sum(samples, 'process_resident_memory_bytes'))
  assert.equal(shown.process?.threadRestarts, sum(samples, 'hitrate_thread_restarts_total'))
  assert.deepEqual(shown.build, { version: '1.2.3', runtime: 'test' })
  return sum(samples, 'cache_reads_total') ?? 0
}

const seed = Number(process.env.HITRATE_SEED ?? Date.now() % 1e6)

describe('the figures of the page', () => {
  it(`are those of the exposition, with two caches (seed ${seed})`, async () => {
    const registry = createRegistry()
    const thread = createThread(registry)
    await drive(thread, seededRandom(seed), 400)
    const snapshot = await registry.collectAsync()
    const shown = figures({ snapshot, caches: thread.caches, showKeys: true })
    assert.deepEqual(
      shown.caches.map(({ name }) => name),
      NAMES,
    )
    assert.ok(checkAgainstExposition(snapshot, shown) > 200)
    const rate = samplesOf(renderText(snapshot)).get('cache_hit_rate') ?? Number.NaN
    const rates = shown.caches.map(({ hitRate = Number.NaN }) => hitRate)
    assert.ok(Math.min(...rates) <= rate && rate <= Math.max(...rates))
  })

  it(`are the sums over two threads (seed ${seed})`, async () => {
    const registry = createRegistry()
    const other = createRegistry()
    other.attach(registry.share())
    const threads = [createThread(registry), createThread(other)]
    const random = seededRandom(seed)
    for (const thread of threads) await drive(thread, random, 150)
    other.publish()
    const snapshot = registry.collect()
    const shown = figures({ snapshot, caches: threads[0]?.caches ?? [], showKeys: false })
    checkAgainstExposition(snapshot, shown)
    const [first] = threads.map(({ caches }) => caches[0]?.stats().entries ?? 0)
    assert.ok((shown.caches[0]?.stored?.entries ?? 0) > (first ?? 0), 'entries of both threads')
    assert.equal(shown.process?.threads, 2)
  })

  it(`are those of several registries that scrape merges (seed ${seed})`, async () => {
    const registries = [createRegistry(), createRegistry()]
    const processes = registries.map(createThread)
    const random = seededRandom(seed)
    for (const one of processes) await drive(one, random, 100)
    const snapshot = merge(registries.map((registry) => registry.collect()))
    checkAgainstExposition(snapshot, figures({ snapshot, caches: [], showKeys: false }))
  })

  it('have no part that the registry and the caches lack', () => {
    assert.deepEqual(figures({ snapshot: { families: [] }, caches: [], showKeys: false }), {
      caches: [],
      routes: [],
    })
  })

  it('have only requests with httpMetrics alone, and the state of the caches', async () => {
    const registry = createRegistry()
    const app = new Hono()
    app.use(httpMetrics(registry))
    app.get('/users/:id', (c) => c.text('x'))
    await app.request('/users/1')
    const cache = createCache({ name: 'plain', memory: memoryStore({ maxBytes: 1e6 }) })
    await cache.write('a', 1)
    const {
      caches,
      routes,
      process: shown,
    } = figures({
      snapshot: registry.collect(),
      caches: [cache],
      showKeys: false,
    })
    assert.deepEqual(
      routes.map(({ method, route, requests }) => ({ method, route, requests })),
      [{ method: 'GET', route: '/users/:id', requests: 1 }],
    )
    const [plain] = caches
    assert.deepEqual(Object.keys(plain ?? {}).sort(), ['latency', 'name', 'stored', 'tiers', 'top'])
    assert.deepEqual(plain?.tiers, [{ tier: 'memory', isUp: true }])
    assert.equal(plain?.stored?.maxBytes, 1e6)
    assert.equal(shown, undefined)
  })

  it('list at most 20 routes, those with most requests first', () => {
    const registry = createRegistry()
    const instruments = createInstruments({ registry, version: '1', runtime: 'test' })
    for (let i = 0; i < 30; i++) {
      for (let n = 0; n <= i; n++) {
        instruments.onRequest({ method: 'GET', route: `/${i}`, status: 200, durationMs: 1 })
      }
    }
    const { routes, requests } = figures({ snapshot: registry.collect(), caches: [], showKeys: false })
    assert.deepEqual([routes.length, routes[0]?.route, routes[19]?.route], [20, '/29', '/10'])
    assert.equal(requests?.requests, 465)
  })

  it('show keys of entries only if that is wanted', async () => {
    const cache = createCache({ memory: memoryStore() })
    await cache.write('secret', 1)
    const shown = (showKeys: boolean) => {
      const { caches } = figures({ snapshot: { families: [] }, caches: [cache], showKeys })
      return JSON.stringify(caches)
    }
    assert.equal(shown(true).includes('secret'), true)
    assert.equal(shown(false).includes('secret'), false)
  })
})
