/** A 304 of the handler that omits headers of the stored response. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { etag } from 'hono/etag'
import { statusAndBody, testApp } from '../../support/test-app.ts'

describe('a 304 that omits headers', () => {
  it('a 304 without Cache-Tag and Hitrate-Cache-Control keeps the stored ones', async () => {
    const { app, cache, cached, clock, get } = testApp()
    let state = 'old'
    const responseHeaders = {
      'cache-control': 'max-age=0',
      'hitrate-cache-control': 'max-age=60',
      'cache-tag': 't',
    }
    app.get('/x', cached(), etag(), (c) => c.text(state, 200, responseHeaders)) // the 304 of etag() keeps six headers only
    await get('/x')
    clock.ms += 61_000
    const revalidated = await get('/x')
    assert.equal(revalidated.headers.get('cache-tag'), null)
    assert.equal(revalidated.headers.get('hitrate-cache-control'), null)
    assert.deepEqual(await statusAndBody(revalidated), [
      'hitrate; fwd=stale; fwd-status=304; ttl=60; stored',
      'old',
    ])
    const hit = await get('/x')
    assert.equal(hit.headers.get('cache-tag'), null)
    assert.deepEqual(await statusAndBody(hit), ['hitrate; hit; ttl=60', 'old'])
    state = 'new'
    await cache.invalidateTags(['t'])
    assert.equal(await (await get('/x')).text(), 'new')
  })

  it("a 304 without Cache-Control does not make the option cacheControl count as the handler's own", async () => {
    const { app, cached, clock, get } = testApp()
    app.get('/x', cached({ cacheControl: 'public, max-age=60', ignoredHeaders: ['x-user'] }), (c) => {
      const headers = { etag: '"e"', 'x-user': c.req.header('x-user') ?? 'nobody' }
      return c.req.header('if-none-match') ? c.body(null, 304, headers) : c.text('x', 200, headers)
    })
    await get('/x')
    clock.ms += 61_000
    const ownResponse = await get('/x', { authorization: 'ann', 'x-user': 'ann' })
    assert.equal(ownResponse.headers.get('x-user'), 'ann')
    assert.equal(ownResponse.headers.get('cache-control'), 'public, max-age=60')
    assert.equal(
      ownResponse.headers.get('cache-status'),
      'hitrate; fwd=stale; fwd-status=304; detail=authorization',
    )
    assert.equal((await get('/x')).headers.get('x-user'), 'nobody')
  })
})

describe('a 304 to the client', () => {
  const own = {
    etag: '"1"',
    'x-own': '1',
    'content-language': 'en',
    'last-modified': 'Sun, 22 Nov 2026 11:00:00 GMT',
  }
  const condition = { 'if-none-match': '"1"' }
  const retaining = etag({ retainedHeaders: ['etag', 'x-own'] })

  for (const [where, lifetime] of [
    ['stored', 'max-age=60'],
    ['not stored', 'no-store'],
  ] as const) {
    it(`a 304 has all headers but those of the body, and etag() before or behind the cache keeps them: ${where}`, async () => {
      const { app, cached, get } = testApp()
      const handler = (c: Context) => c.text('x', 200, { 'cache-control': lifetime, ...own })
      app.get('/before', retaining, cached(), handler)
      app.get('/behind', cached(), retaining, handler)
      app.get('/alone', cached(), handler)
      for (const path of ['/before', '/behind', '/alone']) {
        for (const _ of ['first', 'second']) {
          const { status, headers } = await get(path, condition)
          assert.equal(status, 304, path)
          assert.equal(headers.get('x-own'), '1', path)
          for (const name of ['content-type', 'content-length', 'content-language', 'last-modified'])
            assert.equal(headers.get(name), null, `${path} ${name}`)
        }
      }
    })
  }
})

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
