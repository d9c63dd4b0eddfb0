import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RecentMarks } from '../../../src/cache/invalidation/recent-marks.ts'

const MILLION = 1_000_000

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

  it('a dropped mark applies to its own name, and to no other name outside its bucket', () => {
    const marks = new RecentMarks({ maxNames: 4 })
    for (let seq = 1; seq <= 5; seq++) marks.mark(`n${seq}`, seq)
    assert.deepEqual(
      [1, 2, 3].map((seq) => [marks.isMarkedAfter(`n${seq}`, seq - 1), marks.isMarkedAfter(`n${seq}`, seq)]),
      [1, 2, 3].map(() => [true, false]),
    )
    assert.equal(marks.isMarkedAfter('never marked', 0), false)
    assert.equal(marks.isMarkedAfter('n4', 3), true)
  })

  it('a dropped mark applies to every name in its bucket', () => {
    const marks = new RecentMarks({ maxNames: 4, buckets: 1 })
    for (let seq = 1; seq <= 5; seq++) marks.mark(`n${seq}`, seq)
    assert.deepEqual(
      [0, 1].map((startedAtSeq) => marks.isMarkedAfter('never marked', startedAtSeq)),
      [true, false],
    )
  })

  it('markAll applies to every name, and marks of names that follow apply to them alone', () => {
    const marks = new RecentMarks()
    marks.mark('a', 5)
    marks.markAll(6)
    marks.mark('b', 7)
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => marks.lastMark(name)),
      [6, 7, 6],
    )
  })

  it('clear() removes all marks', () => {
    const marks = new RecentMarks({ maxNames: 2 })
    for (const name of ['a', 'b', 'c']) marks.mark(name, 5)
    marks.clear()
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => marks.isMarkedAfter(name, 0)),
      [false, false, false],
    )
  })
})

describe('the limits of RecentMarks', () => {
  it('the number of names stays bounded for a million different ones', () => {
    const marks = new RecentMarks({ buckets: 1 })
    let most = 0
    for (let seq = 1; seq <= MILLION; seq++) {
      marks.mark(`user:${seq}`, seq)
      if (seq % 997 === 0 || seq % 16_384 < 2) most = Math.max(most, storedMarks(marks, seq))
    }
    assert.ok(most <= 16_384, `${most} marks are stored`)
    assert.ok(most > 16_384 / 2, 'more than half of the capacity is used')
  })

  it('the total length of the names stays bounded', () => {
    const marks = new RecentMarks({ buckets: 1 })
    let most = 0
    for (let seq = 1; seq <= 20_000; seq++) {
      marks.mark(`${seq}`.padStart(1024, 'x'), seq)
      most = Math.max(most, storedMarks(marks, seq) * 1024)
    }
    assert.ok(most <= 1024 * 1024, `${most} characters are stored`)
  })

  it('above the limit, the oldest mark is dropped, and a repeated mark counts as new', () => {
    const marks = new RecentMarks({ maxNames: 100, buckets: 1 })
    const sizes = Array.from({ length: 1000 }, (_, i) => {
      marks.mark(`${i}`, i + 1)
      return storedMarks(marks, i + 1)
    })
    assert.equal(Math.max(...sizes), 100)
    assert.equal(Math.min(...sizes.slice(100)), 100)
    for (let i = 900; i < 1000; i += 2) marks.mark(`${i}`, 1000 + i)
    for (let i = 0; i < 50; i++) marks.mark(`new ${i}`, 3000 + i)
    assert.equal(marks.lastMark('never marked'), 1000, 'the marks that were not repeated are dropped first')
  })

  it('a mark that is older than the last one of its name is ignored', () => {
    const marks = new RecentMarks()
    marks.mark('a', 7)
    marks.mark('a', 5)
    assert.equal(marks.lastMark('a'), 7)
  })

  it('marks are dropped after clear() as before it', () => {
    const marks = new RecentMarks({ maxNames: 2, buckets: 1 })
    for (let seq = 1; seq <= 10; seq++) marks.mark(`${seq}`, seq)
    marks.clear()
    for (let seq = 11; seq <= 13; seq++) marks.mark(`${seq}`, seq)
    assert.equal(marks.lastMark('never marked'), 11)
  })
})

/** The number of marks stored one by one. With a single bucket, the last mark of a name that was never marked is the last dropped one. */
function storedMarks(marks: RecentMarks, last: number): number {
  return last - marks.lastMark('never marked')
}
