import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, type Registry, type SharedMetrics } from '../../../src/metrics/index.ts'
import { SharedMemory } from '../../../src/metrics/memory/shared-memory.ts'
import { stopAfter } from '../../support/cell-interleavings.ts'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

/** The minimum of the option `maxBytes`. */
const maxBytes = 98432

/** The lines of the samples with this prefix. */
function shown(registry: Registry, prefix = ''): string[] {
  return renderText(registry.collect())
    .split('\n')
    .filter((line) => line.startsWith(prefix) && !line.startsWith('#') && line !== '')
}

/** A registry as in another thread, attached to the memory of `main`. */
function thread(main: Registry, shared: SharedMetrics = main.share(), registry = createRegistry()): Registry {
  registry.attach(shared)
  return registry
}

describe('metrics that threads share', () => {
  it('shared counters are added up in the scrape of every thread', () => {
    const main = createRegistry()
    const declare = (registry: Registry) => registry.counter({ name: 'jobs_total', help: 'Jobs.' })
    declare(main).inc(1)
    const one = thread(main)
    declare(one).inc(20)
    const other = thread(main)
    declare(other).inc(300)
    for (const registry of [main, one, other]) assert.deepEqual(shown(registry), ['jobs_total 321'])
  })

  it('counts from before share and attach are included, and bound handles stay valid', () => {
    const main = createRegistry()
    const labels = { route: { max: 5 } }
    const jobs = main.counter({ name: 'jobs_total', help: 'Jobs.', labels })
    const sizes = main.histogram({
      name: 'size',
      help: 'S.',
      buckets: [1, 4],
      native: true,
      scale: 1,
      labels,
    })
    const level = main.gauge({ name: 'level', help: 'L.' })
    const [bound, size] = [jobs.with({ route: '/a' }), sizes.with({ route: '/a' })]
    bound.inc(2 ** 40)
    size.observe(3)
    level.set(2.5)
    const shared = main.share()
    bound.inc()
    size.observe(4)
    level.inc()
    const worker = createRegistry()
    const own = worker.counter({ name: 'jobs_total', help: 'Jobs.', labels }).with({ route: '/a' })
    const gauge = worker.gauge({ name: 'level', help: 'L.' })
    own.inc(5)
    gauge.inc(10)
    worker.attach(shared)
    own.inc()
    gauge.dec(4)
    for (const registry of [main, worker]) {
      assert.deepEqual(shown(registry).sort(), [
        `jobs_total{route="/a"} ${2 ** 40 + 7}`,
        'level 9.5',
        'metrics_label_overflows_total{metric="jobs_total"} 0',
        'metrics_label_overflows_total{metric="size"} 0',
        'size_bucket{route="/a",le="+Inf"} 2',
        'size_bucket{route="/a",le="1"} 0',
        'size_bucket{route="/a",le="4"} 2',
        'size_count{route="/a"} 2',
        'size_sum{route="/a"} 7',
      ])
    }
  })

  it('metrics are shown in threads that have not declared them', () => {
    const main = createRegistry()
    const worker = thread(main)
    worker
      .counter({ name: 'jobs_total', help: 'Jobs, "quoted"\n.', labels: { kind: ['a', 'b'] } })
      .with({ kind: 'b' })
      .inc()
    worker.histogram({ name: 'wait_seconds', help: 'W.', unit: 'seconds', buckets: [0.5] }).observe(0.25)
    worker.gauge({ name: 'newest', help: 'N.', threads: 'latest' }).set(7)
    worker.info({ name: 'worker_info', help: 'I.', labels: { version: '1' } })
    assert.equal(renderText(main.collect()), renderText(worker.collect()))
    assert.equal(
      renderText(main.collect()),
      `# HELP jobs_total Jobs, "quoted"\\n.
# TYPE jobs_total counter
jobs_total{kind="a"} 0
jobs_total{kind="b"} 1
# HELP wait_seconds W.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 1
wait_seconds_bucket{le="+Inf"} 1
wait_seconds_sum 0.25
wait_seconds_count 1
# HELP newest N.
# TYPE newest gauge
newest 7
# HELP worker_info I.
# TYPE worker_info gauge
worker_info{version="1"} 1
`,
    )
    const late = thread(main)
    late
      .counter({ name: 'jobs_total', help: 'Jobs, "quoted"\n.', labels: { kind: ['a', 'b'] } })
      .with({ kind: 'b' })
      .inc()
    assert.deepEqual(shown(main, 'jobs_total{kind="b"}'), ['jobs_total{kind="b"} 2'])
  })

  it('creation times are the same in all threads', () => {
    let now = 100_000
    const main = createRegistry({ now: () => now })
    main.counter({ name: 'jobs_total', help: 'J.', labels: { kind: ['a', 'b'] } })
    main.counter({ name: 'open_total', help: 'O.', labels: { kind: { max: 5 } } }).with({ kind: 'a' })
    now = 200_000
    const worker = createRegistry({ now: () => now })
    worker.attach(main.share())
    worker.histogram({ name: 'wait', help: 'W.', buckets: [1] })
    now = 300_000
    worker.counter({ name: 'open_total', help: 'O.', labels: { kind: { max: 5 } } }).with({ kind: 'b' })
    worker.counter({ name: 'jobs_total', help: 'J.', labels: { kind: ['a', 'b'] } })
    for (const registry of [main, worker]) {
      const created = renderOpenMetrics(registry.collect()).match(/^(?!metrics_)\w+_created.*$/gm)
      assert.deepEqual(created?.sort(), [
        'jobs_created{kind="a"} 100',
        'jobs_created{kind="b"} 100',
        'open_created{kind="a"} 100',
        'open_created{kind="b"} 300',
        'wait_created 200',
      ])
    }
  })

  it('all series of a closed metric have one creation time in every thread', () => {
    let now = 0
    const clock = { now: () => (now += 1000) }
    const main = createRegistry(clock)
    main.counter({ name: 'jobs_total', help: 'J.', labels: { kind: ['a', 'b', 'c'] } })
    const worker = createRegistry(clock)
    worker.attach(main.share())
    const [here, there] = [main, worker].map((registry) => renderOpenMetrics(registry.collect()))
    assert.match(here ?? '', /^jobs_created{kind="c"} 1$/m)
    assert.equal(there, here)
  })

  it('threads share the maximum of an open label, and its overflow count', () => {
    const main = createRegistry()
    const declare = (registry: Registry) =>
      registry.counter({ name: 'requests_total', help: 'R.', labels: { route: { max: 2 } } })
    const registries = [main, thread(main), thread(main)]
    const counters = registries.map(declare)
    for (const [i, route] of ['/a', '/b', '/c', '/b', '/d', '/a'].entries())
      counters[i % 3]?.with({ route }).inc()
    for (const registry of registries) {
      assert.deepEqual(shown(registry).sort(), [
        'metrics_label_overflows_total{metric="requests_total"} 2',
        'requests_total{route="/a"} 2',
        'requests_total{route="/b"} 2',
        'requests_total{route="other"} 2',
      ])
    }
  })

  it('a label lookup reads other journals only for a new value below the maximum', () => {
    const main = createRegistry()
    const places = [main.share(), main.share()]
    const requests = main.counter({ name: 'requests_total', help: 'R.', labels: { route: { max: 1 } } })
    for (const place of places) {
      const worker = createRegistry()
      worker.attach(place)
      worker.counter({ name: 'jobs_total', help: 'J.' })
    }
    assert.ok(
      rowsRead(() => requests.with({ route: '/a' })) >= 2,
      'a new value reads the rows of all other arenas',
    )
    assert.equal(
      rowsRead(() => requests.with({ route: '/a' })),
      0,
    )
    requests.with({ route: '/b' })
    assert.equal(
      rowsRead(() => requests.with({ route: '/c' })),
      0,
      'values above the maximum are frequent, so they must read no rows',
    )
  })

  it('computed values agree with the same scrape over the series of all threads', () => {
    const main = createRegistry()
    const labels = { route: { max: 9 } }
    const declare = (registry: Registry) => registry.counter({ name: 'jobs_total', help: 'J.', labels })
    const jobs = declare(main)
    main.gauge({
      name: 'all_jobs',
      help: 'A.',
      value(read) {
        own.inc(1000) // belongs to the next scrape
        return [...read.each(jobs)].reduce(
          (sum, [{ route }, value]) => sum + (route === '/none' ? 0 : value),
          0,
        )
      },
    })
    const worker = thread(main)
    const own = declare(worker).with({ route: '/worker' })
    for (let scrape = 0; scrape < 3; scrape++) {
      declareOnce(scrape)
      own.inc()
      jobs.with({ route: '/main' }).inc()
      const lines = shown(main)
      const sum = lines
        .filter((line) => line.startsWith('jobs_total'))
        .map((line) => Number(line.split(' ')[1]))
      assert.deepEqual(
        lines.filter((line) => line.startsWith('all_jobs')),
        [`all_jobs ${sum.reduce((a, b) => a + b, 0)}`],
      )
    }

    function declareOnce(scrape: number): void {
      declare(thread(main))
        .with({ route: `/${scrape}` })
        .inc(10 ** scrape)
    }
  })
})

