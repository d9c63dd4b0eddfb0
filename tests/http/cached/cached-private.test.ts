/** Responses for one client, by the handler, the options or an exception, never reach another client. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { statusAndBody, testApp } from '../../support/test-app.ts'

function setUp(options: Omit<CachedOptions, 'cache'>, responseHeaders: Record<string, string> = {}) {
  const clock = { now: 1_800_000_000_000 }
  const cache = createCache({ memory: memoryStore(), now: () => clock.now })
  const app = new Hono()
  app.get('/mine', cached({ cache, ...options }), (c) =>
    c.text(c.req.header('cookie') ?? 'nobody', 200, responseHeaders),
  )
  const request = async (cookie: string, headers = {}) => {
    const response = await app.request('/mine', { headers: { cookie, ...headers } })
    return [await response.text(), response.headers.get('cache-status')]
  }
  return { app, cache, clock, request }
}

describe('private, no-store and no-cache in the options', () => {
  for (const directive of ['private', 'no-store', 'no-cache']) {
    for (const option of ['cacheControl', 'targetedControl'] as const) {
      it(`${directive} in ${option} applies like the handler’s own`, async () => {
        const { request } = setUp({ [option]: `${directive}, max-age=60` })
        await request('alice')
        assert.deepEqual(await request('bob'), ['bob', `hitrate; fwd=uri-miss; detail=${directive}`])
      })
    }
  }
})

describe('must-revalidate of the handler', () => {
  for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=60']) {
    it(`the handler’s ${directive} forbids stale-while-revalidate of targetedControl`, async () => {
      const targetedControl = 'max-age=60, stale-while-revalidate=600'
      const { request, clock } = setUp({ targetedControl }, { 'cache-control': `public, ${directive}` })
      await request('alice', { authorization: 'Bearer a' })
      assert.equal((await request('bob'))[0], 'alice', 'fresh, and public')
      clock.now += 61_000
      assert.equal((await request('bob'))[0], 'bob')
    })
  }
})

describe('data under the key of a response', () => {
  it('a stored value that is not a response is replaced by the handler’s response', async () => {
    const options = { targetedControl: 'max-age=60', keyGenerator: () => 'shared key' }
    const { request, cache } = setUp(options, { 'cache-control': 'public' })
    await cache.write('shared key', { some: 'data' })
    assert.equal((await request('alice'))[0], 'alice')
    assert.equal((await request('bob'))[0], 'alice', 'the response is stored now')
  })
})

describe('a handler that changes the request', () => {
  it('a response to Authorization is not stored although the handler deletes that header', async () => {
    const { app, cached, get, request } = testApp()
    app.all('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const user = c.req.header('authorization') ?? 'nobody'
      c.req.raw.headers.delete('authorization') // as a proxy does before it forwards the request
      return c.text(user, 200, {
        vary: c.req.method === 'GET' ? 'authorization' : '',
        'content-location': '/x',
        'cache-control': 'max-age=60',
      })
    })
    const [status, user] = await statusAndBody(get('/x', { authorization: 'ann' }))
    assert.deepEqual([status, user], ['hitrate; fwd=uri-miss; detail=authorization', 'ann'])
    await request('POST', '/x', { authorization: 'ann' })
    assert.equal(await (await get('/x')).text(), 'nobody')
  })

  it('the variant is selected by the received Cookie although the handler deletes that header', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const user = getCookie(c, 'user') ?? 'nobody'
      c.req.raw.headers.delete('cookie')
      return c.text(user, 200, { vary: 'cookie' })
    })
    assert.equal(await (await get('/x', { cookie: 'user=ann' })).text(), 'ann')
    assert.equal(await (await get('/x')).text(), 'nobody')
    assert.deepEqual(await statusAndBody(get('/x', { cookie: 'user=ann' })), ['hitrate; hit; ttl=60', 'ann'])
  })
})

describe('Set-Cookie with storeSetCookie', () => {
  it('a stored response keeps all its Set-Cookie headers with storeSetCookie', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'a=1; Expires=Mon, 23 Nov 2026 00:00:00 GMT', { append: true })
      c.header('set-cookie', 'b=2', { append: true })
      return c.text('x', 200, { 'cache-control': 'max-age=60' })
    })
    for (const _ of [1, 2]) {
      const { headers } = await get('/x')
      assert.deepEqual(headers.getSetCookie(), ['a=1; Expires=Mon, 23 Nov 2026 00:00:00 GMT', 'b=2'])
    }
  })
})
