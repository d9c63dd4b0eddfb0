/** Two threads of one process: a value invalidated in one thread is not served by the other. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import {
  flush,
  internalRead,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'
import { threadGroup } from '../../support/thread-group.ts'

/** More keys than are deleted in one step. */
const keys = Array.from({ length: 600 }, (_, i) => `key ${i}`)

/** The methods that invalidate the value under `k`, tagged `t`, in another thread. */
const methods: [string, (cache: Cache) => unknown][] = [
  ['delete', (cache) => cache.delete('k')],
  ['deleteMany of many keys', (cache) => cache.deleteMany([...keys, 'k'])],
  ['write', (cache) => cache.write('k', 'written there')],
  ['write that stores nothing', (cache) => cache.write('k', 'written there', { ttlMs: 0 })],
  ['invalidateTags', (cache) => cache.invalidateTags(['other', 't'])],
  ['clear', (cache) => cache.clear()],
]
const tagged = { tags: ['t'], staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 }

/** A testCache in one thread, and the cache of another thread. */
function threads(options: CacheOptions = {}) {
  const { buses, published } = threadGroup(2)
  const [hereBus, thereBus] = buses
  const here = testCache({ ...options, ...(hereBus && { invalidationBus: hereBus }) })
  const there = testCache({ ...options, ...(thereBus && { invalidationBus: thereBus }) })
  return { ...here, there: there.cache, eventsThere: there.transcript, published }
}

