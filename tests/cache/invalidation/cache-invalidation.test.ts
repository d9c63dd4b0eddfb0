/** After an invalidation, nothing that was there before it is served again: kept, shared, late or in place of an error. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, resultOf, source, testCache } from '../../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')

/** Each way to make the value under `k`, tagged `t`, invalid. */
const ways: [string, (cache: Cache) => void][] = [
  ['delete', (cache) => cache.delete('k')],
  ['invalidateTags', (cache) => cache.invalidateTags(['other', 't'])],
  ['clear', (cache) => cache.clear()],
]
const tagged = { tags: ['t'], staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 }

for (const coalesce of [true, false]) {
  for (const [way, invalidate] of ways) {
    describe(`${way} (coalesce: ${coalesce})`, () => {
      test('takes what is kept from every kind of reader', async () => {
        const { cache } = testCache({ coalesce })
        cache.write('k', 'old', tagged)
        invalidate(cache)
        assert.equal(cache.has('k'), false)
        assert.equal(cache.peek('k'), undefined)
        assert.equal(cache.lookup('k'), undefined)
        assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), ['miss', undefined])
        assert.deepEqual(await resultOf(cache.read('k', () => 'new', tagged)), ['miss', 'new'])
        assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
      })

      test('during a load: who came before gets its answer, which is not kept', async () => {
        const { cache } = testCache({ coalesce })
        const db = source<string>()
        const early = resultOf(cache.read('k', db.load, tagged))
        invalidate(cache)
        db.nth(1).answer('old')
        assert.deepEqual(await early, ['miss', 'old'])
        assert.equal(cache.peek('k'), undefined)
      })

      test('during a load: who comes after never gets the older answer', async () => {
        const { cache } = testCache({ coalesce })
        const db = source<string>()
        const early = [1, 2].map(() => resultOf(cache.read('k', db.load, tagged)))
        const before = db.begun
        invalidate(cache)
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

      test('during a load: an older answer that comes last does not overwrite the newer one', async () => {
        const { cache } = testCache({ coalesce })
        const db = source<string>()
        const early = resultOf(cache.read('k', db.load, tagged))
        invalidate(cache)
        const late = resultOf(cache.read('k', db.load, { ...tagged, strategy: 'invalidate' }))
        db.nth(2).answer('new')
        await late
        db.nth(1).answer('old')
        await early
        assert.equal(cache.peek('k')?.value, 'new')
      })

      test('during a refresh behind: its answer is not kept', async () => {
        const { cache, pass } = testCache({ coalesce })
        const db = source<string>()
        cache.write('k', 'older', { ...tagged, ttlMs: 10 })
        pass(15)
        await cache.read('k', db.load, tagged)
        invalidate(cache)
        db.nth(1).answer('old')
        await flush()
        assert.equal(cache.peek('k'), undefined)
      })

      test('during a load that then fails: the entry does not stand in any more', async () => {
        const { cache, pass } = testCache({ coalesce })
        const db = source<string>()
        cache.write('k', 'old', { ...tagged, ttlMs: 10, staleWhileRevalidateMs: 0 })
        pass(15)
        const read = resultOf(cache.read('k', db.load, tagged))
        invalidate(cache)
        const error = new Error('down')
        db.nth(1).fail(error)
        assert.deepEqual(await read, ['threw', error])
      })

      test('by the load itself, before it reads: its answer is not kept nor given to who comes after', async () => {
        const { cache } = testCache({ coalesce })
        const db = source<string>()
        const writing = resultOf(
          cache.read(
            'k',
            (context) => {
              const answer = db.load(context)
              invalidate(cache)
              return answer
            },
            tagged,
          ),
        )
        const late = resultOf(cache.read('k', db.load, tagged))
        db.nth(1).answer('old')
        await flush()
        db.nth(2).answer('new')
        assert.deepEqual([(await writing)[1], (await late)[1]], ['old', 'new'])
        assert.equal(cache.peek('k')?.value, 'new')
      })

      test('by a listener that hears of the load: its answer is not kept', async () => {
        const { cache } = testCache({
          coalesce,
          onEvent: (event) => void (event.type === 'load' && invalidate(cache)),
        })
        await cache.read('k', () => 'old', tagged)
        assert.equal(cache.peek('k'), undefined)
      })

      test('by a listener that hears of an eviction: what is just being kept goes too', async () => {
        const { cache, pass } = testCache({
          coalesce,
          onEvent: (event) => void (event.type === 'eviction' && invalidate(cache)),
        })
        cache.write('dead', 'v', { ttlMs: 10 })
        pass(10)
        await cache.read('k', () => 'old', tagged)
        assert.equal(cache.peek('k'), undefined)
      })
    })
  }

  describe(`write (coalesce: ${coalesce})`, () => {
    test('during a load: the load does not overwrite it, and who comes after reads it', async () => {
      const { cache } = testCache({ coalesce })
      const db = source<string>()
      const early = resultOf(cache.read('k', db.load))
      assert.equal(await cache.write('k', 'new'), true)
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
      db.nth(1).answer('old')
      assert.deepEqual(await early, ['miss', 'old'])
      assert.equal(cache.peek('k')?.value, 'new')
    })

    test('of what may not be kept, during a load: the load does not bring back the older value', async () => {
      const { cache } = testCache({ coalesce })
      const db = source<string>()
      const early = resultOf(cache.read('k', db.load))
      assert.equal(await cache.write('k', 'new', { ttlMs: 0 }), false)
      const late = resultOf(cache.read('k', db.load))
      db.nth(1).answer('old')
      db.nth(2).answer('new')
      assert.deepEqual(await Promise.all([early, late]), [
        ['miss', 'old'],
        ['miss', 'new'],
      ])
      assert.equal(cache.peek('k')?.value, 'new')
    })
  })

  describe(`a load that keeps its answer under another key (coalesce: ${coalesce})`, () => {
    for (const [way, change, left] of [
      ['delete', (cache: Cache) => void cache.delete('k;en'), undefined],
      ['write', (cache: Cache) => void cache.write('k;en', 'new'), 'new'],
      ['clear', (cache: Cache) => cache.clear(), undefined],
      ['delete, of the key that was read,', (cache: Cache) => void cache.delete('k'), undefined],
    ] as const) {
      test(`does not keep it when there was a ${way} of that key meanwhile`, async () => {
        const { cache } = testCache({ coalesce })
        const db = source<unknown>()
        const read = cache.read('k', db.load)
        change(cache)
        db.nth(1).answer(loaded('old', { keep: 'k;en' }))
        assert.equal((await read).kept, false)
        assert.equal(cache.peek('k;en')?.value, left)
      })
    }

    for (const key of ['k', 'k;en'])
      test(`does not give it to who reads after the load itself deleted ${key}`, async () => {
        const { cache } = testCache({ coalesce })
        const db = source<unknown>()
        const early = cache.read('k', (context) => {
          cache.delete(key)
          return db.load(context)
        })
        const late = cache.read('k', db.load)
        db.nth(1).answer(loaded('old', { keep: 'k;en' }))
        await flush()
        db.nth(2).answer(loaded('new', { keep: 'k;en' }))
        assert.deepEqual([(await early).value, (await late).value], ['old', 'new'])
        assert.equal(cache.peek('k;en')?.value, 'new')
      })
  })
}

