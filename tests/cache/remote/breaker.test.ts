import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBreaker } from '../../../src/cache/remote/breaker.ts'
import { flush, virtualClock } from '../../support/test-cache.ts'

describe('createBreaker', () => {
  function setUp({ probes = true } = {}) {
    const clock = virtualClock(0)
    const store = { isUp: false, probes: 0 }
    const probe = async () => {
      store.probes++
      return store.isUp
    }
    const breaker = createBreaker({
      ...clock,
      ...(probes && { probe }),
      failures: 3,
      probeMs: 250,
      trialMs: 1000,
    })
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) breaker.failed()
    }
    const pass = async (ms: number) => {
      clock.advance(ms)
      await flush()
    }
    return { clock, breaker, fail, store, pass }
  }

  it('a breaker opens after three failures in a row, and a success in between resets the count', () => {
    const { breaker, fail } = setUp()
    fail(2)
    breaker.succeeded()
    fail(2)
    assert.deepEqual([breaker.up, breaker.permits()], [true, true])
    fail(1)
    assert.deepEqual([breaker.up, breaker.permits()], [false, false])
  })

  it('a breaker opens at once after a final failure', () => {
    const { breaker } = setUp()
    breaker.failed(true)
    assert.deepEqual([breaker.up, breaker.permits()], [false, false])
  })

  it('an open breaker permits one trial per second, and a success closes it', () => {
    const { breaker, clock, fail } = setUp({ probes: false })
    fail(3)
    clock.advance(999)
    assert.equal(breaker.permits(), false)
    clock.advance(1)
    assert.deepEqual([breaker.permits(), breaker.permits()], [true, false])
    breaker.failed(true)
    clock.advance(1000)
    assert.deepEqual([breaker.permits(), breaker.permits()], [true, false])
    breaker.succeeded()
    assert.deepEqual([breaker.up, breaker.permits(), breaker.permits()], [true, true, true])
  })

  it('failures of operations that had started earlier do not delay the trial of an open breaker', () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    clock.advance(900)
    fail(20)
    clock.advance(100)
    assert.equal(breaker.permits(), true)
  })

  it('an open breaker probes every 250 ms, and a probe that succeeds closes it', async () => {
    const { breaker, store, fail, pass, clock } = setUp()
    fail(3)
    await pass(249)
    assert.equal(store.probes, 0)
    for (let i = 0; i < 3; i++) await pass(250)
    assert.deepEqual([store.probes, breaker.up], [3, false])
    store.isUp = true
    await pass(250)
    assert.deepEqual([store.probes, breaker.up], [4, true])
    await pass(10_000)
    assert.deepEqual([store.probes, clock.pendingTimers()], [4, 0])
    fail(2)
    assert.equal(breaker.up, true, 'the failures are counted from zero')
  })

  it('a closed breaker starts no probe, and close() stops the probes of an open one', async () => {
    const { breaker, store, fail, pass, clock } = setUp()
    fail(2)
    assert.equal(clock.pendingTimers(), 0)
    fail(1)
    breaker.close()
    await pass(10_000)
    assert.equal(store.probes, 0)
  })

  it('a probe that ends after close() starts no other', async () => {
    const { breaker, fail, clock } = setUp()
    fail(3)
    clock.advance(250)
    breaker.close()
    await flush()
    assert.equal(clock.pendingTimers(), 0)
  })
})
