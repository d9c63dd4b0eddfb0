/** `keys`: the keys of data in memory, for debugging. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { testCache } from '../../support/test-cache.ts'

describe('keys', () => {
  it('returns the keys that were stored, also those that look like keys of responses', async () => {
    const { cache } = testCache()
    const stored = ['a', 'http://localhost/', '\nh', '\nd', 'ä', 'user:~n1']
    for (const key of stored) await cache.write(key, 1)
    await cache.write('absent', null)
    assert.deepEqual([...cache.keys()].sort(), [...stored, 'absent'].sort())
  })

  it('counts no read, emits no event, and does not mark an entry as used', async () => {
    const { cache, transcript } = testCache({ memory: memoryStore({ maxEntries: 2, eviction: 'lru' }) })
    await cache.write('a', 1)
    await cache.write('b', 1)
    transcript()
    assert.equal([...cache.keys()].length, 2)
    assert.deepEqual(transcript(), [])
    await cache.write('c', 1)
    assert.deepEqual([...cache.keys()].sort(), ['b', 'c'])
  })

  it('leaves out what was invalidated or deleted, and what has expired', async () => {
    const { cache, advance } = testCache()
    await cache.write('deleted', 1)
    await cache.write('tagged', 1, { tags: ['t'] })
    await cache.write('short', 1, { ttlMs: 10 })
    await cache.write('stale', 1, { ttlMs: [10, 30] })
    await cache.write('long', 1)
    await cache.delete('deleted')
    await cache.invalidateTags(['t'])
    advance(10)
    assert.deepEqual([...cache.keys()].sort(), ['long', 'stale'])
    advance(20)
    assert.deepEqual([...cache.keys()], ['long'])
    await cache.clear()
    assert.deepEqual([...cache.keys()], [])
  })

  it('leaves out the responses, and the keys of other namespaces', async () => {
    const memory = memoryStore()
    const shop = createCache({ namespace: 'shop', memory })
    const blog = createCache({ namespace: 'blog', memory })
    const app = new Hono()
    app.get(
      '/',
      cached({ cache: shop, targetedControl: 'max-age=60', keyGenerator: ({ req }) => `own ${req.path}` }),
      (c) => c.text('home'),
    )
    app.get('/b', cached({ cache: shop, targetedControl: 'max-age=60' }), (c) => c.text('b'))
    await app.request('/')
    await app.request('/b')
    await shop.write('shoes', 1)
    await blog.write('post', 1)
    assert.equal(memory.stats().entries, 4)
    assert.deepEqual([[...shop.keys()], [...blog.keys()]], [['shoes'], ['post']])
    await shop.clear()
    assert.deepEqual([[...shop.keys()], [...blog.keys()]], [[], ['post']])
  })

  it('is lazy, and entries may be removed and stored while the keys are read', async () => {
    const { cache } = testCache()
    const all = Array.from({ length: 100 }, (_, i) => `k${i}`)
    for (const key of all) await cache.write(key, 1)
    const seen: string[] = []
    for (const key of cache.keys()) {
      seen.push(key)
      const number = Number(key.slice(1))
      if (number < 50 && number % 2 === 0) await cache.deleteMany([key, `k${number + 1}`])
      if (number === 50) await cache.write('new', 1)
      if (number === 98) await cache.clear()
    }
    const expected = all.filter((_, i) => i % 2 === 0 || i > 50).filter((key) => key !== 'k99')
    assert.deepEqual(seen.filter((key) => key !== 'new').sort(), expected.sort())
  })

  it('ends although the caller writes each key', async () => {
    const { cache } = testCache()
    for (let i = 0; i < 50; i++) await cache.write(`k${i}`, 1)
    let count = 0
    for (const key of cache.keys()) {
      count++
      await cache.write(key, 2)
    }
    assert.equal(count, 50)
  })

  it('has no key without a memory tier, with a store that cannot list them, and in a disabled cache', async () => {
    const { keys: _, ...unlisted } = memoryStore()
    for (const options of [{ memory: unlisted }, { enabled: false }]) {
      const { cache } = testCache(options)
      await cache.write('k', 1)
      assert.deepEqual([...cache.keys()], [])
    }
    const alone = createCache()
    await alone.write('k', 1)
    assert.deepEqual([...alone.keys()], [])
  })

  it('leaves out what another process has invalidated, and keys that only the remote tier has', async () => {
    const { process, pass } = processes()
    const [one, two] = [process(), process()]
    await one.write('row', 1, { ttlMs: 60_000 })
    assert.deepEqual([...two.keys()], [])
    await two.get('row')
    assert.deepEqual([...two.keys()], ['row'])
    await one.delete('row')
    await pass(1500)
    assert.deepEqual([...two.keys()], [])
  })
})
