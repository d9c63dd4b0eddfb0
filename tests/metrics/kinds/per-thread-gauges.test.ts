import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { PerThreadGauges } from '../../../src/metrics/kinds/per-thread-gauges.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'

/** Gauges with these callbacks; `values` reads their cells. */
function gaugesOf(callbacks: Record<string, () => unknown>) {
  const families = new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )
  const errors: [message: string, metric: string][] = []
  const gauges = new PerThreadGauges((error, metric) => errors.push([String(error), metric]))
  const declared = Object.entries(callbacks).map(([name, value]) => {
    const family = families.declare(declarationOf('gauge', { name, help: name }, { threads: 'sum' }))
    gauges.add(family, () => [[undefined, value()]])
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
      later: async () => 1,
      good: () => 3,
    })
    gauges.publish()
    assert.deepEqual(values(), [Number.NaN, Number.NaN, Number.NaN, 3])
    assert.deepEqual(errors, [
      ['Error: broken', 'throws'],
      ['TypeError: text: the computed value must be a number, got string', 'text'],
      [
        'TypeError: later: the computed value must be a number, got a promise (a scrape is synchronous)',
        'later',
      ],
    ])
  })

  it('publish stores the series of a gauge with labels, and NaN in all of them after an error', () => {
    const families = new Families(
      new CellAllocator(Date.now),
      () => {},
      () => assert.fail(),
    )
    const errors: string[] = []
    const gauges = new PerThreadGauges((error) => errors.push(String(error)))
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
    gauges.add(family, () => series.map(([of, value]) => [{ of: of as string }, value]))
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
