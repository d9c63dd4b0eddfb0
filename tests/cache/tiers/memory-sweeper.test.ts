import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemorySweeper } from '../../../src/cache/tiers/memory-sweeper.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

function entryUntil(time: number): Entry {
  const until = { freshUntil: time, revalidateUntil: time, errorUntil: time, keptUntil: time }
  const flags = { mustRevalidate: false, negative: false, tags: [] }
  return { value: 'v', madeAt: 0, bytes: 0, sequence: 0, ...until, ...flags }
}

/** A sweeper on a virtual clock. `wake` lets its timer end, and returns the delay that it had. */
function sweeperAt(start: number, { coalesce = true } = {}) {
  const store = memoryStore()
  const timers = new Map<() => void, number>()
  const clock = { now: start }
  const sweeper = new MemorySweeper({ now: () => clock.now, coalesce }, store, (run, ms) => {
    timers.set(run, ms)
    return () => timers.delete(run)
  })
  function put(key: string, time: number): void {
    store.set(key, entryUntil(time))
    sweeper.expects(time)
  }
  function wake(): number | undefined {
    assert.equal(timers.size <= 1, true, 'one timer at a time')
    const [timer] = timers
    if (timer === undefined) return undefined
    const [run, ms] = timer
    timers.delete(run)
    clock.now += ms
    run()
    return ms
  }
  return { store, put, sweeper, wake }
}

describe('MemorySweeper', () => {
  it('entries leave after their expiry, without reads and writes, and then there is no timer', () => {
    const { store, put, wake } = sweeperAt(1_000_000)
    put('a', 1_005_000)
    put('b', 1_005_300)
    put('never', Infinity)
    let waits = 0
    while (wake() !== undefined) assert.equal(++waits < 20, true, 'the timer must not run for ever')
    assert.equal(store.stats().entries, 1)
  })

  it('an entry that expires earlier than the others moves the timer', () => {
    const { store, put, wake } = sweeperAt(0)
    put('late', 3_600_000)
    put('early', 2000)
    assert.equal(wake(), 2000)
    assert.equal(store.peek('early'), undefined)
    assert.notEqual(store.peek('late'), undefined)
  })

  it('entries that expire at once leave in steps of at most 256, a millisecond apart', () => {
    const { store, put, wake } = sweeperAt(0)
    for (let i = 0; i < 1000; i++) put(`${i}`, 5000)
    let left = 1000
    let waits = 0
    while (left === 1000) {
      assert.notEqual(wake(), undefined, 'no timer is left')
      assert.equal(++waits < 20, true, 'the timer removes nothing')
      left = store.stats().entries
    }
    assert.equal(left, 1000 - 256)
    assert.deepEqual([wake(), wake(), wake()], [1, 1, 1])
    assert.equal(store.stats().entries, 0)
  })

  it('a write that finds more than one step may remove starts the timer', () => {
    const { store, put, sweeper, wake } = sweeperAt(0)
    for (let i = 0; i < 500; i++) put(`${i}`, 50)
    wake()
    for (let i = 0; i < 500; i++) store.set(`${i}`, entryUntil(100))
    sweeper.sweep()
    assert.equal(store.stats().entries, 500 - 256)
    assert.equal(wake(), 1)
    assert.equal(store.stats().entries, 0)
  })

  it('there is no timer after close, nor where timers belong to requests', () => {
    const closed = sweeperAt(0)
    closed.put('a', 5000)
    closed.sweeper.close()
    assert.equal(closed.wake(), undefined)
    const onWorkers = sweeperAt(0, { coalesce: false })
    onWorkers.put('a', 5000)
    assert.equal(onWorkers.wake(), undefined)
  })
})
