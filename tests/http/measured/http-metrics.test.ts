import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { scrape } from '../../../src/http/endpoints/scrape.ts'
import { front } from '../../../src/http/front/front.ts'
import { type HttpMetricsOptions, httpMetrics } from '../../../src/http/measured/http-metrics.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry, expose, type Registry } from '../../../src/metrics/index.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { scraped } from '../../support/samples.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function appWith(options: HttpMetricsOptions = {}) {
  const registry = createRegistry()
  const metrics = httpMetrics(registry, options)
  const cache = createCache({ memory: memoryStore() })
  const app = new Hono()
  app.use(metrics)
  app.get('/users/:id', (c) => c.text('user'))
  app.post('/users', async (c) => c.json({ length: (await c.req.text()).length }, 201))
  app.get('/cached/:id', cached({ cache, targetedControl: 'max-age=60', front: true }), (c) =>
    c.text('cached'),
  )
  app.get('/throws', () => {
    throw new Error('broken')
  })
  app.get('/stream', (c) => c.body(new ReadableStream({ start: (controller) => controller.close() })))
  app.get('/metrics', scrape(registry))
  app.get('*', (c) => c.text('<spa>'))
  app.onError((_, c) => c.text('error', 500))
  const get = async (path: string, init?: RequestInit) => (await app.request(path, init)).text()
  return { app, registry, metrics, cache, get, samples: () => scraped(registry) }
}

const count = (method: string, route: string, status: number) =>
  `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`
const size = (kind: 'request' | 'response', part: 'count' | 'sum', method: string, route: string) =>
  `http_${kind}_size_bytes_${part}{method="${method}",route="${route}"}`

