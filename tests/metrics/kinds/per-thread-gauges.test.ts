import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { CallbackRuns } from '../../../src/metrics/kinds/metric-callback.ts'
import { PerThreadGauges } from '../../../src/metrics/kinds/per-thread-gauges.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import { settledValue } from '../../support/settled-value.ts'

/** Gauges with these callbacks; `values` reads their cells. */
function gaugesOf(callbacks: Record<string, () => unknown>) {
  const families = new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )
  const errors: [message: string, metric: string][] = []
  const runs = new CallbackRuns(
    (error, metric) => errors.push([String(error), metric]),
    () => {},
  )
  const gauges = new PerThreadGauges(runs)
  const declared = Object.entries(callbacks).map(([name, value]) => {
    const family = families.declare(declarationOf('gauge', { name, help: name }, { threads: 'sum' }))
    gauges.declare(family, value)
    return family
  })
  return { gauges, errors, values: () => declared.flatMap((family) => [...(family.sample().values ?? [])]) }
}

describe('PerThreadGauges', () => {
  it('publish computes each value again and stores it', () => {
    let size = 1
    const { gauges, errors, values } = gaugesOf({ size: () => size, twice: () => 2 * size })
    assert.deepEqual(values(), [0, 0])
    gauges.publish()
    assert.deepEqual(values(), [1, 2])
    size = 5
    gauges.publish()
    assert.deepEqual(values(), [5, 10])
    assert.deepEqual(errors, [])
  })

  it('publish stores NaN and reports the error of a callback that throws or returns no number', () => {
    const { gauges, errors, values } = gaugesOf({
      throws: () => {
        throw new Error('broken')
      },
      text: () => '1',
      good: () => 3,
    })
    gauges.publish()
    assert.deepEqual(values(), [Number.NaN, Number.NaN, 3])
    assert.deepEqual(errors, [
      ['Error: broken', 'throws'],
      ['TypeError: text: the computed value must be a number, got string', 'text'],
    ])
  })

  it('publish stores the value of a promise when it settles, and returns the gauge until then', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    let calls = 0
    const { gauges, errors, values } = gaugesOf({
      later: () => {
        calls++
        return promise
      },
      failed: () => Promise.reject(new Error('broken')),
    })
    const first = gauges.publish()
    const [again] = gauges.publish()
    assert.equal(first[0]?.result, again?.result)
    assert.equal(calls, 1)
    assert.deepEqual(values(), [0, 0])
    first[0]?.expire()
    assert.deepEqual(values(), [Number.NaN, 0])
    resolve(7)
    await Promise.all(first.map(({ result }) => settledValue(result)))
    assert.deepEqual(values(), [7, Number.NaN])
    assert.deepEqual(errors, [['Error: broken', 'failed']])
    assert.deepEqual(gauges.publish(true), [], 'a synchronous call skips both')
    assert.equal(calls, 1)
  })

  it('publish stores the series of a gauge with labels, and NaN in all of them after an error', () => {
    const families = new Families(
      new CellAllocator(Date.now),
      () => {},
      () => assert.fail(),
    )
    const errors: string[] = []
    const runs = new CallbackRuns(
      (error) => errors.push(String(error)),
      () => {},
    )
    const gauges = new PerThreadGauges(runs)
    const declaration = declarationOf(
      'gauge',
      { name: 'size', help: 'S.', labels: { of: { max: 2 } } },
      { threads: 'max' },
    )
    const family = families.declare(declaration)
    let series: [of: unknown, value: unknown][] = [
      ['a', 1],
      ['b', 2],
      ['c', 5],
      ['d', 4],
    ]
    gauges.declare(family, () => series.map(([of, value]) => [{ of: of as string }, value]))
    const published = () => {
      gauges.publish()
      return [...(family.sample().values ?? [])]
    }
    assert.deepEqual(published(), [1, 2, 9]) // c and d share a series
    for (const [wrong, message] of [
      [
        [
          ['a', 1],
          ['a', 1],
        ],
        'Error: size: values returned size{of="a"} twice',
      ],
      [
        [
          ['a', 1],
          ['b', '2'],
        ],
        'TypeError: size: the computed value must be a number, got string',
      ],
      [[[7, 1]], 'TypeError: size: label of must be a string, got 7'],
    ] as [typeof series, string][]) {
      series = wrong
      assert.deepEqual(published(), [Number.NaN, Number.NaN, Number.NaN])
      assert.equal(errors.pop(), message)
      series = [['b', 3]]
      assert.deepEqual(published(), [0, 3, 0])
    }
    assert.deepEqual(errors, [])
  })
})
