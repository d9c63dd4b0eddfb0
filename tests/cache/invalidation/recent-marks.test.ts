import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RecentMarks } from '../../../src/cache/invalidation/recent-marks.ts'

describe('the last mark of a name', () => {
  test('hits what was born before it, and nothing that was born with it or later', () => {
    const marks = new RecentMarks()
    marks.mark('a', 5)
    marks.mark('a', 7)
    assert.deepEqual(
      [6, 7, 8].map((born) => marks.isMarkedAfter('a', born)),
      [true, false, false],
    )
    assert.equal(marks.isMarkedAfter('b', 0), false)
  })

  test('hits every name, when it was forgotten for want of room', () => {
    const marks = new RecentMarks(4)
    for (let at = 1; at <= 5; at++) marks.mark(`n${at}`, at)
    assert.deepEqual(
      [2, 3].map((born) => marks.isMarkedAfter('never marked', born)),
      [true, false],
    )
    assert.equal(marks.isMarkedAfter('n4', 3), true)
  })

  test('is over when all are cleared', () => {
    const marks = new RecentMarks()
    marks.mark('a', 5)
    marks.clear()
    assert.equal(marks.isMarkedAfter('a', 0), false)
  })
})
