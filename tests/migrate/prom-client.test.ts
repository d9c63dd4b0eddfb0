/** The rows of docs/migrate/prom-client.md: the code of prom-client beside ours, with the same series. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { measured } from '../../src/http/measured/measured.ts'
import {
  createRegistry,
  declareProcessMetrics,
  expose,
  merge,
  type Registry,
} from '../../src/metrics/index.ts'
import { processReaders } from '../../src/metrics/process/process-readers.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { skipUnlessTool } from '../support/tools.ts'
import { importPromClient, type PromClient } from './prom-client-module.ts'
import { seriesOf } from './series.ts'

const isBun = process.versions.bun !== undefined

describe('prom-client and hitrate/metrics', { skip: skipUnlessTool('prom-client') }, () => {
  let prom: PromClient
  before(async () => {
    prom = await importPromClient()
  })

  /** Two empty registries, and a check that they show the same series. */
  function pair() {
    const theirs = new prom.Registry()
    const ours = createRegistry({
      onError(error) {
        throw error
      },
    })
    return {
      theirs,
      ours,
      of: { registers: [theirs] },
      async areEqual(): Promise<Record<string, number>> {
        const series = seriesOf(await theirs.metrics())
        assert.deepEqual(await seriesOfOurs(ours), series)
        return series
      },
    }
  }

  async function seriesOfOurs(registry: Registry): Promise<Record<string, number>> {
    return seriesOf((await expose(registry)).body as string)
  }

  it('a counter with labels', async () => {
    const { ours, of, areEqual } = pair()
    const head = { name: 'jobs_total', help: 'Jobs.' }
    const before = new prom.Counter({ ...head, labelNames: ['result'], ...of })
    before.inc({ result: 'ok' })
    before.inc({ result: 'ok' }, 2)
    before.labels('failed').inc()

    const after = ours.counter({ ...head, labels: { result: { max: 10 } } })
    after.with({ result: 'ok' }).inc()
    after.with({ result: 'ok' }).inc(2)
    after.with({ result: 'failed' }).inc()
    assert.deepEqual(await areEqual(), { 'jobs_total{result="failed"}': 1, 'jobs_total{result="ok"}': 3 })
  })

  it('a counter of fractions', async () => {
    const { ours, of, areEqual } = pair()
    const before = new prom.Counter({ name: 'busy_seconds_total', help: 'Busy.', ...of })
    const after = ours.counter({ name: 'busy_seconds_total', help: 'Busy.', scale: 1e9 })
    for (const seconds of [0.5, 0.25, 3]) {
      before.inc(seconds)
      after.inc(seconds)
    }
    assert.deepEqual(await areEqual(), { busy_seconds_total: 3.75 })
  })

  it('a gauge', async () => {
    const { ours, of, areEqual } = pair()
    const before = new prom.Gauge({ name: 'queue_length', help: 'Queue.', ...of })
    before.set(5)
    before.inc(2)
    before.dec()

    const after = ours.gauge({ name: 'queue_length', help: 'Queue.' })
    after.set(5)
    after.inc(2)
    after.dec()
    assert.deepEqual(await areEqual(), { queue_length: 6 })
  })

  it('setToCurrentTime', async () => {
    const { theirs, ours, of } = pair()
    new prom.Gauge({ name: 'last_run_seconds', help: 'Run.', ...of }).setToCurrentTime()
    ours.gauge({ name: 'last_run_seconds', help: 'Run.' }).set(Date.now() / 1000)
    const [one = 0, other = 0] = [seriesOf(await theirs.metrics()), await seriesOfOurs(ours)].map(
      (series) => series.last_run_seconds,
    )
    assert.ok(Math.abs(one - other) < 1, `${one} and ${other}`)
  })

  it('a histogram, with buckets of its own', async () => {
    const { ours, of, areEqual } = pair()
    const head = { name: 'job_seconds', help: 'Jobs.', buckets: [0.1, 1] }
    const before = new prom.Histogram({ ...head, labelNames: ['kind'], ...of })
    before.observe({ kind: 'mail' }, 0.5)
    before.labels('mail').observe(2)

    const after = ours.histogram({ ...head, labels: { kind: { max: 10 } } })
    after.with({ kind: 'mail' }).observe(0.5)
    after.with({ kind: 'mail' }).observe(2)
    assert.equal((await areEqual())['job_seconds_sum{kind="mail"}'], 2.5)
  })

  it('the default buckets', async () => {
    const { ours, of, areEqual } = pair()
    new prom.Histogram({ name: 'job_seconds', help: 'Jobs.', ...of }).observe(0.3)
    const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    ours.histogram({ name: 'job_seconds', help: 'Jobs.', buckets }).observe(0.3)
    await areEqual()
  })

  it('linearBuckets and exponentialBuckets', () => {
    assert.deepEqual(
      prom.linearBuckets(0, 5, 4),
      Array.from({ length: 4 }, (_, i) => 0 + 5 * i),
    )
    assert.deepEqual(
      prom.exponentialBuckets(1, 2, 4),
      Array.from({ length: 4 }, (_, i) => 1 * 2 ** i),
    )
  })

  it('startTimer, with labels at the start and at the end', async () => {
    const { theirs, ours, of } = pair()
    const head = { name: 'job_seconds', help: 'Jobs.', buckets: [100] }
    const before = new prom.Histogram({ ...head, labelNames: ['kind', 'result'], ...of })
    const after = ours.histogram({ ...head, labels: { kind: { max: 5 }, result: { max: 5 } } })
    before.startTimer({ kind: 'mail' })({ result: 'ok' })
    after.startTimer({ kind: 'mail' })({ result: 'ok' })
    const shown = [seriesOf(await theirs.metrics()), await seriesOfOurs(ours)]
    for (const series of shown) {
      const sum = 'job_seconds_sum{kind="mail",result="ok"}'
      assert.ok((series[sum] ?? -1) >= 0 && (series[sum] ?? 1) < 1)
      delete series[sum]
    }
    assert.deepEqual(shown[1], shown[0])
  })

  it('remove of a series', async () => {
    const { ours, of, areEqual } = pair()
    const head = { name: 'jobs_total', help: 'Jobs.' }
    const before = new prom.Counter({ ...head, labelNames: ['tenant'], ...of })
    const after = ours.counter({ ...head, labels: { tenant: { max: 10 } } })
    for (const tenant of ['a', 'b']) {
      before.inc({ tenant })
      after.with({ tenant }).inc()
    }
    before.remove({ tenant: 'a' })
    after.remove({ tenant: 'a' })
    assert.deepEqual(await areEqual(), { 'jobs_total{tenant="b"}': 1 })
    before.inc({ tenant: 'a' })
    after.with({ tenant: 'a' }).inc()
    assert.deepEqual(await areEqual(), { 'jobs_total{tenant="a"}': 1, 'jobs_total{tenant="b"}': 1 })
  })

  it('collect() that sets a gauge, with and without a promise', async () => {
    const { ours, of, areEqual } = pair()
    const lengthOf = async (queue: string) => pause(1, queue.length)
    const theirCollect = {
      collect(this: { set(value: number): void }) {
        this.set(3)
      },
    }
    new prom.Gauge({ name: 'waiting', help: 'Waiting.', ...theirCollect, ...of })
    new prom.Gauge({
      name: 'queue_length',
      help: 'Queue.',
      labelNames: ['queue'],
      async collect(this: { set(labels: object, value: number): void }) {
        for (const queue of ['mail', 'pdf']) this.set({ queue }, await lengthOf(queue))
      },
      ...of,
    })

    ours.gauge({ name: 'waiting', help: 'Waiting.', value: () => 3 })
    ours.gauge({
      name: 'queue_length',
      help: 'Queue.',
      labels: { queue: { max: 10 } },
      values: () =>
        Promise.all(['mail', 'pdf'].map(async (queue) => [{ queue }, await lengthOf(queue)] as const)),
    })
    assert.deepEqual(await areEqual(), {
      'queue_length{queue="mail"}': 4,
      'queue_length{queue="pdf"}': 3,
      waiting: 3,
    })
  })

  it('Registry.merge', async () => {
    const [a, b] = [pair(), pair()]
    new prom.Counter({ name: 'a_total', help: 'A.', ...a.of }).inc(1)
    new prom.Counter({ name: 'b_total', help: 'B.', ...b.of }).inc(2)
    a.ours.counter({ name: 'a_total', help: 'A.' }).inc(1)
    b.ours.counter({ name: 'b_total', help: 'B.' }).inc(2)
    const theirs = await prom.Registry.merge([a.theirs, b.theirs]).metrics()
    assert.deepEqual(seriesOf((await expose([a.ours, b.ours])).body as string), seriesOf(theirs))
  })

  it('AggregatorRegistry.aggregate', async () => {
    const [a, b] = [pair(), pair()]
    for (const { of, ours } of [a, b]) {
      new prom.Counter({ name: 'jobs_total', help: 'Jobs.', ...of }).inc(3)
      new prom.Gauge({ name: 'lag_seconds', help: 'Lag.', aggregator: 'max', ...of }).set(of === a.of ? 1 : 4)
      new prom.Histogram({ name: 'job_seconds', help: 'Jobs.', buckets: [1], ...of }).observe(2)
      ours.counter({ name: 'jobs_total', help: 'Jobs.' }).inc(3)
      ours.gauge({ name: 'lag_seconds', help: 'Lag.', threads: 'max' }).set(of === a.of ? 1 : 4)
      ours.histogram({ name: 'job_seconds', help: 'Jobs.', buckets: [1] }).observe(2)
    }
    const json = await Promise.all([a, b].map(({ theirs }) => theirs.getMetricsAsJSON()))
    const theirs = seriesOf(await prom.AggregatorRegistry.aggregate(json).metrics())
    const snapshot = merge([a.ours.collect(), JSON.parse(JSON.stringify(b.ours.collect()))])
    const ours = seriesOf((await expose({ collect: () => snapshot })).body as string)
    assert.deepEqual(ours, theirs)
    assert.equal(ours.lag_seconds, 4)
  })

  it('getMetricsAsJSON', async () => {
    const { theirs, ours, of } = pair()
    new prom.Counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['kind'], ...of }).inc({ kind: 'mail' })
    ours
      .counter({ name: 'jobs_total', help: 'Jobs.', labels: { kind: ['mail'] } })
      .with({ kind: 'mail' })
      .inc()
    const [before] = await theirs.getMetricsAsJSON()
    const [after] = JSON.parse(JSON.stringify(ours.collect())).families
    assert.deepEqual(
      [after.name, after.type, after.values],
      [before?.name, before?.type, [before?.values[0]?.value]],
    )
  })

  it('reset and clear: a registry of its own for each test', async () => {
    const { theirs, of } = pair()
    new prom.Counter({ name: 'jobs_total', help: 'Jobs.', ...of }).inc()
    theirs.resetMetrics()
    assert.deepEqual(seriesOf(await theirs.metrics()), { jobs_total: 0 })
    theirs.clear()
    assert.deepEqual(seriesOf(await theirs.metrics()), await seriesOfOurs(createRegistry()))
  })

  it('Summary: a native histogram has the same count and sum', async () => {
    const { theirs, ours, of } = pair()
    const before = new prom.Summary({ name: 'job_seconds', help: 'Jobs.', ...of })
    const after = ours.histogram({ name: 'job_seconds', help: 'Jobs.', native: true })
    for (const seconds of [0.5, 1, 2]) {
      before.observe(seconds)
      after.observe(seconds)
    }
    const [summary, histogram] = [seriesOf(await theirs.metrics()), await seriesOfOurs(ours)]
    for (const part of ['job_seconds_count', 'job_seconds_sum']) assert.equal(histogram[part], summary[part])
  })

  it('exemplars', async () => {
    const theirs = new prom.Registry(prom.Registry.OPENMETRICS_CONTENT_TYPE)
    const head = { name: 'job_seconds', help: 'Jobs.', buckets: [1] }
    const before = new prom.Histogram({ ...head, enableExemplars: true, registers: [theirs] })
    before.observe({ labels: {}, value: 0.5, exemplarLabels: { trace_id: 'abc' } })
    const ours = createRegistry()
    ours.histogram(head).observe(0.5, { trace_id: 'abc' })
    const { body } = await expose(ours, { accept: 'application/openmetrics-text; version=1.0.0' })
    const exemplar = (text: string) => / 1 # ([{]trace_id="abc"[}] 0[.]5) \d+/.exec(text)?.[1]
    assert.equal(exemplar(await theirs.metrics()), '{trace_id="abc"} 0.5')
    assert.equal(exemplar(body as string), '{trace_id="abc"} 0.5')
  })

  it('setDefaultLabels: a label of one value, or labels of the target', async () => {
    const { theirs, ours, of, areEqual } = pair()
    theirs.setDefaultLabels({ shop: 'eu' })
    new prom.Counter({ name: 'jobs_total', help: 'Jobs.', ...of }).inc()
    ours
      .counter({ name: 'jobs_total', help: 'Jobs.', labels: { shop: ['eu'] } })
      .with({ shop: 'eu' })
      .inc()
    assert.deepEqual(await areEqual(), { 'jobs_total{shop="eu"}': 1 })
  })

  it('declaring again: an error there, the same metric here', async () => {
    const { ours, of } = pair()
    const head = { name: 'jobs_total', help: 'Jobs.' }
    new prom.Counter({ ...head, ...of })
    assert.throws(() => new prom.Counter({ ...head, ...of }), /already been registered/)
    ours.counter(head).inc()
    ours.counter(head).inc()
    assert.deepEqual(await seriesOfOurs(ours), { jobs_total: 2 })
  })

  it('contentType', async () => {
    const { theirs, ours } = pair()
    assert.equal((await expose(ours)).headers['Content-Type'], theirs.contentType)
  })

  it('Pushgateway.push sends the same request', async () => {
    const { theirs, ours, of } = pair()
    new prom.Counter({ name: 'rows_total', help: 'Rows.', ...of }).inc(7)
    ours.counter({ name: 'rows_total', help: 'Rows.' }).inc(7)
    const requests: [method: string | undefined, path: string | undefined, series: Record<string, number>][] =
      []
    const gateway = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      requests.push([request.method, request.url, seriesOf(Buffer.concat(chunks).toString())])
      response.end()
    })
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
    const address = gateway.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

    await new prom.Pushgateway(url, {}, theirs).push({ jobName: 'import', groupings: { instance: 'eu' } })
    const pushed = `${url}/metrics/job/import/instance/eu`
    await fetch(pushed, { method: 'PUT', ...(await expose(ours)) })
    gateway.closeAllConnections()
    await new Promise((resolve) => gateway.close(resolve))
    assert.deepEqual(requests[1], requests[0])
    assert.deepEqual(requests[0], ['PUT', '/metrics/job/import/instance/eu', { rows_total: 7 }])
  })

  it('collectDefaultMetrics: every name exists here too, where the runtime has the value', () => {
    const theirs = new prom.Registry()
    prom.collectDefaultMetrics({ register: theirs })
    const ours = createRegistry()
    const readers = processReaders()
    declareProcessMetrics(ours, readers)
    readers.close()
    const names = new Set(ours.collect().families.map(({ name }) => name))
    const missing = theirs.getMetricsAsArray().flatMap(({ name }) => (names.has(name) ? [] : [name]))
    const emptyOnBun = /^nodejs_(?:active_|gc_|heap_space_)/
    assert.deepEqual(
      missing.filter((name) => !(isBun && emptyOnBun.test(name))),
      [],
    )
    assert.equal(missing.length > 0, isBun)
  })

  it('a registry of prom-client that stays is fed by the events of caches and requests', async () => {
    const registry = new prom.Registry()
    const of = { registers: [registry] }
    const reads = new prom.Counter({
      name: 'cache_reads_total',
      help: 'Reads.',
      labelNames: ['outcome'],
      ...of,
    })
    const requests = new prom.Histogram({
      name: 'http_request_duration_seconds',
      help: 'Requests.',
      labelNames: ['method', 'route', 'status'],
      ...of,
    })
    const cache = createCache({
      memory: memoryStore(),
      onEvent(event) {
        if (event.type === 'read') reads.inc({ outcome: event.outcome })
      },
    })
    const app = new Hono()
    app.use(
      measured({
        onEnd: ({ method, route, status, durationMs }) =>
          requests.observe({ method, route, status }, durationMs / 1000),
      }),
    )
    app.get('/user/:id', async (c) => c.text((await cache.read(c.req.param('id'), () => 'Ann')).value))
    for (let i = 0; i < 3; i++) await (await app.request('/user/1')).text()

    const series = seriesOf(await registry.metrics())
    assert.equal(series['cache_reads_total{outcome="hit"}'], 2)
    assert.equal(series['cache_reads_total{outcome="miss"}'], 1)
    const count = 'http_request_duration_seconds_count{method="GET",route="/user/:id",status="200"}'
    assert.equal(series[count], 3)
  })
})
