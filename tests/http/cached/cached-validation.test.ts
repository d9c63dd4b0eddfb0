import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statusAndBody, testApp } from '../../support/test-app.ts'

describe('a 304 without the headers for the cache alone', () => {
  const responseHeaders = { etag: '"1"', 'hitrate-cache-control': 'max-age=10', 'cache-tag': 'rates' }

  it('a 304 without Hitrate-Cache-Control and Cache-Tag keeps the stored ones, and no client sees them', async () => {
    const { app, cached, cache, clock, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.req.header('if-none-match') === '"1"'
        ? c.body(null, 304, { etag: '"1"' })
        : c.text('body', 200, responseHeaders),
    )
    const internalHeaders = async () => {
      const { headers } = await get('/x')
      return [headers.get('hitrate-cache-control'), headers.get('cache-tag')]
    }
    assert.deepEqual(await internalHeaders(), [null, null])
    clock.ms += 11_000
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=stale; fwd-status=304; ttl=10; stored',
      'body',
    ])
    assert.deepEqual(await internalHeaders(), [null, null])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'body'])
    await cache.invalidateTags(['rates'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=10; stored', 'body'])
  })
})
