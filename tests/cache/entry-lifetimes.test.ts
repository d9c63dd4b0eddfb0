/** Lifetimes of entries: ttl, stale times and age, jitter, absent values (null), and undefined. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { type Lifetime, loaded } from '../../src/cache/lifetime.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import {
  dbError,
  failingLoad,
  flush,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../support/test-cache.ts'

describe('the lifetime of an entry', () => {
  const year = 365 * 24 * 3600 * 1000
  const cases: [string, Lifetime, freshMs: number | undefined][] = [
    ['without options: a minute', {}, 60_000],
    ['ttlMs 0: not stored', { ttlMs: 0 }, undefined],
    ['negative ttlMs: not stored', { ttlMs: -1 }, undefined],
    ['ttlMs NaN: not stored', { ttlMs: Number.NaN }, undefined],
    ['ttlMs -Infinity: not stored', { ttlMs: -Infinity }, undefined],
    ['ttlMs 1: 1 ms', { ttlMs: 1 }, 1],
    ['ttlMs of a hundred years: unchanged', { ttlMs: 100 * year }, 100 * year],
    ['ttlMs above 2³¹ seconds: unchanged', { ttlMs: 2 ** 31 * 1000 }, 2 ** 31 * 1000],
    ['ttlMs Infinity: never expires', { ttlMs: Infinity }, Infinity],
    ['ttlMs 100 with ageMs 50: 50 ms', { ttlMs: 100, ageMs: 50 }, 50],
    ['ttlMs 100 with ageMs 100: not stored', { ttlMs: 100, ageMs: 100 }, undefined],
    ['ageMs NaN: not stored', { ageMs: Number.NaN }, undefined],
    ['staleWhileRevalidateMs NaN: not stored', { staleWhileRevalidateMs: Number.NaN }, undefined],
    ['negative staleIfErrorMs: ttlMs', { ttlMs: 5, staleIfErrorMs: -100 }, 5],
    [
      'mustRevalidate with endless stale times: ttlMs',
      { ttlMs: 5, mustRevalidate: true, staleWhileRevalidateMs: Infinity, staleIfErrorMs: Infinity },
      5,
    ],
  ]
  for (const [description, lifetime, freshMs] of cases) {
    it(`an entry has the lifetime of ${description}`, async () => {
      const { cache, advance } = testCache()
      const read = await cache.read('read', () => 'v', lifetime)
      assert.equal(read.kept, freshMs !== undefined)
      assert.equal(read.expiresInMs, freshMs ?? 0)
      assert.equal((await cache.write('written', 'v', lifetime)).kept, freshMs !== undefined)
      assert.equal(cache.peek('written')?.expiresInMs, freshMs)
      if (freshMs === undefined) return
      advance(Math.min(freshMs, 1e15) - 1)
      assert.equal(cache.has('read') && cache.has('written'), true)
      advance(1)
      assert.equal(cache.has('read') || cache.has('written'), freshMs === Infinity)
    })
  }

  it('the lifetime starts when the load ends', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader()
    const read = cache.read('k', db.load, { ttlMs: 100 })
    advance(500)
    db.nth(1).resolve('v')
    assert.equal((await read).expiresInMs, 100)
  })

  it('a value with ttlMs 0 and a stale-while-revalidate time is stored for that time', async () => {
    const { cache, advance } = testCache()
    await cache.read('k', () => 'v', { ttlMs: 0, staleWhileRevalidateMs: 10 })
    advance(9)
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['stale', 'v'])
  })

  it('a value whose lifetime has ended removes the stored entry, which is older', async () => {
    const { cache } = testCache()
    cache.write('k', 'old')
    await cache.read('k', () => 'new', { strategy: 'invalidate', ttlMs: 0 })
    assert.equal(cache.peek('k'), undefined)
    cache.write('k', 'old')
    assert.equal((await cache.write('k', 'new', { ttlMs: 0 })).kept, false)
    assert.equal(cache.peek('k'), undefined)
  })

  it('an entry with mustRevalidate is never served stale, not on error and not for maxStaleMs', async () => {
    const { cache, advance } = testCache()
    const lifetime = { ttlMs: 10, staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000, mustRevalidate: true }
    cache.write('k', 'v', lifetime)
    advance(10)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { maxStaleMs: Infinity })), [
      'threw',
      dbError,
    ])
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['miss', 'w'])
  })

  it('the age that a value is loaded with appears in the read, also when the value is not stored', async () => {
    const { cache } = testCache()
    assert.equal((await cache.read('k', () => 'v', { ageMs: 30, ttlMs: 100 })).ageMs, 30)
    assert.equal(cache.peek('k')?.ageMs, 30)
    assert.equal((await cache.read('l', () => 'v', { ageMs: 30, ttlMs: 0 })).ageMs, 30)
  })

  it('a negative age does not extend the lifetime', async () => {
    const { cache } = testCache()
    cache.write('k', 'v', { ttlMs: 10, ageMs: -1000 })
    assert.equal(cache.peek('k')?.expiresInMs, 10)
  })

  it('options that the load returns override the options of the read one by one', async () => {
    const { cache } = testCache()
    const read = await cache.read('k', () => loaded('v', { ttlMs: 5 }), { ttlMs: 500, tags: ['t'] })
    assert.equal(read.expiresInMs, 5)
    cache.invalidateTags(['t'])
    assert.equal(cache.peek('k'), undefined)
  })
})

const year = 365 * 24 * 3600 * 1000

describe('jitter', () => {
  /** The freshness lifetime of a stored value, in ms. */
  async function freshMsOf(
    ttlMs: number,
    options: { jitter?: number; random: () => number },
  ): Promise<number> {
    const cache = createCache({ memory: memoryStore(), now: () => 1_800_000_000_000, ...options })
    await cache.write('written', 'v', { ttlMs })
    const { expiresInMs } = await cache.read('loaded', () => loaded('v', { ttlMs }))
    assert.equal(cache.peek('written')?.expiresInMs ?? 0, expiresInMs)
    return expiresInMs
  }

  it('jitter shortens a lifetime by up to 5 % by default and never extends it', async () => {
    assert.equal(await freshMsOf(100_000, { random: () => 0 }), 100_000)
    assert.equal(await freshMsOf(100_000, { random: () => 0.5 }), 97_500)
    assert.equal(await freshMsOf(100_000, { random: () => 1 - 2 ** -53 }), 95_000)
  })

  it('jitter can be larger, or 0', async () => {
    assert.equal(await freshMsOf(1000, { random: () => 0.5, jitter: 0.5 }), 750)
    assert.equal(await freshMsOf(1000, { random: () => 0.5, jitter: 0 }), 1000)
  })

  it('jitter leaves lifetimes of 1 ms, 0 and Infinity as they are', async () => {
    const random = () => 0.99
    assert.deepEqual(
      [await freshMsOf(1, { random }), await freshMsOf(0, { random }), await freshMsOf(Infinity, { random })],
      [1, 0, Infinity],
    )
    assert.equal(await freshMsOf(Infinity, { random: () => 0 }), Infinity)
    const remaining = (await freshMsOf(100 * year, { random })) / (100 * year)
    assert.equal(remaining > 0.95 && remaining < 0.951, true)
  })

  it('jitter spreads the expiry of values that were stored together', async () => {
    const cache = createCache({ memory: memoryStore(), now: () => 1_800_000_000_000 })
    const ends = new Set<number>()
    for (let i = 0; i < 1000; i++) {
      const { expiresInMs } = await cache.read(`k${i}`, () => 'v', { ttlMs: 60_000 })
      assert.equal(expiresInMs > 57_000 && expiresInMs <= 60_000, true)
      ends.add(expiresInMs)
    }
    assert.equal(ends.size > 700, true)
  })

  it('jitter shortens the remaining lifetime of a value with an age, and its stale time moves along', async () => {
    const { cache } = testCache({ jitter: 0.5, random: () => 0.5 })
    await cache.write('k', 'v', { ttlMs: 1000, ageMs: 600, staleIfErrorMs: 5 })
    assert.deepEqual([cache.peek('k')?.expiresInMs, cache.peek('k')?.ageMs], [300, 600])
  })

  it('jitter can be set by the lifetime of one value', async () => {
    const { cache } = testCache({ jitter: 0.5, random: () => 0.5 })
    assert.equal((await cache.read('a', () => 'v', { ttlMs: 1000, jitter: 0 })).expiresInMs, 1000)
    assert.equal((await cache.read('b', () => loaded('v', { ttlMs: 1000, jitter: 0.1 }))).expiresInMs, 950)
  })

  it('an invalid jitter of a load or a write rejects with a RangeError', async () => {
    const { cache } = testCache()
    for (const jitter of [-0.1, 1, Number.NaN]) {
      const expected = { name: 'RangeError', message: /jitter must be from 0 to below 1, got / }
      await assert.rejects(
        cache.read('a', () => loaded('v', { jitter })),
        expected,
      )
      await assert.rejects(cache.write('a', 'v', { jitter }), expected)
      assert.equal(cache.peek('a'), undefined)
    }
  })

  it('an invalid jitter of a cache throws a RangeError', () => {
    for (const jitter of [-0.1, 1, Number.NaN])
      assert.throws(
        () => createCache({ name: 'users', jitter }),
        new RangeError(`cache users: jitter must be from 0 to below 1, got ${jitter}`),
      )
  })
})

