/** Real threads (worker_threads of Node and Bun) that count concurrently, during scrapes, and until they are terminated. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Snapshot } from '../../../src/metrics/index.ts'
import { createRegistry, type Registry, type SharedMetrics } from '../../../src/metrics/index.ts'
import { rounds } from '../../support/rounds.ts'
import { countOnce, declareAll, idOf, observed, steps, type Task, weightOf } from './counting-thread.ts'

const timeout = 30_000

class Thread {
  readonly shared: SharedMetrics
  readonly #worker: Worker
  readonly #signal = new Int32Array(new SharedArrayBuffer(4))
  readonly #received = new Set<string>()
  #onMessage = () => {}
  #error: unknown

  constructor(shared: SharedMetrics, task: Omit<Task, 'shared' | 'signal'>) {
    this.shared = shared
    const workerData: Task = { ...task, shared, signal: this.#signal }
    this.#worker = new Worker(new URL('./counting-thread.ts', import.meta.url), { workerData })
    this.#worker.on('message', (message) => {
      this.#received.add(message)
      this.#onMessage()
    })
    this.#worker.on('error', (error) => {
      this.#error = error
      this.#onMessage()
    })
  }

  isDone(): boolean {
    if (this.#error) throw this.#error
    return this.#received.has('done')
  }

  async receive(message: string): Promise<void> {
    while (!this.#received.has(message)) {
      if (this.#error) throw this.#error
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve
      })
    }
  }

  begin(): void {
    Atomics.store(this.#signal, 0, 1)
    Atomics.notify(this.#signal, 0)
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** Runs the threads concurrently, and `meanwhile` repeatedly until all are done. */
async function runAll(threads: readonly Thread[], meanwhile: () => void): Promise<void> {
  try {
    await Promise.all(threads.map((one) => one.receive('ready')))
    for (const one of threads) one.begin()
    while (!threads.every((one) => one.isDone())) {
      meanwhile()
      await new Promise((resolve) => setImmediate(resolve))
    }
    meanwhile()
  } finally {
    await Promise.all(threads.map((one) => one.end()))
  }
}

/** The values that only grow, by name: counters, buckets, sums. Asserts that native and classic buckets agree. */
function growing({ families }: Snapshot): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const family of families) {
    const { name, series, values } = family
    const width = values.length / series.length
    if (family.type === 'gauge') {
      if (name === 'in_flight') assert.ok((values[0] ?? -1) >= 0, `${values[0]} in flight`)
      continue
    }
    for (const [i, value] of values.entries()) {
      numbers.set(`${name}{${series[Math.floor(i / width)]?.text}} ${i % width}`, value)
    }
    if (family.type !== 'histogram' || !family.native) continue
    for (const [i, { zeroCount, counts, indexes }] of family.native.series.entries()) {
      const classic = values.slice(i * width, (i + 1) * width - 1).reduce((sum, n) => sum + n, 0)
      assert.equal(
        counts.reduce((sum, n) => sum + n, zeroCount),
        classic,
        `${name}: native and classic buckets`,
      )
      numbers.set(`${name} zero`, zeroCount)
      for (const [j, index] of indexes.entries()) numbers.set(`${name} ${i} native ${index}`, counts[j] ?? 0)
    }
  }
  return numbers
}

/** Returns a function that scrapes, and asserts that no value has decreased or disappeared since its last call. */
function watcher(registry: Registry): () => Map<string, number> {
  let last = new Map<string, number>()
  return () => {
    const now = growing(registry.collect())
    for (const [name, value] of last) {
      const next = now.get(name) ?? Number.NaN
      if (!(next >= value)) assert.fail(`${name}: ${next} after ${value}`)
    }
    last = now
    return now
  }
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, n) => total + n, 0)

