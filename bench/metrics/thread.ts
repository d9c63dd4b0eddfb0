/** A worker thread that has counted with each library, and sends its counts when a scrape requests them. */
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { Registry as OfficialRegistry, WorkerRegistry } from '@prometheus-io/client'
import type * as PromClient from 'prom-client'
import { createRegistry } from '../../src/metrics/index.ts'
import type { ThreadData } from './threads.ts'

const require = createRequire(import.meta.url)
const { shared }: ThreadData = workerData
countShared()

const official = new OfficialRegistry()
count(require('@prometheus-io/client').Counter, official)
new WorkerRegistry()
WorkerRegistry.setRegistries(official)

const others: Record<string, PromClient.Registry> = {}
for (const name of ['prom-client', '@platformatic/prom-client']) {
  const { Counter, Registry }: typeof PromClient = require(name)
  const registry = new Registry()
  others[name] = registry
  count(Counter, registry)
}
parentPort?.on('message', async (name: string) => {
  parentPort?.postMessage(await others[name]?.getMetricsAsJSON())
})
parentPort?.postMessage('ready')

function countShared(): void {
  const registry = createRegistry()
  registry.attach(shared)
  const labels = { route: { max: 40 }, user: { max: 25 } }
  const counter = registry.counter({ name: 'series_total', help: 'Measured.', labels })
  for (const pair of pairs()) counter.with(pair).inc(3)
}

function count(Counter: typeof PromClient.Counter, registry: object): void {
  const registers = [registry as PromClient.Registry] // each library's own
  const counter = new Counter({
    name: 'series_total',
    help: 'Measured.',
    registers,
    labelNames: ['route', 'user'],
  })
  for (const pair of pairs()) counter.inc(pair, 3)
}

function* pairs(): Iterable<{ route: string; user: string }> {
  for (let i = 0; i < 1000; i++) yield { route: `/route-${i % 40}`, user: `user-${Math.floor(i / 40)}` }
}
