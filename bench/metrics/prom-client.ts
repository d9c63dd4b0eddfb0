/**
 * prom-client, its successor and its fork, which share one API.
 *
 * The query of this module's URL names the package. Each package gets its own instance of this module, so the runtime
 * compiles these functions for one package alone.
 */
import { createRequire } from 'node:module'
import type * as PromClient from '@prometheus-io/client'
import { buckets, type Client, durations, methods, now, type Service, statuses } from './workload.ts'

const require = createRequire(import.meta.url)
const packageName = new URL(import.meta.url).searchParams.get('package') ?? '@prometheus-io/client'
const { Counter, Histogram, Registry }: typeof PromClient = require(packageName)
const { version } = require(`${packageName}/package.json`)

export const client: Client = { name: `${packageName} ${version}`, service, counters, histograms }

function service(): Service {
  const registry = new Registry()
  const settings = { help: 'Measured.', registers: [registry] }
  const labelNames = ['method', 'status'] as const
  const unlabelled = new Counter({ ...settings, name: 'unlabelled_total' })
  const labelled = new Counter({ ...settings, name: 'labelled_total', labelNames })
  const bound = new Counter({ ...settings, name: 'bound_total', labelNames }).labels('GET', '200')
  const requests = new Counter({ ...settings, name: 'requests_total', labelNames })
  const get = new Counter({ ...settings, name: 'bound_requests_total', labelNames }).labels('GET', '200')
  const histogram = new Histogram({ ...settings, name: 'observed_seconds', buckets })
  const labelledHistogram = new Histogram({ ...settings, name: 'labelled_seconds', buckets, labelNames })
  const latency = new Histogram({ ...settings, name: 'request_seconds', buckets })
  const boundLatency = new Histogram({ ...settings, name: 'bound_request_seconds', buckets })

  return {
    operations: {
      boundInc(times) {
        for (let i = 0; i < times; i++) bound.inc()
      },
      unlabelledInc(times) {
        for (let i = 0; i < times; i++) unlabelled.inc()
      },
      labelledInc(times) {
        for (let i = 0; i < times; i++) {
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          labelled.inc({ method, status })
        }
      },
      observe(times) {
        for (let i = 0; i < times; i++) histogram.observe(durations[i & 1023] as number)
      },
      labelledObserve(times) {
        for (let i = 0; i < times; i++) {
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          labelledHistogram.observe({ method, status }, durations[i & 1023] as number)
        }
      },
      request(times) {
        for (let i = 0; i < times; i++) {
          const startedAt = now()
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          latency.observe((now() - startedAt) / 1000)
          requests.inc({ method, status })
        }
      },
      boundRequest(times) {
        for (let i = 0; i < times; i++) {
          const startedAt = now()
          boundLatency.observe((now() - startedAt) / 1000)
          get.inc()
        }
      },
    },
    expose: () => registry.metrics(),
  }
}

function counters(routes: readonly string[], users: readonly string[]): () => Promise<string> {
  const registry = new Registry()
  const labelNames = ['route', 'user'] as const
  const counter = new Counter({ name: 'series_total', help: 'Measured.', registers: [registry], labelNames })
  for (const [i, route] of routes.entries()) {
    for (const [j, user] of users.entries()) counter.inc({ route, user }, i + j)
  }
  return () => registry.metrics()
}

function histograms(routes: readonly string[]): () => Promise<string> {
  const registry = new Registry()
  const settings = { help: 'Measured.', registers: [registry] }
  const labelNames = ['route'] as const
  const histogram = new Histogram({ ...settings, name: 'series_seconds', buckets, labelNames })
  for (const [i, route] of routes.entries()) histogram.observe({ route }, durations[i & 1023] as number)
  return () => registry.metrics()
}
