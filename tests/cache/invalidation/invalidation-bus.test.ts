/** One process in two threads: what is invalidated in the one is not served again in the other. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { markId } from '../../../src/cache/tiers/marks.ts'
import type { RemoteStore } from '../../../src/stores/store.ts'
import { flush, internalRead, resultOf, source, testCache } from '../../support/test-cache.ts'
import { threadGroup } from '../../support/thread-group.ts'

const never = () => assert.fail('nothing should be loaded')

/** Each way to make the value under `k`, tagged `t`, invalid in other threads. */
const ways: [string, (cache: Cache) => unknown][] = [
  ['delete', (cache) => cache.delete('k')],
  ['write', (cache) => cache.write('k', 'written elsewhere')],
  ['write of what is not kept', (cache) => cache.write('k', 'written elsewhere', { ttlMs: 0 })],
  ['invalidateTags', (cache) => cache.invalidateTags(['other', 't'])],
  ['clear', (cache) => cache.clear()],
]
const tagged = { tags: ['t'], staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 }

/** A testCache in the one thread, and the cache of another. */
function threads(options: CacheOptions = {}) {
  const { invalidationBus, told } = threadGroup(2)
  const [own, others] = invalidationBus
  const here = testCache({ ...options, ...(own && { invalidationBus: own }) })
  const there = testCache({ ...options, ...(others && { invalidationBus: others }) })
  return { ...here, there: there.cache, eventsThere: there.transcript, told }
}

/** What is told at once, in a process and across. */
function remoteStore() {
  const kept = new Map<string, Uint8Array>()
  const sets: string[] = []
  let fails = false
  let held: Promise<void> | undefined
  const store: RemoteStore = {
    name: 'fake',
    get: async (key) => kept.get(key),
    async getMany(keys) {
      const found = keys.map((key) => kept.get(key))
      await held
      return found
    },
    async set(key, bytes) {
      if (fails) throw new Error('no connection')
      sets.push(key)
      kept.set(key, bytes)
    },
    delete: async (key) => void kept.delete(key),
    ping: async () => {},
  }
  return {
    store,
    sets,
    refuseSets() {
      fails = true
    },
    /** Until the function that is returned is called, it knows of no mark, nor that there is none. */
    holdAnswers() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
  }
}

for (const coalesce of [true, false]) {
  for (const [way, invalidate] of ways) {
    describe(`${way} in another thread (coalesce: ${coalesce})`, () => {
      const askedFirst: [string, (cache: Cache) => unknown][] = [
        ['lookup', (cache) => assert.equal(cache.lookup('k'), undefined)],
        ['peek', (cache) => assert.equal(cache.peek('k'), undefined)],
        ['has', (cache) => assert.equal(cache.has('k'), false)],
        [
          'read by strategy fresh',
          async (cache) =>
            assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), [
              'miss',
              undefined,
            ]),
        ],
        [
          'read',
          async (cache) => assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new']),
        ],
      ]
      for (const [asked, ask] of askedFirst) {
        test(`takes what is kept from a ${asked}`, async () => {
          const { cache, there } = threads({ coalesce })
          cache.write('k', 'old', tagged)
          cache.lookup('k')
          invalidate(there)
          await ask(cache)
        })
      }

      test('during a load: who came before gets its answer, which is not kept', async () => {
        const { cache, there } = threads({ coalesce })
        const db = source<string>()
        const early = cache.read('k', db.load, tagged)
        invalidate(there)
        db.nth(1).answer('old')
        const { value, kept } = await early
        assert.deepEqual([value, kept], ['old', false])
        assert.equal(cache.peek('k'), undefined)
      })

      test('during a load: who comes after never gets the older answer', async () => {
        const { cache, there } = threads({ coalesce })
        const db = source<string>()
        const early = [1, 2].map(() => resultOf(cache.read('k', db.load, tagged)))
        const before = db.begun
        invalidate(there)
        const late = [1, 2, 3].map(() => resultOf(cache.read('k', db.load, tagged)))
        for (let n = 1; n <= before; n++) db.nth(n).answer('old')
        await flush()
        assert.equal(db.begun, before + (coalesce ? 1 : 3))
        for (let n = before + 1; n <= db.begun; n++) db.nth(n).answer('new')
        assert.deepEqual(
          (await Promise.all(early)).map(([, value]) => value),
          ['old', 'old'],
        )
        assert.deepEqual(
          (await Promise.all(late)).map(([, value]) => value),
          ['new', 'new', 'new'],
        )
        assert.equal(cache.peek('k')?.value, 'new')
      })

      test('during a refresh behind: its answer is not kept', async () => {
        const { cache, there, pass } = threads({ coalesce })
        const db = source<string>()
        cache.write('k', 'older', { ...tagged, ttlMs: 10 })
        pass(15)
        assert.deepEqual(await resultOf(cache.read('k', db.load, tagged)), ['stale', 'older'])
        invalidate(there)
        db.nth(1).answer('old')
        await flush()
        assert.equal(cache.peek('k'), undefined)
      })

      test('during a load that then fails: the entry does not stand in any more', async () => {
        const { cache, there, pass } = threads({ coalesce })
        const db = source<string>()
        const error = new Error('down')
        cache.write('k', 'old', { ...tagged, ttlMs: 10, staleWhileRevalidateMs: 0 })
        pass(15)
        const read = resultOf(cache.read('k', db.load, tagged))
        invalidate(there)
        db.nth(1).fail(error)
        assert.deepEqual(await read, ['threw', error])
      })

      test('during a load that answers with a failure: the failure is answered, not the entry', async () => {
        const { cache, there, pass } = threads({ coalesce })
        const db = source<unknown>()
        cache.write('k', 'old', { ...tagged, ttlMs: 10, staleWhileRevalidateMs: 0 })
        pass(15)
        const read = resultOf(cache.read('k', db.load, tagged))
        invalidate(there)
        db.nth(1).answer(loaded('503', { failed: true, keep: false }))
        assert.deepEqual(await read, ['error', '503'])
      })

      test('before a load: what it brings is kept', async () => {
        const { cache, there } = threads({ coalesce })
        invalidate(there)
        assert.equal((await cache.read('k', () => 'new', tagged)).kept, true)
        assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
      })

      test('before a write: the write is kept', async () => {
        const { cache, there } = threads({ coalesce })
        invalidate(there)
        assert.equal(await cache.write('k', 'new', tagged), true)
        assert.equal(cache.lookup('k')?.value, 'new')
      })

      test('is told once, counted once, and not told again by who heard it', async () => {
        const { cache, there, transcript, eventsThere, told } = threads({ coalesce })
        cache.write('k', 'old', tagged)
        transcript()
        await invalidate(there)
        const toldThere = told[1]?.length
        cache.has('k')
        cache.stats()
        assert.deepEqual(transcript(), [])
        assert.equal(told[0]?.length, 1, 'but for the write at the beginning')
        assert.equal(told[1]?.length, toldThere)
        const counted = eventsThere().filter((line) => line.includes('invalidation'))
        assert.equal(counted.length, way.startsWith('write') ? 0 : 1)
      })
    })
  }
}

