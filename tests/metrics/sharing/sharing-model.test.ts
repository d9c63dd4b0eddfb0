/**
 * Compares random histories of threads that share metrics with a model that only adds, and removes. For any order of
 * declarations, counts, removals, attaches, releases and reused arenas, every scrape of every thread shows all counts since
 * the last removal, and handles of removed series count nothing.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import type { Snapshot } from '../../../src/metrics/index.ts'
import { createRegistry, type Registry, type SharedMetrics } from '../../../src/metrics/index.ts'
import { rounds } from '../../support/rounds.ts'

/** Uses one series in one thread; `n` is any whole number, which each metric interprets itself. */
type Use = (n: number) => void

/** One metric in one thread. */
type Handle = { bind(label: string): Use; remove?(label: string): boolean }

/** The model of a metric: samples by name, of a private thread or of all threads that share memory. */
type Samples = Map<string, number>

/** A metric, and the effect of its use on the model. */
type Metric = {
  declare(registry: Registry): Handle
  /** The labels of the series, if series can be removed. */
  labels?(label: string): string
  count?(samples: Samples, label: string, n: number): void
  /** Samples that count only while the thread runs, set in the thread's own model. */
  set?(own: Samples, label: string, n: number): void
  combine?: 'sum' | 'max' | 'latest'
}

const bounds = [0.01, 0.25, 1, 50]

function grow(samples: Samples, name: string, n: number): void {
  samples.set(name, (samples.get(name) ?? 0) + n)
}

function observe(samples: Samples, name: string, labels: string, value: number): void {
  for (const bound of [...bounds, Number.POSITIVE_INFINITY]) {
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound
    if (value <= bound) grow(samples, `${name}_bucket{${labels === '' ? '' : `${labels},`}le="${le}"}`, 1)
  }
  const braced = labels === '' ? '' : `{${labels}}`
  grow(samples, `${name}_sum${braced}`, value * 1000)
  grow(samples, `${name}_count${braced}`, 1)
}

/** Values from about 1e-3 to 4e3, in thousandths; some in the zero bucket. */
const observation = (n: number) => Math.floor(2 ** (n % 22)) / 1000
const step = (n: number) => [1, 2, 2 ** 31 - 1, 2 ** 31, 2 ** 40 + 1][n % 5] ?? 0
const exemplarOf = (n: number) => (n % 3 === 0 ? { exemplar: 'x'.repeat(n % 90) } : undefined)
const open = { route: { max: 100 } }
const outcome = (label: string) => (label < '/b' ? 'hit' : 'miss')

