/** Loads that take too long: a stale answer after a while, an error at last; and what becomes of the load. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { DeadlineError } from '../../../src/cache/deadline-error.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { flush, manySource, resultOf, source, testCache } from '../../support/test-cache.ts'
import { threadGroup } from '../../support/thread-group.ts'

const never = () => assert.fail('nothing should be loaded')
const boom = new Error('the database is down')
const kept = { ttlMs: 10, staleIfErrorMs: 10_000 }

for (const coalesce of [true, false]) {
  describe(`the soft deadline (coalesce: ${coalesce})`, () => {
    test('answers stale when the load takes longer; the load goes on, and what it brings is kept', async () => {
      const { cache, pass, transcript, timers } = testCache({ coalesce })
      const db = source<string>()
      const alive: Promise<unknown>[] = []
      const waitUntil = (work: Promise<unknown>) => void alive.push(work)
      await cache.write('k', 'old', kept)
      pass(20)
      transcript()
      const read = cache.read('k', db.load, { softTimeoutMs: 50, waitUntil })
      pass(49)
      await flush()
      assert.deepEqual(transcript(), [])
      pass(1)
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
      assert.equal(alive.length, 1)
      db.nth(1).answer('new')
      await Promise.all(alive)
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
      assert.deepEqual(transcript(), [
        '1. read: stale, memory',
        '2. load: ok',
        '3. memory set: ok',
        '4. read: hit, memory',
      ])
      assert.equal(timers(), 0)
    })

    test('is nothing to a load that is quicker', async () => {
      const { cache, pass, timers } = testCache({ coalesce })
      const db = source<string>()
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      pass(49)
      db.nth(1).answer('new')
      assert.deepEqual(await read, ['miss', 'new'])
      assert.equal(timers(), 0)
    })

    for (const [what, lifetime] of [
      ['must be revalidated', { ...kept, mustRevalidate: true }],
      ['was for a refresh only', { ttlMs: 10, staleWhileRevalidateMs: 1 }],
      ['is too old by then', { ttlMs: 10, staleIfErrorMs: 50 }],
    ] as const) {
      test(`does not answer with an entry that ${what}`, async () => {
        const { cache, pass } = testCache({ coalesce })
        const db = source<string>()
        await cache.write('k', 'old', lifetime)
        pass(20)
        const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
        pass(60)
        await flush()
        db.nth(1).answer('new')
        assert.deepEqual(await read, ['miss', 'new'])
      })
    }

    test('is nothing where there is no entry, or it was asked to be replaced', async () => {
      const { cache, pass } = testCache({ coalesce })
      const db = source<string>()
      await cache.write('k', 'old', kept)
      pass(20)
      const reads = [
        resultOf(cache.read('k', db.load, { softTimeoutMs: 50, strategy: 'invalidate' })),
        resultOf(cache.read('absent', db.load, { softTimeoutMs: 50 })),
      ]
      pass(60)
      await flush()
      db.nth(1).answer('a')
      db.nth(2).answer('b')
      assert.deepEqual(await Promise.all(reads), [
        ['miss', 'a'],
        ['miss', 'b'],
      ])
    })

    test('answers with what was written meanwhile, as the hit it is', async () => {
      const { cache, pass } = testCache({ coalesce })
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', source().load, { softTimeoutMs: 50 }))
      await cache.write('k', 'written')
      pass(50)
      assert.deepEqual(await read, ['hit', 'written'])
    })

    test('does not answer with what was invalidated meanwhile', async () => {
      const { cache, pass } = testCache({ coalesce })
      const db = source<string>()
      await cache.write('k', 'old', { ...kept, tags: ['t'] })
      pass(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      await cache.invalidateTags(['t'])
      pass(60)
      db.nth(1).answer('new')
      assert.deepEqual(await read, ['miss', 'new'])
    })

    test('does not answer with what another thread invalidated meanwhile', async () => {
      const [own, its] = threadGroup(2).invalidationBus
      const { cache, pass } = testCache({ coalesce, invalidationBus: own as InvalidationBus })
      const other = createCache({ invalidationBus: its as InvalidationBus })
      const db = source<string>()
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      await other.delete('k')
      pass(60)
      db.nth(1).answer('new')
      assert.deepEqual(await read, ['miss', 'new'])
    })

    test('does not let a reader who goes away with its answer stop the load', async () => {
      const { cache, pass } = testCache({ coalesce })
      const db = source<string>()
      const reader = new AbortController()
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50, signal: reader.signal }))
      pass(50)
      assert.deepEqual(await read, ['stale', 'old'])
      reader.abort()
      assert.equal(db.nth(1).signal.aborted, false)
    })

    test('of a load that then fails breaks nothing', async () => {
      const { cache, pass, counted } = testCache({ coalesce })
      const db = source<string>()
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50 }))
      pass(50)
      await read
      db.nth(1).fail(boom)
      await flush()
      assert.deepEqual(counted(), ['stale'])
    })

    test('gives a reader the error of its own `accept` or `waitUntil`', async () => {
      const { cache, pass, counted } = testCache({ coalesce })
      await cache.write('k', 'old', kept)
      pass(20)
      const waitUntil = () => {
        throw boom
      }
      const read = resultOf(cache.read('k', source().load, { softTimeoutMs: 50, waitUntil }))
      pass(50)
      assert.deepEqual(await read, ['threw', boom])
      assert.deepEqual(counted(), ['error'])
    })
  })

  describe(`the hard deadline (coalesce: ${coalesce})`, () => {
    test('fails the read with a DeadlineError, counted once; the load’s signal fires with it', async () => {
      const { cache, pass, counted, timers } = testCache({ coalesce, name: 'users' })
      const db = source<string>()
      const read = resultOf(cache.read('k', db.load, { hardTimeoutMs: 500 }))
      pass(499)
      await flush()
      assert.deepEqual(counted(), [])
      pass(1)
      const [, error] = await read
      assert.equal(error instanceof DeadlineError, true)
      const { name, message, cache: of, deadlineMs } = error as DeadlineError
      assert.deepEqual(
        [name, message, of, deadlineMs],
        ['DeadlineError', 'cache users: no answer within 500 ms', 'users', 500],
      )
      assert.equal(db.nth(1).signal.reason, error)
      assert.deepEqual(counted(), ['error'])
      assert.equal(timers(), 0)
    })

    test('is nothing to a load that is quicker, and leaves no timer behind, also when that failed', async () => {
      const { cache, pass, timers } = testCache({ coalesce })
      const db = source<string>()
      const reads = [
        cache.read('a', db.load, { hardTimeoutMs: 500 }),
        cache.read('b', db.load, { hardTimeoutMs: 500 }),
      ].map(resultOf)
      pass(499)
      db.nth(1).answer('v')
      db.nth(2).fail(boom)
      assert.deepEqual(await Promise.all(reads), [
        ['miss', 'v'],
        ['threw', boom],
      ])
      assert.equal(timers(), 0)
    })

    test('lets a stale entry stand in', async () => {
      const { cache, pass } = testCache({ coalesce })
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', source().load, { hardTimeoutMs: 500 }))
      pass(500)
      assert.deepEqual(await read, ['stale', 'old'])
    })

    test('of a read that has its answer from the soft one still ends the load', async () => {
      const { cache, pass, timers } = testCache({ coalesce })
      const db = source<string>()
      await cache.write('k', 'old', kept)
      pass(20)
      const read = resultOf(cache.read('k', db.load, { softTimeoutMs: 50, hardTimeoutMs: 500 }))
      pass(50)
      assert.deepEqual(await read, ['stale', 'old'])
      pass(449)
      assert.equal(db.nth(1).signal.aborted, false)
      pass(1)
      assert.equal(db.nth(1).signal.reason instanceof DeadlineError, true)
      await flush()
      assert.equal(timers(), 0)
    })

    test('ends a refresh behind, so that the next reader may try again', async () => {
      const { cache, pass, counted, timers } = testCache({ coalesce })
      const db = source<string>()
      await cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10_000 })
      pass(20)
      await cache.read('k', db.load, { hardTimeoutMs: 500 })
      pass(500)
      await flush()
      assert.equal(db.nth(1).signal.reason instanceof DeadlineError, true)
      await cache.read('k', db.load, { hardTimeoutMs: 500 })
      assert.equal(db.begun, 2)
      db.nth(2).answer('new')
      await flush()
      assert.deepEqual(counted(), ['stale', 'stale'])
      assert.equal(timers(), 0)
    })

    test('does not hide that the reader went away before', async () => {
      const { cache, timers } = testCache({ coalesce })
      const reader = new AbortController()
      const read = resultOf(cache.read('k', source().load, { hardTimeoutMs: 500, signal: reader.signal }))
      reader.abort(boom)
      assert.deepEqual(await read, ['threw', boom])
      assert.equal(timers(), 0)
    })

    test('does not keep a reader waiting who had left before it came', async () => {
      const { cache, timers } = testCache({ coalesce })
      const options = { hardTimeoutMs: 500, signal: AbortSignal.abort(boom) }
      assert.deepEqual(await resultOf(cache.read('k', source().load, options)), ['threw', boom])
      assert.equal(timers(), 0)
    })

    test('is for the strategies that load: invalidate and bypass', async () => {
      for (const strategy of ['invalidate', 'bypass'] as const) {
        const { cache, pass } = testCache({ coalesce })
        const db = source<string>()
        const read = resultOf(cache.read('k', db.load, { strategy, hardTimeoutMs: 500 }))
        pass(500)
        assert.equal((await read)[1] instanceof DeadlineError, true)
        assert.equal(db.nth(1).signal.aborted, true)
      }
    })

    test('of Infinity, and the soft one too, are none', async () => {
      const { cache, timers } = testCache({ coalesce })
      const db = source<string>()
      const options = { softTimeoutMs: Infinity, hardTimeoutMs: Infinity }
      const read = resultOf(cache.read('k', db.load, options))
      db.nth(1).answer('v')
      assert.deepEqual(await read, ['miss', 'v'])
      assert.equal(timers(), 0)
    })
  })
}

describe('deadlines among readers', () => {
  test('are each reader’s own: the load goes on for who waits longer, and who comes later shares it', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    const hasty = resultOf(cache.read('k', db.load, { hardTimeoutMs: 100 }))
    const patient = resultOf(cache.read('k', db.load, { hardTimeoutMs: 1000 }))
    pass(100)
    assert.equal((await hasty)[0], 'threw')
    assert.equal(db.nth(1).signal.aborted, false)
    const late = resultOf(cache.read('k', db.load))
    db.nth(1).answer('v')
    assert.deepEqual(await Promise.all([patient, late]), [
      ['coalesced', 'v'],
      ['coalesced', 'v'],
    ])
  })

  test('that let nobody wait for a load any more let the next one begin anew', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    const hasty = resultOf(cache.read('k', db.load, { hardTimeoutMs: 100 }))
    pass(100)
    await hasty
    const next = resultOf(cache.read('k', db.load))
    assert.equal(db.begun, 2)
    db.nth(2).answer('v')
    assert.deepEqual(await next, ['miss', 'v'])
  })

  test('hold for each key of many: what is stale answers, what is not fails', async () => {
    const { cache, pass, counted } = testCache()
    await cache.write('a', 'old', kept)
    await cache.write('b', 'old', kept)
    pass(20)
    const db = manySource<string>()
    const soft = cache.readMany(['a', 'b'], db.load, { softTimeoutMs: 50, hardTimeoutMs: 500 })
    pass(50)
    assert.deepEqual(
      [...(await soft).values()].map(({ outcome }) => outcome),
      ['stale', 'stale'],
    )
    const hard = cache.readMany(['a', 'c'], db.load, { hardTimeoutMs: 500 })
    const failed = assert.rejects(hard, DeadlineError)
    pass(500)
    await failed
    assert.deepEqual(
      db.asked().map((_, i) => db.nth(i + 1).signal.aborted),
      [true, true],
    )
    assert.deepEqual(counted().slice(-2).sort(), ['error', 'stale'])
  })

  test('need no timer of their own: by the runtime’s timers', async () => {
    const cache = createCache({ memory: memoryStore() })
    const hang = () => new Promise<string>(() => {})
    await assert.rejects(cache.read('k', hang, { hardTimeoutMs: 1 }), DeadlineError)
  })
})
