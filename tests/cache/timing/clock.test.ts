import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { createClock } from '../../../src/cache/timing/clock.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { mustNotLoad } from '../../support/test-cache.ts'

/** A machine with a wall clock of whole milliseconds and a monotonic clock. */
function machine(wallStart = 1_800_000_000_000, monotonicStart = 5000.25) {
  const time = { wall: wallStart + 0.4, monotonic: monotonicStart, calls: 0, setBacks: 0 }
  const clock = createClock(
    undefined,
    () => void time.setBacks++,
    () => {
      time.calls++
      return Math.floor(time.wall)
    },
    () => {
      time.calls++
      return time.monotonic
    },
  )
  function advance(ms: number): void {
    time.wall += ms
    time.monotonic += ms
  }
  return { time, clock, advance }
}

describe('the clock of a machine', () => {
  it('a precise reading gives the time and durations in fractions of a millisecond', () => {
    const { clock, advance } = machine()
    const before = clock.precise()
    advance(0.125)
    assert.equal(Math.abs(clock.precise() - before - 0.125) < 1e-3, true)
  })

  it('a precise reading calls one system clock, and the other one once a second', () => {
    const { time, clock, advance } = machine()
    clock.precise()
    time.calls = 0
    for (let i = 0; i < 10_000; i++) {
      advance(1)
      clock.precise()
    }
    assert.equal(time.calls, 10_000 + 10)
  })

  it('a whole reading is never before now(), and at most 1 ms after it', () => {
    const { clock, advance } = machine()
    for (let i = 0; i < 5000; i++) {
      advance((i * 0.37) % 3)
      const now = clock.now()
      const whole = clock.whole(clock.precise())
      assert.equal(whole === now || whole === now + 1, true, `${whole} for ${now}`)
    }
  })

  for (const [change, ms] of [
    ['is set forward', 3_600_000],
    ['is set back', -3_600_000],
    ['went on while the machine was suspended', 8 * 3_600_000],
  ] as const) {
    it(`a precise reading follows a wall clock that ${change} within a second, and at once after now()`, () => {
      const { time, clock, advance } = machine()
      clock.precise()
      time.wall += ms
      advance(1000)
      assert.equal(Math.abs(clock.precise() - time.wall) <= 1, true)
      time.wall += ms
      clock.now()
      assert.equal(Math.abs(clock.precise() - time.wall) <= 1, true)
    })
  }

  for (const read of ['now', 'precise'] as const) {
    it(`a wall clock that is set back by more than a second is reported once, by ${read}()`, () => {
      const { time, clock, advance } = machine()
      const reports = [0, -1000, 3_600_000, -1001, 0, -3_600_000, 0].map((ms) => {
        time.wall += ms
        advance(1000)
        clock[read]()
        return time.setBacks
      })
      assert.deepEqual(reports, [0, 0, 0, 1, 1, 2, 2])
    })
  }

  it('a clock that is passed in is the only one called', () => {
    let at = 7
    const clock = createClock(() => at++, mustNotLoad as never, mustNotLoad as never, mustNotLoad as never)
    assert.deepEqual([clock.now(), clock.precise(), clock.whole(9.5)], [7, 8, 9.5])
  })
})

describe('a wall clock that is set back by an hour', () => {
  it('a wall clock that is set back removes the entries of its cache from memory, with an event', async () => {
    const { now: wall } = Date
    let setBackMs = 0
    Date.now = () => wall() - setBackMs
    try {
      const memory = memoryStore()
      const cleared: CacheEvent[] = []
      const onEvent = (event: CacheEvent) => {
        if (event.type === 'tier' && event.operation === 'clear') cleared.push(event)
      }
      const cache = createCache({ memory, namespace: 'a', onEvent })
      const other = createCache({ memory, namespace: 'b', now: wall })
      await Promise.all([cache.write('k', 'v'), other.write('k', 'v')])
      setBackMs = 3_600_000
      assert.equal((await cache.read('l', () => 'v')).outcome, 'miss') // a miss reads the wall clock
      assert.deepEqual([cache.lookup('k'), other.lookup('k')?.value], [undefined, 'v'])
      await cache.write('k', 'new')
      assert.equal(cache.lookup('k')?.value, 'new')
      assert.deepEqual(cleared, [
        { type: 'tier', cache: 'hitrate', tier: 'memory', operation: 'clear', result: 'ok' },
      ])
    } finally {
      Date.now = wall
    }
  })
})

describe('the clock in a memory hit', () => {
  it('a hit calls the clocks passed in twice, metrics included, for lookup, read and readMany', async () => {
    let calls = 0
    const clock = () => {
      calls++
      return 1_800_000_000_000
    }
    const instruments = createInstruments({ registry: createRegistry(), version: '1', runtime: 'test' })
    const cache = createCache({
      memory: memoryStore(),
      now: clock,
      timer: clock,
      earlyRefresh: 1,
      onEvent: instruments.onCacheEvent,
    })
    await cache.write('k', 'v')
    calls = 0
    assert.equal(cache.lookup('k')?.outcome, 'hit')
    assert.equal(calls, 2)
    calls = 0
    assert.equal((await cache.read('k', mustNotLoad)).outcome, 'hit')
    assert.equal(calls, 2)
    calls = 0
    assert.equal((await cache.readMany(['k'], mustNotLoad)).get('k')?.outcome, 'hit')
    assert.equal(calls, 2)
    calls = 0
    assert.equal(cache.lookup('absent'), undefined)
    assert.equal(calls, 1)
  })

  it('a hit calls the system clocks twice, and a third time at most once a second', async () => {
    const { now: wall } = Date
    const { performance } = globalThis
    let calls = 0
    Date.now = () => {
      calls++
      return wall()
    }
    function now(): number {
      calls++
      return performance.now()
    }
    const counting = { now }
    Object.defineProperty(globalThis, 'performance', { value: counting, configurable: true, writable: true })
    try {
      const cache = createCache({ memory: memoryStore(), onEvent() {} })
      await cache.write('k', 'v')
      calls = 0
      const startedAt = performance.now()
      for (let i = 0; i < 1000; i++) cache.lookup('k')
      const seconds = Math.ceil((performance.now() - startedAt) / 1000)
      assert.equal(calls >= 2000 && calls <= 2000 + seconds, true, `${calls}`)
    } finally {
      Date.now = wall
      Object.defineProperty(globalThis, 'performance', {
        value: performance,
        configurable: true,
        writable: true,
      })
    }
  })

  it('a hit has a duration of 0 when the clock goes back meanwhile', async () => {
    let at = 1_800_000_000_000
    const durations: number[] = []
    const cache = createCache({
      memory: memoryStore(),
      now: () => at--,
      onEvent: (event) => event.type === 'read' && durations.push(event.durationMs),
    })
    await cache.write('k', 'v')
    cache.lookup('k')
    assert.deepEqual(durations, [0])
  })

  it('a hit expires to the millisecond of a clock passed in', async () => {
    let at = 1_800_000_000_000
    const cache = createCache({ memory: memoryStore(), now: () => at, jitter: 0 })
    await cache.write('k', 'v', { ttlMs: 2000 })
    at += 1999
    assert.equal(cache.lookup('k')?.expiresInMs, 1)
    at += 1
    assert.equal(cache.lookup('k'), undefined)
    at -= 1
    assert.equal(cache.lookup('k')?.outcome, 'hit')
  })
})
