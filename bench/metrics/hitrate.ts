/** hitrate's registry, with bound handles where the labels are fixed. */
import { createRegistry, expose, type Registry } from '../../src/metrics/index.ts'
import { version } from '../../src/version.ts'
import { buckets, type Client, durations, methods, now, type Service, statuses } from './workload.ts'

export const client: Client = { name: `hitrate ${version}`, service, counters, histograms }

function service(): Service {
  const registry = createRegistry()
  const help = 'Measured.'
  const labels = { method: methods, status: statuses }
  const unlabelled = registry.counter({ name: 'unlabelled_total', help })
  const labelled = registry.counter({ name: 'labelled_total', help, labels })
  const bound = registry.counter({ name: 'bound_total', help, labels }).with({ method: 'GET', status: '200' })
  const requests = registry.counter({ name: 'requests_total', help, labels })
  const boundRequests = registry.counter({ name: 'bound_requests_total', help, labels })
  const get = boundRequests.with({ method: 'GET', status: '200' })
  const histogram = registry.histogram({ name: 'observed_seconds', help, buckets })
  const labelledHistogram = registry.histogram({ name: 'labelled_seconds', help, buckets, labels })
  const latency = registry.histogram({ name: 'request_seconds', help, buckets })
  const boundLatency = registry.histogram({ name: 'bound_request_seconds', help, buckets })

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
          labelled.with({ method, status }).inc()
        }
      },
      observe(times) {
        for (let i = 0; i < times; i++) histogram.observe(durations[i & 1023] as number)
      },
      labelledObserve(times) {
        for (let i = 0; i < times; i++) {
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          labelledHistogram.with({ method, status }).observe(durations[i & 1023] as number)
        }
      },
      request(times) {
        for (let i = 0; i < times; i++) {
          const startedAt = now()
          const method = methods[(i % 4) as 0]
          const status = statuses[(i % 5) as 0]
          latency.observe((now() - startedAt) / 1000)
          requests.with({ method, status }).inc()
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
    expose: () => text(registry),
  }
}

function counters(routes: readonly string[], users: readonly string[]): () => Promise<string> {
  const registry = createRegistry()
  const labels = { route: { max: routes.length }, user: { max: users.length } }
  const counter = registry.counter({ name: 'series_total', help: 'Measured.', labels })
  for (const [i, route] of routes.entries()) {
    for (const [j, user] of users.entries()) counter.with({ route, user }).inc(i + j)
  }
  return () => text(registry)
}

function histograms(routes: readonly string[]): () => Promise<string> {
  const registry = createRegistry()
  const labels = { route: { max: routes.length } }
  const histogram = registry.histogram({ name: 'series_seconds', help: 'Measured.', buckets, labels })
  for (const [i, route] of routes.entries()) histogram.with({ route }).observe(durations[i & 1023] as number)
  return () => text(registry)
}

async function text(registry: Registry): Promise<string> {
  const { body } = await expose(registry)
  return typeof body === 'string' ? body : new TextDecoder().decode(body)
}