describe('null', () => {
  it('null is stored as any other value, for ttlMs or for nullTtlMs', async () => {
    const { cache } = testCache()
    assert.equal((await cache.read('a', () => null, { ttlMs: 100 })).expiresInMs, 100)
    const lifetime = { ttlMs: 100, nullTtlMs: 10 }
    assert.equal((await cache.read('b', () => null, lifetime)).expiresInMs, 10)
    assert.equal((await cache.read('c', () => 'v', lifetime)).expiresInMs, 100)
    assert.deepEqual(await resultOf(cache.read('b', mustNotLoad)), ['hit', null])
  })

  it('null with nullTtlMs 0 is not stored, and removes the stored entry', async () => {
    const { cache } = testCache()
    await cache.write('k', 'v')
    const read = await cache.read('k', () => null, { strategy: 'invalidate', nullTtlMs: 0 })
    assert.deepEqual([read.value, read.kept], [null, false])
    assert.equal(cache.peek('k'), undefined)
  })

  it('null with a ttlMs from its load ignores the nullTtlMs of the read', async () => {
    const { cache } = testCache()
    const options = { nullTtlMs: 10 }
    assert.equal((await cache.read('a', () => loaded(null, { ttlMs: 77 }), options)).expiresInMs, 77)
    assert.equal((await cache.read('b', () => loaded(null, { tags: ['t'] }), options)).expiresInMs, 10)
    const both = loaded(null, { ttlMs: 77, nullTtlMs: 7 })
    assert.equal((await cache.read('c', () => both, options)).expiresInMs, 7)
  })

  it('null values do not evict other values, unless negative: false is given', async () => {
    const { cache } = testCache({ memory: memoryStore({ maxEntries: 10 }) })
    await cache.write('present', 'v')
    for (let i = 0; i < 100; i++) await cache.read(`absent ${i}`, () => null)
    assert.equal(cache.has('present'), true)
    for (let i = 0; i < 100; i++) await cache.write(`absent ${i}`, null, { negative: false })
    assert.equal(cache.has('present'), false)
  })
})

