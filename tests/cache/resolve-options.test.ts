/** Options over their defaults, and a pair as `ttlMs`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { loaded } from '../../src/cache/lifetime.ts'
import { type FreshAndStaleMs, pickOptions, resolveOptions } from '../../src/cache/resolve-options.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { resultOf, testCache } from '../support/test-cache.ts'

const never = (options: object) => options as never
const schema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const

describe('resolveOptions', () => {
  it('returns its arguments if there is nothing to merge', () => {
    const options = { ttlMs: 5 }
    assert.equal(resolveOptions('read', options), options)
    assert.equal(resolveOptions('read', undefined, options), options)
    assert.deepEqual(resolveOptions('read', undefined), {})
  })

  it('takes a default for each option that is not set or undefined', () => {
    const defaults = Object.freeze({ ttlMs: 5, staleWhileRevalidateMs: 6, tags: ['a'] })
    const options: { ttlMs?: number; tags?: string[] | undefined } = Object.freeze({
      ttlMs: 1,
      tags: undefined,
    })
    assert.deepEqual(resolveOptions('read', options as never, defaults as never), {
      ttlMs: 1,
      staleWhileRevalidateMs: 6,
      tags: ['a'],
    })
  })

  it('a ttlMs also replaces the nullTtlMs of the defaults, because it is the lifetime of null too', () => {
    const defaults = { ttlMs: 5, nullTtlMs: 2 }
    const { nullTtlMs } = resolveOptions<{ ttlMs?: number; nullTtlMs?: number }>(
      'read',
      { ttlMs: 9 },
      defaults,
    )
    assert.equal(nullTtlMs, undefined)
    assert.deepEqual(resolveOptions('read', { nullTtlMs: 1 }, defaults), { ttlMs: 5, nullTtlMs: 1 })
    assert.deepEqual(resolveOptions('read', { ttlMs: 9, nullTtlMs: 1 }, defaults), { ttlMs: 9, nullTtlMs: 1 })
  })

  for (const [pair, ttlMs, staleWhileRevalidateMs] of [
    [[60, 300], 60, 240],
    [[60, 60], 60, 0],
    [[0, 300], 0, 300],
    [[0, 0], 0, 0],
    [[60, Infinity], 60, Infinity],
    [[Infinity, Infinity], Infinity, 0],
  ] as [FreshAndStaleMs, number, number][]) {
    it(`splits [${pair}] into ttlMs ${ttlMs} and staleWhileRevalidateMs ${staleWhileRevalidateMs}`, () => {
      assert.deepEqual(resolveOptions('read', { ttlMs: pair }), { ttlMs, staleWhileRevalidateMs })
    })
  }

  it('a pair replaces both options of the defaults, and each option replaces its half of a pair', () => {
    const split = resolveOptions('cache', { ttlMs: [60, 300] as const })
    assert.deepEqual(resolveOptions('read', { ttlMs: [1, 3] as const }, split), {
      ttlMs: 1,
      staleWhileRevalidateMs: 2,
    })
    assert.deepEqual(resolveOptions('read', { ttlMs: 1 }, split), { ttlMs: 1, staleWhileRevalidateMs: 240 })
    assert.deepEqual(resolveOptions('read', { staleWhileRevalidateMs: 1 }, split), {
      ttlMs: 60,
      staleWhileRevalidateMs: 1,
    })
  })
})

describe('a pair as ttlMs that is not valid', () => {
  const cache = createCache({ memory: memoryStore() })
  const users = cache.entity({ name: 'user', schema, load: () => 1, staleWhileRevalidateMs: 5 })
  const callers: [subject: string, call: (options: object) => unknown][] = [
    ['createCache', (options) => createCache(options)],
    ['cache.read', (options) => cache.read('k', () => 1, never(options))],
    ['cache.readMany', (options) => cache.readMany(['k'], () => [['k', 1]], never(options))],
    ['cache.write', (options) => cache.write('k', 1, never(options))],
    ['loaded', (options) => loaded(1, never(options))],
    ['entity row', (options) => cache.entity(never({ name: 'row', schema, load: () => 1, ...options }))],
    ['entity user', (options) => users.get('ada', never(options))],
    ['entity user', (options) => users.getMany(['ada'], never(options))],
    ['entity user: put', (options) => users.put('ada', 1, never(options))],
  ]

  for (const [subject, call] of callers) {
    it(`is an error of ${subject} that names the option`, async () => {
      for (const [ttlMs, shown] of [
        [[300, 60], '[300,60]'],
        [[-1, 60], '[-1,60]'],
        [[Number.NaN, 60], '[NaN,60]'],
        [[60, Number.NaN], '[60,NaN]'],
        [['60', '300'], '[60,300]'],
        [[60], '[60]'],
        [[60, 300, 900], '[60,300,900]'],
        [[], '[]'],
      ] as const) {
        await assert.rejects(async () => await call({ ttlMs }), {
          name: 'TypeError',
          message: `${subject}: ttlMs must be [fresh, stale] with 0 <= fresh <= stale, got ${shown}`,
        })
      }
    })

    it(`is an error of ${subject} beside staleWhileRevalidateMs, and the message names both`, async () => {
      await assert.rejects(async () => await call({ ttlMs: [60, 300], staleWhileRevalidateMs: 0 }), {
        name: 'TypeError',
        message: `${subject}: ttlMs as [fresh, stale] sets staleWhileRevalidateMs too, so set only one of them`,
      })
    })
  }

  it('null is refused as before', async () => {
    const message = /ttlMs must be a number of milliseconds, got null$/
    await assert.rejects(
      cache.read('k', () => 1, never({ ttlMs: null })),
      { name: 'TypeError', message },
    )
    await assert.rejects(users.get('ada', never({ ttlMs: null })), { name: 'TypeError', message })
  })
})

describe('a value with a pair as ttlMs', () => {
  it('is fresh until the first age, and stale with one background refresh until the second', async () => {
    const { cache, advance, events } = testCache()
    let version = 0
    const read = () => resultOf(cache.read('k', () => ++version, { ttlMs: [60, 300] }))
    assert.deepEqual(await read(), ['miss', 1])
    advance(59)
    assert.deepEqual(await read(), ['hit', 1])
    advance(240)
    assert.deepEqual(await read(), ['stale', 1])
    await Promise.resolve()
    assert.deepEqual(await read(), ['hit', 2])
    advance(300)
    assert.deepEqual(await read(), ['miss', 3])
    assert.equal(events.filter((event) => event.type === 'load').length, 3)
  })

  it('can be set for a write, by a load, and for the reads and puts of an entity', async () => {
    const { cache, advance } = testCache()
    const users = cache.entity({ name: 'user', schema, load: () => 'new', ttlMs: [60, 300] })
    const rows = cache.entity({ name: 'row', schema, load: () => 'new', staleWhileRevalidateMs: 7 })
    await cache.write('written', 1, { ttlMs: [60, 300] })
    await cache.read('loaded', () => loaded(1, { ttlMs: [60, 300] }), { ttlMs: 1, staleWhileRevalidateMs: 1 })
    await users.get('ada')
    await rows.get('read', { ttlMs: [60, 300] })
    await rows.put('put', 'new', { ttlMs: [60, 300] })
    const stored = ['written', 'loaded', users.key('ada'), rows.key('read'), rows.key('put')]
    const outcomes = async () =>
      Promise.all(stored.map(async (key) => (await cache.read(key, () => 2, { strategy: 'fresh' })).outcome))
    advance(59)
    assert.deepEqual(await outcomes(), Array(5).fill('hit'))
    advance(240)
    assert.deepEqual(await outcomes(), Array(5).fill('stale'))
    advance(1)
    assert.deepEqual(await outcomes(), Array(5).fill('miss'))
  })

  it('begins its stale period when it is expired', async () => {
    const { cache, advance } = testCache()
    await cache.write('k', 1, { ttlMs: [60, 300] })
    await cache.expire('k')
    advance(239)
    assert.equal(await cache.get('k'), 1)
    advance(1)
    assert.equal(await cache.get('k'), undefined)
  })
})

describe('pickOptions', () => {
  it('returns the options that have a rule and a value, or undefined', () => {
    assert.deepEqual(pickOptions({ a: 1, b: 2, c: undefined }, { a: {}, c: {} }), { a: 1 })
    assert.equal(pickOptions({ b: 2, a: undefined }, { a: {} }), undefined)
  })
})