/** Number of arena rows that were read. */
function rowsRead(run: () => void): number {
  const { load } = Atomics
  let rows = 0
  Object.assign(Atomics, {
    load(ints: Int32Array, i: number) {
      if (i % 32 === 1 && i > 32 && i < 32 * 257) rows++
      return load(ints, i)
    },
  })
  try {
    run()
  } finally {
    Object.assign(Atomics, { load })
  }
  return rows
}

describe('gauges of several threads', () => {
  const kinds = ['sum', 'max', 'latest'] as const

  it('gauges are combined by sum, max or latest; ended threads count only for latest', () => {
    const main = createRegistry()
    const [one, other] = [main.share(), main.share()]
    const registries = [main, thread(main, one), thread(main, other)]
    for (const threads of kinds) {
      const gauges = registries.map((registry) =>
        registry.gauge({ name: threads, help: 'G.', threads: threads as 'max' }),
      )
      const [first, second, third] = gauges
      first?.set(1)
      third?.set(5)
      second?.set(3)
    }
    const samples = () => registries.map((registry) => shown(registry).join())
    assert.deepEqual(samples(), Array(3).fill('sum 9,max 5,latest 3'))
    registries.splice(1, 1)
    main.release(one)
    assert.deepEqual(samples(), Array(2).fill('sum 6,max 5,latest 3'))
    registries.splice(1, 1)
    main.release(other)
    assert.deepEqual(samples(), ['sum 1,max 1,latest 3'])
  })

  it('a latest gauge that a new thread has not set does not replace the value', () => {
    const main = createRegistry()
    const set = (registry: Registry) => registry.gauge({ name: 'newest', help: 'N.', threads: 'latest' })
    set(main).set(-1)
    const worker = createRegistry()
    set(worker)
    worker.attach(main.share())
    assert.deepEqual(shown(main), ['newest -1'])
    const late = createRegistry()
    set(late).set(-2)
    late.attach(main.share())
    assert.deepEqual(shown(main), ['newest -2'])
  })

  it('a max gauge ignores threads that have not set it, also below zero', () => {
    const main = createRegistry()
    const [one, other] = [main.share(), main.share()]
    const declare = (registry: Registry) =>
      registry.gauge({ name: 'temperature', help: 'T.', threads: 'max' })
    const registries = [main, thread(main, one), thread(main, other)]
    const [first, second, third] = registries.map(declare)
    assert.deepEqual(shown(main), ['temperature 0'], 'no thread has set it')
    second?.set(-5)
    for (const registry of registries) assert.deepEqual(shown(registry), ['temperature -5'])
    third?.dec(3)
    assert.deepEqual(shown(main), ['temperature -3'])
    main.release(other)
    assert.deepEqual(shown(main), ['temperature -5'])
    declare(thread(main, main.share())) // reuses the arena of the third
    assert.deepEqual(shown(main), ['temperature -5'])
    first?.set(-1)
    assert.deepEqual(shown(main), ['temperature -1'])
    const late = createRegistry()
    declare(late).set(-0.5)
    late.attach(main.share())
    assert.deepEqual(shown(main), ['temperature -0.5'])
  })

  it('gauges computed per thread are updated at its scrapes and at publish', () => {
    const main = createRegistry()
    const errors: unknown[] = []
    const worker = createRegistry({ onError: (error, metric) => errors.push(String(error), metric) })
    worker.attach(main.share())
    let value: unknown = 1
    const declare = (registry: Registry, compute: () => number) => {
      for (const threads of kinds) registry.gauge({ name: threads, help: 'G.', threads, value: compute })
    }
    declare(main, () => 10)
    declare(worker, () => value as number)
    assert.deepEqual(shown(main), ['sum 10', 'max 10', 'latest 10'])
    worker.publish()
    assert.deepEqual(shown(main), ['sum 11', 'max 10', 'latest 10'])
    value = 30
    assert.deepEqual(shown(worker), ['sum 40', 'max 30', 'latest 30'])
    value = '30'
    worker.publish()
    assert.deepEqual(errors.slice(0, 2), [
      'TypeError: sum: the computed value must be a number, got string',
      'sum',
    ])
    assert.deepEqual(shown(main).slice(0, 3), ['sum NaN', 'max NaN', 'latest 10'])
  })

  it('gauges with labels, computed per thread, are combined for each series', () => {
    const main = createRegistry()
    const worker = createRegistry()
    const shared = main.share()
    worker.attach(shared)
    const series: Record<string, [string, number][]> = {
      main: [
        ['a', -1],
        ['b', -20],
      ],
      worker: [
        ['b', -3],
        ['c', -7],
      ],
    }
    for (const [name, registry] of Object.entries({ main, worker })) {
      for (const threads of kinds) {
        const values = () => (series[name] ?? []).map(([of, value]) => [{ of }, value] as const)
        registry.gauge({ name: threads, help: 'G.', threads, labels: { of: { max: 8 } }, values })
      }
    }
    const values = (kind: string) => shown(main).filter((line) => line.startsWith(`${kind}{`))
    assert.deepEqual(values('sum'), ['sum{of="a"} -1', 'sum{of="b"} -20'])
    worker.publish()
    assert.deepEqual(values('sum'), ['sum{of="a"} -1', 'sum{of="b"} -23', 'sum{of="c"} -7'])
    assert.deepEqual(values('max'), ['max{of="a"} -1', 'max{of="b"} -3', 'max{of="c"} -7'])
    series.worker = [['c', -8]]
    worker.publish()
    assert.deepEqual(values('sum'), ['sum{of="a"} -1', 'sum{of="b"} -20', 'sum{of="c"} -8'])
    assert.deepEqual(values('max'), ['max{of="a"} -1', 'max{of="b"} -20', 'max{of="c"} -8'])
    assert.deepEqual(values('latest').at(-1), 'latest{of="c"} -8')
    main.release(shared)
    assert.deepEqual(values('sum'), ['sum{of="a"} -1', 'sum{of="b"} -20', 'sum{of="c"} 0'])
  })
})

