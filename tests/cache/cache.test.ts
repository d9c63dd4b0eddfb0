/** Keys and namespaces, stats, and the defaults of a cache. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Cache, MAX_KEY_LENGTH } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { fakeRemoteStore } from '../support/fake-remote-store.ts'
import { mustNotLoad, resultOf, testCache } from '../support/test-cache.ts'

describe('keys', () => {
  it('every method rejects a key that is not a string, is empty or is too long, and names the cache', async () => {
    const { cache } = testCache({ name: 'users' })
    const expected = {
      name: 'TypeError',
      message: 'cache users: a key must be a string of 1 to 8192 characters',
    }
    for (const key of ['', 'x'.repeat(MAX_KEY_LENGTH + 1), 7, null, undefined, ['k'], new String('k')]) {
      const bad = key as string
      await assert.rejects(cache.read(bad, mustNotLoad), expected)
      await assert.rejects(cache.get(bad), expected)
      await assert.rejects(cache.getMany([bad]), expected)
      assert.throws(() => cache.lookup(bad), expected)
      assert.throws(() => cache.peek(bad), expected)
      assert.throws(() => cache.has(bad), expected)
      await assert.rejects(cache.write(bad, 'v'), expected)
      await assert.rejects(cache.delete(bad), expected)
    }
    assert.equal((await cache.write('x'.repeat(MAX_KEY_LENGTH), 'v')).kept, true)
  })

  it('different keys stay different, whatever characters they contain', async () => {
    const { cache } = testCache()
    const keys = [
      'a',
      'A',
      'a ',
      'a\0',
      'a\n',
      'é',
      'e\u0301',
      '__proto__',
      'constructor',
      '\ud800',
      '\udc00',
      ':',
    ]
    for (const key of keys) cache.write(key, key)
    for (const key of keys) assert.equal(cache.peek(key)?.value, key)
  })

  it('the same key in two namespaces of one memory store is two entries', async () => {
    const memory = memoryStore()
    const users = testCache({ memory, namespace: 'users' })
    const rates = testCache({ memory, namespace: 'rates' })
    users.cache.write('k', 'a user')
    assert.equal(rates.cache.peek('k'), undefined)
    rates.cache.write('k', 'a rate')
    assert.equal((await users.cache.delete('k')).removed, 1)
    assert.equal(rates.cache.peek('k')?.value, 'a rate')
    users.cache.write('k', 'a user')
    users.cache.clear()
    assert.equal(users.cache.peek('k'), undefined)
    assert.equal(rates.cache.peek('k')?.value, 'a rate')
    assert.equal(memory.stats().entries, 1)
  })

  it('a second cache under the same keys of one memory store is rejected', async () => {
    const memory = memoryStore()
    const users = createCache({ memory, name: 'users', namespace: 'a' })
    await users.write('k', 1)
    assert.throws(() => createCache({ memory, name: 'rates', namespace: 'a' }), {
      name: 'TypeError',
      message:
        'cache rates (namespace a) and cache users (namespace a) would share keys in one memory store; set a different `namespace` for each',
    })
    assert.throws(
      () => createCache({ memory: { ...memory }, name: 'rates' }),
      /^TypeError: cache rates \(no namespace\) /,
    )
    assert.throws(() => createCache({ memory, namespace: 'b', jitter: 2 }), RangeError)
    createCache({ memory, namespace: 'b' }) // the failed call has not taken the namespace
    assert.equal(users.lookup('k')?.value, 1)
  })

  it('a namespace that is empty or contains a colon is rejected', () => {
    const expected =
      /^TypeError: createCache: namespace must be a string that is not empty and contains no ":", got "a:b"$/
    assert.throws(() => createCache({ namespace: 'a:b' }), expected)
    assert.throws(() => createCache({ namespace: '' }), /got ""$/)
  })

  it('the same key in two namespaces of one remote tier is two entries, whatever the namespaces are called', async () => {
    const remote = fakeRemoteStore()
    // These namespaces equal the beginnings of store keys without a namespace: of entries, key marks and tag marks.
    for (const namespace of ['e3.0', 'k', 't']) {
      remote.entries.clear()
      const [plain, named, other] = [undefined, namespace, namespace].map((namespace) =>
        createCache({ memory: memoryStore(), remote, jitter: 0, ...(namespace ? { namespace } : {}) }),
      ) as [Cache, Cache, Cache]
      await named.write('a', 'old')
      await named.clear()
      const before = new Map(remote.entries)
      await plain.read('a', () => 'plain')
      await plain.delete('a')
      await plain.invalidateTags(['a'])
      for (const [storeKey, bytes] of before)
        assert.equal(remote.entries.get(storeKey), bytes, `${storeKey} was changed`)
      assert.equal((await other.read('a', () => 'new')).value, 'new')
    }
  })

  it('the eviction of an entry is reported to the cache whose namespace it has', () => {
    const memory = memoryStore({ maxEntries: 1 })
    const users = testCache({ memory, namespace: 'users', name: 'users' })
    const rates = testCache({ memory, namespace: 'rates', name: 'rates' })
    users.cache.write('k', 'v')
    rates.cache.write('k', 'v')
    assert.deepEqual(users.transcript(), ['1. memory set: ok', '2. memory eviction: capacity'])
    assert.deepEqual(rates.transcript(), ['1. memory set: ok'])
  })
})

describe('stats', () => {
  it('stats removes expired entries first, and reports their eviction', () => {
    const { cache, advance, transcript } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
    cache.write('short', 'v', { ttlMs: 10 })
    cache.write('long', 'v', { ttlMs: 20 })
    assert.equal(cache.stats().entries, 2)
    transcript()
    advance(10)
    const { entries, bytes, maxBytes } = cache.stats()
    assert.deepEqual([entries, maxBytes], [1, 10_000])
    assert.deepEqual(transcript(), ['1. memory eviction: expired'])
    advance(10)
    assert.equal(bytes > 0, true)
    assert.deepEqual(cache.stats(), {
      entries: 0,
      bytes: 0,
      maxBytes: 10_000,
      remoteUp: undefined,
      busUp: undefined,
      listenerErrors: 0,
    })
  })

  it('expired entries are also removed by the next value that is stored', () => {
    const { cache, advance, store } = testCache()
    for (let i = 0; i < 100; i++) cache.write(`k${i}`, i, { ttlMs: 10 })
    advance(10)
    cache.write('another', 'v')
    assert.equal(store.stats().entries, 1)
  })
})

describe('the end of a cache', () => {
  it('a stack of disposables closes it, as await using does: the memory store is empty and free', async () => {
    const memory = memoryStore()
    const stack = new AsyncDisposableStack()
    const cache = stack.use(createCache({ memory, remote: fakeRemoteStore() }))
    await cache.write('k', 'v')
    assert.throws(() => createCache({ memory }), TypeError)
    await stack.disposeAsync()
    assert.equal(memory.stats().entries, 0)
    createCache({ memory })
  })

  it('a runtime without Symbol.asyncDispose can create and close a cache', async () => {
    const { Symbol: complete } = globalThis
    const incomplete: unknown = new Proxy(() => complete(), {
      get: (_, name) => (name === 'asyncDispose' ? undefined : Reflect.get(complete, name)),
    })
    globalThis.Symbol = incomplete as SymbolConstructor // only the members that the cache uses
    try {
      const cache = createCache({ memory: memoryStore() })
      assert.equal(Object.keys(cache).includes('undefined'), false)
      await cache.close()
    } finally {
      globalThis.Symbol = complete
    }
  })
})

describe('the defaults of createCache', () => {
  it('a cache without options uses the system clock and no listener', async () => {
    const cache = createCache({ memory: memoryStore() })
    const before = Date.now()
    assert.equal(cache.now() >= before && cache.now() <= Date.now(), true)
    assert.equal(cache.name, 'hitrate')
    assert.deepEqual(await resultOf(cache.read('k', () => 'v')), ['miss', 'v'])
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'v'])
  })
})
