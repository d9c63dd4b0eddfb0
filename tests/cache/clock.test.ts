import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClock } from '../../src/cache/clock.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

const never = () => assert.fail('nothing should be loaded')

/** A machine whose wall clock counts whole milliseconds, as they do, beside a monotonic one. */
function machine(wallAt = 1_800_000_000_000, monotonicAt = 5000.25) {
  const time = { wall: wallAt + 0.4, monotonic: monotonicAt, asked: 0 }
  const clock = createClock(
    undefined,
    () => {
      time.asked++
      return Math.floor(time.wall)
    },
    () => {
      time.asked++
      return time.monotonic
    },
  )
  function pass(ms: number): void {
    time.wall += ms
    time.monotonic += ms
  }
  return { time, clock, pass }
}

describe('a clock of the machine', () => {
  test('tells precisely what time it is, and how long something took', () => {
    const { clock, pass } = machine()
    const before = clock.precise()
    pass(0.125)
    assert.equal(Math.abs(clock.precise() - before - 0.125) < 1e-3, true)
  })

  test('is asked once for a precise reading, and a second time once a second', () => {
    const { time, clock, pass } = machine()
    clock.precise()
    time.asked = 0
    for (let i = 0; i < 10_000; i++) {
      pass(1)
      clock.precise()
    }
    assert.equal(time.asked, 10_000 + 10)
  })

  test('never tells a whole time before what `now` has told, nor more than a millisecond after it', () => {
    const { clock, pass } = machine()
    for (let i = 0; i < 5000; i++) {
      pass((i * 0.37) % 3)
      const now = clock.now()
      const whole = clock.whole(clock.precise())
      assert.equal(whole === now || whole === now + 1, true, `${whole} for ${now}`)
    }
  })

  for (const [what, ms] of [
    ['is set forward', 3_600_000],
    ['is set back', -3_600_000],
    ['went on while the machine slept', 8 * 3_600_000],
  ] as const) {
    test(`follows a wall clock that ${what} within a second, and at once after \`now\``, () => {
      const { time, clock, pass } = machine()
      clock.precise()
      time.wall += ms
      pass(1000)
      assert.equal(Math.abs(clock.precise() - time.wall) <= 1, true)
      time.wall += ms
      clock.now()
      assert.equal(Math.abs(clock.precise() - time.wall) <= 1, true)
    })
  }

  test('that was handed in is the only one asked', () => {
    let at = 7
    const clock = createClock(() => at++, never as never, never as never)
    assert.deepEqual([clock.now(), clock.precise(), clock.whole(9.5)], [7, 8, 9.5])
  })
})

describe('a hit in memory', () => {
  test('asks clocks that were handed in twice, metrics included, looked up, read or read with others', async () => {
    let asked = 0
    const at = () => {
      asked++
      return 1_800_000_000_000
    }
    const instruments = createInstruments({ registry: createRegistry(), version: '1', runtime: 'test' })
    const cache = createCache({
      memory: memoryStore(),
      now: at,
      timer: at,
      earlyRefresh: 1,
      onEvent: instruments.onCacheEvent,
    })
    await cache.write('k', 'v')
    asked = 0
    assert.equal(cache.lookup('k')?.outcome, 'hit')
    assert.equal(asked, 2)
    asked = 0
    assert.equal((await cache.read('k', never)).outcome, 'hit')
    assert.equal(asked, 2)
    asked = 0
    assert.equal((await cache.readMany(['k'], never)).get('k')?.outcome, 'hit')
    assert.equal(asked, 2)
    asked = 0
    assert.equal(cache.lookup('absent'), undefined)
    assert.equal(asked, 1)
  })

  test('asks the machine’s clocks twice, but for once a second', async () => {
    const { now: wall } = Date
    const { performance } = globalThis
    let asked = 0
    Date.now = () => {
      asked++
      return wall()
    }
    function now(): number {
      asked++
      return performance.now()
    }
    const counting = { now }
    Object.defineProperty(globalThis, 'performance', { value: counting, configurable: true, writable: true })
    try {
      const cache = createCache({ memory: memoryStore(), onEvent() {} })
      await cache.write('k', 'v')
      asked = 0
      const began = performance.now()
      for (let i = 0; i < 1000; i++) cache.lookup('k')
      const seconds = Math.ceil((performance.now() - began) / 1000)
      assert.equal(asked >= 2000 && asked <= 2000 + seconds, true, `${asked}`)
    } finally {
      Date.now = wall
      Object.defineProperty(globalThis, 'performance', {
        value: performance,
        configurable: true,
        writable: true,
      })
    }
  })

  test('took no less than no time, also when the clock was set back in the middle of it', async () => {
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

  test('follows a clock that was handed in to the millisecond', async () => {
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
