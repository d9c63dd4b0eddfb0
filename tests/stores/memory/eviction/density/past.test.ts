import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CLASSES,
  FIRST_REQUEST,
  nextPast,
  shareOf,
} from '../../../../../src/stores/memory/eviction/density/past.ts'
import { seededRandom } from '../../../../support/seeded-random.ts'

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

describe('shareOf', () => {
  const share = (intervals: number[], age = 1) => shareOf(pastOf(intervals), age)

  it('is the share of a key that is requested at random, within a factor of two', () => {
    const random = seededRandom(1)
    for (const p of [0.5, 0.1, 0.001]) {
      const estimates = Array.from({ length: 200 }, () =>
        share(Array.from({ length: 60 }, () => Math.ceil(Math.log(1 - random()) / Math.log(1 - p)))),
      )
      const median = estimates.sort((a, b) => a - b)[100] ?? 0
      assert.ok(median > p * 0.8 && median < p * 1.25, `${p} was estimated as ${median}`)
    }
  })

  it('is 1 for a key that every request is for, and 0 for a key with one request', () => {
    assert.equal(share(Array.from({ length: 9 }, () => 1)), 1)
    assert.equal(share([]), 0)
  })

  it('falls with the requests since the last one, and is small after few requests', () => {
    assert.equal(
      share(
        Array.from({ length: 9 }, () => 1),
        1000,
      ),
      0.001,
    )
    assert.equal(share([1]), 1 / 8)
  })
})
