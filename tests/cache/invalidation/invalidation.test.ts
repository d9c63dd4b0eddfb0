/** After an invalidation, no older value is served: not stored, shared, late, or in place of an error. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, manualLoader, mustNotLoad, resultOf, testCache } from '../../support/test-cache.ts'

/** The methods that invalidate the value under `k`, tagged `t`. */
const methods: [string, (cache: Cache) => void][] = [
  ['delete', (cache) => cache.delete('k')],
  ['invalidateTags', (cache) => cache.invalidateTags(['other', 't'])],
  ['clear', (cache) => cache.clear()],
]
const tagged = { tags: ['t'], staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 }

for (const coalesce of [true, false]) {
  for (const [method, invalidate] of methods) {
    describe(`${method} (coalesce: ${coalesce})`, () => {
      it('an invalidated entry is not found by has, peek, lookup or any read', async () => {
        const { cache } = testCache({ coalesce })
        cache.write('k', 'old', tagged)
        invalidate(cache)
        assert.equal(cache.has('k'), false)
        assert.equal(cache.peek('k'), undefined)
        assert.equal(cache.lookup('k'), undefined)
        assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { strategy: 'fresh' })), [
          'miss',
          undefined,
        ])
        assert.deepEqual(await resultOf(cache.read('k', () => 'new', tagged)), ['miss', 'new'])
        assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
      })

      it('a load in flight during the invalidation is returned to the read before it and not stored', async () => {
        const { cache } = testCache({ coalesce })
        const db = manualLoader<string>()
        const earlier = resultOf(cache.read('k', db.load, tagged))
        invalidate(cache)
        db.nth(1).resolve('old')
        assert.deepEqual(await earlier, ['miss', 'old'])
        assert.equal(cache.peek('k'), undefined)
      })

      it('a load in flight during the invalidation is not shared with later reads', async () => {
        const { cache } = testCache({ coalesce })
        const db = manualLoader<string>()
        const earlier = [1, 2].map(() => resultOf(cache.read('k', db.load, tagged)))
        const before = db.started
        invalidate(cache)
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

      it('a load from before the invalidation that ends last does not overwrite a newer value', async () => {
        const { cache } = testCache({ coalesce })
        const db = manualLoader<string>()
        const earlier = resultOf(cache.read('k', db.load, tagged))
        invalidate(cache)
        const later = resultOf(cache.read('k', db.load, { ...tagged, strategy: 'invalidate' }))
        db.nth(2).resolve('new')
        await later
        db.nth(1).resolve('old')
        await earlier
        assert.equal(cache.peek('k')?.value, 'new')
      })

      it('a background refresh from before the invalidation is not stored', async () => {
        const { cache, advance } = testCache({ coalesce })
        const db = manualLoader<string>()
        cache.write('k', 'older', { ...tagged, ttlMs: 10 })
        advance(15)
        await cache.read('k', db.load, tagged)
        invalidate(cache)
        db.nth(1).resolve('old')
        await flush()
        assert.equal(cache.peek('k'), undefined)
      })

      it('an invalidated entry is not served when a load in flight fails', async () => {
        const { cache, advance } = testCache({ coalesce })
        const db = manualLoader<string>()
        cache.write('k', 'old', { ...tagged, ttlMs: 10, staleWhileRevalidateMs: 0 })
        advance(15)
        const read = resultOf(cache.read('k', db.load, tagged))
        invalidate(cache)
        const error = new Error('down')
        db.nth(1).reject(error)
        assert.deepEqual(await read, ['threw', error])
      })

      it('a load that invalidates its own key is neither stored nor shared with later reads', async () => {
        const { cache } = testCache({ coalesce })
        const db = manualLoader<string>()
        const writing = resultOf(
          cache.read(
            'k',
            (context) => {
              const pending = db.load(context)
              invalidate(cache)
              return pending
            },
            tagged,
          ),
        )
        const later = resultOf(cache.read('k', db.load, tagged))
        db.nth(1).resolve('old')
        await flush()
        db.nth(2).resolve('new')
        assert.deepEqual([(await writing)[1], (await later)[1]], ['old', 'new'])
        assert.equal(cache.peek('k')?.value, 'new')
      })

      it('a listener that invalidates at a load event prevents that value from being stored', async () => {
        const { cache } = testCache({
          coalesce,
          onEvent: (event) => void (event.type === 'load' && invalidate(cache)),
        })
        await cache.read('k', () => 'old', tagged)
        assert.equal(cache.peek('k'), undefined)
      })

      it('a listener that invalidates at an eviction event removes the value being stored', async () => {
        const { cache, advance } = testCache({
          coalesce,
          onEvent: (event) => void (event.type === 'eviction' && invalidate(cache)),
        })
        cache.write('expired', 'v', { ttlMs: 10 })
        advance(10)
        await cache.read('k', () => 'old', tagged)
        assert.equal(cache.peek('k'), undefined)
      })
    })
  }

  describe(`write (coalesce: ${coalesce})`, () => {
    it('a written value is not overwritten by a load that started before, and later reads get it', async () => {
      const { cache } = testCache({ coalesce })
      const db = manualLoader<string>()
      const earlier = resultOf(cache.read('k', db.load))
      assert.equal((await cache.write('k', 'new')).kept, true)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
      db.nth(1).resolve('old')
      assert.deepEqual(await earlier, ['miss', 'old'])
      assert.equal(cache.peek('k')?.value, 'new')
    })

    it('a write that stores nothing still prevents the older load from being stored', async () => {
      const { cache } = testCache({ coalesce })
      const db = manualLoader<string>()
      const earlier = resultOf(cache.read('k', db.load))
      assert.equal((await cache.write('k', 'new', { ttlMs: 0 })).kept, false)
      const later = resultOf(cache.read('k', db.load))
      db.nth(1).resolve('old')
      db.nth(2).resolve('new')
      assert.deepEqual(await Promise.all([earlier, later]), [
        ['miss', 'old'],
        ['miss', 'new'],
      ])
      assert.equal(cache.peek('k')?.value, 'new')
    })
  })

  describe(`a load that stores its value under another key (coalesce: ${coalesce})`, () => {
    for (const [method, change, expected] of [
      ['delete of that key', (cache: Cache) => void cache.delete('k;en'), undefined],
      ['write of that key', (cache: Cache) => void cache.write('k;en', 'new'), 'new'],
      ['clear', (cache: Cache) => cache.clear(), undefined],
      ['delete of the key that was read', (cache: Cache) => void cache.delete('k'), undefined],
    ] as const) {
      it(`a value for another key is not stored after a ${method} during its load`, async () => {
        const { cache } = testCache({ coalesce })
        const db = manualLoader<unknown>()
        const read = cache.read('k', db.load)
        change(cache)
        db.nth(1).resolve(loaded('old', { keep: 'k;en' }))
        assert.equal((await read).kept, false)
        assert.equal(cache.peek('k;en')?.value, expected)
      })
    }

    for (const key of ['k', 'k;en'])
      it(`a load that deletes ${key} itself is not shared with later reads`, async () => {
        const { cache } = testCache({ coalesce })
        const db = manualLoader<unknown>()
        const earlier = cache.read('k', (context) => {
          cache.delete(key)
          return db.load(context)
        })
        const later = cache.read('k', db.load)
        db.nth(1).resolve(loaded('old', { keep: 'k;en' }))
        await flush()
        db.nth(2).resolve(loaded('new', { keep: 'k;en' }))
        assert.deepEqual([(await earlier).value, (await later).value], ['old', 'new'])
        assert.equal(cache.peek('k;en')?.value, 'new')
      })
  })
}

