/**
 * A program of node:cluster, started by cluster.test.ts. The primary starts three workers that count, kills the second and
 * the third after the messages with their counts, starts a fourth, and prints what a scrape shows after each step.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { createRegistry, createSnapshotHub, expose, type Snapshot } from '../../../src/metrics/index.ts'

const registry = createRegistry()
const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs.', labels: { queue: { max: 3 } } })
const running = registry.gauge({ name: 'running', help: 'Jobs in progress.' })
const limit = registry.gauge({
  name: 'limit',
  help: 'Limit of each process.',
  labels: { kind: ['none', 'unknown'] },
})
const durations = registry.histogram({ name: 'durations', help: 'Durations.', buckets: [1], native: true })

if (cluster.isPrimary) await runPrimary()
else runWorker()

async function runPrimary(): Promise<void> {
  cluster.setupPrimary({ serialization: process.argv[2] as 'json' | 'advanced' })
  const hub = createSnapshotHub()
  cluster.on('message', (worker: Worker, snapshot: Snapshot) => hub.update(worker.id, snapshot))
  cluster.on('disconnect', (worker: Worker) => hub.remove(worker.id))
  async function report(): Promise<void> {
    const { body } = await expose([registry, hub])
    console.log(JSON.stringify({ text: body, native: nativesOf(hub.collect()) }))
  }

  jobs.with({ queue: 'primary' }).inc()
  const workers = [await startWorker(), await startWorker(), await startWorker()]
  await report()
  for (const worker of workers.slice(1)) {
    worker.process.kill('SIGKILL')
    await once(worker, 'disconnect')
  }
  await report()
  const fourth = await startWorker()
  await report()
  for (const worker of [workers[0], fourth]) worker?.process.kill('SIGKILL')
}

/** Starts a worker, and waits for its counts. */
async function startWorker(): Promise<Worker> {
  const worker = cluster.fork()
  await once(worker, 'message')
  return worker
}

function nativesOf({ families }: Snapshot): unknown {
  return families.flatMap((family) => (family.type === 'histogram' ? [family.native?.series] : []))
}

function runWorker(): void {
  const id = cluster.worker?.id ?? 0
  jobs.with({ queue: 'shared' }).inc(10 ** id)
  jobs.with({ queue: `of worker ${id}` }).inc()
  running.inc(id)
  limit.with({ kind: 'none' }).set(Number.POSITIVE_INFINITY)
  limit.with({ kind: 'unknown' }).set(Number.NaN)
  durations.observe(id)
  process.send?.(registry.collect())
  setInterval(() => {}, 60_000) // runs until it is killed
}
