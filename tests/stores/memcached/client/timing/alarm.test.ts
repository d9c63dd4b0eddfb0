/** One timer for many limits, in virtual time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Alarm } from '../../../../../src/stores/memcached/client/timing/alarm.ts'
import { VirtualTimers } from '../../../../support/virtual-timers.ts'

/** Opens an alarm that records the times at which it rings. */
function opened(next: (now: number) => number = () => Infinity) {
  const timers = new VirtualTimers()
  const rings: number[] = []
  const alarm = new Alarm(timers, (now) => {
    rings.push(now)
    return next(now)
  })
  return { timers, rings, alarm }
}

describe('the alarm', () => {
  it('the alarm rings once at its time', () => {
    const { timers, rings, alarm } = opened()
    alarm.setFor(100)
    timers.advance(99)
    assert.deepEqual(rings, [])
    timers.advance(1000)
    assert.deepEqual(rings, [100])
  })

  it('a later time changes nothing, and an earlier one replaces the timer', () => {
    const { timers, rings, alarm } = opened()
    alarm.setFor(100)
    alarm.setFor(200)
    alarm.setFor(50)
    assert.equal(timers.pending, 1)
    timers.advance(1000)
    assert.deepEqual(rings, [50])
  })

  it('the alarm rings again at the time that the last ring returned', () => {
    const { timers, rings, alarm } = opened((now) => (now < 300 ? now + 100 : Infinity))
    alarm.setFor(100)
    timers.advance(1000)
    assert.deepEqual(rings, [100, 200, 300])
    assert.equal(timers.pending, 0)
  })

  it('an earlier time that is set during a ring counts', () => {
    const { timers, rings, alarm } = opened((now) => {
      if (now === 100) alarm.setFor(150)
      return now === 100 ? 500 : Infinity
    })
    alarm.setFor(100)
    timers.advance(1000)
    assert.deepEqual(rings, [100, 150])
  })

  it('an alarm without a time, or a stopped one, has no timer', () => {
    const { timers, rings, alarm } = opened()
    alarm.setFor(Infinity)
    assert.equal(timers.pending, 0)
    alarm.setFor(100)
    alarm.stop()
    assert.equal(timers.pending, 0)
    timers.advance(1000)
    assert.deepEqual(rings, [])
    alarm.setFor(1100)
    timers.advance(100)
    assert.deepEqual(rings, [1100])
  })
})
