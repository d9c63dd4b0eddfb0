import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type EventLoopMonitor,
  type LoopTimes,
  startEventLoopMonitor,
} from '../../../src/metrics/process/event-loop-monitor.ts'

/** An event loop with one timer and a clock that is a variable. */
function fakeLoop(loopTimes?: () => LoopTimes) {
  let now = 0
  let due = 20
  let tick: (() => void) | undefined
  const monitor: EventLoopMonitor = startEventLoopMonitor({
    resolutionMs: 20,
    windowMs: 6000,
    now: () => now,
    every(callback, ms) {
      tick = callback
      due = now + ms
      return () => {
        tick = undefined
      }
    },
    ...(loopTimes ? { loopTimes } : {}),
  })
  return {
    monitor,
    hasTimer: () => tick !== undefined,
    /** Runs the due ticks until `to`. */
    idle(to: number) {
      while (due <= to) {
        now = Math.max(now, due)
        tick?.()
        due = now + 20
      }
      now = to
    },
    /** Runs nothing until `to`. */
    block(to: number) {
      now = to
    },
  }
}

describe('the monitor of the event loop', () => {
  it('an idle loop has no lag', () => {
    const loop = fakeLoop()
    loop.idle(3000)
    assert.deepEqual(loop.monitor.lag(), { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 })
  })

  it('every read of the window shows a loop that stood still, whoever has read it before', () => {
    const loop = fakeLoop()
    loop.idle(1003)
    loop.block(1203)
    loop.idle(1300)
    for (let at = 1300; at <= 7000; at += 100) {
      loop.idle(at)
      const { max } = loop.monitor.lag()
      assert.ok(max >= 0.2 && max <= 0.22, `${at}: ${max}`)
    }
    loop.idle(8200)
    assert.equal(loop.monitor.lag().max, 0)
  })

  it('a read right after a blockage, before the timer has run, shows it', () => {
    const loop = fakeLoop()
    loop.idle(1003)
    loop.block(1203)
    const { max } = loop.monitor.lag()
    assert.ok(max >= 0.2 && max <= 0.22, `${max}`)
    const { p99 } = loop.monitor.lag()
    loop.idle(1300)
    assert.ok(p99 >= 0.17 && p99 <= 0.2, `${p99}`)
    assert.equal(loop.monitor.lag().max, max)
  })

  it('reads between two ticks do not count as ticks', () => {
    const loop = fakeLoop()
    loop.idle(103)
    loop.block(303)
    loop.idle(400) // the next tick is due at 403
    const { mean } = loop.monitor.lag()
    for (let at = 400; at < 403; at += 0.1) {
      loop.block(at)
      assert.equal(loop.monitor.lag().mean, mean)
    }
  })

  it('close ends the timer, and no further delay is measured', () => {
    const loop = fakeLoop()
    loop.idle(1000)
    loop.monitor.close()
    assert.equal(loop.hasTimer(), false)
    loop.block(5000)
    assert.equal(loop.monitor.lag().max, 0)
  })

  it('the utilization is that of the window, whoever has read it before', () => {
    let times = { idle: 0, active: 0 }
    const loop = fakeLoop(() => times)
    assert.equal(loop.monitor.utilization(), 0)
    // Idle for 10 s, then busy for a quarter of the time.
    for (let at = 0; at < 30_000; at += 100) {
      loop.idle(at)
      const busy = at < 10_000 ? 0 : 25
      times = { idle: times.idle + 100 - busy, active: times.active + busy }
      loop.monitor.utilization()
    }
    assert.equal(loop.monitor.utilization(), 0.25)
    assert.equal(loop.monitor.utilization(), 0.25)
  })

  it('the utilization is 0 where the runtime has no times', () => {
    const loop = fakeLoop()
    loop.idle(1000)
    assert.equal(loop.monitor.utilization(), 0)
  })
})
