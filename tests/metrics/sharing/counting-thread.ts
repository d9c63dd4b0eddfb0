/** A worker that counts in shared metrics, as its task specifies. */
import { parentPort, workerData } from 'node:worker_threads'
import { createRegistry, type Registry, type SharedMetrics } from '../../../src/metrics/index.ts'

/** The task of a worker. It posts `ready` after it has attached, starts when `signal[0]` is 1, and posts `done`. */
export type Task = {
  shared: SharedMetrics
  signal: Int32Array
  rounds: number
  kind: 'count' | 'routes' | 'exemplars' | 'acknowledge' | 'block' | 'churn'
  /** Part of label values and metric names, different for each thread. */
  name: string
  /** For `acknowledge`: the number of completed operations, written by the thread. */
  progress?: Int32Array
}

/** Declares the metrics that all threads share, in workers and in the test's own thread. */
export function declareAll(registry: Registry) {
  const buckets = [0.001, 0.25, 1, 2]
  return {
    plain: registry.counter({ name: 'plain_total', help: 'P.' }),
    closed: registry.counter({ name: 'closed_total', help: 'C.', labels: { kind: ['a', 'b'] } }),
    routes: registry.counter({ name: 'routes_total', help: 'R.', labels: { route: { max: 100_000 } } }),
    inFlight: registry.gauge({ name: 'in_flight', help: 'I.' }),
    newest: registry.gauge({ name: 'newest', help: 'N.', threads: 'latest' }),
    classic: registry.histogram({ name: 'classic_seconds', help: 'H.', buckets }),
    native: registry.histogram({ name: 'native_seconds', help: 'H.', native: { schema: 4 } }),
    both: registry.histogram({ name: 'both_seconds', help: 'H.', buckets, native: true }),
    waits: registry.histogram({
      name: 'waits',
      help: 'W.',
      buckets: [8],
      scale: 1,
      labels: { route: { max: 100 } },
    }),
  }
}

/** The observations of each round: in the zero bucket, on bounds, between bounds, above all bounds. */
export const observed = [0, 1e-10, 0.001, 0.0015, 0.25, 0.26, 0.75, 1, 1.5, 4] as const

/** The steps of the plain counter in each round, which pass most carries. */
export const steps = [1, 2 ** 31 - 1, 1, 2 ** 31, 3] as const

/** The exemplar label of a value: different for each value, and of different lengths. */
export function idOf(value: number): string {
  return `${value} `.repeat(1 + Math.round(value * 7)).slice(0, 100)
}

/** The count of a route in `churn`: different for nearly all routes, and below 2^31, so that it is counted in one step. */
export function weightOf(route: string): number {
  let hash = 1
  for (const char of route) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) & 0x7fffffff
  return hash
}

/** One round of `count`: counts each metric `observed.length` times. */
export function countOnce(metrics: ReturnType<typeof declareAll>): void {
  const { plain, closed, inFlight, newest, classic, native, both } = metrics
  const [a, b] = [closed.with({ kind: 'a' }), closed.with({ kind: 'b' })]
  inFlight.inc()
  for (const [i, value] of observed.entries()) {
    plain.inc(steps[i % steps.length])
    a.inc()
    b.inc(2)
    classic.observe(value)
    native.observe(value)
    both.observe(value)
  }
  newest.set(1)
  inFlight.dec()
}

if (parentPort) await run(workerData as Task)

async function run(task: Task): Promise<void> {
  const { shared, signal, rounds, kind, name, progress } = task
  const registry = createRegistry()
  const metrics = declareAll(registry)
  registry.attach(shared)
  parentPort?.postMessage('ready')
  Atomics.wait(signal, 0, 0)

  switch (kind) {
    case 'count':
      for (let i = 0; i < rounds; i++) countOnce(metrics)
      break
    case 'routes':
      for (let i = 0; i < rounds; i++) {
        metrics.routes.with({ route: `/${i % 2 ? name : 'all'}/${i}` }).inc()
        metrics.waits
          .with({ route: `/${i % 100}` })
          .observe(i % 16, i % 7 ? undefined : { trace_id: `${name} ${i}` })
        // Metrics may also be declared at any time, and in any order.
        if (i % 500 === 0) registry.counter({ name: `late_${name}_${i}_total`, help: 'L.' }).inc()
      }
      break
    case 'exemplars':
      for (let i = 0; i < rounds; i++) {
        const value = observed[i % observed.length] ?? 0
        metrics.both.observe(value, { id: idOf(value) })
        metrics.plain.inc(i % 9, { id: idOf(i % 9) })
      }
      break
    case 'churn':
      for (let i = 0; i < rounds; i++) {
        const route = `/${name}/${i}`
        metrics.routes.with({ route }).inc(weightOf(route))
        metrics.waits.with({ route }).observe(8, i % 5 ? undefined : { trace_id: route })
        const removed = { route: `/${name}/${i - 4}` }
        metrics.routes.remove(removed)
        metrics.waits.remove(removed)
      }
      break
    case 'acknowledge':
      // Acknowledges each operation separately, so that at most one is missing whenever the thread is terminated.
      for (let i = 0; progress; i++) {
        metrics.plain.inc()
        Atomics.add(progress, 0, 1)
        metrics.both.observe(observed[i % observed.length] ?? 0)
        Atomics.add(progress, 1, 1)
        metrics.routes
          .with({ route: `/${name}/${i % 500}` })
          .inc(1, i % 50 ? undefined : { trace_id: `${i}` })
        Atomics.add(progress, 2, 1)
        metrics.inFlight.inc()
      }
      break
    case 'block':
      metrics.plain.inc(7)
      metrics.inFlight.inc()
      parentPort?.postMessage('blocked')
      while (Atomics.load(signal, 0) !== 2); // endless: no thread writes a 2
  }
  parentPort?.postMessage('done')
}
