import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HistogramForm, sampleHistogram } from '../../../src/metrics/kinds/histogram-sample.ts'
import { addSmall, integerCellLength } from '../../../src/metrics/memory/cells.ts'
import { Series } from '../../../src/metrics/series/series.ts'

const head = { name: 'sizes', help: 'Sizes.', unit: undefined, labelNames: ['kind'] }
/** Two classic buckets, so three counts and the sum. */
const form: HistogramForm = {
  bounds: Float64Array.of(1, 2, Number.POSITIVE_INFINITY),
  scale: 1,
  bucketing: undefined,
  buckets: 3,
}

/** Cells with these numbers. */
function cellsOf(...numbers: number[]) {
  const ints = new Int32Array(numbers.length * integerCellLength)
  for (const [i, number] of numbers.entries()) addSmall(ints, i * integerCellLength, number)
  return { ints, at: 0 }
}

describe('sampleHistogram', () => {
  it('sampleHistogram adds up the cells of all threads, series by series', () => {
    const first = new Series(['kind'], ['a'], 0, 100)
    first.relocate({ ...cellsOf(1, 2, 3, 40), parts: [], number: 0 })
    first.addPeer(cellsOf(10, 20, 30, 400), { isAttached: true }, 0, 90)
    first.addPeer(cellsOf(0, 0, 1, 5), { isAttached: false }, 0, 95)
    const second = new Series(['kind'], ['b'], 1, 110)
    second.addPeer(cellsOf(7, 0, 0, 7), { isAttached: true }, 1, 120)

    const sample = sampleHistogram(head, form, [first, second])
    assert.deepEqual([...sample.values], [11, 22, 34, 445, 7, 0, 0, 7])
    assert.deepEqual([...sample.created], [90, 110])
    assert.deepEqual(sample.bounds, [1, 2])
    assert.equal(sample.exemplars, undefined)
    assert.equal(sample.native, undefined)
  })

  it('sampleHistogram reads a series without cells as zeros', () => {
    const { values, created } = sampleHistogram(head, form, [new Series(['kind'], ['a'], 0, 100)])
    assert.deepEqual([...values], [0, 0, 0, 0])
    assert.deepEqual([...created], [100])
  })
})
