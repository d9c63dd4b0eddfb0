/** Reads of a key whose load has failed: a stale entry is served without a load during the pause, and one read at a time probes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { ReadOptions } from '../../../src/cache/read.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import {
  dbError,
  failingLoad,
  flush,
  internalRead,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'
import { threadGroup } from '../../support/thread-group.ts'

const staleOnError = { ttlMs: 10, staleIfErrorMs: 1_000_000 }

/** A cache with a stale entry `old`. `random` returns 1, so that pauses are not shortened. */
async function withStaleEntry(options: CacheOptions = {}, lifetime: object = staleOnError) {
  const test = testCache({ random: () => 1, ...options })
  await test.cache.write('k', 'old', lifetime)
  test.advance(20)
  return test
}

/** As `withStaleEntry`, after a read whose load has failed. */
async function paused(options: CacheOptions = {}, lifetime: object = staleOnError) {
  const test = await withStaleEntry(options, lifetime)
  assert.deepEqual(await resultOf(test.cache.read('k', failingLoad)), ['stale', 'old'])
  return test
}

const stale = ['stale', 'old']

for (const coalesce of [true, false]) {
  describe(`a pause after a failed load (coalesce: ${coalesce})`, () => {
    it('1,000 reads of a dead database within 10 s make 4 loads', async () => {
      const { cache, advance, outcomes } = await withStaleEntry({ coalesce })
      let calls = 0
      const load = () => {
        calls++
        return Promise.reject(dbError)
      }
      for (let i = 0; i < 1000; i++) {
        assert.deepEqual(await resultOf(cache.read('k', load)), stale)
        advance(10)
      }
      assert.equal(calls, 4) // after 0, 1, 3 and 7 s
      assert.deepEqual(new Set(outcomes()), new Set(['stale']))
    })

    it('1,000 stale reads during failing background refreshes make few loads', async () => {
      const seed = 7
      const { cache, advance } = await withStaleEntry(
        { coalesce, random: seededRandom(seed) },
        { ttlMs: 10, staleWhileRevalidateMs: 1_000_000 },
      )
      let calls = 0
      const load = () => {
        calls++
        return Promise.reject(dbError)
      }
      for (let i = 0; i < 1000; i++) {
        assert.deepEqual(await resultOf(cache.read('k', load)), stale)
        await flush()
        advance(10)
      }
      assert.ok(calls >= 4 && calls <= 5, `${calls} loads, seed ${seed}`)
    })

    it('a paused read is a stale read of memory without a load, and starts no timer that stays', async () => {
      const { cache, transcript, pendingTimers } = await paused({ coalesce })
      transcript()
      const deadlines = { softTimeoutMs: 50, hardTimeoutMs: 100 }
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, deadlines)), stale)
      assert.deepEqual(transcript(), ['1. read: stale, memory'])
      assert.equal(pendingTimers(), 0)
    })

    it('one read probes after the pause, and reads that come meanwhile get the stale entry at once', async () => {
      const { cache, advance } = await paused({ coalesce })
      advance(1000)
      const db = manualLoader<string>()
      const probe = resultOf(cache.read('k', db.load))
      assert.deepEqual(await resultOf(cache.read('k', db.load)), stale)
      assert.equal(db.started, 1)
      db.nth(1).resolve('new')
      assert.deepEqual(await probe, ['miss', 'new'])
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
    })

    it('a probe whose reader leaves makes room for another, and does not prolong the pause', async () => {
      const { cache, advance } = await paused({ coalesce })
      advance(1000)
      const db = manualLoader<string>()
      const reader = new AbortController()
      const probe = resultOf(cache.read('k', db.load, { signal: reader.signal }))
      reader.abort('left')
      assert.deepEqual(await probe, ['threw', 'left'])
      const next = resultOf(cache.read('k', db.load))
      assert.equal(db.started, 2)
      db.nth(2).resolve('new')
      assert.deepEqual(await next, ['miss', 'new'])
    })

    it('a background refresh probes after the pause, one at a time', async () => {
      const { cache, advance } = await paused({ coalesce }, { ...staleOnError, staleWhileRevalidateMs: 9000 })
      await flush()
      const db = manualLoader<string>()
      await cache.read('k', db.load)
      assert.equal(db.started, 0)
      advance(1000)
      for (const _ of [1, 2]) assert.deepEqual(await resultOf(cache.read('k', db.load)), stale)
      assert.equal(db.started, 1)
      advance(9000) // from now on, only an error allows the entry
      assert.deepEqual(await resultOf(cache.read('k', db.load)), stale)
      assert.equal(db.started, 1)
      db.nth(1).resolve('new')
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
    })

    it('a read past its soft deadline pauses the key, and its load remains the probe', async () => {
      const { cache, advance } = await withStaleEntry({ coalesce })
      const db = manualLoader<string>()
      const slow = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      advance(50)
      assert.deepEqual(await slow, stale)
      for (const ms of [0, 5000]) {
        advance(ms)
        assert.deepEqual(await resultOf(cache.read('k', db.load)), stale)
      }
      assert.equal(db.started, 1)
      db.nth(1).resolve('new')
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
    })

    it('a load that never ends does not keep its key from being loaded', async () => {
      const { cache, advance } = await withStaleEntry({ coalesce })
      const slow = resultOf(cache.read('k', manualLoader().load, { softTimeoutMs: 50 }))
      advance(50)
      assert.deepEqual(await slow, stale)
      advance(30_000)
      assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
    })

    it('a read past its hard deadline pauses the key', async () => {
      const { cache, advance } = await withStaleEntry({ coalesce })
      const slow = resultOf(cache.read('k', manualLoader().load, { hardTimeoutMs: 50 }))
      advance(50)
      assert.deepEqual(await slow, stale)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), stale)
      advance(1000)
      assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
    })

    it('a value marked as failed pauses the key, for the time that its load sets', async () => {
      const failure = (options: object) => () => loaded('failed', { failed: true, keep: false, ...options })
      const { cache, advance } = await withStaleEntry({ coalesce })
      assert.deepEqual(await resultOf(cache.read('k', failure({ failurePauseMs: 0 }))), stale)
      assert.deepEqual(await resultOf(cache.read('k', failure({ failurePauseMs: 5000 }))), stale)
      advance(4999)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), stale)
      advance(1)
      assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
    })
  })
}