describe('threads that count concurrently', () => {
  it('concurrent threads lose no count, and scrapes never decrease or disagree', { timeout }, async () => {
    const counted = rounds(5000, 20_000)
    const main = createRegistry()
    const metrics = declareAll(main)
    // Just below a carry, which nearly every step of the plain counter passes again.
    metrics.plain.inc(2 ** 31 - 2)
    metrics.closed.with({ kind: 'a' }).inc(2 ** 32 - 1000)
    const threads = Array.from(
      { length: 3 },
      (_, i) => new Thread(main.share(), { kind: 'count', rounds: counted, name: `${i}` }),
    )
    const scrape = watcher(main)
    let own = 0
    await runAll(threads, () => {
      for (let i = 0; i < 20; i++, own++) countOnce(metrics)
      scrape()
    })

    const last = scrape()
    const times = (counted * threads.length + own) * (observed.length / steps.length)
    assert.equal(last.get('plain_total{} 0'), 2 ** 31 - 2 + times * sum(steps))
    assert.equal(last.get('closed_total{kind="a"} 0'), 2 ** 32 - 1000 + times * steps.length)
    assert.equal(last.get('closed_total{kind="b"} 0'), 2 * times * steps.length)
    const each = times / (observed.length / steps.length)
    const nanoseconds = each * sum(observed.map((value) => Math.round(value * 1e9)))
    for (const name of ['classic_seconds{}', 'both_seconds{}']) {
      assert.deepEqual(
        [0, 1, 2, 3, 4, 5].map((i) => last.get(`${name} ${i}`)),
        [3 * each, 2 * each, 3 * each, each, each, nanoseconds],
      )
    }
    assert.deepEqual(
      [0, 1].map((i) => last.get(`native_seconds{} ${i}`)),
      [10 * each, nanoseconds],
    )
    assert.equal(last.get('native_seconds zero'), 2 * each)
    assert.equal(last.get('both_seconds 0 native 0'), each) // 1 is the upper bound of bucket 0
    assert.equal(last.get('native_seconds 0 native 32'), each) // and 4 that of bucket 2 * 2^4
    const gauges = new Map(main.collect().families.map(({ name, values }) => [name, values[0]]))
    assert.deepEqual([gauges.get('in_flight'), gauges.get('newest')], [0, 1])
  })

  it('concurrent threads add series, metrics and memory during scrapes', { timeout }, async () => {
    const added = 4000
    const main = createRegistry()
    const metrics = declareAll(main)
    const names = ['a', 'b', 'c']
    const threads = names.map((name) => new Thread(main.share(), { kind: 'routes', rounds: added, name }))
    const { buffer } = main.share()
    const before = buffer.byteLength
    const scrape = watcher(main)
    let own = 0
    await runAll(threads, () => {
      for (let i = 0; i < 10; i++, own++) metrics.routes.with({ route: `/main/${own}` }).inc()
      scrape()
    })

    const { families } = main.collect()
    const routes = families.find(({ name }) => name === 'routes_total')
    const counted = new Map(routes?.series.map(({ labels }, i) => [labels[0], routes.values[i]]))
    const expected = new Map<string, number>(Array.from({ length: own }, (_, i) => [`/main/${i}`, 1]))
    for (let i = 0; i < added; i++) {
      if (i % 2 === 0) expected.set(`/all/${i}`, names.length)
      else for (const name of names) expected.set(`/${name}/${i}`, 1)
    }
    assert.deepEqual(new Map([...counted].sort()), new Map([...expected].sort()))
    const waits = families.find(({ name }) => name === 'waits')
    assert.ok(waits?.type === 'histogram')
    assert.equal(waits.series.length, 100)
    assert.equal(sum(waits.values.filter((_, i) => i % 3 !== 2)), added * names.length)
    assert.ok(waits.exemplars?.flat().every((one) => /^[abc] \d+$/.test(one?.labels.trace_id ?? '')))
    assert.equal(families.filter(({ name }) => name.startsWith('late_')).length, names.length * (added / 500))
    assert.ok(buffer.byteLength > before + 2 ** 19, 'the memory has grown while they ran')
  })
})

it('a scrape never shows the count of one series for another, whose cells were used again', {
  timeout,
}, async () => {
  const main = createRegistry()
  const metrics = declareAll(main)
  const names = ['a', 'b']
  const threads = names.map(
    (name) => new Thread(main.share(), { kind: 'churn', rounds: rounds(6000, 20_000), name }),
  )
  const { buffer } = main.share()
  let seen = 0
  await runAll(threads, () => {
    const { families } = main.collect()
    const routes = families.find(({ name }) => name === 'routes_total')
    const waits = families.find(({ name }) => name === 'waits')
    assert.ok(waits?.type === 'histogram')
    for (const [i, { labels }] of (routes?.series ?? []).entries()) {
      const route = labels[0] as string
      const value = routes?.values[i]
      if (value !== 0) assert.equal(value, weightOf(route), route)
      seen++
      // This thread removes some of them too.
      if (seen % 7 === 0) metrics.routes.remove({ route })
    }
    for (const [i, { labels }] of waits.series.entries()) {
      const [count, , sum] = waits.values.slice(3 * i, 3 * i + 3)
      assert.ok(count === 0 || count === 1, `${labels[0]}: ${count}`)
      assert.ok(sum === 0 || sum === 8, `${labels[0]}: ${sum}`)
      const trace: string | undefined = waits.exemplars?.[i]?.[0]?.labels.trace_id
      if (trace !== undefined) assert.equal(trace, labels[0])
    }
  })
  assert.ok(seen > 20, `${seen} series seen`)
  for (const name of ['routes_total', 'waits']) {
    const left = main.collect().families.find((family) => family.name === name)?.series ?? []
    assert.ok(left.length <= 4 * names.length, `${left.length} series left`)
  }
  assert.ok(buffer.byteLength < 2 ** 18, `${buffer.byteLength} bytes`)
})

