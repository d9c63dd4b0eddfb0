/** The counts of reads: one event each, and the sums for the memory store. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { ReadCounter } from '../../../src/cache/reading/read-counter.ts'
import { createClock } from '../../../src/cache/timing/clock.ts'

function counterAt(now: () => number) {
  const events: CacheEvent[] = []
  const counter = new ReadCounter({ name: 'c', clock: createClock(now), emit: (event) => events.push(event) })
  return { counter, events }
}

describe('ReadCounter', () => {
  it('each read is one event, with the request if there is one', () => {
    const { counter, events } = counterAt(() => 0)
    counter.count('miss', undefined, 2)
    counter.count('hit', 'remote', 3, { method: 'GET', route: '/a' })
    const read = { type: 'read', cache: 'c' }
    assert.deepEqual(events, [
      { ...read, outcome: 'miss', tier: undefined, durationMs: 2 },
      { ...read, outcome: 'hit', tier: 'remote', durationMs: 3, method: 'GET', route: '/a' },
    ])
  })

  it('the sums have all reads but bypasses, and those that memory answered, since the last call', () => {
    const { counter } = counterAt(() => 0)
    counter.count('bypass', undefined, 0)
    counter.count('miss', undefined, 0)
    counter.count('hit', 'remote', 0)
    counter.countFromMemory('stale', 0)
    assert.deepEqual(counter.take(), { reads: 3, hits: 1 })
    assert.deepEqual(counter.take(), { reads: 0, hits: 0 })
  })

  it('the duration of a read from memory is the time since its look-up, and never negative', () => {
    let now = 10
    const { counter, events } = counterAt(() => now)
    counter.countFromMemory('hit', 7)
    now = 5 // the clock was set back
    counter.countFromMemory('hit', 7)
    assert.deepEqual(
      events.map((event) => event.type === 'read' && event.durationMs),
      [3, 0],
    )
  })
})
