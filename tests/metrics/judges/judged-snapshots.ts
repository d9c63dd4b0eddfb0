/** Snapshots that parsers of others judge: merged, cloned, of several registries, and of everything that we declare. */
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { httpMetrics } from '../../../src/http/measured/http-metrics.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import {
  createRegistry,
  createSnapshotHub,
  merge,
  type Registry,
  type Snapshot,
} from '../../../src/metrics/index.ts'
import { processReaders } from '../../../src/metrics/process/process-readers.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { everything } from '../exposition/snapshots.ts'

/** A process with each kind of metric and awkward label values. `number` makes its values and some labels its own. */
function countingProcess(number: number): Registry {
  const registry = createRegistry({ now: () => 1_767_225_600_000 + number })
  const labels = { kind: { max: 3 } }
  const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs, "quoted"\nand \\.', labels })
  for (const kind of ['a\\"\n{}', `process ${number}`, 'é 😀', 'too', 'many']) {
    jobs.with({ kind }).inc(number, { trace_id: `${number} "quoted" \\` })
  }
  const busy = registry.counter({ name: 'busy_seconds_total', help: 'Busy.', unit: 'seconds', scale: 1000 })
  busy.inc(number / 3)
  const temperature = registry.gauge({
    name: 'temperature_celsius',
    help: 'Temperature.',
    unit: 'celsius',
    labels: { kind: ['here', 'nowhere', 'star', 'void'] },
  })
  temperature.with({ kind: 'here' }).set(-number)
  temperature.with({ kind: 'nowhere' }).set(Number.NaN)
  temperature.with({ kind: 'star' }).set(Number.POSITIVE_INFINITY)
  temperature.with({ kind: 'void' }).set(Number.NEGATIVE_INFINITY)
  registry.gauge({ name: 'config_time_seconds', help: 'Reload.', threads: 'latest' }).set(number)
  registry.gauge({ name: 'lag_seconds', help: 'Lag.', threads: 'max' }).set(number)
  registry.info({ name: 'process_number_info', help: 'Process.', labels: { number: String(number) } })
  const shapes = {
    classic_seconds: { buckets: [0.1, 1, 10 * number] },
    native_seconds: { native: { schema: 2 + number } },
    both_seconds: { buckets: [0.5, number], native: true },
  }
  for (const [name, shape] of Object.entries(shapes)) {
    const histogram = registry.histogram({ name, help: name, unit: 'seconds', labels, ...shape })
    for (let i = 0; i < 20; i++)
      histogram.with({ kind: i % 2 ? 'odd' : 'even' }).observe((i * number) / 7, { n: String(i) })
  }
  return registry
}

/** The metrics of a service with two caches, after some requests. */
async function snapshotOfService(): Promise<Snapshot> {
  const registry = createRegistry({ onError() {} })
  const readers = processReaders()
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test', process: readers })
  const caches = ['users', 'pages "quoted"'].map((name) =>
    createCache({ name, memory: memoryStore(), onEvent: instruments.onCacheEvent }),
  )
  instruments.watch(...caches)
  const app = new Hono()
  app.use(httpMetrics(registry))
  app.get('/users/:id', async (c) => {
    for (const cache of caches) await cache.read(c.req.param('id'), () => 'user')
    return c.text('user')
  })
  const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
  for (const path of ['/users/1', '/users/1', '/elsewhere'])
    await (await app.request(path, { headers })).text()
  await caches[0]?.delete('1')
  // Rejected labels and values of an operation, which are counted.
  registry.counter({ name: 'refused_total', help: 'Refused.' }).inc(-1)
  registry.gauge({ name: 'queue_length', help: 'Length.', value: async () => 3 })
  const snapshot = await registry.collectAsync()
  readers.close()
  return snapshot
}

/** By name. */
export const judged: Readonly<Record<string, () => Snapshot | Promise<Snapshot>>> = {
  'a snapshot of every kind': () => everything,
  'merged processes': () => merge([1, 2, 3].map((number) => countingProcess(number).collect())),
  'merged clones': () => merge([1, 2].map((number) => structuredClone(countingProcess(number).collect()))),
  'merged JSON': () =>
    merge([1, 2].map((number) => JSON.parse(JSON.stringify(countingProcess(number).collect())) as Snapshot)),
  'a clone': () => structuredClone(countingProcess(4).collect()),
  'a hub with members that ended': () => {
    const hub = createSnapshotHub()
    for (const number of [1, 2, 3]) hub.update(number, countingProcess(number).collect())
    hub.remove(2)
    return hub.collect()
  },
  'everything that the library declares': snapshotOfService,
  'everything, of two processes and another registry': async () =>
    merge([await snapshotOfService(), await snapshotOfService(), countingProcess(1).collect()]),
}
