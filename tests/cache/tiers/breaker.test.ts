import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBreaker } from '../../../src/cache/tiers/breaker.ts'

describe('a breaker', () => {
  function setUp() {
    const clock = { now: 0 }
    const breaker = createBreaker({ now: () => clock.now, failures: 3, pauseMs: 100, maxPauseMs: 300 })
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) breaker.attempt()?.failed()
    }
    return { clock, breaker, fail }
  }

  it('is out after three failures in a row, not after three with a success between', () => {
    const { breaker, fail } = setUp()
    fail(2)
    breaker.attempt()?.succeeded()
    fail(2)
    assert.equal(breaker.up, true)
    fail(1)
    assert.deepEqual([breaker.up, breaker.attempt()], [false, undefined])
  })

  it('lets one try again after each pause, and the others wait for how it ends', () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    clock.now = 99
    assert.equal(breaker.attempt(), undefined)
    clock.now = 100
    const trial = breaker.attempt()
    assert.ok(trial)
    assert.equal(breaker.attempt(), undefined)
    trial.succeeded()
    assert.equal(breaker.up, true)
    assert.ok(breaker.attempt())
  })

  it('doubles its pause with each failed try, up to a bound', () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    const pauses: number[] = []
    for (let tries = 0; tries < 4; tries++) {
      const from = clock.now
      let trial = breaker.attempt()
      while (trial === undefined) {
        clock.now++
        trial = breaker.attempt()
      }
      pauses.push(clock.now - from)
      trial.failed()
    }
    assert.deepEqual(pauses, [100, 200, 300, 300])
  })

  it('takes twenty failures of one moment for one reason to pause', () => {
    const { breaker, clock } = setUp()
    const underWay = Array.from({ length: 20 }, () => breaker.attempt())
    for (const attempt of underWay) attempt?.failed()
    clock.now = 100
    assert.ok(breaker.attempt(), 'the first pause has not grown')
  })
})