describe('the end of a pause after a failed load', () => {
  it('a write ends it', async () => {
    const { cache, advance } = await paused()
    await cache.write('k', 'written', staleOnError)
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  it('a successful load ends it, and the next pause is the first again', async () => {
    const { cache, advance } = await paused()
    advance(1000)
    await cache.read('k', failingLoad) // the next pause would be of 4 s
    await cache.read('k', () => 'old', { ...staleOnError, strategy: 'invalidate' })
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad)), stale)
    advance(1000)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  for (const [description, invalidate] of [
    ['key', (cache) => cache.delete('k')],
    ['tag', (cache) => cache.invalidateTags(['t'])],
    ['everything', (cache) => cache.clear()],
  ] as readonly [string, (cache: ReturnType<typeof createCache>) => Promise<unknown>][]) {
    for (const isOwn of [true, false]) {
      it(`an entry invalidated by ${description}, by ${isOwn ? 'this' : 'another'} thread, is never served`, async () => {
        const [ownBus, otherBus] = threadGroup(2).buses as [InvalidationBus, InvalidationBus]
        const { cache } = await paused({ invalidationBus: ownBus }, { ...staleOnError, tags: ['t'] })
        const other = createCache({ invalidationBus: otherBus })
        await invalidate(isOwn ? cache : other)
        assert.deepEqual(await resultOf(cache.read('k', failingLoad)), ['threw', dbError])
        assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
      })
    }
  }
})

describe('reads that a pause does not concern', () => {
  it('a key without an entry has no pause', async () => {
    const { cache } = testCache()
    let calls = 0
    for (const _ of [1, 2, 3]) {
      const read = cache.read('k', () => {
        calls++
        return Promise.reject(dbError)
      })
      assert.deepEqual(await resultOf(read), ['threw', dbError])
    }
    assert.equal(calls, 3)
  })

  it('an entry whose time for errors has ended is loaded during the pause', async () => {
    const { cache, advance } = await paused({}, { ttlMs: 10, staleIfErrorMs: 500 })
    advance(490)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  it('staleOnThrow serves an older entry during the pause only to readers that set it, and only after an error', async () => {
    const { cache } = await withStaleEntry({}, { ttlMs: 10, keepStaleMs: 1_000_000 })
    const staleOnThrow = true
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { staleOnThrow })), stale)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { staleOnThrow })), stale)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad)), ['threw', dbError])
  })

  for (const options of [
    { strategy: 'invalidate' },
    { strategy: 'bypass' },
    { failurePauseMs: 0 },
  ] as ReadOptions<string>[]) {
    it(`a read with ${JSON.stringify(options)} loads during the pause`, async () => {
      const { cache } = await paused()
      const outcome = options.strategy === 'bypass' ? 'bypass' : 'miss'
      assert.deepEqual(await resultOf(cache.read('k', () => 'new', options)), [outcome, 'new'])
    })
  }

  it('a read with failurePauseMs: 0 starts no pause, in the foreground or in the background', async () => {
    const { cache } = await withStaleEntry({}, { ...staleOnError, staleWhileRevalidateMs: 1000 })
    const db = manualLoader<string>()
    await cache.read('k', db.load, { failurePauseMs: 0 })
    db.nth(1).reject(dbError)
    await flush()
    await cache.read('k', db.load)
    assert.equal(db.started, 2)
  })

  it('a read that does not accept the entry loads during the pause', async () => {
    const { cache } = await paused()
    const accept = (value: string) => value !== 'old'
    const read = internalRead<string>(cache, 'k', () => 'new', { accept })
    assert.deepEqual(await resultOf(read), ['miss', 'new'])
  })

  it('a failure that no stale entry may replace pauses only background refreshes', async () => {
    const { cache, advance } = await withStaleEntry({}, { ...staleOnError, staleWhileRevalidateMs: 100 })
    const final = () => loaded('final', { failed: true, noStaleFallback: true, keep: false })
    await cache.read('k', final)
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), stale)
    advance(100)
    assert.deepEqual(await resultOf(cache.read('k', final)), ['error', 'final'])
  })

  it('an early refresh that fails pauses the early refreshes of its key, and hits go on', async () => {
    const { cache, advance } = testCache({ random: () => 0.5 })
    const first = manualLoader<string>()
    const loading = cache.read('k', first.load, { ttlMs: 10_000 })
    advance(100)
    first.nth(1).resolve('value')
    await loading
    advance(9990)
    const db = manualLoader<string>()
    const options = { earlyRefresh: 1 }
    await cache.read('k', db.load, options)
    db.nth(1).reject(dbError)
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', db.load, options)), ['hit', 'value'])
    assert.equal(db.started, 1)
  })

  it('a key of readMany that is paused leaves the call for the other keys', async () => {
    const { cache } = await paused()
    const calls: (readonly string[])[] = []
    const reads = await cache.readMany(['k', 'other'], (keys) => {
      calls.push(keys)
      return keys.map((key) => [key, 'new'] as const)
    })
    assert.deepEqual(calls, [['other']])
    assert.deepEqual(
      Array.from(reads.values(), ({ outcome, value }) => [outcome, value]),
      [stale, ['miss', 'new']],
    )
  })

  it('failurePauseMs must be a number', async () => {
    const { cache } = testCache()
    const options = { failurePauseMs: '1s' } as object
    await assert.rejects(cache.read('k', mustNotLoad, options), {
      name: 'TypeError',
      message: /failurePauseMs must be a number of milliseconds/,
    })
  })
})

