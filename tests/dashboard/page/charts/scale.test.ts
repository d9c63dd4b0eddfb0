import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  coordinate,
  niceMax,
  runsOf,
  spanOf,
  WIDTH,
  xOf,
  yOf,
} from '../../../../src/dashboard/page/charts/scale.ts'

describe('the scales of a chart', () => {
  it('niceMax is a round number that is not below the value', () => {
    const values = [0, -1, Number.NaN, 0.00012, 1, 1.01, 7, 99, 101, 1250]
    assert.deepEqual(values.map(niceMax), [1, 1, 1, 0.00015000000000000001, 1, 1.5, 8, 100, 150, 1500])
  })

  it('spanOf ends with the newest sample and has a round length', () => {
    const samples = [{ at: 1_000_000 }, { at: 1_130_000 }]
    assert.deepEqual(spanOf(samples, 5), { from: 1_130_000 - 180_000, to: 1_130_000 })
    assert.deepEqual(spanOf([], 90_000), { from: 30_000, to: 90_000 })
  })

  it('xOf goes from the left edge to the right one, and yOf from the lower edge up', () => {
    const span = { from: 100, to: 200 }
    assert.deepEqual(
      [xOf(100, span), xOf(150, span), xOf(200, span), xOf(50, span)],
      [0, WIDTH / 2, WIDTH, 0],
    )
    assert.deepEqual([yOf(0, 10, 80), yOf(5, 10, 80), yOf(99, 10, 80)], [80, 40, 0])
  })

  it('coordinate has one decimal', () => {
    assert.deepEqual([coordinate(1.26), coordinate(2)], ['1.3', '2'])
  })

  it('runsOf divides at gaps', () => {
    assert.deepEqual(
      runsOf([1, 2, 0, 3, 0, 0, 4], (one) => one > 0),
      [[1, 2], [3], [4]],
    )
  })
})
