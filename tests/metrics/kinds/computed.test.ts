import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ComputedFamily, checkNumber, pairsOf, type ReadSeries } from '../../../src/metrics/kinds/computed.ts'
import { CallbackRuns } from '../../../src/metrics/kinds/metric-callback.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import type { ScalarSnapshot } from '../../../src/metrics/series/family.ts'

const read = (() => assert.fail('nothing is read')) as unknown as ReadSeries

/** The callbacks of a registry whose errors throw. */
const strict = () =>
  new CallbackRuns(
    (error) => {
      throw error
    },
    () => {},
  )

/** @param onOverflow called for each value that `other` replaces */
function parts(onOverflow = () => {}) {
  return { runs: strict(), now: () => 5000, onOverflow }
}

/** A family without labels. */
function familyOf(type: 'counter' | 'gauge', value: () => unknown): ComputedFamily {
  return new ComputedFamily(declarationOf(type, { name: 'depth', help: 'Depth.' }), value, parts())
}

/** A gauge with a label, whose callback returns these series. */
function gaugeOf(...series: [queue: string, value: number][]) {
  let overflows = 0
  const declaration = declarationOf('gauge', { name: 'depth', help: 'Depth.', labels: { queue: { max: 2 } } })
  const values = () => series.map(([queue, value]) => [{ queue }, value] as const)
  const family = new ComputedFamily(
    declaration,
    values,
    parts(() => void overflows++),
  )
  return { family, overflows: () => overflows }
}

function computed(family: ComputedFamily): ScalarSnapshot {
  return family.callback.run(read) as ScalarSnapshot // the callbacks here are synchronous, and an error throws
}

describe('ComputedFamily without labels', () => {
  it('the callback is called for each scrape', () => {
    let value = 1
    const family = familyOf('counter', () => value++)
    assert.deepEqual([computed(family).values, computed(family).values], [[1], [2]])
  })

  it('empty has the head and no series', () => {
    const { name, type, series, values } = familyOf('counter', () => 1).empty
    assert.deepEqual([name, type, series, values], ['depth', 'counter', [], []])
  })

  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`a counter must not be ${value}, but a gauge may`, () => {
      assert.throws(() => computed(familyOf('counter', () => value)), {
        name: 'RangeError',
        message: `depth: the value of a counter must be finite and not negative, got ${value}`,
      })
      assert.deepEqual(computed(familyOf('gauge', () => value)).values, [value])
    })
  }
})

describe('ComputedFamily with labels', () => {
  it('the series that the callback returns are shown', () => {
    const { series, values } = computed(gaugeOf(['a', 1], ['b', 2]).family)
    assert.deepEqual(
      series.map(({ text }) => text),
      ['queue="a"', 'queue="b"'],
    )
    assert.deepEqual(values, [1, 2])
  })

  it('the series above the maximum of the label are added up under other', () => {
    const { family, overflows } = gaugeOf(['a', 1], ['b', 2], ['c', 3], ['d', 4])
    const { series, values } = computed(family)
    assert.equal(series[2]?.text, 'queue="other"')
    assert.deepEqual(values, [1, 2, 7])
    assert.equal(overflows(), 2)
  })

  it('the maximum of the label applies to each scrape alone', () => {
    const series: [string, number][] = [
      ['a', 1],
      ['b', 2],
    ]
    const { family, overflows } = gaugeOf(...series)
    computed(family)
    computed(family)
    assert.equal(overflows(), 0)
  })

  it('a series that is returned twice is an error', () => {
    assert.throws(() => computed(gaugeOf(['a', 1], ['a', 2]).family), {
      message: 'depth: values returned depth{queue="a"} twice',
    })
  })
})

describe('pairsOf', () => {
  it('pairsOf takes any iterable of pairs, and names what it got instead', () => {
    const labels = { queue: 'a' }
    assert.deepEqual([...pairsOf('depth', [[labels, 1]])], [[labels, 1]])
    assert.deepEqual([...pairsOf('depth', new Map([[labels, 1]]))], [[labels, 1]])
    for (const [result, got] of [
      [1, '1'],
      [null, 'null'],
      ['ab', '"ab"'],
      [{}, 'an object'],
      [[1], '1'],
      [[null], 'null'],
    ]) {
      assert.throws(() => [...pairsOf('depth', result)], {
        name: 'TypeError',
        message: `depth: values must return pairs of labels and number, got ${got}`,
      })
    }
  })
})

describe('checkNumber', () => {
  it('checkNumber names the type that the callback returned', () => {
    assert.doesNotThrow(() => checkNumber('depth', Number.NaN))
    for (const [value, type] of [
      [null, 'null'],
      [1n, 'bigint'],
      [undefined, 'undefined'],
      [Promise.resolve(1), 'object'],
    ] as const) {
      assert.throws(() => checkNumber('depth', value), {
        name: 'TypeError',
        message: `depth: the computed value must be a number, got ${type}`,
      })
    }
  })
})
