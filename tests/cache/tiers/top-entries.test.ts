/** Tests `stats({ top })`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

describe('stats({ top })', () => {
  it('has bytes, age and remaining freshness of the entries', async () => {
    let now = 1_000_000
    const cache = createCache({ memory: memoryStore(), now: () => now, jitter: 0 })
    await cache.write('small', 1, { ttlMs: 1000 })
    now += 400
    await cache.write('large', 'x'.repeat(5000), { ttlMs: 5000 })
    now += 100
    const { top } = cache.stats({ top: 5 })
    const described = top?.largest.map(({ key, ageMs, freshForMs }) => ({ key, ageMs, freshForMs }))
    assert.deepEqual(described, [
      { key: 'large', ageMs: 100, freshForMs: 4900 },
      { key: 'small', ageMs: 500, freshForMs: 500 },
    ])
    assert.ok((top?.largest[0]?.bytes ?? 0) >= 5000)
    assert.equal(top?.examined, 2)
  })

  it('lists the keys that are read most as the hottest', async () => {
    const cache = createCache({ memory: memoryStore() })
    for (const key of ['a', 'b', 'c']) await cache.write(key, key, { ttlMs: 60_000 })
    for (let i = 0; i < 300; i++) cache.lookup(i % 3 === 0 ? 'c' : 'b')
    const hottest = cache.stats({ top: 2 }).top?.hottest
    assert.deepEqual(
      hottest?.map(({ key }) => key),
      ['b', 'c'],
    )
    assert.ok((hottest?.[0]?.share ?? 0) > (hottest?.[1]?.share ?? 0))
  })

  it('shows responses by keys that begin with their URLs', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.text('1.1'))
    await app.request('http://localhost/rates')
    assert.match(cache.stats({ top: 1 }).top?.largest[0]?.key ?? '', /^http:\/\/localhost\/rates/)
  })

  it('shows neither invalidated entries nor those of another cache of the store', async () => {
    const memory = memoryStore()
    const cache = createCache({ memory, namespace: 'own' })
    const other = createCache({ memory, namespace: 'other' })
    await other.write('theirs', 1, { ttlMs: 60_000 })
    await cache.write('kept', 1, { ttlMs: 60_000 })
    await cache.write('tagged', 'x'.repeat(999), { ttlMs: 60_000, tags: ['t'] })
    await cache.invalidateTags(['t'])
    for (const top of [1, 5]) {
      const largest = cache.stats({ top }).top?.largest
      assert.deepEqual(
        largest?.map(({ key }) => key),
        ['kept'],
      )
    }
  })

  it('counts the entry of an expired key as stale', async () => {
    let now = 1_000_000
    const cache = createCache({ memory: memoryStore(), now: () => now })
    await cache.write('a', 1, { ttlMs: 60_000, staleWhileRevalidateMs: 60_000 })
    now += 1000
    await cache.expire('a')
    now += 1000
    assert.equal(cache.stats({ top: 1 }).top?.largest[0]?.freshForMs, -1000)
  })

  it('is absent without the option, without memory, and with a store that cannot search', () => {
    assert.equal('top' in createCache({ memory: memoryStore() }).stats(), false)
    assert.equal('top' in createCache().stats({ top: 1 }), false)
    const { scanTop, ...store } = memoryStore()
    assert.equal('top' in createCache({ memory: store }).stats({ top: 1 }), false)
  })

  it('is refused with a wrong number or an unknown option', () => {
    const cache = createCache({ memory: memoryStore() })
    for (const top of [0, 1.5, 1001, Number.NaN]) assert.throws(() => cache.stats({ top }), RangeError)
    const wrong = { tops: 1 } as object
    assert.throws(() => cache.stats(wrong), /stats: unknown option "tops"; did you mean "top"\?/)
  })
})
