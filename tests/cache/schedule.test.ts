import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { byTimers } from '../../src/cache/schedule.ts'

/** The runtime's timers, as far as they were asked for. */
const asked: { run: () => void; ms: number; off: boolean }[] = []
const { setTimeout: set, clearTimeout: clear } = globalThis
beforeEach(() => {
  asked.length = 0
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms: number) => asked.push({ run, ms, off: false }),
    clearTimeout(nth: number | undefined) {
      const timer = nth === undefined ? undefined : asked[nth - 1]
      if (timer !== undefined) timer.off = true
    },
  })
})
afterEach(() => void Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }))

describe('a timer', () => {
  test('runs once, after the time that was asked for', () => {
    let runs = 0
    byTimers(() => runs++, 50)
    assert.deepEqual(
      asked.map(({ ms }) => ms),
      [50],
    )
    asked[0]?.run()
    assert.equal(runs, 1)
  })

  test('of longer than runtimes can wait at once waits in parts, and is called off in any of them', () => {
    const month = 30 * 24 * 3600 * 1000
    let runs = 0
    byTimers(() => runs++, month)
    asked[0]?.run()
    assert.equal(runs, 0)
    assert.deepEqual(
      asked.map(({ ms }) => ms),
      [2 ** 31 - 1, month - (2 ** 31 - 1)],
    )
    asked[1]?.run()
    assert.equal(runs, 1)

    asked.length = 0
    const callOff = byTimers(() => runs++, month)
    asked[0]?.run()
    callOff()
    assert.deepEqual([asked[1]?.off, runs], [true, 1])
  })

  test('that never ends is none', () => {
    byTimers(() => assert.fail('never'), Infinity)()
    assert.deepEqual(asked, [])
  })
})