describe('other threads', () => {
  test('are told keys with their namespace, tags and everything', () => {
    const { cache, told } = threads({ namespace: 'ns' })
    cache.delete('a')
    cache.write('b', 'v')
    cache.invalidateTags(['t', 'u'])
    cache.clear()
    assert.deepEqual(told[0], [{ key: 'ns:a' }, { key: 'ns:b' }, { tag: 't' }, { tag: 'u' }, 'everything'])
  })

  test('know before anyone else hears of it', () => {
    const [own, others] = threadGroup(2).invalidationBus
    const there = createCache({ ...(others && { invalidationBus: others }) })
    const heard: string[] = []
    const cache = createCache({
      ...(own && { invalidationBus: own }),
      onEvent({ type }) {
        heard.push(type)
        others?.take((mark) => heard.push(`there: ${markId(mark)}`))
      },
    })
    cache.delete('k')
    cache.invalidateTags(['t'])
    cache.clear()
    assert.deepEqual(
      heard,
      'tier|there: k:k|invalidation|invalidation|there: t:t|tier|there: a|invalidation'.split('|'),
    )
    assert.equal(there.has('k'), false)
  })

  test('keep what was not invalidated', () => {
    const { cache, there } = threads()
    cache.write('k', 'v', { tags: ['t'] })
    there.delete('other')
    there.invalidateTags(['other'])
    assert.equal(cache.has('k'), true)
    assert.equal(cache.stats().entries, 1)
  })

  test('lose it from their memory at once', () => {
    for (const invalidate of [(c: Cache) => c.delete('k'), (c: Cache) => c.clear()]) {
      const { cache, there } = threads()
      cache.write('k', 'v')
      invalidate(there)
      assert.equal(cache.stats().entries, 0)
    }
  })

  test('are not told what was loaded, whether it may be kept or not: nobody invalidated anything', async () => {
    const { cache, there, told } = threads()
    there.write('k', 'v')
    const before = told[0]?.length
    await cache.read('k', () => 'v')
    await cache.read('k', () => 'v', { strategy: 'invalidate' })
    await cache.read('k', () => loaded('private', { keep: false }), { strategy: 'invalidate' })
    assert.equal(told[0]?.length, before)
    assert.equal(there.has('k'), true)
  })

  test('do not keep a load under another key that was deleted meanwhile', async () => {
    const { cache, there } = threads()
    const db = source<unknown>()
    const read = cache.read('k', db.load)
    there.delete('k;en')
    db.nth(1).answer(loaded('old', { keep: 'k;en' }))
    assert.equal((await read).kept, false)
    assert.equal(cache.peek('k;en'), undefined)
  })

  test('begin a load anew at once, for who comes after one that is under way', async () => {
    for (const [, invalidate] of ways.filter(([way]) => way !== 'invalidateTags')) {
      const { cache, there } = threads()
      const db = source<string>()
      const early = cache.read('k', db.load)
      invalidate(there)
      const late = cache.read('k', db.load)
      assert.equal(db.begun, 2)
      db.nth(2).answer('new')
      assert.equal((await late).value, 'new')
      db.nth(1).answer('old')
      await early
      assert.equal(cache.peek('k')?.value, 'new')
    }
  })

  test('keep what they load, when it was invalidated between the question and the load', async () => {
    const { cache, there } = threads()
    cache.write('k', 'old')
    function accept(): boolean {
      there.delete('k')
      return false
    }
    assert.equal((await internalRead(cache, 'k', () => 'new', { accept })).kept, true)
  })

  test('answer with what they wrote after they were told, and not with what they wrote before', async () => {
    const { cache, there } = threads()
    cache.write('k', 'first')
    there.write('k', 'second')
    assert.equal(cache.lookup('k'), undefined)
    cache.write('k', 'third')
    assert.equal(there.lookup('k'), undefined)
    assert.equal(cache.lookup('k')?.value, 'third')
  })
})