describe('the arena of a thread that has ended', () => {
  it('a reused arena continues all counts, also of metrics that the next thread does not declare', () => {
    const main = createRegistry()
    const place = main.share()
    const previous = thread(main, place)
    const labels = { route: { max: 5 } }
    previous
      .counter({ name: 'jobs_total', help: 'J.', labels })
      .with({ route: '/a' })
      .inc(7, { trace_id: 'first' })
    previous.histogram({ name: 'wait', help: 'W.', native: true, buckets: [1] }).observe(0.75)
    previous.gauge({ name: 'in_flight', help: 'F.' }).inc(3)
    main.release(place)

    const next = thread(main)
    next.histogram({ name: 'wait', help: 'W.', native: true, buckets: [1] }).observe(0.75)
    const before = ['in_flight 0', 'wait_count 2', 'jobs_total{route="/a"} 7']
    for (const line of before) assert.ok(shown(main).includes(line), line)
    for (const line of before) assert.ok(shown(next).includes(line), line)
    next.counter({ name: 'jobs_total', help: 'J.', labels }).with({ route: '/a' }).inc()
    next.gauge({ name: 'in_flight', help: 'F.' }).inc()
    for (const registry of [main, next]) {
      for (const line of ['in_flight 1', 'jobs_total{route="/a"} 8'])
        assert.ok(shown(registry).includes(line), line)
    }
    const wait = main.collect().families.find(({ name }) => name === 'wait')
    assert.ok(wait?.type === 'histogram')
    assert.deepEqual(wait.native?.series, [{ zeroCount: 0, indexes: [-3], counts: [2] }])
  })

  it('a reused arena never shows a lower count, even if its thread stopped between two stores', () => {
    const main = createRegistry()
    const declare = (registry: Registry) => ({
      jobs: registry.counter({ name: 'jobs_total', help: 'J.' }),
      waits: registry.histogram({ name: 'waits', help: 'W.', buckets: [1], scale: 1 }),
    })
    const place = main.share()
    const previous = declare(thread(main, place))
    previous.jobs.inc(2 ** 31 - 1)
    previous.waits.observe(2 ** 31 - 1)
    // Plain stores are not counted: the low halves are written, the carries are not.
    stopAfter(0, () => previous.jobs.inc())
    stopAfter(0, () => previous.waits.observe(1))
    main.release(place)
    const numbers = () =>
      ['jobs_total', 'waits_sum'].map((name) => Number(shown(main, name)[0]?.split(' ')[1]))
    assert.deepEqual(numbers(), [2 ** 31, 2 ** 31])

    const next = declare(thread(main))
    let last = numbers()
    /** Scrapes as another thread may do at any time. */
    function scrape(): void {
      const now = numbers()
      assert.ok(
        now.every((number, i) => number >= (last[i] ?? 0)),
        `${now} after ${last}`,
      )
      last = now
    }
    const { add } = Atomics
    Object.assign(Atomics, {
      add(ints: Int32Array, i: number, n: number) {
        scrape() // between the plain store of the low half and the carry
        const before = add(ints, i, n)
        scrape()
        return before
      },
    })
    try {
      next.jobs.inc(2 ** 31 - 1)
      next.jobs.inc(1)
      next.waits.observe(2 ** 31 - 1)
      next.waits.observe(1)
    } finally {
      Object.assign(Atomics, { add })
    }
    assert.deepEqual(numbers(), [2 ** 32, 2 ** 32])
  })

  it('a reused arena does not count the previous thread’s gauges while a thread attaches', () => {
    const main = createRegistry()
    const place = main.share()
    thread(main, place).gauge({ name: 'in_flight', help: 'F.' }).set(3)
    main.release(place)
    const seen = new Set<string>()
    let isMoving = false
    const next = createRegistry({
      now() {
        if (isMoving) for (const line of shown(main)) seen.add(line) // as another thread may do at any time
        return 0
      },
    })
    isMoving = true
    next.attach(main.share())
    isMoving = false
    assert.deepEqual([...seen], ['in_flight 0'])
  })

  it('a reused arena takes no more memory after many restarts', () => {
    const main = createRegistry()
    let restarts = 0
    function restart(): number {
      const place = main.share()
      const worker = createRegistry()
      const early = worker.counter({ name: 'jobs_total', help: 'J.', labels: { route: { max: 3 } } })
      early.with({ route: '/a' }).inc()
      worker.attach(place)
      worker.histogram({ name: 'wait', help: 'W.', native: true }).observe(0.75, { trace_id: 'abc' })
      worker.gauge({ name: 'in_flight', help: 'F.' }).inc()
      early.with({ route: '/b' }).inc(1, { trace_id: `${restarts++ % 100}` })
      main.release(place)
      return new Int32Array(place.buffer)[1] ?? Number.NaN // index of the first free Int32
    }
    const used = restart()
    for (let i = 0; i < 1000; i++) assert.equal(restart(), used)
    for (const line of [
      'jobs_total{route="/a"} 1001',
      'jobs_total{route="/b"} 1001',
      'wait_count 1001',
      'in_flight 0',
    ]) {
      assert.ok(shown(main).includes(line), line)
    }
  })

  it('an arena that is released twice is reserved only once', () => {
    const main = createRegistry()
    const [a, b] = [main.share(), main.share()]
    const crashed = thread(main, a)
    crashed.gauge({ name: 'in_flight', help: 'F.' }).set(1)
    main.release(a)
    const next = main.share()
    const worker = thread(main, next)
    main.release(a) // once at 'error', once at 'exit'
    worker.gauge({ name: 'in_flight', help: 'F.' }).set(5)
    assert.deepEqual(shown(main), ['in_flight 5'])
    assert.deepEqual(
      [next.arena, main.share().arena, main.share().arena],
      [a.arena, b.arena + 1, b.arena + 2],
    )
  })
})

