import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBreaker } from '../../src/cache/breaker.ts'

describe('a breaker', () => {
  function setUp() {
    const clock = { now: 0 }
    return {
      clock,
      breaker: createBreaker({ now: () => clock.now, failures: 3, pauseMs: 100, maxPauseMs: 300 }),
    }
  }

  it('is out after three failures in a row, not after three with a success between', () => {
    const { breaker } = setUp()
    breaker.failed()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    assert.deepEqual([breaker.up, breaker.allows()], [true, true])
    breaker.failed()
    assert.deepEqual([breaker.up, breaker.allows()], [false, false])
  })

  it('lets one try again after each pause, and the others wait for how it ends', () => {
    const { breaker, clock } = setUp()
    for (let i = 0; i < 3; i++) breaker.failed()
    clock.now = 99
    assert.equal(breaker.allows(), false)
    clock.now = 100
    assert.deepEqual([breaker.allows(), breaker.allows()], [true, false])
    breaker.succeeded()
    assert.deepEqual([breaker.up, breaker.allows()], [true, true])
  })

  it('doubles its pause with each failed try, up to a bound', () => {
    const { breaker, clock } = setUp()
    for (let i = 0; i < 3; i++) breaker.failed()
    const pauses: number[] = []
    for (let tries = 0; tries < 4; tries++) {
      const from = clock.now
      while (!breaker.allows()) clock.now++
      pauses.push(clock.now - from)
      breaker.failed()
    }
    assert.deepEqual(pauses, [100, 200, 300, 300])
  })
})
