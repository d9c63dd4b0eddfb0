/** Values that answer while they still grow: who shares them, and what is kept of them in the end. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Loaded, type LoadedOptions, loaded } from '../../../src/cache/lifetime.ts'
import { flush, resultOf, source, testCache } from '../../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')

type Grown = { value: unknown; bytes: number } | undefined

/** A value that answers as `growing`, and is whole when the test says so. */
function growing(options: LoadedOptions = {}) {
  const { promise: whole, resolve, reject } = Promise.withResolvers<Grown>()
  return {
    value: loaded<unknown>('growing', { ttlMs: 1000, ...options, completed: whole }),
    grown: (value: unknown = 'whole') => resolve({ value, bytes: 5 }),
    tooLarge: () => resolve(undefined),
    breaksOff: () => reject(new Error('broke off')),
  }
}

describe('a value that still grows', () => {
  test('answers at once, and is kept when it is whole', async () => {
    const { cache, transcript } = testCache()
    const { value, grown } = growing()
    const read = await cache.read('k', () => value)
    assert.deepEqual(read, { value: 'growing', outcome: 'miss', ageMs: 0, expiresInMs: 0, kept: false })
    assert.equal(cache.peek('k'), undefined)
    grown()
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'whole'])
    assert.deepEqual(transcript(), [
      '1. load: ok',
      '2. read: miss',
      '3. memory set: ok',
      '4. read: hit, memory',
    ])
  })

  test('answers those who come while it grows, as old as it is by then, and is loaded once', async () => {
    const { cache, counted, pass } = testCache()
    const { value, grown } = growing()
    await cache.read('k', () => value)
    pass(300)
    const late = await cache.read('k', never)
    assert.deepEqual(late, {
      value: 'growing',
      outcome: 'coalesced',
      ageMs: 300,
      expiresInMs: 0,
      kept: false,
    })
    grown()
    await flush()
    await cache.read('k', never)
    assert.deepEqual(counted(), ['miss', 'coalesced', 'hit'])
  })

  test('lives from its beginning, however long it grew', async () => {
    const { cache, pass } = testCache()
    const { value, grown } = growing({ ageMs: 100 })
    await cache.read('k', () => value)
    pass(400)
    grown()
    await flush()
    const kept = cache.peek('k')
    assert.deepEqual([kept?.ageMs, kept?.expiresInMs], [500, 500])
    pass(500)
    assert.equal(cache.has('k'), false)
  })

  test('that grew for longer than it lives is not kept, and ends what was', async () => {
    const { cache, pass } = testCache()
    const { value, grown } = growing({ ttlMs: 10 })
    cache.write('k', 'old', { ttlMs: 1000, staleIfErrorMs: 1000 })
    await cache.read('k', () => value, { strategy: 'invalidate' })
    pass(20)
    grown()
    await flush()
    assert.equal(cache.peek('k'), undefined)
  })

  test('takes the room that its whole says', async () => {
    const { cache, store } = testCache()
    const { value } = growing()
    const whole = Promise.resolve({ value: 'whole', bytes: 5000 })
    await cache.read('k', () => loaded(value.value, { completed: whole }))
    await flush()
    assert.ok(store.stats().bytes >= 5000 && store.stats().bytes < 6000)
  })

  test('is kept under the key that its load names', async () => {
    const { cache } = testCache()
    const { value, grown } = growing({ keep: 'other' })
    await cache.read('k', () => value)
    grown()
    await flush()
    assert.equal(cache.peek('k'), undefined)
    assert.equal(cache.peek('other')?.value, 'whole')
  })

  test('is shared under that key too, until it is whole', async () => {
    const { cache, counted } = testCache()
    const { value, grown } = growing({ keep: 'other' })
    await cache.read('k', () => value)
    for (const key of ['k', 'other'])
      assert.deepEqual(await resultOf(cache.read(key, never)), ['coalesced', 'growing'])
    grown()
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', () => 'next')), ['miss', 'next'])
    assert.deepEqual(await resultOf(cache.read('other', never)), ['hit', 'whole'])
    assert.deepEqual(counted(), ['miss', 'coalesced', 'coalesced', 'miss', 'hit'])
  })

  for (const key of ['k', 'other']) {
    test(`is shared under neither key once one of them was invalidated: ${key}`, async () => {
      const { cache } = testCache()
      const { value, grown } = growing({ keep: 'other' })
      await cache.read('k', () => value)
      cache.delete(key)
      assert.deepEqual(await resultOf(cache.read('other', () => 'new')), ['miss', 'new'])
      grown('old')
      await flush()
      assert.equal(cache.peek('other')?.value, 'new')
    })
  }

  test('is not shared under that key where it was invalidated before it answered', async () => {
    const { cache } = testCache()
    const db = source<Loaded<unknown>>()
    const { value } = growing({ keep: 'other' })
    const early = cache.read('k', db.load)
    cache.delete('k')
    db.nth(1).answer(value)
    await early
    assert.deepEqual(await resultOf(cache.read('other', () => 'new')), ['miss', 'new'])
  })

  test('is not shared under that key where another load is under way there', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const { value, grown } = growing({ keep: 'other' })
    const first = resultOf(cache.read('other', db.load))
    await cache.read('k', () => value)
    const second = resultOf(cache.read('other', never))
    db.nth(1).answer('own')
    assert.deepEqual(await Promise.all([first, second]), [
      ['miss', 'own'],
      ['coalesced', 'own'],
    ])
    grown()
  })

  test('that turns out too large is not kept, and ends what was kept before', async () => {
    const { cache, pass } = testCache()
    const { value, tooLarge } = growing()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    pass(20)
    await cache.read('k', () => value)
    assert.equal(cache.peek('k')?.value, 'old')
    tooLarge()
    await flush()
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(await resultOf(cache.read('k', () => 'next')), ['miss', 'next'])
  })

  test('that breaks off leaves what was kept before, and the next loads anew', async () => {
    const { cache, pass } = testCache()
    const { value, breaksOff } = growing()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    pass(20)
    await cache.read('k', () => value)
    breaksOff()
    await flush()
    assert.equal(cache.peek('k')?.value, 'old')
    assert.deepEqual(await resultOf(cache.read('k', () => Promise.reject(new Error('down')))), [
      'stale',
      'old',
    ])
    assert.deepEqual(await resultOf(cache.read('k', () => 'next')), ['miss', 'next'])
  })

  const invalidating = ['key', 'many keys', 'tag', 'everything', 'write'] as const
  for (const what of invalidating) {
    test(`is not kept when it is invalidated meanwhile, and who comes then loads anew: ${what}`, async () => {
      const { cache } = testCache()
      const first = growing({ tags: ['t'] })
      const second = growing()
      await cache.read('k', () => first.value)
      if (what === 'key') cache.delete('k')
      if (what === 'many keys') cache.deleteMany(['k'])
      if (what === 'tag') cache.invalidateTags(['t'])
      if (what === 'everything') cache.clear()
      if (what === 'write') cache.write('k', 'gone', { ttlMs: 0 })
      const newcomers = [1, 2].map(() => resultOf(cache.read('k', () => second.value)))
      assert.deepEqual(await Promise.all(newcomers), [
        ['miss', 'growing'],
        ['coalesced', 'growing'],
      ])
      first.grown('old')
      await flush()
      assert.equal(cache.peek('k'), undefined)
      second.grown('new')
      await flush()
      assert.equal(cache.peek('k')?.value, 'new')
    })
  }

  test('never takes the place of what a later load has brought', async () => {
    const { cache } = testCache()
    const first = growing()
    await cache.read('k', () => first.value)
    await cache.read('k', () => 'later', { strategy: 'invalidate' })
    first.grown('older')
    await flush()
    assert.equal(cache.peek('k')?.value, 'later')
  })

  test('is for nobody else where its load says so', async () => {
    const { cache } = testCache()
    const mine = growing({ share: false })
    await cache.read('k', () => mine.value)
    assert.deepEqual(await resultOf(cache.read('k', () => 'own')), ['miss', 'own'])
  })

  for (const coalesce of [true, false]) {
    test(`keeps its runtime alive until it is whole, coalesce: ${coalesce}`, async () => {
      const { cache } = testCache({ coalesce })
      const { value, grown } = growing()
      const alive: Promise<unknown>[] = []
      let isOver = false
      await cache.read('k', () => value, { waitUntil: (work) => alive.push(work) })
      assert.equal(alive.length, 1)
      alive[0]?.then(() => (isOver = true))
      await flush()
      assert.equal(isOver, false)
      grown()
      await Promise.all(alive)
      assert.equal(cache.peek('k')?.value, 'whole')
    })

    test(`hands on no promise that rejects, coalesce: ${coalesce}`, async () => {
      const { cache } = testCache({ coalesce })
      const { value, breaksOff } = growing()
      const alive: Promise<unknown>[] = []
      await cache.read('k', () => value, { waitUntil: (work) => alive.push(work) })
      breaksOff()
      await Promise.all(alive)
    })

    test(`is refreshed behind by one load at a time, until it is whole, coalesce: ${coalesce}`, async () => {
      const { cache, pass } = testCache({ coalesce })
      const db = source<Loaded<unknown>>()
      const { value, grown } = growing()
      const alive: Promise<unknown>[] = []
      const options = { waitUntil: (work: Promise<unknown>) => void alive.push(work) }
      cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1000 })
      pass(20)
      assert.deepEqual(await resultOf(cache.read('k', db.load, options)), ['stale', 'old'])
      db.nth(1).answer(value)
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', db.load, options)), ['stale', 'old'])
      assert.equal(db.begun, 1)
      grown()
      await Promise.all(alive)
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'whole'])
    })
  }

  test('is shared by nobody where promises may not be shared', async () => {
    const { cache } = testCache({ coalesce: false })
    const values = [growing(), growing()]
    const reads = values.map(({ value }) => resultOf(cache.read('k', () => value)))
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'growing'],
      ['miss', 'growing'],
    ])
    for (const [i, { grown }] of values.entries()) grown(i)
    await flush()
    assert.ok(cache.has('k'))
  })

  test('is not kept by a read that bypasses the cache', async () => {
    const { cache } = testCache()
    const { value, grown } = growing()
    assert.deepEqual(await resultOf(cache.read('k', () => value, { strategy: 'bypass' })), [
      'bypass',
      'growing',
    ])
    grown()
    await flush()
    assert.equal(cache.peek('k'), undefined)
  })

  test('leaves no rejection behind that nobody hears of where its read bypasses the cache', async () => {
    const { cache } = testCache()
    const { value, breaksOff } = growing()
    await cache.read('k', () => value, { strategy: 'bypass' })
    breaksOff()
    await new Promise((resolve) => setTimeout(resolve, 0)) // an unhandled rejection would end the test
  })
})