for (const coalesce of [true, false]) {
  for (const [method, invalidate] of methods) {
    describe(`${method} in another thread (coalesce: ${coalesce})`, () => {
      const operations: [string, (cache: Cache) => unknown][] = [
        ['lookup', (cache) => assert.equal(cache.lookup('k'), undefined)],
        ['peek', (cache) => assert.equal(cache.peek('k'), undefined)],
        ['has', (cache) => assert.equal(cache.has('k'), false)],
        [
          'a read with strategy fresh',
          async (cache) =>
            assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { strategy: 'fresh' })), [
              'miss',
              undefined,
            ]),
        ],
        [
          'a read',
          async (cache) => assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new']),
        ],
      ]
      for (const [operation, run] of operations) {
        it(`an entry invalidated in another thread is not found by ${operation}`, async () => {
          const { cache, there } = threads({ coalesce })
          cache.write('k', 'old', tagged)
          cache.lookup('k')
          invalidate(there)
          await run(cache)
        })
      }

      it('a load in flight during an invalidation in another thread is returned and not stored', async () => {
        const { cache, there } = threads({ coalesce })
        const db = manualLoader<string>()
        const earlier = cache.read('k', db.load, tagged)
        invalidate(there)
        db.nth(1).resolve('old')
        const { value, kept } = await earlier
        assert.deepEqual([value, kept], ['old', false])
        assert.equal(cache.peek('k'), undefined)
      })

      it('a load in flight during an invalidation in another thread is not shared with later reads', async () => {
        const { cache, there } = threads({ coalesce })
        const db = manualLoader<string>()
        const earlier = [1, 2].map(() => resultOf(cache.read('k', db.load, tagged)))
        const before = db.started
        invalidate(there)
        const later = [1, 2, 3].map(() => resultOf(cache.read('k', db.load, tagged)))
        for (let n = 1; n <= before; n++) db.nth(n).resolve('old')
        await flush()
        assert.equal(db.started, before + (coalesce ? 1 : 3))
        for (let n = before + 1; n <= db.started; n++) db.nth(n).resolve('new')
        assert.deepEqual(
          (await Promise.all(earlier)).map(([, value]) => value),
          ['old', 'old'],
        )
        assert.deepEqual(
          (await Promise.all(later)).map(([, value]) => value),
          ['new', 'new', 'new'],
        )
        assert.equal(cache.peek('k')?.value, 'new')
      })

      it('a background refresh from before an invalidation in another thread is not stored', async () => {
        const { cache, there, advance } = threads({ coalesce })
        const db = manualLoader<string>()
        cache.write('k', 'older', { ...tagged, ttlMs: 10 })
        advance(15)
        assert.deepEqual(await resultOf(cache.read('k', db.load, tagged)), ['stale', 'older'])
        invalidate(there)
        db.nth(1).resolve('old')
        await flush()
        assert.equal(cache.peek('k'), undefined)
      })

      it('an entry invalidated in another thread is not served when a load in flight fails', async () => {
        const { cache, there, advance } = threads({ coalesce })
        const db = manualLoader<string>()
        const error = new Error('down')
        cache.write('k', 'old', { ...tagged, ttlMs: 10, staleWhileRevalidateMs: 0 })
        advance(15)
        const read = resultOf(cache.read('k', db.load, tagged))
        invalidate(there)
        db.nth(1).reject(error)
        assert.deepEqual(await read, ['threw', error])
      })

      it('an entry invalidated in another thread is not served when a load in flight reports a failure', async () => {
        const { cache, there, advance } = threads({ coalesce })
        const db = manualLoader<unknown>()
        cache.write('k', 'old', { ...tagged, ttlMs: 10, staleWhileRevalidateMs: 0 })
        advance(15)
        const read = resultOf(cache.read('k', db.load, tagged))
        invalidate(there)
        db.nth(1).resolve(loaded('503', { failed: true, keep: false }))
        assert.deepEqual(await read, ['error', '503'])
      })

      it('a load that starts after an invalidation in another thread is stored', async () => {
        const { cache, there } = threads({ coalesce })
        invalidate(there)
        assert.equal((await cache.read('k', () => 'new', tagged)).kept, true)
        assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
      })

      it('a write after an invalidation in another thread is stored', async () => {
        const { cache, there } = threads({ coalesce })
        invalidate(there)
        assert.equal((await cache.write('k', 'new', tagged)).kept, true)
        assert.equal(cache.lookup('k')?.value, 'new')
      })

      it('an invalidation is published once and counted once, and not published again by its receiver', async () => {
        const { cache, there, transcript, eventsThere, published } = threads({ coalesce })
        cache.write('k', 'old', tagged)
        transcript()
        await invalidate(there)
        const publishedThere = published[1]?.length
        cache.has('k')
        cache.stats()
        assert.deepEqual(transcript(), [])
        assert.equal(published[0]?.length, 1, 'only the write at the beginning')
        assert.equal(published[1]?.length, publishedThere)
        const counted = eventsThere().filter((line) => line.includes('invalidation'))
        assert.equal(counted.length, method.startsWith('write') ? 0 : 1)
      })
    })
  }
}