it('exemplars that a thread stores continuously are never read half-written', { timeout }, async () => {
  const main = createRegistry()
  const metrics = declareAll(main)
  const thread = new Thread(main.share(), { kind: 'exemplars', rounds: rounds(8000, 30_000), name: '' })
  const seen = new Set<string>()
  await runAll([thread], () => {
    for (let i = 0; i < 20; i++) {
      for (const family of main.collect().families) {
        for (const exemplar of family.exemplars?.flat() ?? []) {
          if (!exemplar) continue
          const { labels, value, timestamp } = exemplar
          assert.equal(labels.id, idOf(value))
          assert.ok(Math.abs(timestamp - Date.now() / 1000) < 60)
          seen.add(`${family.name} ${value}`)
        }
      }
    }
  })
  assert.ok(seen.size > observed.length, `${seen.size} were seen`)
  metrics.both.observe(4, { id: idOf(4) })
  const both = main.collect().families.find(({ name }) => name === 'both_seconds')
  assert.deepEqual(
    both?.exemplars?.flat().map((one) => one?.labels),
    [0.001, 0.25, 1, 1.5, 4].map((value) => ({ id: idOf(value) })),
  )
})

describe('a terminated thread', () => {
  const seed = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))

  it(`a thread terminated at a random time loses no acknowledged count; seed ${seed}`, {
    timeout,
  }, async () => {
    const random = randomFrom(seed)
    const restarts = rounds(8, 14)
    const main = createRegistry()
    declareAll(main)
    const scrape = watcher(main)
    const progress = new Int32Array(new SharedArrayBuffer(12))
    let used = 0
    for (let round = 1; round <= restarts; round++) {
      const task = { kind: 'acknowledge', rounds: 0, name: `${round % 2}`, progress } as const
      const thread = new Thread(main.share(), task)
      assert.equal(thread.shared.arena, 1, 'each takes over what the one before has left')
      await thread.receive('ready')
      thread.begin()
      const until = Atomics.load(progress, 0) + 1 + Math.floor(random() ** 4 * 30_000)
      const deadline = performance.now() + 15_000
      while (Atomics.load(progress, 0) < until) {
        scrape()
        assert.ok(performance.now() < deadline, 'the thread does not count')
      }
      await thread.end()
      main.release(thread.shared)

      const counted = scrape()
      const isExact = (name: string, shown: number, acknowledged: number) =>
        assert.ok(
          shown >= acknowledged && shown <= acknowledged + round,
          `${name}: ${shown}, acknowledged ${acknowledged}, round ${round}`,
        )
      isExact('plain', counted.get('plain_total{} 0') ?? 0, Atomics.load(progress, 0))
      const buckets = [0, 1, 2, 3, 4].map((i) => counted.get(`both_seconds{} ${i}`) ?? 0)
      isExact('both', sum(buckets), Atomics.load(progress, 1))
      const routes = [...counted].filter(([name]) => name.startsWith('routes_total'))
      isExact('routes', sum(routes.map(([, n]) => n)), Atomics.load(progress, 2))
      const inFlight = main.collect().families.find(({ name }) => name === 'in_flight')
      assert.equal(inFlight?.values[0], 0, 'nothing of it is in flight any more')
      if (round <= 4) used = new Int32Array(thread.shared.buffer)[1] ?? 0
    }
    const now = new Int32Array(main.share().buffer)[1] ?? Number.NaN
    assert.ok((now - used) * 4 < 2 ** 20, `restarts took ${(now - used) * 4} bytes more`)
  })

  it('a thread in an endless loop does not delay a scrape', { timeout }, async () => {
    const main = createRegistry()
    declareAll(main)
    const thread = new Thread(main.share(), { kind: 'block', rounds: 0, name: 'blocked' })
    try {
      await thread.receive('ready')
      thread.begin()
      await thread.receive('blocked')
      const values = new Map(main.collect().families.map(({ name, values }) => [name, values[0]]))
      assert.deepEqual([values.get('plain_total'), values.get('in_flight')], [7, 1])
      assert.equal(thread.isDone(), false)
    } finally {
      await thread.end()
    }
    main.release(thread.shared)
    const values = new Map(main.collect().families.map(({ name, values }) => [name, values[0]]))
    assert.deepEqual([values.get('plain_total'), values.get('in_flight')], [7, 0])
  })
})

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
