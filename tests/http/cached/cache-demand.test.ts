/** Requests that bypass the cache: too long a key, a fragment in the URL, a websocket upgrade. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { front } from '../../../src/http/front/front.ts'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('keys that are too long', () => {
  it('a request whose key is too long bypasses the cache', async () => {
    const { app, cached, get, outcomes, cache } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), handler)
    app.put('/x', cached(), (c) => c.text('ok'))
    const longPath = `/x?${'a'.repeat(9000)}`
    assert.deepEqual(await statusAndBody(get(longPath)), ['hitrate; fwd=bypass; detail=key-too-long', '1'])
    assert.deepEqual(await statusAndBody(get(longPath)), ['hitrate; fwd=bypass; detail=key-too-long', '2'])
    assert.equal((await app.request(longPath, { method: 'PUT' })).status, 200)
    assert.deepEqual(outcomes, ['bypass', 'bypass', 'bypass'])
    assert.equal(cache.stats().entries, 0)
  })

  it('a response whose variant key is too long is not stored, and later requests for that variant bypass the cache', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60', vary: 'accept-language' })
    app.get('/x', cached(), handler)
    const longHeaders = { 'accept-language': 'a'.repeat(9000) }
    assert.deepEqual(await statusAndBody(get('/x', longHeaders)), [
      'hitrate; fwd=uri-miss; detail=key-too-long',
      '1',
    ])
    assert.deepEqual(await statusAndBody(get('/x', longHeaders)), [
      'hitrate; fwd=bypass; detail=key-too-long',
      '2',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=vary-miss; ttl=60; stored', '3'])
    assert.deepEqual(outcomes, ['miss', 'bypass', 'miss'])
  })
})

describe('websocket requests', () => {
  it('a websocket request bypasses the cache', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter() // Bun’s upgrade leaves a 200
    app.get('/x', cached({ targetedControl: 'max-age=60' }), handler)
    for (const body of ['1', '2']) {
      assert.deepEqual(await statusAndBody(get('/x', { upgrade: 'WebSocket' })), [
        'hitrate; fwd=bypass; detail=upgrade',
        body,
      ])
    }
  })

  it('a websocket request is not answered with the stored response of a plain GET', async () => {
    const { app, cached, cache, get } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60', front: true }), (c) =>
      c.text(c.req.header('upgrade') === 'websocket' ? 'opened' : 'this is for websockets'),
    )
    const fetch = front(app.fetch, { cache })
    const fetchBody = async (headers: Record<string, string>) =>
      (await fetch(new Request('http://localhost/x', { headers }))).text()
    for (const _ of [1, 2, 3]) assert.equal(await fetchBody({}), 'this is for websockets')
    assert.equal(await fetchBody({ upgrade: 'websocket' }), 'opened')
    assert.equal(await (await get('/x', { upgrade: 'websocket' })).text(), 'opened')
    assert.equal(await fetchBody({ upgrade: 'h2c' }), 'this is for websockets')
  })
})

describe('URLs with a fragment', () => {
  const keyGenerator = (c: Context) => new URL(c.req.url).search
  for (const options of [{}, { keyGenerator }, { query: ['q'] }]) {
    const label = Object.keys(options)[0] ?? 'no option'
    it(`a request whose URL has a fragment bypasses the cache, with ${label}`, async () => {
      const { app, cached, outcomes } = testApp()
      const plain = 'http://localhost/x?q=a'
      app.get('/x', cached({ targetedControl: 'max-age=60', ...options }), (c) =>
        c.text(c.req.url.slice(plain.length - 1)),
      )
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        // Servers pass on a request target with a fragment like this.
        assert.deepEqual(await statusAndBody(app.request(`${plain}#b`)), [
          'hitrate; fwd=bypass; detail=fragment',
          'a#b',
        ])
        assert.deepEqual(await statusAndBody(app.request(plain)), [`hitrate; ${outcome}`, 'a'])
      }
      assert.deepEqual(outcomes, ['bypass', 'miss', 'bypass', 'hit'])
    })
  }
})
