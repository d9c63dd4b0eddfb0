import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  MAX_SECONDS,
  markSecondsOf,
  secondsLeft,
  secondsOf,
} from '../../../../src/stores/memcached/items/lifetimes.ts'

const DAY = 24 * 60 * 60 * 1000

describe('the lifetimes of items', () => {
  it('a lifetime is in whole seconds, one more than that of the value', () => {
    assert.deepEqual([1, 1000, 1001, 60_000].map(secondsOf), [2, 2, 3, 61])
  })

  it('a lifetime is at most 30 days, because the server takes more for a unix time', () => {
    assert.deepEqual([30 * DAY - 1000, 30 * DAY, 365 * DAY].map(secondsOf), Array(3).fill(2_592_000))
    assert.equal(markSecondsOf(10, MAX_SECONDS), 2_592_000)
  })

  it('a mark outlives its value by a load', () => {
    assert.equal(markSecondsOf(2), 62)
    assert.equal(markSecondsOf(2, 100), 162)
  })

  it('the lifetime that is left is that of the flag t, without which there is no end', () => {
    assert.equal(secondsLeft('c5 t58'), 58)
    assert.equal(secondsLeft('t0 c5 W X'), 0)
    assert.equal(secondsLeft('c5 t-1'), Infinity)
    assert.equal(secondsLeft('c5'), Infinity)
  })
})