describe('rejected sharing', () => {
  it('attach rejects an arena that is in use, released or invalid', () => {
    const main = createRegistry()
    const place = main.share()
    const worker = thread(main, place)
    assert.throws(
      () => createRegistry().attach(place),
      /^Error: attach: these shared metrics are in use or were released/,
    )
    assert.throws(
      () => worker.attach(main.share()),
      /^Error: attach: this registry shares its metrics already$/,
    )
    assert.throws(
      () => main.attach(main.share()),
      /^Error: attach: this registry shares its metrics already$/,
    )
    main.release(place)
    assert.throws(
      () => createRegistry().attach(place),
      /^Error: attach: these shared metrics are in use or were released/,
    )
    const foreign = { ...place, buffer: new SharedArrayBuffer(1000) }
    for (const use of ['attach', 'release'] as const) {
      assert.throws(
        () => createRegistry()[use](foreign),
        /^TypeError: shared metrics must be a result of share in the same version/,
      )
    }
  })

  it('share rejects more than 256 threads at a time', () => {
    const main = createRegistry()
    const places = Array.from({ length: 255 }, () => main.share())
    assert.throws(
      () => main.share(),
      /^RangeError: share: 256 threads share these metrics already; release those/,
    )
    const last = thread(main, places.at(-1))
    last.counter({ name: 'jobs_total', help: 'J.' }).inc()
    assert.deepEqual(shown(main), ['jobs_total 1'])
    main.release(places[7] ?? assert.fail())
    assert.equal(main.share().arena, places[7]?.arena)
  })

  const differently: [
    why: RegExp,
    here: (registry: Registry) => void,
    there: (registry: Registry) => void,
  ][] = [
    [
      /^Error: jobs_total: another thread has declared it differently: help "[AB].", not "[AB]."$/,
      (registry) => registry.counter({ name: 'jobs_total', help: 'A.' }),
      (registry) => registry.counter({ name: 'jobs_total', help: 'B.' }),
    ],
    [
      /^Error: jobs_total: another thread has declared it differently: labels .*"[ab]".*, not .*"[ab]"/,
      (registry) =>
        registry.counter({ name: 'jobs_total', help: 'A.', labels: { a: { max: 2 } } }).with({ a: '' }),
      (registry) => registry.counter({ name: 'jobs_total', help: 'A.', labels: { b: ['x'] } }),
    ],
    [
      /^Error: wait: another thread has declared it differently: buckets .*; scale .*; schema /,
      (registry) => registry.histogram({ name: 'wait', help: 'A.', buckets: [1] }),
      (registry) => registry.histogram({ name: 'wait', help: 'A.', native: true, scale: 1 }),
    ],
    [
      /^Error: level: another thread has declared it differently: threads "(sum|max)", not "(sum|max)"$/,
      (registry) => registry.gauge({ name: 'level', help: 'A.' }),
      (registry) => registry.gauge({ name: 'level', help: 'A.', threads: 'max' }),
    ],
    [
      /^Error: a(_total)?: the name a(_total|) is taken by a(_total)?$/,
      (registry) => registry.gauge({ name: 'a', help: 'A.' }),
      (registry) => registry.counter({ name: 'a_total', help: 'A.' }),
    ],
    [
      /^Error: a: (the name a is taken by a$|another thread has declared it differently: type)/,
      (registry) => registry.gauge({ name: 'a', help: 'A.', threads: 'max' }),
      (registry) => registry.counter({ name: 'a', help: 'A.' }),
    ],
  ]

  it('a declaration that differs from another thread’s is rejected, and changes nothing', () => {
    for (const [why, here, there] of differently) {
      const main = createRegistry()
      const worker = thread(main)
      here(main)
      const before = renderText(main.collect())
      assert.throws(() => there(worker), why)
      assert.equal(renderText(worker.collect()), before)
      assert.equal(renderText(main.collect()), before)
      here(worker)
    }
  })

  it('attach rejects different declarations, and changes nothing', () => {
    for (const [why, here, there] of differently) {
      const main = createRegistry()
      const worker = createRegistry()
      here(main)
      there(worker)
      const text = renderText(worker.collect())
      const before = renderText(main.collect())
      const place = main.share()
      assert.throws(() => worker.attach(place), why)
      assert.equal(renderText(main.collect()), before)
      assert.equal(renderText(worker.collect()), text)
      const elsewhere = createRegistry()
      elsewhere.counter({ name: 'other_total', help: 'O.' }).inc()
      worker.attach(elsewhere.share())
      assert.ok(renderText(worker.collect()).startsWith(text), 'only what it shares now')
      assert.ok(shown(worker).includes('other_total 1'))
      assert.equal(main.share().arena, place.arena)
    }
  })

  it('collect throws if two threads declare a name differently at the same time', () => {
    for (const [why, here, there] of differently) {
      const main = createRegistry()
      const places = [main.share(), main.share()]
      // Neither reads the other's journal before its own declaration.
      const [one, other] = [createRegistry(), createRegistry()]
      one.attach(places[0] ?? assert.fail())
      other.attach(places[1] ?? assert.fail())
      withoutOtherJournals(() => here(one))
      withoutOtherJournals(() => there(other))
      for (const registry of [main, one, other]) {
        assert.throws(() => registry.collect(), why)
        assert.throws(() => registry.collect(), why, 'and every scrape after it')
      }
    }
  })
})

