/** A real Prometheus reads the same values from each format, and native histograms from protobuf. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRegistry, type ExposeOptions, expose, type Registry } from '../../src/metrics/index.ts'
import { awkward, everything, histogram, type LabelSet, snapshotOf } from '../metrics/exposition/snapshots.ts'
import { skipUnless } from '../support/installed.ts'
import { type RunningServer, startServer } from './server-process.ts'

const schema = 3
/** Upper bound of a bucket divided by its lower bound, which is the maximum error of a quantile. */
const bucketWidth = 2 ** (2 ** -schema)

/** Ascending, log-normal like durations, and the same in each run. */
const observed = observations(20260131, 5000)
const snapshot = snapshotOf(
  ...everything.families,
  nativeHistogramOf('observed_seconds', observed),
  ...registryThatObserved('registry_seconds', observed).collect().families,
)

/** Three jobs that scrape the same registry: with the Accept header of Prometheus, or with another. */
const jobs: Record<string, (options: ExposeOptions) => ExposeOptions> = {
  negotiated: (options) => options,
  openmetrics: (options) => ({ ...options, accept: 'application/openmetrics-text;version=1.0.0' }),
  text: () => ({}),
}

describe('Prometheus with native histograms', { skip: skipUnless('prometheus') }, () => {
  let exporter: Exporter
  let prometheus: Prometheus

  before(async () => {
    exporter = await startExporter()
    prometheus = await startPrometheus(exporter.address)
  })
  after(async () => {
    await prometheus?.end()
    await exporter?.end()
  })

  it('reads every format', { timeout: 30_000 }, async () => {
    // Prometheus answers queries only some seconds after its start.
    const deadline = performance.now() + 20_000
    while ((await prometheus.query('up == 1')).length < Object.keys(jobs).length) {
      if (performance.now() > deadline) assert.fail(`${await prometheus.scrapeErrors()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.deepEqual(await prometheus.scrapeErrors(), [])
    const sent = [...exporter.responses].map(([job, headers]) => [
      job,
      headers['Content-Type']?.split(';')[0],
      headers['Content-Encoding'],
    ])
    assert.deepEqual(sent.sort(), [
      ['negotiated', 'application/vnd.google.protobuf', 'gzip'],
      ['openmetrics', 'application/openmetrics-text', 'gzip'],
      ['text', 'text/plain', undefined],
    ])
  })

  it('has the same series from every format', async () => {
    const fromText = await seriesOf('text')
    assert.equal(fromText.length, 34)
    assert.deepEqual(await seriesOf('openmetrics'), fromText)
    const withoutNative = (all: string[]) => all.filter((one) => !/wait_seconds|body_bytes/.test(one))
    assert.deepEqual(await seriesOf('negotiated'), withoutNative(fromText))
  })

  /** Each series of a job as a string, with the differences between formats removed. */
  async function seriesOf(job: string): Promise<string[]> {
    const series = await prometheus.query(
      `{job="${job}",__name__!~"up|scrape_.*|.*_created|(observed|registry)_seconds.*|wait_seconds|body_bytes"}`,
    )
    return series
      .map(({ labels: { __name__ = '', job, instance, le, ...labels }, value }) => {
        const name = __name__.replace(/^logins_total$/, 'logins')
        const bound = le === undefined ? [] : [Number(le.replace('+Inf', 'Infinity'))]
        return JSON.stringify([name, Object.entries(labels).sort(), ...bound, value])
      })
      .sort()
  }

  it('has every character of a label value', async () => {
    for (const job of Object.keys(jobs)) {
      const [found] = await prometheus.query(`cache_reads_total{job="${job}",outcome="miss"}`)
      assert.deepEqual([found?.labels.cache, found?.value], [awkward, '3'])
    }
  })

  it('has creation times from OpenMetrics', async () => {
    const [found] = await prometheus.query('cache_reads_created{job="openmetrics",outcome="hit"}')
    assert.equal(found?.value, '1767225600.125')
  })

  it('has exemplars from OpenMetrics and from protobuf', async () => {
    const withNote = (note: string) => [
      ['cache_reads_total', { trace_id: '4bf92f35', note }, '1', 1767225700.5],
      ['load_duration_seconds_bucket', { trace_id: 'first' }, '0.0005', 1767225703.25],
      ['load_duration_seconds_bucket', {}, '1', 1767225704],
      ['load_duration_seconds_bucket', { trace_id: 'last' }, '2000000', 1767225705],
    ]
    const native = ['wait_seconds_bucket', { trace_id: 'native' }, '0.5', 1767225706]
    const note = 'a "b"\\c\n|d'
    // Prometheus 2.42 does not unescape the labels of an exemplar in text.
    const escaped = JSON.stringify(note).slice(1, -1)
    assert.deepEqual(await prometheus.exemplars('openmetrics'), [...withNote(escaped), native])
    // Prometheus 2.42 does not support exemplars of native histograms.
    assert.deepEqual(await prometheus.exemplars('negotiated'), withNote(note))
    assert.deepEqual(await prometheus.exemplars('text'), [])
  })

  it('has types, help and units', async () => {
    const metadata = await prometheus.metadata('openmetrics')
    assert.deepEqual(metadata.get('temperature_celsius'), {
      type: 'gauge',
      help: 'How warm.',
      unit: 'celsius',
    })
    assert.deepEqual(metadata.get('app_build'), { type: 'info', help: 'Build.', unit: '' })
    for (const job of ['openmetrics', 'negotiated', 'text']) {
      const reads = await prometheus.metadata(job)
      const { type, help } = reads.get('cache_reads_total') ?? reads.get('cache_reads') ?? {}
      assert.deepEqual([job, type, help], [job, 'counter', `Reads: ${awkward}`])
    }
  })

  describe('of a native histogram', () => {
    const value = async (expression: string) => Number((await prometheus.query(expression))[0]?.value)

    it('has quantiles with an error of at most one bucket', async () => {
      for (const q of [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999]) {
        const exact = observed[Math.ceil(q * observed.length) - 1] ?? 0
        const found = await value(`histogram_quantile(${q}, observed_seconds{job="negotiated"})`)
        assert.ok(found < exact * bucketWidth && found > exact / bucketWidth, `${q}: ${found}, not ${exact}`)
      }
    })

    it('has the same values from a registry as from the definition', async () => {
      for (const call of ['histogram_count(', 'histogram_sum(', 'histogram_quantile(0.3,']) {
        const [defined, counted] = [`${call}observed_seconds)`, `${call}registry_seconds)`]
        assert.equal(await value(counted), await value(defined))
      }
    })

    it('has the count and the sum', async () => {
      assert.equal(await value('histogram_count(observed_seconds{job="negotiated"})'), observed.length)
      assert.equal(await value('histogram_sum(observed_seconds{job="negotiated"})'), sumOf(observed) / 1e9)
      assert.equal(await value('histogram_count(wait_seconds{job="negotiated"})'), 12)
      assert.equal(await value('histogram_count(body_bytes{job="negotiated",size="some"})'), 3)
    })

    it('has the fraction between two values', async () => {
      const [low = 0, high = 0] = [observed[1000], observed[3000]]
      const between = await value(`histogram_fraction(${low}, ${high}, observed_seconds{job="negotiated"})`)
      assert.ok(Math.abs(between - 0.4) < 0.04, `${between}`)
    })

    it('has the zero bucket', async () => {
      assert.equal(await value('histogram_fraction(-1, 1e-9, wait_seconds{job="negotiated"})'), 2 / 12)
    })
  })
})

type Exporter = {
  /** Host and port. */
  readonly address: string
  /** Headers of the last response to each job. */
  readonly responses: ReadonlyMap<string, Record<string, string>>
  end(): Promise<void>
}

async function startExporter(): Promise<Exporter> {
  const responses = new Map<string, Record<string, string>>()

  async function respond(
    { url = '', headers: requestHeaders }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const job = url.slice(1)
    const options = {
      accept: requestHeaders.accept ?? '',
      acceptEncoding: String(requestHeaders['accept-encoding'] ?? ''),
    }
    const { headers, body } = await expose({ collect: () => snapshot }, jobs[job]?.(options))
    responses.set(job, headers)
    response.writeHead(200, headers).end(body)
  }

  const server = createServer(respond)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    responses,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

type Series = { readonly labels: LabelSet; readonly value: string }
type FoundExemplar = [name: string, labels: LabelSet, value: string, timestamp: number]

type Prometheus = {
  /** Empty while Prometheus is starting. */
  query(expression: string): Promise<Series[]>
  exemplars(job: string): Promise<FoundExemplar[]>
  metadata(job: string): Promise<Map<string, { type: string; help: string; unit: string }>>
  /** The last scrape error of each target. */
  scrapeErrors(): Promise<string[]>
  end(): Promise<void>
}

async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-prometheus-'))
  const scrapes = Object.keys(jobs).map((job) => ({
    job_name: job,
    metrics_path: `/${job}`,
    static_configs: [{ targets: [target] }],
  }))
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: scrapes }
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config)) // JSON is valid YAML
  const server: RunningServer = await startServer(
    'prometheus',
    (port) => [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=native-histograms,exemplar-storage',
    ],
    /Server is ready to receive web requests/,
  )

  async function request(path: string, parameters: Record<string, string>): Promise<unknown> {
    const url = `http://127.0.0.1:${server.port}/api/v1/${path}?${new URLSearchParams(parameters)}`
    const response = await fetch(url).catch(() => undefined)
    if (response?.status !== 200) return undefined
    return ((await response.json()) as { data: unknown }).data
  }

  return {
    async query(query) {
      const data = (await request('query', { query })) as { result: ResultOf['query'] } | undefined
      return (data?.result ?? []).map(({ metric, value }) => ({ labels: metric, value: value?.[1] ?? '' }))
    },
    async exemplars(job) {
      const year = { start: '1767225600', end: '1798761600' }
      const all = (await request('query_exemplars', {
        query: `{job="${job}"}`,
        ...year,
      })) as ResultOf['exemplars']
      return all
        .flatMap(({ seriesLabels: { __name__ = '' }, exemplars }) =>
          exemplars.map((one): FoundExemplar => [__name__, one.labels, one.value, one.timestamp]),
        )
        .sort(([, , , a], [, , , b]) => a - b)
    },
    async metadata(job) {
      const all = (await request('targets/metadata', {
        match_target: `{job="${job}"}`,
      })) as ResultOf['metadata']
      return new Map(all.map(({ metric, type, help, unit }) => [metric, { type, help, unit }]))
    },
    async scrapeErrors() {
      const all = (await request('targets', {})) as ResultOf['targets']
      return all.activeTargets.flatMap(({ scrapePool, lastError }) =>
        lastError ? `${scrapePool}: ${lastError}` : [],
      )
    },
    async end() {
      await server.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Response bodies of Prometheus' API (https://prometheus.io/docs/prometheus/latest/querying/api/). */
type ResultOf = {
  query: { metric: LabelSet; value?: [time: number, value: string] }[]
  exemplars: { seriesLabels: LabelSet; exemplars: { labels: LabelSet; value: string; timestamp: number }[] }[]
  metadata: { metric: string; type: string; help: string; unit: string }[]
  targets: { activeTargets: { scrapePool: string; lastError: string }[] }
}

/** A native histogram of `values`, counted into buckets by the definition. */
function nativeHistogramOf(name: string, values: readonly number[]) {
  const counts = new Map<number, number>()
  for (const value of values) {
    const index = Math.ceil(Math.log2(value) * 2 ** schema)
    counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return histogram(
    { name, help: 'Seeded.', scale: 1e9, native: { schema, zeroThreshold: 1e-9 } },
    {
      counts: [values.length],
      sum: sumOf(values),
      created: 1767225600,
      native: [...counts].sort(([a], [b]) => a - b),
    },
  )
}

function registryThatObserved(name: string, values: readonly number[]): Registry {
  const registry = createRegistry()
  const histogram = registry.histogram({ name, help: 'Seeded.', native: { schema } })
  for (const value of values) histogram.observe(value)
  return registry
}

/** Sum in nanoseconds, each value rounded to a whole one. */
function sumOf(seconds: readonly number[]): number {
  return seconds.reduce((sum, one) => sum + Math.round(one * 1e9), 0)
}

function observations(seed: number, count: number): number[] {
  let state = seed
  // A linear congruential generator with the constants of Numerical Recipes.
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: count }, () => Math.exp(2 * normal()) / 100).sort((a, b) => a - b)
}