const metrics: Metric[] = [
  {
    declare(registry) {
      const counter = registry.counter({ name: 'plain_total', help: 'Plain.' })
      return { bind: () => (n) => counter.inc(step(n), exemplarOf(n)) }
    },
    count: (samples, _label, n) => grow(samples, 'plain_total', step(n)),
  },
  {
    declare(registry) {
      const counter = registry.counter({
        name: 'closed_total',
        help: 'C.',
        labels: { outcome: ['hit', 'miss'] },
      })
      return {
        bind(label) {
          const series = counter.with({ outcome: outcome(label) })
          return (n) => series.inc(step(n))
        },
        remove: (label) => counter.remove({ outcome: outcome(label) }),
      }
    },
    labels: (label) => `outcome="${outcome(label)}"`,
    count: (samples, label, n) => grow(samples, `closed_total{outcome="${outcome(label)}"}`, step(n)),
  },
  {
    declare(registry) {
      const counter = registry.counter({
        name: 'open_total',
        help: 'O.',
        labels: { ...open, outcome: ['ok'] },
      })
      return {
        bind(route) {
          const series = counter.with({ route, outcome: 'ok' })
          return (n) => series.inc(step(n), exemplarOf(n))
        },
        remove: (route) => counter.remove({ route, outcome: 'ok' }),
      }
    },
    labels: (route) => `route="${route}",outcome="ok"`,
    count: (samples, route, n) => grow(samples, `open_total{route="${route}",outcome="ok"}`, step(n)),
  },
  {
    declare(registry) {
      const histogram = registry.histogram({
        name: 'classic',
        help: 'H.',
        buckets: bounds,
        scale: 1000,
        labels: open,
      })
      return {
        bind(route) {
          const series = histogram.with({ route })
          return (n) => series.observe(observation(n), exemplarOf(n))
        },
        remove: (route) => histogram.remove({ route }),
      }
    },
    labels: (route) => `route="${route}"`,
    count: (samples, route, n) => observe(samples, 'classic', `route="${route}"`, observation(n)),
  },
  {
    declare(registry) {
      const histogram = registry.histogram({
        name: 'both',
        help: 'H.',
        buckets: bounds,
        scale: 1000,
        native: true,
      })
      return { bind: () => (n) => histogram.observe(observation(n), exemplarOf(n)) }
    },
    count: (samples, _label, n) => observe(samples, 'both', '', observation(n)),
  },
  {
    declare(registry) {
      const histogram = registry.histogram({
        name: 'native',
        help: 'H.',
        buckets: bounds,
        scale: 1000,
        native: true,
        labels: open,
      })
      return {
        bind(route) {
          const series = histogram.with({ route })
          return (n) => series.observe(observation(n), exemplarOf(n))
        },
        remove: (route) => histogram.remove({ route }),
      }
    },
    labels: (route) => `route="${route}"`,
    count: (samples, route, n) => observe(samples, 'native', `route="${route}"`, observation(n)),
  },
  {
    declare(registry) {
      const gauge = registry.gauge({ name: 'in_flight', help: 'G.', labels: open })
      return {
        bind(route) {
          const series = gauge.with({ route })
          return (n) => series.inc(n % 7)
        },
        remove: (route) => gauge.remove({ route }),
      }
    },
    labels: (route) => `route="${route}"`,
    set: (own, route, n) => grow(own, `in_flight{route="${route}"}`, n % 7),
    combine: 'sum',
  },
  {
    declare(registry) {
      const gauge = registry.gauge({ name: 'lag', help: 'G.', threads: 'max' })
      return { bind: () => (n) => gauge.set(n % 1000) }
    },
    set: (own, _label, n) => own.set('lag', n % 1000),
    combine: 'max',
  },
  {
    declare(registry) {
      const gauge = registry.gauge({
        name: 'newest',
        help: 'G.',
        threads: 'latest',
        labels: { of: ['a', 'b'] },
      })
      return {
        bind(label) {
          const series = gauge.with({ of: label < '/b' ? 'a' : 'b' })
          return (n) => series.set(n / 8)
        },
        remove: (label) => gauge.remove({ of: label < '/b' ? 'a' : 'b' }),
      }
    },
    labels: (label) => `of="${label < '/b' ? 'a' : 'b'}"`,
    set: (own, label, n) => own.set(`newest{of="${label < '/b' ? 'a' : 'b'}"}`, n / 8),
    combine: 'latest',
  },
  {
    declare(registry) {
      const info = registry.info({ name: 'seen_info', help: 'I.', labels: { ...open, kind: 'x' } })
      return {
        bind: (route) => () => info.with({ route }),
        remove: (route) => info.remove({ route }),
      }
    },
    labels: (route) => `route="${route}",kind="x"`,
    count: (samples, route) => samples.set(`seen_info{route="${route}",kind="x"}`, 1),
  },
]

class Model {
  readonly #counted: Samples = new Map()
  readonly #latest: Samples = new Map()
  readonly #running = new Set<ModelThread>()

