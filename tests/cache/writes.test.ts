/** write, delete and deleteMany. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { fakeRemoteStore } from '../support/fake-remote-store.ts'
import { flush, manualLoader, resultLines, testCache, upper } from '../support/test-cache.ts'

describe('write and delete', () => {
  it('write resolves to whether the value was stored, delete to the number of entries that existed', async () => {
    const { cache, transcript } = testCache()
    assert.equal((await cache.write('k', 'v')).kept, true)
    assert.equal((await cache.delete('k')).removed, 1)
    assert.equal((await cache.delete('k')).removed, 0)
    assert.deepEqual(transcript(), [
      '1. memory set: ok',
      '2. memory delete: ok',
      '3. invalidation: 1 by key',
      '4. memory delete: absent',
      '5. invalidation: 1 by key',
    ])
  })

  it('a write of a value that is too large removes the stored entry', async () => {
    const { cache, transcript } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
    assert.equal((await cache.write('k', 'small')).kept, true)
    assert.equal((await cache.write('k', 'large', { bytes: 20_000 })).kept, false)
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(transcript(), ['1. memory set: ok', '2. memory set: refused'])
  })

  it('the bytes of a cache contain the marks of written keys, but none without an entry, and stay within the bound', async () => {
    const memory = memoryStore({ maxBytes: 200_000 })
    const cache = createCache({ memory })
    const keys = Array.from({ length: 300 }, (_, i) => `a key that was written ${i}`)
    for (const key of keys) await cache.read(key, () => 'v')
    assert.equal(cache.stats().bytes, memory.stats().bytes)
    for (const key of keys.slice(0, 256)) await cache.write(key, 'v')
    assert.equal(cache.stats().bytes, memory.stats().bytes)
    for (const key of keys) await cache.write(key, 'v')
    const ofMarks = cache.stats().bytes - memory.stats().bytes
    assert.equal(ofMarks > 300 * 60 && ofMarks < 300 * 200, true, `${ofMarks} bytes`)
    for (let i = 0; i < 5000; i++) await cache.write(`another key ${i}`, 'v')
    assert.equal(cache.stats().bytes <= 200_000, true)
    for (const key of cache.keys()) await cache.delete(key)
    assert.equal(cache.stats().bytes, 0)
  })

  it('a cache without a memory tier stores nothing, and shares its loads', async () => {
    const events: string[] = []
    const cache = createCache({ onEvent: ({ type }) => events.push(type) })
    const db = manualLoader<string>()
    const reads = [cache.read('k', db.load), cache.read('k', db.load)]
    db.nth(1).resolve('v')
    assert.deepEqual(
      (await Promise.all(reads)).map(({ outcome, kept }) => [outcome, kept]),
      [
        ['miss', false],
        ['coalesced', false],
      ],
    )
    assert.equal((await cache.write('k', 'v')).kept, false)
    assert.equal((await cache.delete('k')).removed, 0)
    cache.clear()
    cache.invalidateTags(['t'])
    assert.equal(cache.lookup('k'), undefined)
    assert.deepEqual(cache.stats(), {
      entries: 0,
      bytes: 0,
      maxBytes: 0,
      remoteUp: undefined,
      busUp: undefined,
      listenerErrors: 0,
    })
    assert.deepEqual(events.slice(0, 3), ['load', 'read', 'read'])
  })
})

describe('deleteMany', () => {
  it('deleteMany deletes each key, is not undone by loads in flight, and resolves to the number of entries', async () => {
    const { cache, transcript } = testCache()
    await cache.write('a', 'A')
    await cache.write('c', 'C')
    const db = manualLoader<string>()
    const read = cache.read('b', db.load)
    transcript()
    assert.equal((await cache.deleteMany(['a', 'b', 'a'])).removed, 1)
    db.nth(1).resolve('old')
    await read
    assert.deepEqual(['a', 'b', 'c'].filter(cache.has), ['c'])
    assert.deepEqual(transcript(), [
      '1. memory delete: ok',
      '2. memory delete: absent',
      '3. invalidation: 2 by key',
      '4. load: ok',
      '5. read: miss',
    ])
    assert.equal((await cache.deleteMany([])).removed, 0)
    assert.deepEqual(transcript(), [])
  })

  it('deleteMany of 30,000 keys touches no other stored key', async () => {
    const { cache } = testCache()
    await cache.write('other', 'v', { tags: ['t'] })
    await cache.deleteMany(Array.from({ length: 30_000 }, (_, i) => `k${i}`))
    assert.equal(cache.lookup('other')?.value, 'v')
  })

  it('deleteMany invalidates the keys in other processes', async () => {
    const remote = fakeRemoteStore()
    const [one, two] = [testCache({ remote }), testCache({ remote })]
    await one.cache.readMany(['a', 'b', 'c'], upper, { ttlMs: 1000 })
    await flush(100)
    await two.cache.deleteMany(['a', 'b'])
    const later = testCache({ remote }).cache
    assert.deepEqual(resultLines(await later.readMany(['a', 'b', 'c'], () => [])), [
      'a: miss undefined',
      'b: miss undefined',
      'c: hit C',
    ])
  })
})
