/** Lifetimes that chance has a part in, absences, and what is no value at all. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { loaded } from '../../src/cache/lifetime.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { flush, resultOf, source, testCache } from '../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')
const year = 365 * 24 * 3600 * 1000

describe('jitter', () => {
  /** How long a value of this lifetime is fresh. */
  async function fresh(ttlMs: number, options: { jitter?: number; random: () => number }): Promise<number> {
    const cache = createCache({ memory: memoryStore(), now: () => 1_800_000_000_000, ...options })
    await cache.write('written', 'v', { ttlMs })
    const { expiresInMs } = await cache.read('loaded', () => loaded('v', { ttlMs }))
    assert.equal(cache.peek('written')?.expiresInMs ?? 0, expiresInMs)
    return expiresInMs
  }

  test('cuts a lifetime short by up to 5 %, and never makes it longer', async () => {
    assert.equal(await fresh(100_000, { random: () => 0 }), 100_000)
    assert.equal(await fresh(100_000, { random: () => 0.5 }), 97_500)
    assert.equal(await fresh(100_000, { random: () => 1 - 2 ** -53 }), 95_000)
  })

  test('can be more, or none', async () => {
    assert.equal(await fresh(1000, { random: () => 0.5, jitter: 0.5 }), 750)
    assert.equal(await fresh(1000, { random: () => 0.5, jitter: 0 }), 1000)
  })

  test('leaves 1 ms a millisecond, 0 nothing, and what never ends endless', async () => {
    const random = () => 0.99
    assert.deepEqual(
      [await fresh(1, { random }), await fresh(0, { random }), await fresh(Infinity, { random })],
      [1, 0, Infinity],
    )
    assert.equal(await fresh(Infinity, { random: () => 0 }), Infinity)
    const left = (await fresh(100 * year, { random })) / (100 * year)
    assert.equal(left > 0.95 && left < 0.951, true)
  })

  test('spreads the ends of what was kept at once', async () => {
    const cache = createCache({ memory: memoryStore(), now: () => 1_800_000_000_000 })
    const ends = new Set<number>()
    for (let i = 0; i < 1000; i++) {
      const { expiresInMs } = await cache.read(`k${i}`, () => 'v', { ttlMs: 60_000 })
      assert.equal(expiresInMs > 57_000 && expiresInMs <= 60_000, true)
      ends.add(expiresInMs)
    }
    assert.equal(ends.size > 700, true)
  })

  test('cuts short what is left of a value that came with an age, and moves its stale time', async () => {
    const { cache } = testCache({ jitter: 0.5, random: () => 0.5 })
    await cache.write('k', 'v', { ttlMs: 1000, ageMs: 600, staleIfErrorMs: 5 })
    assert.deepEqual([cache.peek('k')?.expiresInMs, cache.peek('k')?.ageMs], [300, 600])
  })

  test('is none where a lifetime says so, or as much as it says', async () => {
    const { cache } = testCache({ jitter: 0.5, random: () => 0.5 })
    assert.equal((await cache.read('a', () => 'v', { ttlMs: 1000, jitter: 0 })).expiresInMs, 1000)
    assert.equal((await cache.read('b', () => loaded('v', { ttlMs: 1000, jitter: 0.1 }))).expiresInMs, 950)
  })

  test('that a load says must be one, and its reader gets to know', async () => {
    const { cache } = testCache()
    for (const jitter of [-0.1, 1, Number.NaN]) {
      const says = { name: 'RangeError', message: /jitter must be from 0 to below 1, got / }
      await assert.rejects(
        cache.read('a', () => loaded('v', { jitter })),
        says,
      )
      await assert.rejects(cache.write('a', 'v', { jitter }), says)
      assert.equal(cache.peek('a'), undefined)
    }
  })

  test('that cannot be is refused', () => {
    for (const jitter of [-0.1, 1, Number.NaN])
      assert.throws(
        () => createCache({ name: 'users', jitter }),
        new RangeError(`cache users: jitter must be from 0 to below 1, got ${jitter}`),
      )
  })
})

