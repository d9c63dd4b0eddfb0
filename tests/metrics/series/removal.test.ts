/** `remove` of labelled metrics, as users see it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, type Registry } from '../../../src/metrics/index.ts'
import type { CounterSeries } from '../../../src/metrics/kinds/counter.ts'
import { rounds } from '../../support/rounds.ts'
import { strictRegistry } from '../../support/strict-registry.ts'

/** The samples of a metric, as text. */
function shown(registry: Registry, name: string): string[] {
  return renderText(registry.collect())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
}

const timeout = 60_000
const open = { tenant: { max: 2 } }

/** A registry and one that shares its memory, as two threads would have them. */
function twoThreads() {
  const main = strictRegistry()
  const worker = strictRegistry()
  worker.attach(main.share())
  const declare = (registry: Registry) => registry.counter({ name: 'jobs_total', help: 'J.', labels: open })
  return { main, worker, here: declare(main), there: declare(worker) }
}

describe('remove', () => {
  it('remove hides a series until with is called again, which begins with 0 and a new creation time', () => {
    let now = 1000
    const registry = createRegistry({ now: () => now })
    const jobs = registry.counter({ name: 'jobs_total', help: 'J.', labels: open })
    const stale = jobs.with({ tenant: 'ada' })
    stale.inc(5)
    jobs.with({ tenant: 'bob' }).inc()
    assert.equal(jobs.remove({ tenant: 'ada' }), true)
    assert.deepEqual(shown(registry, 'jobs_total'), ['jobs_total{tenant="bob"} 1'])
    stale.inc()
    now = 9000
    jobs.with({ tenant: 'ada' }).inc(2)
    stale.inc()
    const text = renderOpenMetrics(registry.collect())
    assert.match(text, /^jobs_total{tenant="ada"} 2.0\njobs_created{tenant="ada"} 9$/m)
    assert.match(text, /^jobs_total{tenant="bob"} 1.0\njobs_created{tenant="bob"} 1$/m)
  })

  it('remove works for every kind of metric, with open and closed labels', () => {
    const registry = strictRegistry()
    const labels = { a: ['x', 'y'], b: { max: 9 } } as const
    const counter = registry.counter({ name: 'c_total', help: 'C.', labels: { a: ['x', 'y'] } })
    const gauge = registry.gauge({ name: 'g', help: 'G.', labels, threads: 'max' })
    const histogram = registry.histogram({ name: 'h', help: 'H.', labels, buckets: [1], native: true })
    const info = registry.info({ name: 'i_info', help: 'I.', labels: { ...labels, c: 'z' } })
    counter.with({ a: 'x' }).inc(3)
    for (const b of ['1', '2']) {
      gauge.with({ a: 'x', b }).set(-5)
      histogram.with({ a: 'x', b }).observe(0.5, { trace_id: b })
      info.with({ a: 'x', b })
    }
    const one = { b: '1', a: 'x' } as const
    assert.deepEqual(
      [counter.remove({ a: 'x' }), gauge.remove(one), histogram.remove(one), info.remove(one)],
      [true, true, true, true],
    )
    assert.deepEqual(shown(registry, 'c_total'), ['c_total{a="y"} 0'])
    assert.deepEqual(shown(registry, 'g'), ['g{a="x",b="2"} -5'])
    assert.deepEqual(shown(registry, 'h_count'), ['h_count{a="x",b="2"} 1'])
    assert.deepEqual(shown(registry, 'i_info'), ['i_info{a="x",b="2",c="z"} 1'])
    counter.with({ a: 'x' })
    gauge.with(one)
    histogram.with(one)
    assert.deepEqual(shown(registry, 'c_total').sort(), ['c_total{a="x"} 0', 'c_total{a="y"} 0'])
    assert.deepEqual(shown(registry, 'g'), ['g{a="x",b="2"} -5', 'g{a="x",b="1"} 0'])
    const family = registry.collect().families.find(({ name }) => name === 'h')
    assert.ok(family?.type === 'histogram')
    assert.deepEqual(
      family.native?.series.map(({ counts }) => counts),
      [[1], []],
    )
    assert.deepEqual(
      family.exemplars?.map((of) => of?.[0]?.labels),
      [{ trace_id: '2' }, undefined],
    )
  })

  it('remove returns false for a series that is not there, and reports wrong labels', () => {
    const errors: string[] = []
    const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
    const jobs = registry.counter({ name: 'jobs_total', help: 'J.', labels: { result: ['ok', 'failed'] } })
    assert.equal(jobs.remove({ result: 'ok' }), true)
    assert.equal(jobs.remove({ result: 'ok' }), false)
    assert.deepEqual(errors, [])
    assert.equal(jobs.remove({ result: 'none' as 'ok' }), false)
    assert.equal(jobs.remove({} as { result: 'ok' }), false)
    assert.deepEqual(errors, [
      'RangeError: jobs_total: label result must be one of "ok", "failed", got "none"',
    ])
    assert.deepEqual(shown(registry, 'jobs_total'), ['jobs_total{result="failed"} 0'])
  })

  it('remove gives the place of a value back, in every thread', () => {
    const { main, worker, here, there } = twoThreads()
    for (const tenant of ['ada', 'bob', 'eve']) here.with({ tenant }).inc()
    there.with({ tenant: 'kay' }).inc() // other
    here.remove({ tenant: 'ada' })
    there.with({ tenant: 'kay' }).inc()
    here.with({ tenant: 'joe' }).inc() // other
    const expected = ['bob"} 1', 'kay"} 1', 'other"} 3'].map((end) => `jobs_total{tenant="${end}`)
    for (const registry of [main, worker]) assert.deepEqual(shown(registry, 'jobs_total').sort(), expected)
  })

  it('remove applies to the cells and handles of all threads', () => {
    const { main, worker, here, there } = twoThreads()
    const [mine, theirs] = [here.with({ tenant: 'ada' }), there.with({ tenant: 'ada' })]
    mine.inc()
    theirs.inc(10)
    assert.deepEqual(shown(main, 'jobs_total'), ['jobs_total{tenant="ada"} 11'])
    assert.equal(here.remove({ tenant: 'ada' }), true)
    theirs.inc(10)
    assert.deepEqual([shown(main, 'jobs_total'), shown(worker, 'jobs_total')], [[], []])
    there.with({ tenant: 'ada' }).inc(100)
    for (const stale of [mine, theirs]) stale.inc()
    for (const registry of [main, worker]) {
      assert.deepEqual(shown(registry, 'jobs_total'), ['jobs_total{tenant="ada"} 100'])
    }
    assert.equal(here.remove({ tenant: 'ada' }), true)
    assert.equal(there.remove({ tenant: 'ada' }), false)
  })

  it('remove applies to counts of threads that have ended, and their cells are used again', () => {
    const main = strictRegistry()
    const start = (place = main.share()) => {
      const registry = strictRegistry()
      registry.attach(place)
      return { place, jobs: registry.counter({ name: 'jobs_total', help: 'J.', labels: open }) }
    }
    const jobs = main.counter({ name: 'jobs_total', help: 'J.', labels: open })
    const { place, jobs: first } = start()
    first.with({ tenant: 'ada' }).inc(5)
    main.release(place)
    assert.deepEqual(shown(main, 'jobs_total'), ['jobs_total{tenant="ada"} 5'])
    jobs.remove({ tenant: 'ada' })
    assert.deepEqual(shown(main, 'jobs_total'), [])
    const second = start()
    assert.equal(second.place.arena, place.arena)
    second.jobs.with({ tenant: 'bob' }).inc(2)
    assert.deepEqual(shown(main, 'jobs_total'), ['jobs_total{tenant="bob"} 2'])
  })

  it('a closed series that was removed does not come back when another thread declares the metric', () => {
    const main = strictRegistry()
    const labels = { result: ['ok', 'failed'] } as const
    const declare = (registry: Registry) => registry.counter({ name: 'jobs_total', help: 'J.', labels })
    const here = declare(main)
    here.remove({ result: 'ok' })
    const worker = strictRegistry()
    worker.attach(main.share())
    const there = declare(worker)
    for (const registry of [main, worker]) {
      assert.deepEqual(shown(registry, 'jobs_total'), ['jobs_total{result="failed"} 0'])
    }
    there.with({ result: 'ok' }).inc()
    for (const registry of [main, worker]) {
      assert.deepEqual(shown(registry, 'jobs_total').sort(), [
        'jobs_total{result="failed"} 0',
        'jobs_total{result="ok"} 1',
      ])
    }
  })

  it('a callback may remove series, and reads the others as this scrape has read them', () => {
    const registry = strictRegistry()
    const jobs = registry.counter({ name: 'jobs_total', help: 'J.', labels: { tenant: { max: 9 } } })
    const [ada, bob] = ['ada', 'bob'].map((tenant, i) => {
      const series = jobs.with({ tenant })
      series.inc(i + 1)
      return series
    })
    registry.gauge({
      name: 'last',
      help: 'L.',
      value: (read) => {
        jobs.remove({ tenant: 'ada' })
        return read(bob as NonNullable<typeof bob>) * 10 + read(ada as NonNullable<typeof ada>)
      },
    })
    assert.deepEqual(registry.collect().families.find(({ name }) => name === 'last')?.values, [21])
    assert.deepEqual(registry.collect().families.find(({ name }) => name === 'last')?.values, [20])
  })

  it('any number of series that are created and removed take the memory of one', { timeout }, () => {
    const registry = strictRegistry()
    const jobs = registry.counter({ name: 'jobs_total', help: 'J.', labels: { tenant: { max: 2 } } })
    jobs.with({ tenant: 'stays' }).inc()
    const places = new Set<number>()
    for (let i = 0; i < rounds(100_000, 1_000_000); i++) {
      const labels = { tenant: `tenant ${i}` }
      const series = jobs.with(labels)
      if (i % 1000 === 0) places.add((series as CounterSeries).at)
      series.inc()
      jobs.remove(labels)
    }
    assert.equal(places.size, 1)
    assert.deepEqual(shown(registry, 'jobs_total'), ['jobs_total{tenant="stays"} 1'])
  })

  it('shared memory does not grow with series that are created and removed', { timeout }, () => {
    const main = strictRegistry()
    const worker = strictRegistry()
    const place = main.share()
    worker.attach(place)
    const labels = { tenant: { max: 10 } }
    const options = { name: 'waits', help: 'W.', buckets: [1, 2], native: true, labels } as const
    const [here, there] = [main.histogram(options), worker.histogram(options)]
    here.with({ tenant: 'stays' }).observe(1)
    function cycle(i: number): void {
      const tenant = `tenant ${i}`
      there.with({ tenant }).observe(1.5, { trace_id: tenant })
      // Either thread may remove the series.
      assert.equal((i % 100 === 0 ? here : there).remove({ tenant }), true)
    }
    for (let i = 0; i < 1000; i++) cycle(i)
    const before = place.buffer.byteLength
    for (let i = 1000; i < rounds(10_000, 50_000); i++) cycle(i)
    assert.equal(place.buffer.byteLength, before)
    for (const registry of [main, worker]) {
      assert.deepEqual(shown(registry, 'waits_count'), ['waits_count{tenant="stays"} 1'])
      const overflows = shown(registry, 'metrics_label_overflows_total')
      assert.deepEqual(overflows, ['metrics_label_overflows_total{metric="waits"} 0'])
    }
  })
})
