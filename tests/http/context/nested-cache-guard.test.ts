import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { assertNotNested } from '../../../src/http/context/nested-cache-guard.ts'

const newContext = () => new Context(new Request('http://localhost/'))

describe('assertNotNested', () => {
  it('a second read of the same key from the same cache throws a TypeError with the name of the cache', () => {
    const c = newContext()
    const cache = createCache({ name: 'users' })
    assertNotNested(c, cache, 'key')
    assertNotNested(c, cache, 'other key')
    assert.throws(() => assertNotNested(c, cache, 'key'), {
      name: 'TypeError',
      message: 'cached: an outer cached() already reads the same key from cache users',
    })
  })

  it('the same key from another cache or in another request is allowed', () => {
    const c = newContext()
    const cache = createCache()
    assertNotNested(c, cache, 'key')
    assert.doesNotThrow(() => assertNotNested(c, createCache(), 'key'))
    assert.doesNotThrow(() => assertNotNested(newContext(), cache, 'key'))
  })
})
