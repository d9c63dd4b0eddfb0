/** Two `cached()` around one handler. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('two caches around one handler', () => {
  it('two nested cached() with different caches both store the response', async () => {
    const { app, cached: outer, clock, get, outcomes } = testApp()
    const inner = createCache({ memory: memoryStore(), now: () => clock.ms })
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', outer(), cached({ cache: inner }), handler)
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=uri-miss; ttl=60; stored, hitrate; fwd=uri-miss; ttl=60; stored',
      '1',
    ])
    assert.equal((await statusAndBody(get('/x')))[1], '1')
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('a stale response of the inner cache stays intact while the outer cache stores it', async () => {
    const { app, cached: outer, clock, get, settled } = testApp()
    const inner = createCache({ memory: memoryStore(), now: () => clock.ms })
    const { handler, calls } = counter({ 'cache-control': 'max-age=10, stale-while-revalidate=60' })
    app.use(async (_, next) => {
      await next()
      await new Promise((resolve) => setTimeout(resolve, 5))
    })
    app.get('/x', outer({ keyGenerator: (c) => c.req.url }), cached({ cache: inner, query: [] }), handler)
    await get('/x?1')
    clock.ms += 11_000
    const response = await get('/x?2')
    assert.equal(response.headers.get('age'), '11')
    assert.equal(response.headers.get('content-length'), '1')
    assert.match(
      response.headers.get('cache-status') ?? '',
      /^hitrate; hit; ttl=-1, hitrate; fwd=uri-miss; ttl=-1; stored$/,
    )
    assert.equal(await response.text(), '1')
    await settled()
    assert.equal(calls(), 2)
    assert.equal((await statusAndBody(get('/x?3')))[1], '2')
  })

  it('two nested cached() with the same cache and key are an error instead of a deadlock', async () => {
    const { app, cached, get } = testApp()
    const errors: string[] = []
    app.use(cached())
    app.use(async (_, next) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      await next()
    })
    app.get('/x', cached(), (c) => c.text('x'))
    app.onError((error, c) => {
      errors.push(error.message)
      return c.text('error', 500)
    })
    assert.equal((await get('/x')).status, 500)
    assert.deepEqual(errors, ['cached: an outer cached() already reads the same key from cache hitrate'])
  })

  it('two nested cached() with the same cache and different keys both store the response', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), cached({ keyGenerator: () => 'inner' }), handler)
    assert.equal((await statusAndBody(get('/x')))[1], '1')
    assert.equal((await statusAndBody(get('/x')))[1], '1')
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })
})
