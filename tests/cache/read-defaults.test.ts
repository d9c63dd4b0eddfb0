/** Options of a cache that are defaults of all its reads and writes of data, and of nothing else. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import type { CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import { loaded } from '../../src/cache/lifetime.ts'
import { DeadlineError } from '../../src/cache/loading/deadline-error.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { failingLoad, flush, manualLoader, resultOf, testCache } from '../support/test-cache.ts'

const schema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const

describe('the lifetimes of a cache', () => {
  const defaults = {
    ttlMs: 100,
    nullTtlMs: 10,
    staleWhileRevalidateMs: 30,
    staleIfErrorMs: 20,
    keepStaleMs: 40,
  }

  it('apply to read, readMany, write and entities', async () => {
    const { cache, store } = testCache(defaults)
    const users = cache.entity({ name: 'user', schema, load: () => 'v' })
    await cache.read('read', () => 'v')
    await cache.readMany(['many'], () => [['many', 'v']])
    await cache.write('written', 'v')
    await users.get('got')
    await users.put('put', 'v')
    for (const key of ['read', 'many', 'written', users.key('got'), users.key('put')]) {
      const entry = store.peek(key) ?? assert.fail(key)
      const { madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil } = entry
      const periods = [freshUntil, revalidateUntil, errorUntil, keptUntil].map((until) => until - madeAt)
      assert.deepEqual(periods, [100, 130, 120, 140], key)
    }
  })

  it('apply to null: its own lifetime, unless the read or the load sets ttlMs', async () => {
    const { cache } = testCache(defaults)
    const lifetimeOf = async (key: string, load: () => unknown, options?: object) =>
      (await cache.read(key, load, options)).expiresInMs
    assert.equal(await lifetimeOf('a', () => null), 10)
    assert.equal(await lifetimeOf('b', () => null, { ttlMs: 50 }), 50)
    assert.equal(await lifetimeOf('c', () => loaded(null, { ttlMs: 70 })), 70)
    assert.equal(await lifetimeOf('d', () => null, { ttlMs: 50, nullTtlMs: 5 }), 5)
    await cache.write('e', null)
    assert.equal(cache.peek('e')?.expiresInMs, 10)
  })

  it('leave the absentTtlMs of an entity alone', async () => {
    const { cache } = testCache(defaults)
    const users = cache.entity({ name: 'user', schema, load: () => null, absentTtlMs: 60 })
    assert.equal((await users.read('ada')).expiresInMs, 60)
    await users.put('grace', null)
    assert.equal(users.lookup('grace')?.expiresInMs, 60)
    await users.put('grace', null, { ttlMs: 7 })
    assert.equal(users.lookup('grace')?.expiresInMs, 7)
  })

  it('yield to the read, the entity, the write and the load; undefined is not set', async () => {
    const { cache } = testCache({ ttlMs: 100 })
    const users = cache.entity({ name: 'user', schema, load: () => 'v', ttlMs: 50 })
    const unset = { ttlMs: undefined } as object
    assert.equal((await cache.read('a', () => 1, { ttlMs: 7 })).expiresInMs, 7)
    assert.equal((await cache.read('b', () => 1, unset)).expiresInMs, 100)
    assert.equal((await cache.read('c', () => loaded(1, { ttlMs: 5 }), { ttlMs: 7 })).expiresInMs, 5)
    assert.equal((await cache.read('d', () => loaded(1, unset), { ttlMs: 7 })).expiresInMs, 7)
    assert.equal((await users.read('ada')).expiresInMs, 50)
    assert.equal((await users.read('grace', unset)).expiresInMs, 50)
    assert.equal((await users.read('edsger', { ttlMs: 6 })).expiresInMs, 6)
    await cache.write('e', 1, { ttlMs: 4 })
    assert.equal(cache.peek('e')?.expiresInMs, 4)
  })

  it('can be a pair', async () => {
    const { cache, advance } = testCache({ ttlMs: [100, 150] })
    await cache.write('k', 1)
    advance(149)
    assert.deepEqual(await resultOf(cache.read('k', () => 2)), ['stale', 1])
  })

  it('do not apply to HTTP responses: their lifetimes come from headers', async () => {
    const { cache, store } = testCache({ ...defaults, retry: { attempts: 3, retryable: () => true } })
    const app = new Hono()
    let calls = 0
    app.use(cached({ cache }))
    app.get('/none', (c) => c.text('no lifetime'))
    app.get('/minute', (c) => c.text('a minute', 200, { 'Cache-Control': 'max-age=60' }))
    app.get('/error', () => {
      calls++
      throw new Error('down')
    })
    app.onError((_error, c) => c.text('error', 500))
    await app.request('/none')
    assert.equal(cache.stats().entries, 0)
    await app.request('/minute')
    const entry = store.peek('http://localhost/minute') ?? assert.fail('not stored')
    assert.equal(entry.freshUntil - entry.madeAt, 60_000)
    assert.equal(entry.revalidateUntil - entry.madeAt, 60_000)
    assert.equal(entry.errorUntil - entry.madeAt, 60_000)
    await app.request('/error')
    assert.equal(calls, 1)
  })
})

describe('the other read options of a cache', () => {
  it('softTimeoutMs serves a stale value, and hardTimeoutMs ends a read', async () => {
    const { cache, advance } = testCache({
      ttlMs: 10,
      staleIfErrorMs: 1000,
      softTimeoutMs: 20,
      hardTimeoutMs: 50,
    })
    const db = manualLoader<string>()
    await cache.write('k', 'old')
    advance(15)
    const soft = cache.read('k', db.load)
    const hard = cache.read('other', db.load)
    const users = cache.entity({ name: 'user', schema, load: (_id, context) => db.load(context) })
    const entity = users.read('ada')
    const refused = [assert.rejects(hard, DeadlineError), assert.rejects(entity, DeadlineError)]
    await flush()
    advance(20)
    assert.deepEqual(await resultOf(soft), ['stale', 'old'])
    advance(30)
    await Promise.all(refused)
  })

  it('retry calls a failed load again, in readMany too', async () => {
    const retry = { attempts: 2, baseMs: 0, retryable: () => true }
    const { cache, advance, events } = testCache({ retry })
    const reads = [cache.read('a', failingLoad), cache.readMany(['b'], failingLoad)]
    const refused = reads.map((read) => assert.rejects(read))
    await flush()
    advance(1)
    await Promise.all(refused)
    assert.equal(events.filter((event) => event.type === 'load').length, 4)
  })

  it('failurePauseMs 0 starts no pause', async () => {
    const { cache, advance, events } = testCache({ ttlMs: 10, staleIfErrorMs: 1000, failurePauseMs: 0 })
    await cache.write('k', 'old')
    advance(15)
    for (let i = 0; i < 3; i++)
      assert.deepEqual(await resultOf(cache.read('k', failingLoad)), ['stale', 'old'])
    assert.equal(events.filter((event) => event.type === 'load').length, 3)
  })
})

describe('wrong defaults', () => {
  for (const [options, name, message] of [
    [{ ttlMs: '60000' }, 'TypeError', 'createCache: ttlMs must be a number of milliseconds, got "60000"'],
    [{ ttl: 60 }, 'TypeError', 'createCache: unknown option "ttl"; did you mean "ttlMs"?'],
    [
      { staleIfErrorMs: null },
      'TypeError',
      'createCache: staleIfErrorMs must be a number of milliseconds, got null',
    ],
    [{ ttlMs: Number.NaN }, 'RangeError', 'cache hitrate: ttlMs must be a number, got NaN'],
    [{ hardTimeoutMs: Number.NaN }, 'RangeError', 'cache hitrate: hardTimeoutMs must be a number, got NaN'],
    [{ retry: 3 }, 'TypeError', 'createCache: retry must be an object, got 3'],
    [
      { retry: { attempts: 3 } },
      'TypeError',
      'createCache: retry: retryable must be a function, got undefined',
    ],
  ] as [CacheOptions, string, string][]) {
    it(`are errors of createCache: ${message}`, () => {
      assert.throws(() => createCache({ memory: memoryStore(), ...options }), { name, message })
    })
  }
})
