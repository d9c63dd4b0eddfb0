import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DelayWindows } from '../../../src/metrics/process/delay-windows.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const isNear = (actual: number, expected: number, tolerance = 0.035) =>
  assert.ok(Math.abs(actual - expected) <= tolerance * expected + 1e-6, `${actual}, not about ${expected}`)

describe('DelayWindows', () => {
  it('all values are 0 before the first delay', () => {
    const zeros = { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 }
    assert.deepEqual(new DelayWindows(6000).read(0), zeros)
    assert.deepEqual(new DelayWindows(6000).read(1e9), zeros)
  })

  it('short delays are counted as they are', () => {
    const delays = new DelayWindows(6000)
    for (const ms of [-1, 1, 2, 3]) delays.record(100, ms, 20)
    const { min, max, mean, stddev, p50, p99 } = delays.read(100)
    assert.deepEqual([min, max, mean], [0, 0.003, 0.0015])
    isNear(stddev, Math.sqrt(1.25) / 1000)
    isNear(p50, 0.001)
    isNear(p99, 0.003)
  })

  it('a long delay also counts for the ticks that were due in the meantime', () => {
    const delays = new DelayWindows(6000)
    delays.record(100, 90, 20) // delays of 90, 70, 50, 30 and 10 ms
    const { min, max, mean, p50, p99 } = delays.read(100)
    isNear(min, 0.01)
    isNear(mean, 0.05)
    isNear(p50, 0.05)
    isNear(p99, 0.09)
    assert.equal(max, 0.11) // the loop may have stopped 20 ms before the first of them was due
  })

  it('a delay is shown for the window, and at most a sixth longer', () => {
    const delays = new DelayWindows(6000)
    for (let at = 1500; at < 2500; at += 20) {
      const one = new DelayWindows(6000)
      one.record(at, 200, 20)
      for (const after of [0, 1000, 5999]) assert.equal(one.read(at + after).max, 0.22, `${at} + ${after}`)
      assert.equal(one.read(at + 7000).max, 0)
    }
    delays.record(0, 200, 20)
    delays.record(7000, 1, 20) // takes the place of the first
    assert.equal(delays.read(7000).max, 0.001)
  })

  it('a read changes nothing', () => {
    const delays = new DelayWindows(6000)
    delays.record(10, 200, 20)
    const first = delays.read(10)
    assert.deepEqual(delays.read(10), first)
    assert.deepEqual(delays.read(5000), first)
  })

  it('percentiles are exact to 3 %', () => {
    const seed = Math.trunc(Math.random() * 2 ** 32)
    const random = seededRandom(seed)
    const delays = new DelayWindows(60_000)
    const all: number[] = []
    for (let i = 0; i < 5000; i++) {
      const ms = 2 ** (random() * 20 - 6) // from 16 µs to 16 s
      all.push(ms)
      delays.record(i, ms, Number.MAX_VALUE) // with no other ticks in between
    }
    all.sort((a, b) => a - b)
    const { p50, p90, p99, min, max } = delays.read(5000)
    try {
      isNear(p50, (all[2499] ?? 0) / 1000)
      isNear(p90, (all[4499] ?? 0) / 1000)
      isNear(p99, (all[4949] ?? 0) / 1000)
      assert.deepEqual([min, max], [(all[0] ?? 0) / 1000, (all.at(-1) ?? 0) / 1000])
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  })

  it('a machine that was suspended for days costs one tick a moment', () => {
    const delays = new DelayWindows(60_000)
    const days = 3 * 24 * 3600 * 1000
    delays.record(days, days, 1)
    const { max, p50 } = delays.read(days)
    assert.equal(max, (days + 1) / 1000)
    assert.ok(p50 > 2000 && p50 <= max, `${p50}`)
  })
})
