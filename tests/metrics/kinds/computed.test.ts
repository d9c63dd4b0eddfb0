import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  checkNumber,
  computedValue,
  computedValues,
  type ReadSeries,
} from '../../../src/metrics/kinds/computed.ts'
import type { DeclaredLabel } from '../../../src/metrics/series/labels.ts'

const read = (() => assert.fail('nothing is read')) as unknown as ReadSeries
const head = { name: 'depth', help: 'Depth.', unit: undefined, labelNames: ['queue'] }
const labels: DeclaredLabel[] = [{ name: 'queue', max: 2 }]

/** A gauge with a label, whose callback returns these series. */
function gaugeOf(...series: [queue: string, value: number][]) {
  let overflows = 0
  const family = computedValues<{ queue: { max: number } }>(
    head,
    'gauge',
    () => series.map(([queue, value]) => [{ queue }, value] as const),
    labels,
    () => void overflows++,
  )
  return { family, overflows: () => overflows }
}

describe('computedValue', () => {
  it('compute calls the callback for each scrape', () => {
    let value = 1
    const family = computedValue({ ...head, labelNames: [] }, 'counter', () => value++)
    assert.deepEqual([...family.compute(read).values, ...family.compute(read).values], [1, 2])
  })

  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`a counter must not be ${value}, but a gauge may`, () => {
      assert.throws(() => computedValue(head, 'counter', () => value).compute(read), {
        name: 'RangeError',
        message: `depth: the value of a counter must be finite and not negative, got ${value}`,
      })
      assert.deepEqual([...computedValue(head, 'gauge', () => value).compute(read).values], [value])
    })
  }
})

describe('computedValues', () => {
  it('compute shows the series that the callback returns', () => {
    const { series, values } = gaugeOf(['a', 1], ['b', 2]).family.compute(read)
    assert.deepEqual(
      series.map(({ text }) => text),
      ['queue="a"', 'queue="b"'],
    )
    assert.deepEqual([...values], [1, 2])
  })

  it('compute adds up the series above the maximum of the label under other', () => {
    const { family, overflows } = gaugeOf(['a', 1], ['b', 2], ['c', 3], ['d', 4])
    const { series, values } = family.compute(read)
    assert.equal(series[2]?.text, 'queue="other"')
    assert.deepEqual([...values], [1, 2, 7])
    assert.equal(overflows(), 2)
  })

  it('the maximum of the label applies to each scrape alone', () => {
    const series: [string, number][] = [
      ['a', 1],
      ['b', 2],
    ]
    const { family, overflows } = gaugeOf(...series)
    family.compute(read)
    family.compute(read)
    assert.equal(overflows(), 0)
  })

  it('compute throws when the callback returns a series twice', () => {
    assert.throws(() => gaugeOf(['a', 1], ['a', 2]).family.compute(read), {
      message: 'depth: values returned depth{queue="a"} twice',
    })
  })
})

describe('checkNumber', () => {
  it('checkNumber names the type that the callback returned', () => {
    assert.doesNotThrow(() => checkNumber('depth', Number.NaN))
    for (const [value, type] of [
      [null, 'null'],
      [1n, 'bigint'],
      [undefined, 'undefined'],
      [Promise.resolve(1), 'a promise (a scrape is synchronous)'],
    ] as const) {
      assert.throws(() => checkNumber('depth', value), {
        name: 'TypeError',
        message: `depth: the computed value must be a number, got ${type}`,
      })
    }
  })
})
