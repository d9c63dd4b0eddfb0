/** A worker that counts into shared metrics, as its test tells it to. */
import { parentPort, workerData } from 'node:worker_threads'
import { createRegistry, type Registry, type SharedMetrics } from '../../../src/metrics/index.ts'

/** What a thread is to do. It says `ready` once it has attached, begins when `signal[0]` is 1, and says `done`. */
export type Task = {
  shared: SharedMetrics
  signal: Int32Array
  rounds: number
  kind: 'count' | 'routes' | 'exemplars' | 'acknowledge' | 'block'
  /** Tells threads apart in what they make. */
  name: string
  /** For `acknowledge`: how many operations it has done, as it says itself. */
  progress?: Int32Array
}

/** The metrics that threads of all kinds share, declared as the test's own thread declares them. */
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

/** Of each round, the values that are observed: in the zero bucket, on bounds, in between, above all of them. */
export const observed = [0, 1e-10, 0.001, 0.0015, 0.25, 0.26, 0.75, 1, 1.5, 4] as const

/** What is added to the plain counter in each round: to most carries in a few steps. */
export const steps = [1, 2 ** 31 - 1, 1, 2 ** 31, 3] as const

/** The label of the exemplar that goes with a value: of different lengths, and never the same for two. */
export function idOf(value: number): string {
  return `${value} `.repeat(1 + Math.round(value * 7)).slice(0, 100)
}

/** One round of `count`: each metric is counted `observed.length` times. */
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
        // Metrics too may be declared at any time, and in any order.
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
    case 'acknowledge':
      // One operation, then word of it: whenever this thread is stopped, no more than one is not told of.
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
      while (Atomics.load(signal, 0) !== 2); // never: nobody writes a 2 before it is looked at
  }
  parentPort?.postMessage('done')
}
