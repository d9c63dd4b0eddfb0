import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  endRemoval,
  headerLength,
  initRemoved,
  isRemoved,
  markRemoved,
  readCreated,
  readState,
  setTextBlock,
  textBlockOf,
  writeCreated,
} from '../../../src/metrics/memory/cell-header.ts'

const begin = () => ({ ints: new Int32Array(16), at: headerLength })

describe('the header of cells', () => {
  it('the header holds creation time and labels, and leaves the cells alone', () => {
    const cells = begin()
    writeCreated(cells, 1_764_000_000.125)
    setTextBlock(cells, 77)
    assert.equal(readCreated(cells.ints, cells.at), 1_764_000_000.125)
    assert.equal(textBlockOf(cells.ints, cells.at), 77)
    assert.equal(readState(cells.ints, cells.at), 0)
    assert.deepEqual([...cells.ints.subarray(headerLength)], new Array(16 - headerLength).fill(0))
  })

  it('the creation time is that of the clock, to the microsecond', () => {
    const cells = begin()
    for (const ms of [0, 1, 1_764_000_000_123, 1_764_000_000_123.456, 2 ** 42 + 1]) {
      writeCreated(cells, ms / 1000)
      assert.equal(readCreated(cells.ints, cells.at), Math.round(ms * 1000) / 1e6)
    }
    for (const unknown of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      writeCreated(cells, unknown)
      assert.equal(readCreated(cells.ints, cells.at), 0)
    }
  })

  it('markRemoved removes a series once, and only in the state that the caller has seen', () => {
    const { ints, at } = begin()
    assert.equal(isRemoved(readState(ints, at)), false)
    assert.deepEqual(
      [markRemoved(ints, at, 2), markRemoved(ints, at, 0), markRemoved(ints, at, 0)],
      [false, true, false],
    )
    assert.equal(isRemoved(readState(ints, at)), true)
    assert.equal(markRemoved(ints, at, readState(ints, at)), false)
    endRemoval({ ints, at })
    assert.deepEqual([readState(ints, at), isRemoved(readState(ints, at))], [2, false])
  })

  it('initRemoved makes cells of no series', () => {
    const cells = begin()
    initRemoved(cells)
    assert.equal(isRemoved(readState(cells.ints, cells.at)), true)
  })
})
