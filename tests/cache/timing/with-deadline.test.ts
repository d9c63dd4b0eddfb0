/** Waiting for a promise with a deadline. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Schedule } from '../../../src/cache/timing/schedule.ts'
import { withDeadline } from '../../../src/cache/timing/with-deadline.ts'

/** One timer that the test fires by hand. */
function manualTimer() {
  let fire = () => {}
  const state = { ms: 0, cancelled: false, fire: () => fire() }
  const schedule: Schedule = (run, ms) => {
    state.ms = ms
    fire = run
    return () => {
      state.cancelled = true
    }
  }
  return { state, schedule }
}

describe('withDeadline', () => {
  it('withDeadline resolves with the work and cancels the timer', async () => {
    const { state, schedule } = manualTimer()
    const mustNotLoad = () => assert.fail('the deadline must not run')
    assert.equal(await withDeadline(Promise.resolve(1), 50, mustNotLoad, schedule), 1)
    await null
    assert.deepEqual([state.ms, state.cancelled], [50, true])
  })

  it('withDeadline rejects as the work does and cancels the timer', async () => {
    const { state, schedule } = manualTimer()
    await assert.rejects(
      withDeadline(Promise.reject(new Error('broken')), 50, () => 1, schedule),
      /broken/,
    )
    await null
    assert.ok(state.cancelled)
  })

  it('withDeadline resolves with the value of onTimeout, and ignores a later rejection of the work', async () => {
    const { state, schedule } = manualTimer()
    const work = Promise.withResolvers<string>()
    const result = withDeadline(work.promise, 50, () => 'late' as const, schedule)
    state.fire()
    work.reject(new Error('too late'))
    assert.equal(await result, 'late')
  })

  it('withDeadline keeps waiting when onTimeout returns undefined', async () => {
    const { state, schedule } = manualTimer()
    const work = Promise.withResolvers<string>()
    const result = withDeadline(work.promise, 50, () => undefined, schedule)
    state.fire()
    work.resolve('in the end')
    assert.equal(await result, 'in the end')
  })

  it('withDeadline rejects with the error that onTimeout throws', async () => {
    const { state, schedule } = manualTimer()
    const thrown = new Error('no answer')
    const result = withDeadline(
      new Promise(() => {}),
      50,
      () => {
        throw thrown
      },
      schedule,
    )
    state.fire()
    await assert.rejects(result, thrown)
  })
})