  attach(thread: ModelThread): void {
    this.#running.add(thread)
    for (const [name, n] of thread.counted) {
      if (name.startsWith('seen_info')) this.#counted.set(name, 1)
      else grow(this.#counted, name, n)
    }
    for (const [name, value] of thread.latest) this.#latest.set(name, value)
    thread.counted = this.#counted
    thread.latest = this.#latest
  }

  /** The samples of all threads that share memory. */
  all(): Samples[] {
    return [this.#counted, this.#latest, ...[...this.#running].flatMap(({ sum, max }) => [sum, max])]
  }

  die(thread: ModelThread): void {
    this.#running.delete(thread)
  }

  samples(): Samples {
    const all = new Map([...this.#counted, ...this.#latest])
    for (const { sum, max } of this.#running) {
      for (const [name, value] of sum) grow(all, name, value)
      for (const [name, value] of max) all.set(name, Math.max(all.get(name) ?? 0, value))
    }
    for (const name of all.keys()) {
      if (/^(classic|both|native)_sum/.test(name)) all.set(name, (all.get(name) ?? 0) / 1000)
    }
    return all
  }
}

class ModelThread {
  counted: Samples = new Map()
  latest: Samples = new Map()
  readonly sum: Samples = new Map()
  readonly max: Samples = new Map()

  /** The samples of this thread, while it does not share memory. */
  all(): Samples[] {
    return [this.counted, this.latest, this.sum, this.max]
  }

  use(metric: Metric, label: string, n: number): void {
    metric.count?.(this.counted, label, n)
    if (metric.combine) metric.set?.(this[metric.combine], label, n)
  }
}

type Thread = { registry: Registry; handles: Map<number, Handle>; shared?: SharedMetrics; model: ModelThread }

/** A handle that a thread has kept, which may be one of a removed series. */
type Kept = { thread: Thread; metric: number; label: string; use: Use; isRemoved: boolean }

/** One step of a history; the numbers select among the threads and metrics that exist at the time. */
type Event =
  | { do: 'start' | 'attach' | 'release' | 'scrape'; thread: number }
  | { do: 'declare'; thread: number; metric: number }
  | { do: 'use' | 'keep' | 'remove'; thread: number; metric: number; label: string; n: number }
  | { do: 'use kept'; n: number }

const thread = fc.nat(6)
const metric = fc.nat(metrics.length - 1)
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'release' as const), thread }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('attach' as const, 'scrape' as const), thread }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('declare' as const), thread, metric }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constantFrom('use' as const, 'use' as const, 'use' as const, 'keep' as const, 'remove' as const),
      thread,
      metric,
      label: fc.constantFrom('/a', '/b', '/c', '__proto__', 'other'),
      n: fc.nat(100_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('use kept' as const), n: fc.nat(100_000) }) },
)