describe('a write that another thread overtakes', () => {
  test('is not kept: the value is older than what was invalidated since', async () => {
    const [own, others] = threadGroup(2).invalidationBus
    assert.ok(own && others)
    const overtaken = testCache({
      invalidationBus: {
        publish(marks) {
          own.publish(marks)
          others.publish([{ tag: 't' }])
        },
        take: own.take,
      },
    })
    assert.equal(await overtaken.cache.write('k', 'old', tagged), false)
    assert.equal(overtaken.cache.peek('k'), undefined)
  })
})

describe('a remote tier', () => {
  const ttl = { ttlMs: 60_000, tags: ['t'] }
  const ways: [string, (cache: Cache) => Promise<unknown>][] = [
    ['delete', (cache) => cache.delete('k')],
    ['invalidateTags', (cache) => cache.invalidateTags(['t'])],
    ['clear', (cache) => cache.clear()],
  ]
  /** A thread loads it, and the remote tier has it then. */
  async function loadThere(there: Cache): Promise<void> {
    const work: Promise<unknown>[] = []
    await there.read('k', () => 'old', { ...ttl, waitUntil: (each) => work.push(each) })
    await Promise.all(work)
  }

  for (const [way, invalidate] of ways) {
    test(`is told of a ${way} by the thread that makes it, and by no other`, async () => {
      const remote = remoteStore()
      const { cache, there, transcript } = threads({ remote: remote.store })
      await loadThere(there)
      const before = remote.sets.length
      await invalidate(there)
      transcript()
      cache.has('k')
      await flush()
      assert.equal(remote.sets.length, before + 1)
      assert.deepEqual(transcript(), [])
    })

    test(`that has not taken the mark of a ${way} gives no thread what is older`, async () => {
      const remote = remoteStore()
      const { cache, there, pass } = threads({ remote: remote.store })
      await loadThere(there)
      assert.deepEqual(await resultOf(cache.read('k', never, ttl)), ['hit', 'old'])
      remote.refuseSets()
      void invalidate(there)
      pass(10)
      const { value, outcome } = await cache.read('k', () => 'new', ttl)
      assert.deepEqual([value, outcome], ['new', 'miss'])
    })

    test(`that is being asked during a ${way} in another thread: what it has is not kept`, async () => {
      const remote = remoteStore()
      const { cache, there, transcript } = threads({ remote: remote.store })
      await loadThere(there)
      const answer = remote.holdAnswers()
      const early = cache.read('k', never, ttl)
      await flush()
      void invalidate(there)
      answer()
      assert.equal((await early).value, 'old')
      assert.equal(
        transcript().some((line) => line.includes('memory set')),
        false,
      )
      assert.equal(cache.peek('k'), undefined)
    })
  }
})

describe('who notes changes in one thread', () => {
  for (const [what, invalidate] of ways) {
    test(`hears of those in the other: ${what}`, () => {
      const { cache, there } = threads()
      const before = cache.noteChanges('k')
      invalidate(there)
      assert.equal(before(['t']), true)
      assert.equal(cache.noteChanges('k')(['t']), false)
    })

    test(`hears of no earlier ones, which were told but not heard: ${what}`, () => {
      const { cache, there } = threads()
      invalidate(there)
      assert.equal(cache.noteChanges('k')(['t']), false)
    })
  }
})
