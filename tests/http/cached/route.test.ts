import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { createRoute, invalidateResource } from '../../../src/http/cached/route.ts'
import { hitForMissKey, hitForMissKeys } from '../../../src/http/policy/hit-for-miss.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

const newCache = () => createCache({ memory: memoryStore(), now: () => 0 })

describe('createRoute', () => {
  it('Cache-Status shows the key only with the option debug', () => {
    const plain = createRoute({ cache: newCache() })
    const debug = createRoute({ cache: newCache(), debug: true })
    assert.equal(plain.statusText({ hit: true, ttlMs: 1000 }, 'k'), 'hitrate; hit; ttl=1')
    assert.equal(debug.statusText({ hit: true, ttlMs: 1000 }, 'k'), 'hitrate; hit; ttl=1; key="k"')
  })

  it('hitStatusText returns the same text as statusText', () => {
    for (const debug of [false, true]) {
      const route = createRoute({ cache: newCache(), debug })
      for (const ttlMs of [0, 999, 1000, 1999, 60_000, 60_000, -1000]) {
        assert.equal(route.hitStatusText(ttlMs, 'k'), route.statusText({ hit: true, ttlMs }, 'k'))
      }
    }
  })
})

describe('invalidateResource', () => {
  it('the resource, its variants and its hit-for-miss marks are removed', async () => {
    for (const keyGenerator of [undefined, () => '/x']) await assertRemoved(keyGenerator)
  })

  async function assertRemoved(keyGenerator: (() => string) | undefined): Promise<void> {
    const cache = newCache()
    const route = createRoute(keyGenerator === undefined ? { cache } : { cache, keyGenerator })
    const { reads } = route
    await reads.write('/x', 'value')
    await reads.write('/x variant', 'value', { tags: [route.tagOf('/x')] })
    await reads.write('/y', 'value')
    const marks = hitForMissKeys('/x')
    for (const key of marks) route.hitForMiss.add(key)
    const other = hitForMissKey({ header: () => undefined, resource: '/y' })
    route.hitForMiss.add(other)
    await invalidateResource(route, '/x')
    assert.deepEqual(
      ['/x', '/x variant', '/y'].map((key) => reads.find(key).entry !== undefined),
      [false, false, true],
    )
    assert.deepEqual(
      marks.map((key) => route.hitForMiss.has(key)),
      marks.map(() => false),
    )
    assert.equal(route.hitForMiss.has(other), true)
  }

  it('a resource whose key is too long is ignored', async () => {
    await invalidateResource(createRoute({ cache: newCache() }), 'x'.repeat(100_000))
  })
})