it('every scrape of every thread shows the counts of all threads, for random histories', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 120, size: '+2' }), (story) => {
      let time = 1_000_000
      const now = () => (time += 1000)
      const model = new Model()
      const start = (): Thread => ({
        registry: createRegistry({ now }),
        handles: new Map(),
        model: new ModelThread(),
      })
      const main = start()
      let isShared = false
      const threads: Thread[] = [main]
      let kept: Kept[] = []
      const pick = (n: number) => threads[n % threads.length] ?? main
      const attached = () => threads.filter((one) => one.shared || (one === main && isShared))

      for (const event of story) {
        if (event.do === 'use kept') {
          const held = kept[event.n % kept.length]
          held?.use(event.n)
          if (held && !held.isRemoved) {
            held.thread.model.use(metrics[held.metric] ?? assert.fail(), held.label, event.n)
          }
          continue
        }
        const one = pick(event.thread)
        const isAttached = attached().includes(one)
        switch (event.do) {
          case 'start':
            threads.push(start())
            break
          case 'attach': {
            if (one.shared || one === main) break
            one.shared = main.registry.share({ maxBytes: 2 ** 21 })
            if (!isShared) model.attach(main.model)
            isShared = true
            one.registry.attach(one.shared)
            model.attach(one.model)
            break
          }
          case 'release':
            if (one.shared === undefined) break
            main.registry.release(one.shared)
            model.die(one.model)
            threads.splice(threads.indexOf(one), 1)
            kept = kept.filter((held) => held.thread !== one)
            break
          case 'scrape':
            if (attached().includes(one)) check(one.registry.collect(), model.samples())
            break
          case 'declare':
            declare(one, event.metric)
            break
          case 'keep': {
            const { metric, label } = event
            const of = metrics[metric] ?? assert.fail()
            if (!of.labels || nameOf(of, label) === 'seen_info') break // infos have no handles
            kept.push({ thread: one, metric, label, use: declare(one, metric).bind(label), isRemoved: false })
            break
          }
          case 'remove': {
            const { metric: number, label } = event
            const metric = metrics[number] ?? assert.fail()
            const { remove } = declare(one, number)
            const labels = metric.labels?.(label)
            if (!remove || labels === undefined) break
            remove(label)
            const name = nameOf(metric, label)
            const isOf = (sample: string) => sample.startsWith(name) && sample.includes(`{${labels}`)
            for (const samples of (isAttached ? model : one.model).all()) {
              for (const sample of [...samples.keys()].filter(isOf)) samples.delete(sample)
            }
            for (const held of kept) {
              const isShared = isAttached ? attached().includes(held.thread) : held.thread === one
              const isSame = held.metric === number && metric.labels?.(held.label) === labels
              if (isShared && isSame) held.isRemoved = true
            }
            const shown = linesOf(renderText(one.registry.collect()))
            assert.ok(!shown.split('\n').some(isOf), `${name}{${labels}} is removed`)
            break
          }
          case 'use':
            declare(one, event.metric).bind(event.label)(event.n)
            one.model.use(metrics[event.metric] ?? assert.fail(), event.label, event.n)
        }
      }

      const texts = attached().map(({ registry }) => {
        const snapshot = registry.collect()
        check(snapshot, model.samples())
        return linesOf(renderOpenMetrics(snapshot))
      })
      for (const text of texts) assert.equal(text, texts[0])
    }),
    { numRuns: rounds(150, 400) },
  )
})

function declare({ registry, handles }: Thread, i: number): Handle {
  const handle = handles.get(i) ?? metrics[i]?.declare(registry) ?? assert.fail()
  handles.set(i, handle)
  return handle
}

/** The beginning of the names of a metric's samples. */
function nameOf(metric: Metric, label: string): string {
  const samples: Samples = new Map()
  metric.count?.(samples, label, 1)
  metric.set?.(samples, label, 1)
  const [sample = assert.fail()] = samples.keys()
  return sample.replace(/(_bucket)?\{.*/, '')
}

/**
 * Sorted, because the order differs between threads. Without creation times: a thread that reuses an arena has earlier
 * times for its previous counts than all other threads.
 */
function linesOf(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\w+_created\b/.test(line))
  return lines.sort().join('\n')
}

/** All samples of the model are shown, all other samples are 0, and native and classic buckets agree. */
function check(snapshot: Snapshot, expected: Samples): void {
  const shown = new Map<string, number>()
  for (const line of renderText(snapshot).split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const at = line.lastIndexOf(' ')
    assert.ok(!shown.has(line.slice(0, at)), `${line} is there twice`)
    shown.set(line.slice(0, at), Number(line.slice(at)))
  }
  for (const [name, value] of expected) assert.equal(shown.get(name) ?? 0, value, name)
  for (const [name, value] of shown) assert.equal(value, expected.get(name) ?? 0, name)
  for (const family of snapshot.families) {
    if (family.type !== 'histogram' || !family.native) continue
    for (const [i, { zeroCount, counts }] of family.native.series.entries()) {
      const text: string | undefined = family.series[i]?.text
      const counted = counts.reduce((a, b) => a + b, zeroCount)
      assert.equal(counted, expected.get(`${family.name}_count${text && `{${text}}`}`) ?? 0)
    }
  }
}