describe('several threads', () => {
  it('keys with their namespace, tags and everything are published to other threads', () => {
    const { cache, published } = threads({ namespace: 'ns' })
    cache.delete('a')
    cache.write('b', 'v')
    cache.invalidateTags(['t', 'u'])
    cache.clear()
    assert.deepEqual(published[0], [
      { key: 'ns:a' },
      { key: 'ns:b' },
      { tag: 't' },
      { tag: 'u' },
      'everything',
    ])
  })

  it('other threads receive an invalidation before its events are emitted', () => {
    const [hereBus, thereBus] = threadGroup(2).buses
    const there = createCache({ ...(thereBus && { invalidationBus: thereBus }) })
    const received: string[] = []
    const cache = createCache({
      ...(hereBus && { invalidationBus: hereBus }),
      onEvent({ type }) {
        received.push(type)
        thereBus?.take((message) => received.push(`there: ${JSON.stringify(message)}`))
      },
    })
    cache.delete('k')
    cache.invalidateTags(['t'])
    cache.clear()
    assert.deepEqual(
      received,
      'tier|there: {"key":"k"}|invalidation|invalidation|there: {"tag":"t"}|tier|there: "everything"|invalidation'.split(
        '|',
      ),
    )
    assert.equal(there.has('k'), false)
  })

  it('other threads keep the entries that were not invalidated', () => {
    const { cache, there } = threads()
    cache.write('k', 'v', { tags: ['t'] })
    there.delete('other')
    there.invalidateTags(['other'])
    assert.equal(cache.has('k'), true)
    assert.equal(cache.stats().entries, 1)
  })

  it('other threads remove an invalidated entry from their memory when they read the bus', () => {
    for (const invalidate of [(c: Cache) => c.delete('k'), (c: Cache) => c.clear()]) {
      const { cache, there } = threads()
      cache.write('k', 'v')
      invalidate(there)
      assert.equal(cache.stats().entries, 0)
    }
  })

  it('a loaded value is not published to other threads, whether it is stored or not', async () => {
    const { cache, there, published } = threads()
    there.write('k', 'v')
    const before = published[0]?.length
    await cache.read('k', () => 'v')
    await cache.read('k', () => 'v', { strategy: 'invalidate' })
    await cache.read('k', () => loaded('private', { keep: false }), { strategy: 'invalidate' })
    assert.equal(published[0]?.length, before)
    assert.equal(there.has('k'), true)
  })

  it('a load for another key is not stored after another thread deleted that key', async () => {
    const { cache, there } = threads()
    const db = manualLoader<unknown>()
    const read = cache.read('k', db.load)
    there.delete('k;en')
    db.nth(1).resolve(loaded('old', { keep: 'k;en' }))
    assert.equal((await read).kept, false)
    assert.equal(cache.peek('k;en'), undefined)
  })

  it('a read after an invalidation in another thread starts a new load synchronously', async () => {
    for (const [, invalidate] of methods.filter(([method]) => method !== 'invalidateTags')) {
      const { cache, there } = threads()
      const db = manualLoader<string>()
      const earlier = cache.read('k', db.load)
      invalidate(there)
      const later = cache.read('k', db.load)
      assert.equal(db.started, 2)
      db.nth(2).resolve('new')
      assert.equal((await later).value, 'new')
      db.nth(1).resolve('old')
      await earlier
      assert.equal(cache.peek('k')?.value, 'new')
    }
  })

  it('a load is stored when another thread invalidated its key between the look-up and the load', async () => {
    const { cache, there } = threads()
    cache.write('k', 'old')
    function accept(): boolean {
      there.delete('k')
      return false
    }
    assert.equal((await internalRead(cache, 'k', () => 'new', { accept })).kept, true)
  })

  it('a thread serves the value it wrote after the invalidation of another thread, and none from before', async () => {
    const { cache, there } = threads()
    cache.write('k', 'first')
    there.write('k', 'second')
    assert.equal(cache.lookup('k'), undefined)
    cache.write('k', 'third')
    assert.equal(there.lookup('k'), undefined)
    assert.equal(cache.lookup('k')?.value, 'third')
  })
})

describe('a write during an invalidation by another thread', () => {
  it('a written value is not served when another thread invalidates its tag while the write is published', async () => {
    const [hereBus, thereBus] = threadGroup(2).buses
    assert.ok(hereBus && thereBus)
    const overtaken = testCache({
      invalidationBus: {
        publish(marks) {
          hereBus.publish(marks)
          thereBus.publish([{ tag: 't' }])
        },
        take: hereBus.take,
      },
    })
    await overtaken.cache.write('k', 'old', tagged)
    assert.equal(overtaken.cache.peek('k'), undefined)
  })
})

describe('noteChanges with several threads', () => {
  for (const [method, invalidate] of methods) {
    it(`noteChanges reports a later ${method} in another thread`, () => {
      const { cache, there } = threads()
      const before = cache.noteChanges('k')
      invalidate(there)
      assert.equal(before(['t']), true)
      assert.equal(cache.noteChanges('k')(['t']), false)
    })

    it(`noteChanges ignores an earlier ${method} in another thread that was not received yet`, () => {
      const { cache, there } = threads()
      invalidate(there)
      assert.equal(cache.noteChanges('k')(['t']), false)
    })
  }
})
