import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../src/metrics/families.ts'
import { ComputedFamily, type ReadSeries } from '../../src/metrics/kinds/computed.ts'
import { BindableCounter } from '../../src/metrics/kinds/counter.ts'
import { CallbackRuns } from '../../src/metrics/kinds/metric-callback.ts'
import { CellAllocator } from '../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../src/metrics/series/declaration.ts'
import type { Snapshot } from '../../src/metrics/series/family.ts'
import { beginSnapshot, type Callbacks } from '../../src/metrics/snapshot.ts'
import { settledValue } from '../support/settled-value.ts'

const newFamilies = () =>
  new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )

/** A gauge that this callback computes. */
function computedGauge(value: (read: ReadSeries) => unknown, runs = strict()): ComputedFamily {
  const declaration = declarationOf('gauge', { name: 'computed', help: 'Computed.' })
  return new ComputedFamily(declaration, value, { runs, now: Date.now, onOverflow() {} })
}

/** The callbacks of a registry whose errors throw. */
function strict(): CallbackRuns {
  return new CallbackRuns(
    (error) => {
      throw error
    },
    () => {},
  )
}

/** The snapshot with the values that are there now. */
function takeSnapshot(families: Parameters<typeof beginSnapshot>[0], callbacks?: Callbacks): Snapshot {
  return beginSnapshot(families, callbacks).finish(() => {})
}

describe('beginSnapshot', () => {
  it('a computed value agrees with the values beside it, also if it changes them', () => {
    const families = newFamilies()
    const { only: counter } = families.declare(declarationOf('counter', { name: 'reads', help: '' }))
    counter.inc(2)
    const computed = computedGauge((read) => {
      counter.inc()
      return read(counter) * 10
    })
    const {
      families: [first, second],
    } = takeSnapshot([computed, ...families.all])
    assert.deepEqual([first?.values[0], second?.values[0]], [20, 2])
  })

  it('read.each yields every series of a metric with labels', () => {
    const families = newFamilies()
    const family = families.declare(
      declarationOf('counter', { name: 'reads', help: '', labels: { l: ['1', '2'] } }),
    )
    const counter = new BindableCounter<{ l: readonly ['1', '2'] }>(family)
    counter.with({ l: '2' }).inc(5)
    const readings: unknown[] = []
    const computed = computedGauge((read) => {
      readings.push(...read.each(counter))
      return 0
    })
    takeSnapshot([...families.all, computed])
    assert.deepEqual(readings, [
      [{ l: '1' }, 0],
      [{ l: '2' }, 5],
    ])
  })

  it('a failing computed family has no series, and its error is reported with its name', () => {
    const families = newFamilies()
    families.declare(declarationOf('counter', { name: 'reads', help: '' }))
    const { only: foreign } = newFamilies().declare(declarationOf('counter', { name: 'foreign', help: '' }))
    const errors: [string, string][] = []
    const runs = new CallbackRuns(
      (error, metric) => errors.push([String(error), metric]),
      () => {},
    )
    const {
      families: [first, second, third],
    } = takeSnapshot([
      computedGauge((read) => read(foreign), runs),
      computedGauge((read) => read({} as never), runs),
      ...families.all,
    ])
    assert.deepEqual([first?.series, second?.series, third?.series.length], [[], [], 1])
    assert.deepEqual(errors, [
      ['Error: read: foreign belongs to another registry', 'computed'],
      ['TypeError: read: the series must be a counter, gauge or histogram with its labels bound', 'computed'],
    ])
  })

  it('a promise leaves its family without series until it settles, and is not started twice', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    let calls = 0
    const computed = computedGauge(() => {
      calls++
      return promise
    })
    const first = beginSnapshot([computed])
    const second = beginSnapshot([computed])
    const missing: string[] = []
    const valuesOf = ({ families }: Snapshot) => families[0]?.values
    assert.deepEqual(valuesOf(first.finish((metric) => missing.push(metric))), [])
    assert.deepEqual(missing, ['computed'])
    resolve(4)
    await Promise.all([...first.pending, ...second.pending].map(settledValue))
    for (const begun of [first, second]) assert.deepEqual(valuesOf(begun.finish(assert.fail)), [4])
    assert.equal(calls, 1)
    assert.deepEqual(
      valuesOf(takeSnapshot([computed], 'sync')),
      [],
      'a synchronous snapshot does not call it',
    )
    assert.equal(calls, 1)
  })

  it('a snapshot without callbacks calls none', () => {
    const { families } = takeSnapshot([computedGauge(() => assert.fail('called'))], 'none')
    assert.deepEqual(families[0]?.series, [])
  })
})
