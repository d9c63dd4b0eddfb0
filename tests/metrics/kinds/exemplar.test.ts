import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ExemplarLabels } from '../../../src/metrics/index.ts'
import type { Exemplar } from '../../../src/metrics/series/family.ts'
import { stopAfter } from '../../support/cell-interleavings.ts'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

function begin() {
  let now = 1_000_500
  const registry = strictRegistry({ now: () => now })
  const counter = registry.counter({ name: 'a_total', help: 'A.' })
  const histogram = registry.histogram({ name: 'b', help: 'B.', buckets: [1, 2] })
  const both = registry.histogram({ name: 'c', help: 'C.', buckets: [1, 2], native: true })
  const native = registry.histogram({ name: 'd', help: 'D.', native: true })
  return {
    registry,
    counter,
    histogram,
    both,
    native,
    setTime: (ms: number) => {
      now = ms
    },
    exemplars: () => registry.collect().families.map((family) => family.exemplars?.[0]),
  }
}

describe('an exemplar', () => {
  it('an exemplar is the latest of its counter or bucket, with value and time', () => {
    const { counter, histogram, both, native, setTime, exemplars } = begin()
    assert.deepEqual(exemplars(), [undefined, undefined, undefined, undefined])
    counter.inc(2, { trace_id: 'first' })
    for (const one of [histogram, both, native]) {
      one.observe(1, { trace_id: 'low' })
      one.observe(7, { trace_id: 'high' })
      one.observe(1.5)
    }
    setTime(2_000_000)
    counter.inc()
    counter.inc(3, { trace_id: 'second', span_id: 'ä\n"\\ud800😀' })
    const [low, high] = [
      { labels: { trace_id: 'low' }, value: 1, timestamp: 1000.5 },
      { labels: { trace_id: 'high' }, value: 7, timestamp: 1000.5 },
    ]
    assert.deepEqual(exemplars(), [
      { labels: { trace_id: 'second', span_id: 'ä\n"\\ud800😀' }, value: 3, timestamp: 2000 },
      [low, undefined, high],
      [low, undefined, high],
      [high],
    ])
  })

  it('an exemplar can have any labels, alternately long and short', () => {
    const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/)
    const names = fc.oneof(name, fc.constantFrom('__proto__', 'constructor', 'le'))
    const labels = fc.dictionary(names, fc.string({ unit: 'binary', maxLength: 20 }), { maxKeys: 4 })
    fc.assert(
      fc.property(fc.array(labels), (all) => {
        const { counter, both, exemplars } = begin()
        for (const one of all) {
          counter.inc(1, one)
          both.observe(0, one)
          const written = Object.fromEntries(
            Object.entries(one).map(([key, value]) => [key, value.toWellFormed()]),
          )
          const [ofCounter, , ofBoth] = exemplars() as [Exemplar?, undefined?, Exemplar[]?]
          for (const kept of [ofCounter, ofBoth?.[0]]) {
            assert.deepEqual(Object.entries(kept?.labels ?? {}), Object.entries(written))
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('exemplar labels have at most 128 characters, not bytes', () => {
    const { counter, exemplars } = begin()
    const longest = { abc: '😀'.repeat(125) }
    counter.inc(1, longest)
    assert.deepEqual(exemplars()[0], { labels: longest, value: 1, timestamp: 1000.5 })
    assert.throws(() => counter.inc(1, { abc: 'x'.repeat(126) }), {
      name: 'RangeError',
      message: 'a_total: exemplar labels must have at most 128 characters, got 129',
    })
  })

  it('an invalid exemplar is rejected, and its value is counted', () => {
    const { registry, counter, histogram, both, native, exemplars } = begin()
    const before = exemplars()
    const wrong: [why: RegExp, labels: unknown][] = [
      [/exemplar label name .* must match/, { 'a-b': 'x' }],
      [/exemplar label name .* must match/, { '': 'x' }],
      [/exemplar label name .* must match/, { '0': 'x' }],
      [/exemplar label a must be a string$/, { a: 1 }],
      [/exemplar label a must be a string$/, { a: undefined }],
      [/at most 128 characters, got 130$/, { ab: 'x'.repeat(128) }],
      [/an exemplar must be an object of labels, got/, 'x'],
      [/an exemplar must be an object of labels, got/, ''],
      [/an exemplar must be an object of labels, got/, 0],
      [/an exemplar must be an object of labels, got/, null],
      [/an exemplar must be an object of labels, got/, ['x']],
    ]
    for (const [why, labels] of wrong) {
      assert.throws(() => counter.inc(1, labels as ExemplarLabels), why)
      for (const one of [histogram, both, native])
        assert.throws(() => one.observe(1.5, labels as ExemplarLabels), why)
    }
    const counted = textWithoutErrors(registry)
    assert.match(counted, new RegExp(`^a_total ${wrong.length}$`, 'm'))
    for (const name of ['b', 'c', 'd'])
      assert.match(counted, new RegExp(`^${name}_count ${wrong.length}$`, 'm'))

    for (const n of [-1, Number.NaN, 0.5]) assert.throws(() => counter.inc(n, { a: 'x' }), /whole number/)
    for (const n of [-1, Number.NaN])
      assert.throws(() => both.observe(n, { a: 'x' }), /observe takes a finite number/)
    assert.deepEqual([textWithoutErrors(registry), exemplars().slice(0, 4)], [counted, before])
  })

  it('an exemplar whose thread stopped midway leaves the previous one', () => {
    for (let survived = 0; ; survived++) {
      const { counter, exemplars } = begin()
      counter.inc(1, { trace_id: 'x'.repeat(40) })
      counter.inc(2, { trace_id: 'whole' })
      let isDone = false
      stopAfter(survived, () => {
        counter.inc(3, { trace_id: 'y'.repeat(20) })
        isDone = true
      })
      const [left] = exemplars() as Exemplar[]
      assert.ok(['2 whole', `3 ${'y'.repeat(20)}`].includes(`${left?.value} ${left?.labels.trace_id}`))
      counter.inc(4, { trace_id: 'next' })
      assert.deepEqual(exemplars()[0], { labels: { trace_id: 'next' }, value: 4, timestamp: 1000.5 })
      if (isDone) break
    }
  })

  it('an exemplar is read completely at every interleaving of writer and reader', () => {
    const { counter, exemplars } = begin()
    const idOf = (n: number) => `${n}`.repeat(10 + (n % 30))
    let n = 0
    const count = () => counter.inc(++n, { id: idOf(n) })
    count()
    for (let before = 0; before < 60; before++) {
      const { load } = Atomics
      let loads = 0
      Object.assign(Atomics, {
        load(ints: Int32Array, i: number) {
          if (loads++ === before) {
            Object.assign(Atomics, { load })
            for (let i = 0; i < 2; i++) count() // so that the second copy is read
          }
          return load(ints, i)
        },
      })
      try {
        const { labels, value } = exemplars()[0] as Exemplar
        assert.equal(labels.id, idOf(value), `writing before load ${before}`)
      } finally {
        Object.assign(Atomics, { load })
      }
    }
    assert.ok(n > 40)
  })

  it('the exemplar of several threads is the latest', () => {
    const { registry, counter, setTime, exemplars } = begin()
    counter.inc(1, { from: 'main' })
    const shared = registry.share()
    const later = strictRegistry({ now: () => 3_000_000 })
    const labelled = later.counter({ name: 'a_total', help: 'A.' })
    labelled.inc(1, { from: 'worker, before it attached' })
    later.attach(shared)
    assert.equal((exemplars()[0] as Exemplar).value, 1)
    assert.deepEqual(exemplars()[0], {
      labels: { from: 'worker, before it attached' },
      value: 1,
      timestamp: 3000,
    })
    labelled.inc(5, { from: 'worker' })
    counter.inc(6, { from: 'main, earlier' })
    assert.deepEqual(exemplars()[0], { labels: { from: 'worker' }, value: 5, timestamp: 3000 })
    setTime(4_000_000)
    counter.inc(7, { from: 'main' })
    assert.deepEqual(later.collect().families[0]?.exemplars, [
      { labels: { from: 'main' }, value: 7, timestamp: 4000 },
    ])
  })

  it('a relocated exemplar is visible only when it is complete', () => {
    const { registry, counter, exemplars } = begin()
    const worker = strictRegistry()
    const own = worker.counter({ name: 'a_total', help: 'A.' })
    own.inc(1, { from: 'worker' })
    counter.inc(0)
    const place = registry.share()
    const seen = new Set<unknown>()
    const { store } = Atomics
    // Another thread may read just before each store.
    Object.assign(Atomics, {
      store(ints: Int32Array, i: number, n: number) {
        seen.add(JSON.stringify(exemplars()[0]))
        return store(ints, i, n)
      },
    })
    try {
      worker.attach(place)
    } finally {
      Object.assign(Atomics, { store })
    }
    assert.deepEqual([...seen], [undefined])
    assert.deepEqual((exemplars()[0] as Exemplar).labels, { from: 'worker' })
  })
})