describe('an invalidation', () => {
  it('an invalidated tag leaves entries with other tags and without tags', () => {
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

  it('an entry keeps its tags when the caller changes the array afterwards', () => {
    const { cache } = testCache()
    const tags = ['t']
    cache.write('k', 'v', { tags })
    tags.length = 0
    cache.invalidateTags(['t'])
    assert.equal(cache.has('k'), false)
  })

  it('tags can be any strings', () => {
    const { cache } = testCache()
    const tags = ['', ' ', '__proto__', 'constructor', 'a,b', '\0', '\ud800', 'x'.repeat(100_000)]
    tags.forEach((tag, i) => void cache.write(`k${i}`, 'v', { tags: [tag] }))
    tags.forEach((tag, i) => {
      cache.invalidateTags([tag])
      assert.equal(cache.has(`k${i}`), false)
      assert.equal(i + 1 === tags.length || cache.has(`k${i + 1}`), true)
    })
  })

  it('40,000 deletes of other keys leave an entry with tags', () => {
    const { cache } = testCache()
    cache.write('k', 'v', { tags: ['t'] })
    for (let i = 0; i < 40_000; i++) cache.delete(`other ${i}`)
    assert.equal(cache.has('k'), true)
    cache.invalidateTags(['t'])
    assert.equal(cache.has('k'), false)
  })

  it('40,000 deletes of other keys leave an entry to be served on error', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    for (let i = 0; i < 40_000; i++) cache.delete(`other ${i}`)
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', () => Promise.reject(new Error('down')))), [
      'stale',
      'old',
    ])
  })

  it('40,000 invalidations of other keys and tags do not undo an earlier invalidation during a load', async () => {
    for (const [, invalidate] of methods) {
      const { cache } = testCache()
      const db = manualLoader<string>()
      const earlier = resultOf(cache.read('k', db.load, tagged))
      invalidate(cache)
      for (let i = 0; i < 40_000; i++) cache.delete(`other ${i}`)
      cache.invalidateTags(Array.from({ length: 40_000 }, (_, i) => `other ${i}`))
      db.nth(1).resolve('old')
      await earlier
      assert.equal(cache.peek('k'), undefined)
    }
  })

  it('repeated invalidations before a waiting read is answered make it load until its value is valid', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<string>()
    const first = resultOf(cache.read('k', db.load, tagged))
    cache.invalidateTags(['t'])
    const later = resultOf(cache.read('k', db.load, tagged))
    db.nth(1).resolve('v1')
    await first
    await flush()
    assert.equal(db.started, 2)
    cache.invalidateTags(['t'])
    const last = resultOf(cache.read('k', db.load, tagged))
    db.nth(2).resolve('v2')
    await flush()
    db.nth(3).resolve('v3')
    assert.deepEqual(await Promise.all([first, later, last]), [
      ['miss', 'v1'],
      ['miss', 'v2'],
      ['miss', 'v3'],
    ])
    assert.deepEqual(outcomes(), ['miss', 'miss', 'miss'])
  })
})

describe('a value that must not be stored', () => {
  it('a value with keep: false is not replaced by an older load that ends later', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const earlier = resultOf(cache.read('k', db.load))
    const newer = () => loaded('private now', { keep: false })
    assert.deepEqual(await resultOf(cache.read('k', newer, { strategy: 'invalidate' })), [
      'miss',
      'private now',
    ])
    db.nth(1).resolve('public once')
    assert.deepEqual(await earlier, ['miss', 'public once'])
    assert.equal(cache.peek('k'), undefined)
  })
})

describe('noteChanges', () => {
  for (const [method, invalidate] of [
    ...methods,
    ['write', (cache: Cache) => cache.write('k', 'v')],
  ] as typeof methods) {
    it(`noteChanges reports a later ${method}, and no earlier one`, () => {
      const { cache } = testCache()
      invalidate(cache)
      const hasChanged = cache.noteChanges('k')
      assert.equal(hasChanged(['t']), false)
      invalidate(cache)
      assert.equal(hasChanged(['t']), true)
      assert.equal(cache.noteChanges('k')(['t']), false)
    })
  }

  it('noteChanges ignores other keys, other tags and loads', async () => {
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