describe('an invalidation', () => {
  test('of one tag leaves what has only others, and what has none', () => {
    const { cache, transcript } = testCache()
    cache.write('a', 'v', { tags: ['x'] })
    cache.write('b', 'v', { tags: ['y', 'x'] })
    cache.write('c', 'v', { tags: ['y'] })
    cache.write('d', 'v')
    transcript()
    cache.invalidateTags(['x'])
    assert.deepEqual(['a', 'b', 'c', 'd'].filter(cache.has), ['c', 'd'])
    assert.deepEqual(transcript(), ['1. invalidation: 1 by tags'])
  })

  test('reaches what was tagged, also when the array of tags was changed afterwards', () => {
    const { cache } = testCache()
    const tags = ['t']
    cache.write('k', 'v', { tags })
    tags.length = 0
    cache.invalidateTags(['t'])
    assert.equal(cache.has('k'), false)
  })

  test('takes any strings for tags', () => {
    const { cache } = testCache()
    const odd = ['', ' ', '__proto__', 'constructor', 'a,b', '\0', '\ud800', 'x'.repeat(100_000)]
    odd.forEach((tag, i) => void cache.write(`k${i}`, 'v', { tags: [tag] }))
    odd.forEach((tag, i) => {
      cache.invalidateTags([tag])
      assert.equal(cache.has(`k${i}`), false)
      assert.equal(i + 1 === odd.length || cache.has(`k${i + 1}`), true)
    })
  })

  test('of endless other keys does not end what has tags', () => {
    const { cache } = testCache()
    cache.write('k', 'v', { tags: ['t'] })
    for (let i = 0; i < 40_000; i++) cache.delete(`other ${i}`)
    assert.equal(cache.has('k'), true)
    cache.invalidateTags(['t'])
    assert.equal(cache.has('k'), false)
  })

  test('of endless other keys does not forbid that an entry stands in on error', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    for (let i = 0; i < 40_000; i++) cache.delete(`other ${i}`)
    pass(20)
    assert.deepEqual(await resultOf(cache.read('k', () => Promise.reject(new Error('down')))), [
      'stale',
      'old',
    ])
  })

  test('of endless other keys and tags, during a load, revives nothing', async () => {
    for (const [, invalidate] of ways) {
      const { cache } = testCache()
      const db = source<string>()
      const early = resultOf(cache.read('k', db.load, tagged))
      invalidate(cache)
      for (let i = 0; i < 40_000; i++) cache.delete(`other ${i}`)
      cache.invalidateTags(Array.from({ length: 40_000 }, (_, i) => `other ${i}`))
      db.nth(1).answer('old')
      await early
      assert.equal(cache.peek('k'), undefined)
    }
  })

  test('between a waiting reader and its answer, again and again, ends with the newest', async () => {
    const { cache, counted } = testCache()
    const db = source<string>()
    const first = resultOf(cache.read('k', db.load, tagged))
    cache.invalidateTags(['t'])
    const late = resultOf(cache.read('k', db.load, tagged))
    db.nth(1).answer('v1')
    await first
    await flush()
    assert.equal(db.begun, 2)
    cache.invalidateTags(['t'])
    const later = resultOf(cache.read('k', db.load, tagged))
    db.nth(2).answer('v2')
    await flush()
    db.nth(3).answer('v3')
    assert.deepEqual(await Promise.all([first, late, later]), [
      ['miss', 'v1'],
      ['miss', 'v2'],
      ['miss', 'v3'],
    ])
    assert.deepEqual(counted(), ['miss', 'miss', 'miss'])
  })
})

