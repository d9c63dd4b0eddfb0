import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../src/metrics/families.ts'
import { computedValue, type ReadSeries } from '../../src/metrics/kinds/computed.ts'
import { BindableCounter } from '../../src/metrics/kinds/counter.ts'
import { CellAllocator } from '../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../src/metrics/series/declaration.ts'
import { takeSnapshot } from '../../src/metrics/snapshot.ts'

const newFamilies = () =>
  new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )
const head = { name: 'computed', help: 'Computed.', unit: undefined, labelNames: [] }

function failOnError(error: unknown): never {
  throw error
}

describe('takeSnapshot', () => {
  it('a computed value agrees with the values beside it, also if it changes them', () => {
    const families = newFamilies()
    const { only: counter } = families.declare(declarationOf('counter', { name: 'reads', help: '' }))
    counter.inc(2)
    const computed = computedValue(head, 'gauge', (read) => {
      counter.inc()
      return read(counter) * 10
    })
    const {
      families: [first, second],
    } = takeSnapshot([computed, ...families.all], failOnError)
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
    const computed = computedValue(head, 'gauge', (read: ReadSeries) => {
      readings.push(...read.each(counter))
      return 0
    })
    takeSnapshot([...families.all, computed], failOnError)
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
    const {
      families: [first, second, third],
    } = takeSnapshot(
      [
        computedValue(head, 'gauge', (read) => read(foreign)),
        computedValue(head, 'gauge', (read) => read({} as never)),
        ...families.all,
      ],
      (error, metric) => errors.push([String(error), metric]),
    )
    assert.deepEqual([first?.series, second?.series, third?.series.length], [[], [], 1])
    assert.deepEqual(errors, [
      ['Error: read: foreign belongs to another registry', 'computed'],
      ['TypeError: read: the series must be a counter, gauge or histogram with its labels bound', 'computed'],
    ])
  })
})
