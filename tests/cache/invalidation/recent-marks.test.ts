import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RecentMarks } from '../../../src/cache/invalidation/recent-marks.ts'

describe('RecentMarks', () => {
  it('a mark applies to loads that started before it, and not to those with its sequence number or a later one', () => {
    const marks = new RecentMarks()
    marks.mark('a', 5)
    marks.mark('a', 7)
    assert.deepEqual(
      [6, 7, 8].map((startedAtSeq) => marks.isMarkedAfter('a', startedAtSeq)),
      [true, false, false],
    )
    assert.equal(marks.isMarkedAfter('b', 0), false)
  })

  it('a mark applies to every name after it was discarded for lack of capacity', () => {
    const marks = new RecentMarks(4)
    for (let seq = 1; seq <= 5; seq++) marks.mark(`n${seq}`, seq)
    assert.deepEqual(
      [2, 3].map((startedAtSeq) => marks.isMarkedAfter('never marked', startedAtSeq)),
      [true, false],
    )
    assert.equal(marks.isMarkedAfter('n4', 3), true)
  })

  it('clear() removes all marks', () => {
    const marks = new RecentMarks()
    marks.mark('a', 5)
    marks.clear()
    assert.equal(marks.isMarkedAfter('a', 0), false)
  })
})