/** Hides the journals of other threads during the declaration. */
function withoutOtherJournals(declare: () => void): void {
  const { load } = Atomics
  Object.assign(Atomics, {
    load: (ints: Int32Array, i: number) => (i % 32 === 1 && i > 64 && i < 32 * 257 ? 0 : load(ints, i)),
  })
  try {
    declare()
  } finally {
    Object.assign(Atomics, { load })
  }
}

describe('full memory', () => {
  const big = (registry: Registry, name: string) =>
    registry.histogram({
      name,
      help: 'B.',
      buckets: Array.from({ length: 500 }, (_, i) => i),
      labels: { of: Array.from({ length: 40 }, (_, i) => `${i}`) },
    })

  it('share that fails for lack of memory changes nothing, and works with more', () => {
    const main = createRegistry()
    const jobs = main.counter({ name: 'jobs_total', help: 'J.' })
    const open = main.counter({ name: 'open_total', help: 'O.', labels: { route: { max: 9 } } })
    const sizes = big(main, 'size').with({ of: '39' })
    jobs.inc(3)
    open.with({ route: '/a' }).inc(4)
    sizes.observe(250)
    const before = renderText(main.collect())
    assert.throws(() => main.share({ maxBytes }), {
      name: 'RangeError',
      message: 'The shared memory for metrics is full: 98432 bytes (option maxBytes of share)',
    })
    assert.equal(renderText(main.collect()), before)
    jobs.inc()
    open.with({ route: '/b' }).inc()
    sizes.observe(250)
    const text = renderText(main.collect())
    const worker = thread(main)
    const samples = (registry: Registry) => shown(registry).sort()
    assert.equal(renderText(main.collect()), text)
    assert.deepEqual(samples(worker), samples(main))
    assert.ok(shown(main).includes('size_count{of="39"} 2'))
  })

  it('attach that fails for lack of memory leaves the registry private', () => {
    const main = createRegistry()
    const counter = (registry: Registry) => registry.counter({ name: 'jobs_total', help: 'J.' })
    counter(main).inc()
    const place = main.share({ maxBytes })
    const worker = createRegistry()
    const jobs = counter(worker)
    jobs.inc(5)
    const sizes = big(worker, 'size').with({ of: '7' })
    sizes.observe(1)
    assert.throws(() => worker.attach(place), /^RangeError: The shared memory .* is full/)
    jobs.inc(5)
    sizes.observe(1)
    assert.deepEqual(shown(worker, 'jobs_total'), ['jobs_total 10'])
    assert.deepEqual(shown(worker, 'size_count{of="7"}'), ['size_count{of="7"} 2'])
    worker.counter({ name: 'late_total', help: 'L.' }).inc()
    assert.deepEqual(shown(worker, 'late_total'), ['late_total 1'])
    assert.deepEqual(shown(main), ['jobs_total 1'])
    const next = thread(main)
    counter(next).inc()
    assert.deepEqual(shown(main, 'jobs_total'), ['jobs_total 2'])
  })

  it('a declaration without room is rejected, and later metrics stay distinct in all threads', () => {
    const main = createRegistry()
    const worker = thread(main, main.share({ maxBytes }))
    assert.throws(() => big(worker, 'size'), /^RangeError: The shared memory .* is full/)
    worker
      .counter({ name: 'jobs_total', help: 'J.', labels: { route: { max: 3 } } })
      .with({ route: '/a' })
      .inc(3)
    worker
      .gauge({ name: 'level', help: 'L.', labels: { route: { max: 3 } } })
      .with({ route: '/b' })
      .set(4)
    assert.deepEqual(shown(main, 'jobs'), ['jobs_total{route="/a"} 3'])
    assert.deepEqual(shown(main, 'level'), ['level{route="/b"} 4'])
  })

  it('full memory rejects each new series, and loses no existing count', () => {
    const main = createRegistry()
    const worker = thread(main, main.share({ maxBytes }), strictRegistry())
    const counter = worker.counter({ name: 'jobs_total', help: 'J.', labels: { route: { max: 1e6 } } })
    const waits = worker.histogram({ name: 'wait', help: 'W.', native: { schema: 8 }, scale: 1 })
    const counts = new Map<string, number>()
    let refused = 0
    for (let i = 0; i < 4000; i++) {
      const route = `/${i % 2000}`
      try {
        counter.with({ route }).inc()
        counts.set(route, (counts.get(route) ?? 0) + 1)
      } catch (error) {
        assert.match(String(error), /^RangeError: The shared memory .* is full/)
        refused++
      }
    }
    assert.ok(refused > 100 && counts.size > 100, `${refused} refused`)
    const expected = [...counts].map(([route, n]) => `jobs_total{route="${route}"} ${n}`).sort()
    assert.deepEqual(shown(main, 'jobs_total').sort(), expected)

    waits.observe(0) // in the zero bucket, which exists from the start
    const before = textWithoutErrors(main)
    for (const exemplar of [undefined, { trace_id: 'x' }]) {
      assert.throws(() => waits.observe(1000, exemplar), /^RangeError: The shared memory .* is full/)
      assert.throws(
        () => counter.with({ route: '/0' }).inc(0, exemplar ?? { a: '' }),
        /^RangeError: The shared memory/,
      )
    }
    assert.equal(textWithoutErrors(main), before)
    assert.equal(main.collect().families.find(({ name }) => name === 'wait')?.exemplars, undefined)
  })

  it('full memory stores no exemplar of an observation that was not counted', () => {
    const main = createRegistry()
    const place = main.share({ maxBytes: 2 ** 18 })
    const worker = thread(main, place, strictRegistry())
    // The rest of the worker's buffer has room for an exemplar, but not for 257 buckets.
    const many = Array.from({ length: 640 }, (_, i) => `${i}`)
    worker.counter({ name: 'many_total', help: 'M.', labels: { of: many } })
    const waits = worker.histogram({ name: 'waits', help: 'W.', native: { schema: 8 }, scale: 1 })
    const memory = new SharedMemory(place.buffer)
    assert.throws(() => {
      for (;;) memory.allocate(1)
    }, /is full/)
    assert.throws(() => waits.observe(1000, { trace_id: 'x' }), /^RangeError: The shared memory .* is full/)
    const stored = () =>
      main
        .collect()
        .families.find(({ name }) => name === 'waits')
        ?.exemplars?.flat()
    assert.equal(stored(), undefined)
    waits.observe(0, { trace_id: 'there is room for this' })
    assert.deepEqual(
      stored()?.map((one) => one?.labels),
      [{ trace_id: 'there is room for this' }],
    )
  })
})
