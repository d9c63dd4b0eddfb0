import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DroppedMarks } from '../../../src/cache/invalidation/dropped-marks.ts'

describe('DroppedMarks', () => {
  it('highest returns the highest number that was added for a name, in any order', () => {
    const dropped = new DroppedMarks()
    assert.equal(dropped.highest('a'), 0)
    for (const number of [5, 9, 7]) dropped.add('a', number)
    assert.equal(dropped.highest('a'), 9)
    assert.equal(dropped.highest('b'), 0)
  })

  it('names in one bucket share the highest number', () => {
    const dropped = new DroppedMarks(1)
    dropped.add('a', 5)
    assert.equal(dropped.highest('b'), 5)
  })

  it('clear removes all numbers', () => {
    const dropped = new DroppedMarks()
    dropped.add('a', 5)
    dropped.clear()
    assert.equal(dropped.highest('a'), 0)
  })

  it('names that differ in one character are spread over the buckets', () => {
    const dropped = new DroppedMarks()
    const count = 10_000
    for (let i = 0; i < count; i++) dropped.add(`users:${i}`, 1)
    let shared = 0
    for (let i = 0; i < count; i++) shared += dropped.highest(`orders:${i}`)
    const expected = count * (1 - Math.exp(-count / 65_536))
    assert.ok(
      Math.abs(shared - expected) < expected / 10,
      `${shared} names share a bucket, expected ${expected}`,
    )
  })
})
