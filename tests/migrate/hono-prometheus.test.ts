/** The rows of docs/migrate/hono-prometheus.md: the same requests to an app with @hono/prometheus and with httpMetrics. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { scrape } from '../../src/http/endpoints/scrape.ts'
import { type HttpMetricsOptions, httpMetrics } from '../../src/http/measured/http-metrics.ts'
import { createRegistry, declareProcessMetrics } from '../../src/metrics/index.ts'
import { processReaders } from '../../src/metrics/process/process-readers.ts'
import { importTool, skipUnlessTool } from '../support/tools.ts'
import { importPromClient, type PromClient } from './prom-client-module.ts'
import { seriesOf } from './series.ts'

/** The part of @hono/prometheus that the tests call. */
interface HonoPrometheus {
  prometheus(options?: object): {
    printMetrics: (c: Context) => Promise<Response>
    registerMetrics: MiddlewareHandler
  }
}

const skip = skipUnlessTool('@hono/prometheus') || skipUnlessTool('prom-client')

describe('@hono/prometheus and httpMetrics', { skip }, () => {
  let hono: HonoPrometheus
  let prom: PromClient
  before(async () => {
    hono = await importTool<HonoPrometheus>('@hono/prometheus')
    prom = await importPromClient()
  })

  const authorized = { headers: { token: '1' } }

  /** The routes of both apps. */
  function addRoutes(app: Hono): void {
    app.use('/api/*', async (c, next) => (c.req.header('token') ? next() : c.text('no', 401)))
    app.get('/api/user/:id', (c) => c.text('user'))
    app.post('/api/user/:id', (c) => c.text('made', 201))
    app.get('/fail', () => {
      throw new Error('fails')
    })
    app.get('/moved', (c) => c.redirect('/elsewhere'))
    app.get('/spa/*', (c) => c.html('spa'))
    app.onError((_error, c) => c.text('failed', 500))
  }

  async function scraped(app: Hono, requests: readonly [path: string, init?: RequestInit][]) {
    addRoutes(app)
    for (const [path, init] of requests) await (await app.request(path, init)).text()
    return seriesOf(await (await app.request('/metrics')).text())
  }

  function theirs(requests: readonly [path: string, init?: RequestInit][], options: object = {}) {
    const app = new Hono()
    const { printMetrics, registerMetrics } = hono.prometheus(options)
    app.use('*', registerMetrics)
    app.get('/metrics', printMetrics)
    return scraped(app, requests)
  }

  function ours(
    requests: readonly [path: string, init?: RequestInit][],
    options: HttpMetricsOptions = {},
    registry = createRegistry(),
  ) {
    const app = new Hono()
    app.use(httpMetrics(registry, options))
    app.get('/metrics', scrape(registry))
    return scraped(app, requests)
  }

  /** The series of one name, without the label `ok`, which has no counterpart. */
  function counts(series: Record<string, number>, name: string): Record<string, number> {
    const ofName = Object.entries(series).filter(([key]) => key.startsWith(`${name}{`))
    return Object.fromEntries(
      ofName.map(([key, value]) => [key.slice(name.length).replace(/,ok="\w+"/, ''), value]),
    )
  }

  it('the count of the histogram is http_requests_total, by method, route and status', async () => {
    const requests: [string, RequestInit?][] = [
      ['/api/user/1', authorized],
      ['/api/user/2', authorized],
      ['/api/user/1', { ...authorized, method: 'POST' }],
      ['/api/user/1', { ...authorized, method: 'HEAD' }],
      ['/fail'],
      ['/moved'],
      ['/none'],
      ['/spa/a/b'],
      ['/metrics'],
    ]
    const [before, after] = [await theirs(requests), await ours(requests)]
    const expected = counts(before, 'http_requests_total')
    assert.equal(Object.keys(expected).length, 8)
    assert.deepEqual(counts(after, 'http_request_duration_seconds_count'), expected)
    assert.deepEqual(counts(before, 'http_request_duration_seconds_count'), expected)
  })

  it('ok="true" is a status from 200 to 299', async () => {
    const requests: [string, RequestInit?][] = [['/moved'], ['/none'], ['/fail'], ['/spa/a']]
    const series = Object.keys(await theirs(requests)).filter((name) =>
      name.startsWith('http_requests_total{'),
    )
    assert.equal(series.length, 4)
    for (const name of series) assert.equal(name.includes('ok="true"'), /status="2\d\d"/.test(name), name)
  })

  it('a request that middleware refuses has the route that it would have reached', async () => {
    const requests: [string, RequestInit?][] = [['/api/user/1']]
    const label = (route: string) => `{method="GET",route="${route}",status="401"}`
    assert.deepEqual(Object.keys(counts(await theirs(requests), 'http_requests_total')), [label('/api/*')])
    assert.deepEqual(Object.keys(counts(await ours(requests), 'http_request_duration_seconds_count')), [
      label('/api/user/:id'),
    ])
  })

  it('durationBuckets are their buckets', async () => {
    const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    const bounds = (series: Record<string, number>) =>
      Object.keys(series).flatMap(
        (name) => /^http_request_duration_seconds_bucket.*le="([^"]+)"/.exec(name)?.[1] ?? [],
      )
    const requests: [string][] = [['/spa/a']]
    assert.deepEqual(bounds(await ours(requests, { durationBuckets })), bounds(await theirs(requests)))
    const buckets = [0.1, 1]
    assert.deepEqual(
      bounds(await ours(requests, { durationBuckets: buckets })),
      bounds(await theirs(requests, { metricOptions: { requestDuration: { buckets } } })),
    )
  })

  it('metrics of your own stand on the same registry', async () => {
    const before = new prom.Registry()
    new prom.Counter({ name: 'jobs_total', help: 'Jobs.', registers: [before] }).inc()
    const after = createRegistry()
    after.counter({ name: 'jobs_total', help: 'Jobs.' }).inc()
    assert.equal((await theirs([], { registry: before })).jobs_total, 1)
    assert.equal((await ours([], {}, after)).jobs_total, 1)
  })

  it('collectDefaultMetrics has its counterpart', async () => {
    const registry = createRegistry()
    const readers = processReaders()
    declareProcessMetrics(registry, readers)
    const after = await ours([], {}, registry)
    readers.close()
    const before = await theirs([], { collectDefaultMetrics: true })
    for (const name of ['process_cpu_user_seconds_total', 'nodejs_eventloop_lag_p99_seconds']) {
      assert.ok(name in before && name in after, name)
    }
  })

  it('requests for /metrics are counted, unless they are skipped', async () => {
    const requests: [string][] = [['/metrics']]
    const label = '{method="GET",route="/metrics",status="200"}'
    assert.equal(counts(await theirs(requests), 'http_requests_total')[label], 1)
    const name = 'http_request_duration_seconds_count'
    assert.equal(counts(await ours(requests), name)[label], 1)
    assert.equal(counts(await ours(requests, { skip: ['/metrics'] }), name)[label], undefined)
  })

  it('a method that no route uses does not become a label', async () => {
    const requests: [string, RequestInit][] = [['/spa/a', { method: 'PROPFIND' }]]
    const methods = (series: Record<string, number>, name: string) => Object.keys(counts(series, name))
    assert.match(methods(await theirs(requests), 'http_requests_total')[0] ?? '', /method="PROPFIND"/)
    assert.match(
      methods(await ours(requests), 'http_request_duration_seconds_count')[0] ?? '',
      /method="other"/,
    )
  })

  it('prefix, disabled and customLabels need a declaration of your own', async () => {
    const series = await theirs([['/spa/a']], {
      prefix: 'shop_',
      metricOptions: {
        requestDuration: { disabled: true },
        requestsTotal: { customLabels: { content_type: (c: Context) => c.res.headers.get('content-type') } },
      },
    })
    assert.deepEqual(Object.keys(series), [
      'shop_http_requests_total{content_type="text/html; charset=UTF-8",method="GET",ok="true",route="/spa/*",status="200"}',
    ])
  })
})
