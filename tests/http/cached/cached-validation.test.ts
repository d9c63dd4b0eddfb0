import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statusAndBody, testApp } from '../../support/test-app.ts'

describe('a 304 that does not repeat what was said to the cache alone', () => {
  const said = { etag: '"1"', 'hitrate-cache-control': 'max-age=10', 'cache-tag': 'rates' }

  it('leaves its lifetime and its tags, and no client ever sees either', async () => {
    const { app, cached, cache, clock, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.req.header('if-none-match') === '"1"'
        ? c.body(null, 304, { etag: '"1"' })
        : c.text('made', 200, said),
    )
    const hidden = async () => {
      const { headers } = await get('/x')
      return [headers.get('hitrate-cache-control'), headers.get('cache-tag')]
    }
    assert.deepEqual(await hidden(), [null, null])
    clock.ms += 11_000
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=stale; fwd-status=304; ttl=10; stored',
      'made',
    ])
    assert.deepEqual(await hidden(), [null, null])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'made'])
    await cache.invalidateTags(['rates'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=10; stored', 'made'])
  })
})
