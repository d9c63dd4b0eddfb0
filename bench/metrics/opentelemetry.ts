/** OpenTelemetry's SDK with its Prometheus exporter. It has no bound handles, so attribute objects are reused. */
import { createRequire } from 'node:module'
import type { Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { buckets, type Client, durations, methods, now, type Service, statuses } from './workload.ts'

const { version } = createRequire(import.meta.url)('@opentelemetry/sdk-metrics/package.json')

export const client: Client = { name: `@opentelemetry/sdk-metrics ${version}`, service, counters, histograms }

const help = { description: 'Measured.' }
const histogramOptions = { ...help, advice: { explicitBucketBoundaries: buckets } }

function service(): Service {
  const { meter, expose } = createMeter()
  const unlabelled = meter.createCounter('unlabelled_total', help)
  const labelled = meter.createCounter('labelled_total', help)
  const bound = meter.createCounter('bound_total', help)
  const requests = meter.createCounter('requests_total', help)
  const boundRequests = meter.createCounter('bound_requests_total', help)
  const get200 = { method: 'GET', status: '200' }
  const histogram = meter.createHistogram('observed_seconds', histogramOptions)
  const labelledHistogram = meter.createHistogram('labelled_seconds', histogramOptions)
  const latency = meter.createHistogram('request_seconds', histogramOptions)
  const boundLatency = meter.createHistogram('bound_request_seconds', histogramOptions)

  return {
    operations: {
      boundInc(times) {
        for (let i = 0; i < times; i++) bound.add(1, get200)
      },
      unlabelledInc(times) {
        for (let i = 0; i < times; i++) unlabelled.add(1)
      },
      labelledInc(times) {
        for (let i = 0; i < times; i++) {
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          labelled.add(1, { method, status })
        }
      },
      observe(times) {
        for (let i = 0; i < times; i++) histogram.record(durations[i & 1023] as number)
      },
      labelledObserve(times) {
        for (let i = 0; i < times; i++) {
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          labelledHistogram.record(durations[i & 1023] as number, { method, status })
        }
      },
      request(times) {
        for (let i = 0; i < times; i++) {
          const startedAt = now()
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          latency.record((now() - startedAt) / 1000)
          requests.add(1, { method, status })
        }
      },
      boundRequest(times) {
        for (let i = 0; i < times; i++) {
          const startedAt = now()
          boundLatency.record((now() - startedAt) / 1000)
          boundRequests.add(1, get200)
        }
      },
    },
    expose,
  }
}

function counters(routes: readonly string[], users: readonly string[]): () => Promise<string> {
  const { meter, expose } = createMeter(routes.length * users.length)
  const counter = meter.createCounter('series_total', help)
  for (const [i, route] of routes.entries()) {
    for (const [j, user] of users.entries()) counter.add(i + j, { route, user })
  }
  return expose
}

function histograms(routes: readonly string[]): () => Promise<string> {
  const { meter, expose } = createMeter(routes.length)
  const histogram = meter.createHistogram('series_seconds', histogramOptions)
  for (const [i, route] of routes.entries()) histogram.record(durations[i & 1023] as number, { route })
  return expose
}

/** @param series limit of series per instrument; the SDK's default is 2000 */
function createMeter(series = 2000): { meter: Meter; expose(): Promise<string> } {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: series + 1 }]
  const meter = new MeterProvider({ readers: [exporter], views }).getMeter('bench')
  // The exporter's format, without scope and resource, which no other library writes.
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  async function expose(): Promise<string> {
    const { resourceMetrics, errors } = await exporter.collect()
    if (errors.length > 0) throw new AggregateError(errors)
    return serializer.serialize(resourceMetrics)
  }
  return { meter, expose }
}
