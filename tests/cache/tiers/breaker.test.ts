import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBreaker } from '../../../src/cache/tiers/breaker.ts'

describe('createBreaker', () => {
  function setUp() {
    const clock = { now: 0 }
    const breaker = createBreaker({ now: () => clock.now, failures: 3, pauseMs: 100, maxPauseMs: 300 })
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) breaker.attempt()?.failed()
    }
    return { clock, breaker, fail }
  }

  it('a breaker opens after three failures in a row, and a success in between resets the count', () => {
    const { breaker, fail } = setUp()
    fail(2)
    breaker.attempt()?.succeeded()
    fail(2)
    assert.equal(breaker.up, true)
    fail(1)
    assert.deepEqual([breaker.up, breaker.attempt()], [false, undefined])
  })

  it('an open breaker allows one attempt after each pause, and the others wait for its result', () => {
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

  it('the pause doubles with each failed attempt up to maxPauseMs', () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    const pauses: number[] = []
    for (let attempts = 0; attempts < 4; attempts++) {
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

  it('twenty simultaneous failures count as one reason to pause', () => {
    const { breaker, clock } = setUp()
    const inFlight = Array.from({ length: 20 }, () => breaker.attempt())
    for (const attempt of inFlight) attempt?.failed()
    clock.now = 100
    assert.ok(breaker.attempt(), 'the first pause was not extended')
  })
})