describe('a load that returns undefined', () => {
  const message =
    'cache users: the load of "k" returned undefined, which is not stored; return null for a value that does not exist'

  it('undefined is returned, is not stored, and is reported as an error of the load', async () => {
    const { cache, events, outcomes } = testCache({ name: 'users' })
    assert.deepEqual(await resultOf(cache.read('k', () => undefined)), ['miss', undefined])
    const [load] = events
    assert.equal(load?.type === 'load' && load.result, 'error')
    assert.equal(load?.type === 'load' && (load.error as Error).message, message)
    assert.equal(load?.type === 'load' && load.error instanceof TypeError, true)
    assert.deepEqual(outcomes(), ['miss'])
    assert.equal(cache.peek('k'), undefined)
  })

  it('a long key is shortened in the error for undefined', async () => {
    const { cache, events } = testCache()
    await cache.read('x'.repeat(8000), () => undefined)
    const [load] = events
    assert.equal(load?.type === 'load' && (load.error as Error).message.length < 250, true)
  })

  it('undefined with keep: false is not an error', async () => {
    const { cache, transcript } = testCache()
    await cache.read('k', () => loaded(undefined, { keep: false }))
    assert.deepEqual(transcript(), ['1. load: ok', '2. read: miss'])
  })

  it('undefined from a background refresh is reported, and removes the entry', async () => {
    const { cache, advance, transcript } = testCache()
    const db = manualLoader()
    await cache.read('k', () => 'v', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    transcript()
    advance(20)
    await cache.read('k', db.load)
    db.nth(1).resolve(undefined)
    await flush()
    assert.deepEqual(transcript(), ['1. read: stale, memory', '2. load: error, background'])
    assert.equal(cache.peek('k'), undefined)
  })
})
