/** The time of a piece of work. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startSlice } from '../../../../src/stores/sqlite/timing/slice.ts'

describe('a slice', () => {
  it('a slice is over after 2 ms', () => {
    let time = 1000
    const isOver = startSlice({ timer: () => time })
    assert.equal(isOver(), false)
    time += 1.9
    assert.equal(isOver(), false)
    time += 0.1
    assert.equal(isOver(), true)
  })
})