describe('a pause after a failed load, with a remote tier', () => {
  it('a paused read gets a value that another process has loaded meanwhile', async () => {
    const remote = fakeRemoteStore()
    const { cache, advance } = await withStaleEntry({ remote })
    const other = testCache({ remote, now: cache.now })
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { failurePauseMs: 10_000 })), stale)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), stale)
    advance(5000)
    await other.cache.read('k', () => 'new')
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
  })
})

describe('readers that wait for a load that returns a failure', () => {
  it('readers with a stale entry do not load again, though the value is not shared', async () => {
    const { cache } = await withStaleEntry()
    const db = manualLoader<unknown>()
    const reads = [1, 2, 3].map(() => resultOf(cache.read('k', db.load)))
    db.nth(1).resolve(loaded('failed', { failed: true, share: false, keep: false }))
    assert.deepEqual(await Promise.all(reads), [stale, stale, stale])
    assert.equal(db.started, 1)
  })

  it('readers without one load again, because the value is not shared', async () => {
    const { cache } = testCache()
    const db = manualLoader<unknown>()
    const first = resultOf(cache.read('k', db.load))
    const second = resultOf(cache.read('k', () => 'own'))
    db.nth(1).resolve(loaded('failed', { failed: true, share: false, keep: false }))
    assert.deepEqual(await first, ['error', 'failed'])
    assert.deepEqual(await second, ['miss', 'own'])
  })
})