describe('an answer that may not be kept', () => {
  test('has the last word over an older load that is still under way', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const early = resultOf(cache.read('k', db.load))
    const newer = () => loaded('private now', { keep: false })
    assert.deepEqual(await resultOf(cache.read('k', newer, { strategy: 'invalidate' })), [
      'miss',
      'private now',
    ])
    db.nth(1).answer('public once')
    assert.deepEqual(await early, ['miss', 'public once'])
    assert.equal(cache.peek('k'), undefined)
  })
})

describe('who notes changes', () => {
  for (const [what, invalidate] of [
    ...ways,
    ['write', (cache: Cache) => cache.write('k', 'v')],
  ] as typeof ways) {
    test(`hears of those that come, and of no earlier ones: ${what}`, () => {
      const { cache } = testCache()
      invalidate(cache)
      const hasChanged = cache.noteChanges('k')
      assert.equal(hasChanged(['t']), false)
      invalidate(cache)
      assert.equal(hasChanged(['t']), true)
      assert.equal(cache.noteChanges('k')(['t']), false)
    })
  }

  test('hears nothing of other keys, other tags, and what is loaded', async () => {
    const { cache } = testCache()
    const hasChanged = cache.noteChanges('k')
    cache.delete('other')
    cache.invalidateTags(['other'])
    await cache.read('k', () => 'v')
    assert.equal(hasChanged(['t']), false)
    cache.invalidateTags(['t'])
    assert.equal(hasChanged(), false)
    assert.equal(hasChanged(['t']), true)
  })
})
