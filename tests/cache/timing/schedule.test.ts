import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { byTimers } from '../../../src/cache/timing/schedule.ts'

/** The timers started by the code under test. */
const started: { run: () => void; ms: number; cancelled: boolean }[] = []
const { setTimeout: set, clearTimeout: clear } = globalThis
beforeEach(() => {
  started.length = 0
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms: number) => started.push({ run, ms, cancelled: false }),
    clearTimeout(nth: number | undefined) {
      const timer = nth === undefined ? undefined : started[nth - 1]
      if (timer !== undefined) timer.cancelled = true
    },
  })
})
afterEach(() => void Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }))

describe('byTimers', () => {
  it('a timer runs once, after the given time', () => {
    let runs = 0
    byTimers(() => runs++, 50)
    assert.deepEqual(
      started.map(({ ms }) => ms),
      [50],
    )
    started[0]?.run()
    assert.equal(runs, 1)
  })

  it('a timer beyond the limit of the runtime waits in parts, and can be cancelled in each', () => {
    const month = 30 * 24 * 3600 * 1000
    let runs = 0
    byTimers(() => runs++, month)
    started[0]?.run()
    assert.equal(runs, 0)
    assert.deepEqual(
      started.map(({ ms }) => ms),
      [2 ** 31 - 1, month - (2 ** 31 - 1)],
    )
    started[1]?.run()
    assert.equal(runs, 1)

    started.length = 0
    const cancel = byTimers(() => runs++, month)
    started[0]?.run()
    cancel()
    assert.deepEqual([started[1]?.cancelled, runs], [true, 1])
  })

  it('a timer of Infinity is never started', () => {
    byTimers(() => assert.fail('never'), Infinity)()
    assert.deepEqual(started, [])
  })
})
