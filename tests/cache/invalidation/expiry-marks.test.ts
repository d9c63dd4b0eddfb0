import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ExpiryMarks } from '../../../src/cache/invalidation/expiry-marks.ts'

describe('ExpiryMarks', () => {
  it('an entry is stale since the first mark on one of its names after its load began', () => {
    const marks = new ExpiryMarks()
    assert.deepEqual([marks.last, marks.staleSince(['a'], 0)], [0, undefined])
    marks.mark('a', 1, 100)
    marks.mark('b', 2, 90)
    assert.equal(marks.last, 2)
    assert.equal(marks.staleSince(['a'], 0), 100)
    assert.equal(marks.staleSince(['a', 'b'], 0), 90)
    assert.equal(marks.staleSince(['a', 'b'], 1), 90)
    assert.equal(marks.staleSince(['a'], 1), undefined)
    assert.equal(marks.staleSince(['c'], 0), undefined)
  })

  it('a later mark on a name replaces the earlier one', () => {
    const marks = new ExpiryMarks()
    marks.mark('a', 1, 100)
    marks.mark('a', 2, 200)
    assert.deepEqual(
      [marks.staleSince(['a'], 0), marks.staleSince(['a'], 1), marks.staleSince(['a'], 2)],
      [200, 200, undefined],
    )
  })

  it('a mark of everything makes all entries from before it stale, and none that is loaded later', () => {
    const marks = new ExpiryMarks()
    marks.mark('a', 1, 100)
    marks.markEverything(2, 200)
    assert.equal(marks.last, 2)
    assert.deepEqual(
      [marks.staleSince(['a'], 0), marks.staleSince(['b'], 1), marks.staleSince(['a', 'b'], 2)],
      [100, 200, undefined],
    )
    for (let i = 3; i <= 16_400; i++) marks.mark(`k${i}`, i, 1000 + i)
    assert.equal(marks.staleSince(['never marked'], 1), 1000 + 8194)
  })

  it('a dropped mark does not replace a later one of everything', () => {
    const marks = new ExpiryMarks()
    for (let i = 1; i <= 16_384; i++) marks.mark(`k${i}`, i, 1000 + i)
    marks.markEverything(16_385, 20_000)
    marks.mark('last', 16_386, 30_000)
    assert.equal(marks.staleSince(['never marked'], 16_384), 20_000)
  })

  it('above 16,384 names the older half is dropped, and entries from before it count as stale', () => {
    const marks = new ExpiryMarks()
    for (let i = 1; i <= 16_385; i++) marks.mark(`k${i}`, i, 1000 + i)
    assert.equal(marks.staleSince(['k16385'], 16_384), 1000 + 16_385)
    const newestDropped = 16_385 - 8192
    assert.equal(marks.staleSince(['never marked'], newestDropped - 1), 1000 + newestDropped)
    assert.equal(marks.staleSince(['never marked'], newestDropped), undefined)
    assert.equal(marks.staleSince([`k${newestDropped + 1}`], newestDropped), 1000 + newestDropped + 1)
  })
})
