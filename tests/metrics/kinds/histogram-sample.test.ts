import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { type HistogramForm, sampleHistogram } from '../../../src/metrics/kinds/histogram-sample.ts'
import { headerLength, writeCreated } from '../../../src/metrics/memory/cell-header.ts'
import { addSmall, integerCellLength, type Place } from '../../../src/metrics/memory/cells.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import type { Series } from '../../../src/metrics/series/series.ts'

/** Two classic buckets, so three counts and the sum. */
const form: HistogramForm = {
  bounds: Float64Array.of(1, 2, Number.POSITIVE_INFINITY),
  scale: 1,
  bucketing: undefined,
  isNative: false,
  sumAt: 3 * integerCellLength,
}

/** A histogram of this thread, created at second 100. */
function histogram() {
  const families = new Families(
    new CellAllocator(() => 100_000),
    () => {},
    () => {},
  )
  const labels = { kind: { max: 10 } }
  return families.declare(
    declarationOf('histogram', { name: 'sizes', help: 'Sizes.', labels }, { buckets: [1, 2], scale: 1 }),
  )
}

/** Cells with these numbers. */
function cellsOf(created: number, ...numbers: number[]) {
  const cells = { ints: new Int32Array(headerLength + numbers.length * integerCellLength), at: headerLength }
  writeCreated(cells, created)
  for (const [i, number] of numbers.entries()) addSmall(cells.ints, cells.at + i * integerCellLength, number)
  return cells
}

describe('sampleHistogram', () => {
  it('sampleHistogram adds up the cells of all threads, series by series', () => {
    const family = histogram()
    const first = family.bind({ kind: 'a' })
    for (const value of [1, 1.5, 2, 40]) first.observe(value)
    const second = family.adopt('kind="b"')
    const addPeer = (isAttached: boolean, series: Series, cells: Place) => {
      const peer = family.addPeer({ isAttached, markChanged() {} }, undefined)
      peer.add(cells)
      peer.link(() => series)
    }
    addPeer(true, first, cellsOf(90, 10, 20, 30, 400))
    addPeer(false, first, cellsOf(95, 0, 0, 1, 5))
    addPeer(true, second, cellsOf(120, 7, 0, 0, 7))

    const sample = sampleHistogram(family, form)
    assert.deepEqual([...sample.values], [11, 22, 32, 450, 7, 0, 0, 7])
    assert.deepEqual([...sample.created], [90, 120])
    assert.deepEqual(sample.bounds, [1, 2])
    assert.equal(sample.exemplars, undefined)
    assert.equal(sample.native, undefined)
  })

  it('sampleHistogram reads a series without observations as zeros', () => {
    const family = histogram()
    family.bind({ kind: 'a' })
    const { values, created } = sampleHistogram(family, form)
    assert.deepEqual([...values], [0, 0, 0, 0])
    assert.deepEqual([...created], [100])
  })
})
