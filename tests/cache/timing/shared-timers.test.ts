/** Waits of the same duration that share one timer. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { sharedTimers } from '../../../src/cache/timing/shared-timers.ts'
import { virtualClock } from '../../support/test-cache.ts'

function sharedClock() {
  const clock = virtualClock(0)
  const started: number[] = []
  const ended: string[] = []
  let isRef = true
  const schedule = sharedTimers({
    now: clock.now,
    others: clock.schedule,
    startTimer(run, ms) {
      started.push(ms)
      clock.schedule(run, ms)
      isRef = true
      return { ref: () => (isRef = true), unref: () => (isRef = false) }
    },
  })
  return {
    ...clock,
    /** Durations of the timers that were started. */
    started,
    /** Names of the waits that ended, with the time. */
    ended,
    /** True if the timer keeps the process running. */
    isRef: () => isRef,
    wait: (name: string, ms: number) => schedule(() => ended.push(`${name} ${clock.now()}`), ms),
    schedule,
  }
}

describe('sharedTimers', () => {
  it('waits of one duration take one timer, and each ends at its own time', () => {
    const { wait, advance, started, ended } = sharedClock()
    wait('a', 50)
    advance(20)
    wait('b', 50)
    wait('c', 50)
    advance(100)
    assert.deepEqual(ended, ['a 50', 'b 70', 'c 70'])
    assert.deepEqual(started, [50, 20])
  })

  it('a cancelled wait does not end, wherever it is in the order, and can be cancelled again', () => {
    for (const cancelled of ['a', 'b', 'c']) {
      const { wait, advance, ended } = sharedClock()
      for (const name of ['a', 'b', 'c']) {
        const cancel = wait(name, 50)
        if (name === cancelled) {
          cancel()
          cancel()
        }
      }
      advance(50)
      const others = ['a', 'b', 'c'].filter((name) => name !== cancelled)
      assert.deepEqual(
        ended,
        others.map((name) => `${name} 50`),
      )
    }
  })

  it('the timer does not keep the process running while there is no wait', () => {
    const { wait, isRef, advance, started, ended } = sharedClock()
    const cancel = wait('a', 50)
    assert.equal(isRef(), true)
    cancel()
    assert.equal(isRef(), false)
    advance(30)
    wait('b', 50)
    assert.equal(isRef(), true)
    assert.deepEqual(started, [50], 'the timer of the first wait is used again')
    advance(50)
    assert.deepEqual(ended, ['b 80'])
  })

  it('a duration without waits keeps no timer after its last one', () => {
    const { wait, advance, pendingTimers, started } = sharedClock()
    wait('a', 50)()
    advance(50)
    assert.equal(pendingTimers(), 0)
    wait('b', 50)
    assert.deepEqual(started, [50, 50])
  })

  it('a timer that is early ends the wait for which it was started, and no later one', () => {
    let now = 0
    const timers: (() => void)[] = []
    const ended: string[] = []
    const timer = { ref() {}, unref() {} }
    const schedule = sharedTimers({
      now: () => now,
      startTimer(run) {
        timers.push(run)
        return timer
      },
    })
    schedule(() => ended.push('first'), 50)
    now = 1
    schedule(() => ended.push('second'), 50)
    now = 49.6
    timers[0]?.()
    assert.deepEqual(ended, ['first'])
    timers[1]?.()
    assert.deepEqual(ended, ['first', 'second'])
  })

  it('waits take timers of their own while the timers of the runtime are replaced', (t) => {
    const schedule = sharedTimers()
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const ended: string[] = []
    schedule(() => ended.push('a'), 5000)()
    t.mock.timers.tick(3000)
    schedule(() => ended.push('b'), 5000)
    t.mock.timers.tick(4999)
    assert.deepEqual(ended, [])
    t.mock.timers.tick(1)
    assert.deepEqual(ended, ['b'])
  })

  it('a wait that begins when another ends has its own time', () => {
    const { schedule, wait, advance, ended } = sharedClock()
    schedule(() => wait('second', 50), 50)
    advance(200)
    assert.deepEqual(ended, ['second 100'])
  })

  it('more than 16 durations, very long ones and infinite ones take timers of their own', () => {
    const { wait, started, pendingTimers, advance, ended } = sharedClock()
    for (let ms = 1; ms <= 17; ms++) wait('a', ms)
    wait('b', 3_600_000)
    assert.equal(started.length, 16)
    assert.equal(pendingTimers(), 18)
    advance(3_600_000)
    assert.equal(ended.length, 18)
    wait('c', Infinity)
  })

  it('the timer of the runtime keeps no asynchronous context of a wait', async () => {
    const context = new AsyncLocalStorage<string>()
    const schedule = sharedTimers()
    const seen = await new Promise((resolve) => {
      context.run('a request', () => schedule(() => resolve(context.getStore()), 1))
    })
    assert.equal(seen, undefined)
  })

  it('a timer that is a number, or an object of a clock for tests, can stay behind', () => {
    const { setTimeout } = globalThis
    try {
      for (const timer of [1, { id: 1 }]) {
        globalThis.setTimeout = (() => timer) as unknown as typeof setTimeout
        const cancel = sharedTimers()(() => {}, 50)
        assert.doesNotThrow(cancel)
      }
    } finally {
      globalThis.setTimeout = setTimeout
    }
  })
})