describe('null', () => {
  test('is a value: it lives as long as any other, or as long as is said for it', async () => {
    const { cache } = testCache()
    assert.equal((await cache.read('a', () => null, { ttlMs: 100 })).expiresInMs, 100)
    const lifetime = { ttlMs: 100, nullTtlMs: 10 }
    assert.equal((await cache.read('b', () => null, lifetime)).expiresInMs, 10)
    assert.equal((await cache.read('c', () => 'v', lifetime)).expiresInMs, 100)
    assert.deepEqual(await resultOf(cache.read('b', never)), ['hit', null])
  })

  test('is not kept where 0 is said for it, and what was kept before ends', async () => {
    const { cache } = testCache()
    await cache.write('k', 'v')
    const read = await cache.read('k', () => null, { strategy: 'invalidate', nullTtlMs: 0 })
    assert.deepEqual([read.value, read.kept], [null, false])
    assert.equal(cache.peek('k'), undefined)
  })

  test('lives as long as its own load says, whatever the read says of null', async () => {
    const { cache } = testCache()
    const options = { nullTtlMs: 10 }
    assert.equal((await cache.read('a', () => loaded(null, { ttlMs: 77 }), options)).expiresInMs, 77)
    assert.equal((await cache.read('b', () => loaded(null, { tags: ['t'] }), options)).expiresInMs, 10)
    const both = loaded(null, { ttlMs: 77, nullTtlMs: 7 })
    assert.equal((await cache.read('c', () => both, options)).expiresInMs, 7)
  })

  test('takes no room from what exists, however many there are, unless that is said', async () => {
    const { cache } = testCache({ memory: memoryStore({ maxEntries: 10 }) })
    await cache.write('here', 'v')
    for (let i = 0; i < 100; i++) await cache.read(`gone ${i}`, () => null)
    assert.equal(cache.has('here'), true)
    for (let i = 0; i < 100; i++) await cache.write(`gone ${i}`, null, { negative: false })
    assert.equal(cache.has('here'), false)
  })
})

describe('undefined from a load', () => {
  const mistake =
    'cache users: the load of "k" returned undefined, which is not stored; return null for a value that does not exist'

  test('is answered, not kept, and told as the load’s mistake', async () => {
    const { cache, events, counted } = testCache({ name: 'users' })
    assert.deepEqual(await resultOf(cache.read('k', () => undefined)), ['miss', undefined])
    const [load] = events
    assert.equal(load?.type === 'load' && load.result, 'error')
    assert.equal(load?.type === 'load' && (load.error as Error).message, mistake)
    assert.equal(load?.type === 'load' && load.error instanceof TypeError, true)
    assert.deepEqual(counted(), ['miss'])
    assert.equal(cache.peek('k'), undefined)
  })

  test('is told with the beginning of a key only, when that is long', async () => {
    const { cache, events } = testCache()
    await cache.read('x'.repeat(8000), () => undefined)
    const [load] = events
    assert.equal(load?.type === 'load' && (load.error as Error).message.length < 250, true)
  })

  test('is no mistake where the load says that its answer is not to be kept', async () => {
    const { cache, transcript } = testCache()
    await cache.read('k', () => loaded(undefined, { keep: false }))
    assert.deepEqual(transcript(), ['1. load: ok', '2. read: miss'])
  })

  test('behind a stale answer is told too, and ends the entry', async () => {
    const { cache, pass, transcript } = testCache()
    const db = source()
    await cache.read('k', () => 'v', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    transcript()
    pass(20)
    await cache.read('k', db.load)
    db.nth(1).answer(undefined)
    await flush()
    assert.deepEqual(transcript(), ['1. read: stale, memory', '2. load: error, behind'])
    assert.equal(cache.peek('k'), undefined)
  })
})