describe('httpMetrics', () => {
  it('counts requests by method, route and status, and their sizes', async () => {
    const { get, samples } = appWith()
    await get('/users/1')
    await get('/users/2')
    await get('/users/2', { method: 'HEAD' })
    const headers = { 'content-length': '10' }
    await get('/users', { method: 'POST', body: '0123456789', headers })
    await get('/throws')
    await get('/about')
    await get('/users/1', { method: 'PROPFIND' })
    const seen = samples()
    assert.equal(seen.get(count('GET', '/users/:id', 200)), 2)
    assert.equal(seen.get(count('HEAD', '/users/:id', 200)), 1)
    assert.equal(seen.get(count('POST', '/users', 201)), 1)
    assert.equal(seen.get(count('GET', '/throws', 500)), 1)
    assert.equal(seen.get(count('GET', '/*', 200)), 1)
    assert.equal(seen.get(count('other', '/*', 404)), 1)
    assert.equal(seen.get('http_requests_in_flight'), 0)
    assert.equal(seen.get(size('response', 'sum', 'GET', '/users/:id')), 8)
    assert.equal(seen.get(size('response', 'count', 'GET', '/users/:id')), 2)
    assert.equal(seen.get(size('response', 'sum', 'HEAD', '/users/:id')), 0)
    assert.equal(seen.get(size('request', 'sum', 'POST', '/users')), 10)
    assert.equal(seen.get(size('request', 'count', 'GET', '/users/:id')), undefined)
  })

  it('counts hits of cached() and of a front, each once', async () => {
    const { app, metrics, cache, samples } = appWith()
    const fetch = front(app.fetch, { cache, onRequest: metrics.onRequest })
    for (const _ of [1, 2, 3, 4]) await (await fetch(new Request('http://localhost/cached/1'))).text()
    const seen = samples()
    assert.equal(seen.get(count('GET', '/cached/:id', 200)), 4)
    assert.equal(seen.get(size('response', 'sum', 'GET', '/cached/:id')), 24)
    assert.equal(seen.get('http_requests_in_flight'), 0)
  })

  it('has the scrape in flight, and leaves out the paths of skip', async () => {
    const { get } = appWith()
    assert.match(await get('/metrics'), /^http_requests_in_flight 1$/m)
    const skipping = appWith({ skip: ['/metrics', '/about'] })
    for (const path of ['/metrics', '/about']) await skipping.get(path)
    assert.match(await skipping.get('/metrics'), /^http_requests_in_flight 0$/m)
    assert.doesNotMatch(await skipping.get('/metrics'), /_count/)
    const byFunction = appWith({ skip: (c) => c.req.path.startsWith('/users') })
    await byFunction.get('/users/1')
    await byFunction.get('/about')
    assert.equal(byFunction.samples().get(count('GET', '/users/:id', 200)), undefined)
    assert.equal(byFunction.samples().get(count('GET', '/*', 200)), 1)
  })

  it('caps routes and statuses, and uses the buckets of the options', async () => {
    const { get, samples } = appWith({ maxRoutes: 1, maxStatuses: 1, durationBuckets: [1], sizeBuckets: [5] })
    await get('/users/1')
    await get('/throws')
    const seen = samples()
    assert.equal(seen.get(count('GET', '/users/:id', 200)), 1)
    assert.equal(
      seen.get('http_request_duration_seconds_count{method="GET",route="other",status="other"}'),
      1,
    )
    assert.equal(
      seen.get('http_request_duration_seconds_bucket{method="GET",route="/users/:id",status="200",le="1"}'),
      1,
    )
    assert.equal(seen.get('http_response_size_bytes_bucket{method="GET",route="/users/:id",le="5"}'), 1)
  })

  it('has native buckets with the option native', () => {
    for (const native of [true, false]) {
      const registry = createRegistry()
      httpMetrics(registry, { native })
      const families = registry.collect().families.filter(({ type }) => type === 'histogram')
      assert.deepEqual(
        families.map((family) => 'native' in family && family.native !== undefined),
        Array(3).fill(native),
      )
    }
  })

  it('makes the trace of a request the exemplar of its duration', async () => {
    for (const exemplars of [true, false]) {
      const { get, registry } = appWith({ exemplars })
      await get('/users/1', { headers: { traceparent } })
      await get('/throws', { headers: { traceparent: traceparent.replace(/01$/, '00') } })
      const { body } = await expose(registry, { accept: 'application/openmetrics-text' })
      const lines = (body as string).split('\n').filter((line) => line.includes('# {'))
      assert.equal(lines.length, exemplars ? 1 : 0)
      if (!exemplars) continue
      assert.match(
        lines[0] ?? '',
        /route="\/users\/:id".*# \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"\} /,
      )
    }
  })

  it('shares its metrics with createInstruments on the same registry', async () => {
    const { registry, get, samples } = appWith()
    const instruments = createInstruments({ registry, version: '1', runtime: 'test' })
    instruments.onRequest({ method: 'GET', route: '/users/:id', status: 200, durationMs: 1 })
    await get('/users/1')
    assert.equal(samples().get(count('GET', '/users/:id', 200)), 2)
  })

  it('changes no response when an operation of a metric or skip throws', async () => {
    const fail = () => {
      throw new Error('no room')
    }
    const registry = { ...createRegistry(), histogram: () => ({ with: fail }) } as unknown as Registry
    const seen: string[] = []
    const onError = (error: unknown, callback: string) => seen.push(`${callback} ${(error as Error).message}`)
    const metrics = httpMetrics(registry, { skip: fail, onError })
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    app.use(metrics)
    app.get('/', cached({ cache, targetedControl: 'max-age=60', front: true }), (c) => c.text('x'))
    const fetch = front(app.fetch, { cache, onRequest: metrics.onRequest, onError })
    for (const _ of [1, 2, 3, 4]) {
      const response = await fetch(new Request('http://localhost/', { headers: { traceparent } }))
      assert.deepEqual([response.status, await response.text()], [200, 'x'])
    }
    assert.deepEqual(seen, ['skip no room', 'onEnd no room', 'onHit no room', 'onRequest no room'])
  })

  const invalid: [args: unknown[], message: string][] = [
    [[], 'httpMetrics: registry must be a registry such as createRegistry(), got undefined'],
    [[{}], 'httpMetrics: registry must be a registry such as createRegistry(), got an object'],
    [[createRegistry(), { skip: 1 }], 'httpMetrics: skip must be an array of paths or a function, got 1'],
    [
      [createRegistry(), { buckets: [] }],
      'httpMetrics: unknown option "buckets"; did you mean "sizeBuckets"?',
    ],
    [[createRegistry(), { native: 1 }], 'httpMetrics: native must be a boolean, got 1'],
  ]
  for (const [args, message] of invalid) {
    it(`rejects ${message}`, () => {
      assert.throws(() => (httpMetrics as (...args: unknown[]) => unknown)(...args), {
        name: 'TypeError',
        message,
      })
    })
  }
})
