import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ExpiryMarks } from '../../../src/cache/invalidation/expiry-marks.ts'

describe('ExpiryMarks', () => {
  it('a later mark on a name replaces the earlier one', () => {
    const marks = new ExpiryMarks()
    assert.equal(marks.lastMark('a'), undefined)
    marks.mark('a', { sequence: 1, at: 100 })
    marks.mark('a', { sequence: 2, at: 200 })
    assert.deepEqual(marks.lastMark('a'), { sequence: 2, at: 200 })
    assert.equal(marks.lastMark('b'), undefined)
  })

  it('a mark of everything applies to all names', () => {
    const marks = new ExpiryMarks()
    marks.mark('a', { sequence: 1, at: 100 })
    marks.markAll({ sequence: 2, at: 200 })
    assert.deepEqual(
      ['a', 'b'].map((name) => marks.lastMark(name)),
      [
        { sequence: 2, at: 200 },
        { sequence: 2, at: 200 },
      ],
    )
  })

  it('a dropped mark applies to the names in its bucket', () => {
    const marks = new ExpiryMarks({ maxNames: 4, buckets: 1 })
    for (let i = 1; i <= 5; i++) marks.mark(`k${i}`, { sequence: i, at: 1000 + i })
    assert.deepEqual(marks.lastMark('never marked'), { sequence: 1, at: 1001 })
    assert.deepEqual(marks.lastMark('k5'), { sequence: 5, at: 1005 })
    const many = new ExpiryMarks({ maxNames: 4 })
    for (let i = 1; i <= 5; i++) many.mark(`k${i}`, { sequence: i, at: 1000 + i })
    assert.deepEqual(
      ['k1', 'never marked'].map((name) => many.lastMark(name)),
      [{ sequence: 1, at: 1001 }, undefined],
    )
  })
})
