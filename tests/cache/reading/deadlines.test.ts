/** Loads that exceed the soft deadline (a stale response) or the hard deadline (an error), and the load afterwards. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import { DeadlineError } from '../../../src/cache/loading/deadline-error.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import {
  dbError,
  flush,
  manualBatchLoader,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'
import { threadGroup } from '../../support/thread-group.ts'

const staleOnError = { ttlMs: 10, staleIfErrorMs: 10_000 }

for (const coalesce of [true, false]) {
  describe(`the soft deadline (coalesce: ${coalesce})`, () => {
    it('a read past its soft deadline is stale, and its load goes on and stores the value', async () => {
      const { cache, advance, transcript, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      const background: Promise<unknown>[] = []
      const waitUntil = (work: Promise<unknown>) => void background.push(work)
      await cache.write('k', 'old', staleOnError)
      advance(20)
      transcript()
      const read = cache.read('k', db.load, { softTimeoutMs: 50, waitUntil })
      advance(49)
      await flush()
      assert.deepEqual(transcript(), [])
      advance(1)
      const stale = {
        value: 'old',
        outcome: 'stale',
        tier: 'memory',
        ageMs: 70,
        expiresInMs: -60,
        kept: true,
      }
      assert.deepEqual(await read, stale)
      assert.equal(db.nth(1).signal.aborted, false)
      assert.equal(background.length, 1)
      db.nth(1).resolve('new')
      await Promise.all(background)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
      assert.deepEqual(transcript(), [
        '1. read: stale, memory',
        '2. load: ok',
        '3. memory set: ok',
        '4. read: hit, memory',
      ])
      assert.equal(pendingTimers(), 0)
    })

    it('a soft deadline has no effect on a load that ends before it', async () => {
      const { cache, advance, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      advance(49)
      db.nth(1).resolve('new')
      assert.deepEqual(await read, ['miss', 'new'])
      assert.equal(pendingTimers(), 0)
    })

    for (const [description, lifetime] of [
      ['must be revalidated', { ...staleOnError, mustRevalidate: true }],
      ['may be stale for a refresh only', { ttlMs: 10, staleWhileRevalidateMs: 1 }],
      ['expires before the deadline', { ttlMs: 10, staleIfErrorMs: 50 }],
    ] as const) {
      it(`a soft deadline does not serve an entry that ${description}`, async () => {
        const { cache, advance } = testCache({ coalesce })
        const db = manualLoader<string>()
        await cache.write('k', 'old', lifetime)
        advance(20)
        const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
        advance(60)
        await flush()
        db.nth(1).resolve('new')
        assert.deepEqual(await read, ['miss', 'new'])
      })
    }

    it('a soft deadline has no effect without an entry, nor with strategy invalidate', async () => {
      const { cache, advance } = testCache({ coalesce })
      const db = manualLoader<string>()
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const reads = [
        resultOf(cache.read('k', db.load, { softTimeoutMs: 50, strategy: 'invalidate' })),
        resultOf(cache.read('absent', db.load, { softTimeoutMs: 50 })),
      ]
      advance(60)
      await flush()
      db.nth(1).resolve('a')
      db.nth(2).resolve('b')
      assert.deepEqual(await Promise.all(reads), [
        ['miss', 'a'],
        ['miss', 'b'],
      ])
    })

    it('a soft deadline serves a value written during the load as a hit', async () => {
      const { cache, advance } = testCache({ coalesce })
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', manualLoader().load, { softTimeoutMs: 50 }))
      await cache.write('k', 'written')
      advance(50)
      assert.deepEqual(await read, ['hit', 'written'])
    })

    it('a soft deadline does not serve an entry that was invalidated during the load', async () => {
      const { cache, advance } = testCache({ coalesce })
      const db = manualLoader<string>()
      await cache.write('k', 'old', { ...staleOnError, tags: ['t'] })
      advance(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      await cache.invalidateTags(['t'])
      advance(60)
      db.nth(1).resolve('new')
      assert.deepEqual(await read, ['miss', 'new'])
    })

    it('a soft deadline does not serve an entry that another thread invalidated during the load', async () => {
      const [ownBus, otherBus] = threadGroup(2).buses
      const { cache, advance } = testCache({ coalesce, invalidationBus: ownBus as InvalidationBus })
      const other = createCache({ invalidationBus: otherBus as InvalidationBus })
      const db = manualLoader<string>()
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      await other.delete('k')
      advance(60)
      db.nth(1).resolve('new')
      assert.deepEqual(await read, ['miss', 'new'])
    })

    it('a caller that aborts after its stale response does not abort the load', async () => {
      const { cache, advance } = testCache({ coalesce })
      const db = manualLoader<string>()
      const reader = new AbortController()
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50, signal: reader.signal }))
      advance(50)
      assert.deepEqual(await read, ['stale', 'old'])
      reader.abort()
      assert.equal(db.nth(1).signal.aborted, false)
    })

    it('a load that fails after the soft deadline causes no error', async () => {
      const { cache, advance, outcomes } = testCache({ coalesce })
      const db = manualLoader<string>()
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      advance(50)
      await read
      db.nth(1).reject(dbError)
      await flush()
      assert.deepEqual(outcomes(), ['stale'])
    })

    it('an error of waitUntil at the soft deadline reaches the caller', async () => {
      const { cache, advance, outcomes } = testCache({ coalesce })
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const waitUntil = () => {
        throw dbError
      }
      const read = resultOf(cache.read('k', manualLoader().load, { softTimeoutMs: 50, waitUntil }))
      advance(50)
      assert.deepEqual(await read, ['threw', dbError])
      assert.deepEqual(outcomes(), ['error'])
    })
  })

  describe(`the hard deadline (coalesce: ${coalesce})`, () => {
    it('a read past its hard deadline fails with a DeadlineError, is counted once, and aborts its load', async () => {
      const { cache, advance, outcomes, pendingTimers } = testCache({ coalesce, name: 'users' })
      const db = manualLoader<string>()
      const read = resultOf(cache.read('k', db.load, { hardTimeoutMs: 500 }))
      advance(499)
      await flush()
      assert.deepEqual(outcomes(), [])
      advance(1)
      const [, error] = await read
      assert.equal(error instanceof DeadlineError, true)
      const { name, message, cache: cacheName, deadlineMs } = error as DeadlineError
      assert.deepEqual(
        [name, message, cacheName, deadlineMs],
        ['DeadlineError', 'cache users: no answer within 500 ms', 'users', 500],
      )
      assert.equal(db.nth(1).signal.reason, error)
      assert.deepEqual(outcomes(), ['error'])
      assert.equal(pendingTimers(), 0)
    })

    it('a hard deadline leaves no timer when the load ends or fails before it', async () => {
      const { cache, advance, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      const reads = [
        cache.read('a', db.load, { hardTimeoutMs: 500 }),
        cache.read('b', db.load, { hardTimeoutMs: 500 }),
      ].map(resultOf)
      advance(499)
      db.nth(1).resolve('v')
      db.nth(2).reject(dbError)
      assert.deepEqual(await Promise.all(reads), [
        ['miss', 'v'],
        ['threw', dbError],
      ])
      assert.equal(pendingTimers(), 0)
    })

    it('a read past its hard deadline serves a stale entry that staleIfErrorMs allows', async () => {
      const { cache, advance } = testCache({ coalesce })
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', manualLoader().load, { hardTimeoutMs: 500 }))
      advance(500)
      assert.deepEqual(await read, ['stale', 'old'])
    })

    it('a hard deadline aborts the load of a read that was served at its soft deadline', async () => {
      const { cache, advance, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      await cache.write('k', 'old', staleOnError)
      advance(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50, hardTimeoutMs: 500 }))
      advance(50)
      assert.deepEqual(await read, ['stale', 'old'])
      advance(449)
      assert.equal(db.nth(1).signal.aborted, false)
      advance(1)
      assert.equal(db.nth(1).signal.reason instanceof DeadlineError, true)
      await flush()
      assert.equal(pendingTimers(), 0)
    })

    it('a hard deadline aborts a background refresh, and the next read starts another', async () => {
      const { cache, advance, outcomes, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      await cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10_000 })
      advance(20)
      await cache.read('k', db.load, { hardTimeoutMs: 500 })
      advance(500)
      await flush()
      assert.equal(db.nth(1).signal.reason instanceof DeadlineError, true)
      await cache.read('k', db.load, { hardTimeoutMs: 500, failurePauseMs: 0 })
      assert.equal(db.started, 2)
      db.nth(2).resolve('new')
      await flush()
      assert.deepEqual(outcomes(), ['stale', 'stale'])
      assert.equal(pendingTimers(), 0)
    })

    it('a caller that aborts before the hard deadline gets its own reason', async () => {
      const { cache, pendingTimers } = testCache({ coalesce })
      const reader = new AbortController()
      const read = resultOf(
        cache.read('k', manualLoader().load, { hardTimeoutMs: 500, signal: reader.signal }),
      )
      reader.abort(dbError)
      assert.deepEqual(await read, ['threw', dbError])
      assert.equal(pendingTimers(), 0)
    })

    it('a read whose signal is already aborted does not wait for its hard deadline', async () => {
      const { cache, pendingTimers } = testCache({ coalesce })
      const options = { hardTimeoutMs: 500, signal: AbortSignal.abort(dbError) }
      assert.deepEqual(await resultOf(cache.read('k', manualLoader().load, options)), ['threw', dbError])
      assert.equal(pendingTimers(), 0)
    })

    it('a hard deadline applies to the strategies invalidate and bypass', async () => {
      for (const strategy of ['invalidate', 'bypass'] as const) {
        const { cache, advance } = testCache({ coalesce })
        const db = manualLoader<string>()
        const read = resultOf(cache.read('k', db.load, { strategy, hardTimeoutMs: 500 }))
        advance(500)
        assert.equal((await read)[1] instanceof DeadlineError, true)
        assert.equal(db.nth(1).signal.aborted, true)
      }
    })

    it('deadlines of Infinity start no timer', async () => {
      const { cache, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      const options = { softTimeoutMs: Infinity, hardTimeoutMs: Infinity }
      const read = resultOf(cache.read('k', db.load, options))
      db.nth(1).resolve('v')
      assert.deepEqual(await read, ['miss', 'v'])
      assert.equal(pendingTimers(), 0)
    })
  })
}

describe('deadlines of concurrent reads', () => {
  it('a hard deadline ends its own read only: the load goes on for longer deadlines and later reads share it', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const short = resultOf(cache.read('k', db.load, { hardTimeoutMs: 100 }))
    const long = resultOf(cache.read('k', db.load, { hardTimeoutMs: 1000 }))
    advance(100)
    assert.equal((await short)[0], 'threw')
    assert.equal(db.nth(1).signal.aborted, false)
    const later = resultOf(cache.read('k', db.load))
    db.nth(1).resolve('v')
    assert.deepEqual(await Promise.all([long, later]), [
      ['coalesced', 'v'],
      ['coalesced', 'v'],
    ])
  })

  it('a load whose last read has passed its deadline is not shared with the next read', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const short = resultOf(cache.read('k', db.load, { hardTimeoutMs: 100 }))
    advance(100)
    await short
    const next = resultOf(cache.read('k', db.load))
    assert.equal(db.started, 2)
    db.nth(2).resolve('v')
    assert.deepEqual(await next, ['miss', 'v'])
  })

  it('deadlines of readMany serve stale entries and reject when one key has none', async () => {
    const { cache, advance, outcomes } = testCache()
    await cache.write('a', 'old', staleOnError)
    await cache.write('b', 'old', staleOnError)
    advance(20)
    const db = manualBatchLoader<string>()
    const soft = cache.readMany(['a', 'b'], db.load, { softTimeoutMs: 50, hardTimeoutMs: 500 })
    advance(50)
    assert.deepEqual(
      [...(await soft).values()].map(({ outcome }) => outcome),
      ['stale', 'stale'],
    )
    const hard = cache.readMany(['a', 'c'], db.load, { hardTimeoutMs: 500 })
    const failed = assert.rejects(hard, DeadlineError)
    advance(500)
    await failed
    assert.deepEqual(
      db.batches().map((_, i) => db.nth(i + 1).signal.aborted),
      [true, true],
    )
    assert.deepEqual(outcomes().slice(-2).sort(), ['error', 'stale'])
  })

  it('a deadline uses the timers of the runtime by default', async () => {
    const cache = createCache({ memory: memoryStore() })
    const endlessLoad = () => new Promise<string>(() => {})
    await assert.rejects(cache.read('k', endlessLoad, { hardTimeoutMs: 1 }), DeadlineError)
  })
})
