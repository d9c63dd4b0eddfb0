import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CLASSES, FIRST_REQUEST, nextPast } from '../../../../../src/stores/memory/eviction/density/past.ts'

const classOf = (past: number) => past >> 20
const meanOf = (past: number) => (past & 4095) / 128

function pastOf(intervals: readonly number[]): number {
  return intervals.reduce(nextPast, FIRST_REQUEST)
}

describe('nextPast', () => {
  it('the mean of one interval is its logarithm', () => {
    for (const age of [1, 2, 3, 100, 2 ** 20, 3 * 2 ** 29]) {
      assert.ok(Math.abs(meanOf(pastOf([age])) - Math.log2(age)) < 0.1, `${age}: ${meanOf(pastOf([age]))}`)
    }
    assert.ok(meanOf(pastOf([-1])) > 31.9, 'an age of 32 bits that overflowed')
  })

  it('the mean is that of all intervals up to 8, and follows newer ones after that', () => {
    assert.ok(Math.abs(meanOf(pastOf([16, 64, 256])) - 6) < 0.1)
    const changed = meanOf(pastOf([...Array(100).fill(1024), ...Array(8).fill(16)]))
    assert.ok(changed > 5 && changed < 7, `${changed}`)
  })

  it('the class depends on the number of intervals in bands, and on the mean', () => {
    const numbers = [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65, 1000]
    const classes = numbers.map((n) => classOf(pastOf(Array(n).fill(100))))
    assert.deepEqual(classes, [0, 4, 20, 36, 36, 52, 52, 68, 68, 84, 84, 100, 100, 116, 116])
    assert.equal(classOf(pastOf(Array(100).fill(-1))), CLASSES - 1)
    assert.equal(classOf(pastOf([1])), 1)
  })
})
