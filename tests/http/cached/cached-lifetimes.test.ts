/** Lifetimes: from the handler's headers, `targetedControl` and `cacheControl`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { counter, testApp } from '../../support/test-app.ts'

describe('lifetimes', () => {
  const lifetimeOf = async (
    responseHeaders: Record<string, string>,
    options: Omit<CachedOptions, 'cache'> = {},
    status = 200,
  ) => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(options), (c) => c.text('x', status as 200, responseHeaders))
    const { headers } = await get('/x')
    const match = /ttl=(\d+); stored|detail=([\w-]+)/.exec(headers.get('cache-status') ?? '')
    return match?.[1] === undefined ? match?.[2] : Number(match[1])
  }
  const all = {
    'hitrate-cache-control': 'max-age=1',
    'cdn-cache-control': 'max-age=2',
    'cache-control': 'max-age=3',
  }
  const { 'hitrate-cache-control': _, ...others } = all

  it('the lifetime comes from Hitrate-Cache-Control, then CDN-Cache-Control, then Cache-Control', async () => {
    assert.equal(await lifetimeOf(all), 1)
    assert.equal(await lifetimeOf(others), 2)
    assert.equal(await lifetimeOf({ 'cache-control': 'max-age=3' }), 3)
  })

  it('targetedControl applies unless the handler sets Hitrate-Cache-Control; cacheControl only fills gaps', async () => {
    assert.equal(await lifetimeOf(all, { targetedControl: 'max-age=9' }), 1)
    assert.equal(await lifetimeOf(others, { targetedControl: 'max-age=9' }), 9)
    assert.equal(await lifetimeOf({}, { targetedControl: 'max-age=9' }), 9)
    assert.equal(await lifetimeOf({}, { cacheControl: 'max-age=9' }), 9)
    assert.equal(await lifetimeOf({ 'cache-control': 'max-age=3' }, { cacheControl: 'max-age=9' }), 3)
  })

  it('targetedControl and cacheControl apply only to cacheableStatusCodes', async () => {
    assert.equal(await lifetimeOf({}, { targetedControl: 'max-age=9' }, 404), 'no-lifetime')
    assert.equal(await lifetimeOf({}, { targetedControl: 'max-age=9', cacheableStatusCodes: [404] }, 404), 9)
    assert.equal(
      await lifetimeOf({}, { targetedControl: 'max-age=9', cacheableStatusCodes: [404] }),
      'no-lifetime',
    )
    assert.equal(await lifetimeOf({}, { cacheControl: 'max-age=9' }, 404), 'no-lifetime')
  })

  it('targetedControl and cacheControl never unlock private, no-store, no-cache or Set-Cookie', async () => {
    const options = { targetedControl: 'public, max-age=9', cacheControl: 'public, max-age=9, s-maxage=9' }
    for (const word of ['private', 'no-store', 'no-cache']) {
      assert.equal(await lifetimeOf({ 'cache-control': word }, options), word)
      assert.equal(await lifetimeOf({ 'cdn-cache-control': word }, options), word)
      assert.equal(await lifetimeOf({ 'hitrate-cache-control': word }, options), word)
    }
    assert.equal(await lifetimeOf({ 'set-cookie': 'a=1' }, options), 'set-cookie')
    assert.equal(await lifetimeOf({ 'set-cookie': 'a=1' }, { ...options, storeSetCookie: true }), 9)
  })

  it('Hitrate-Cache-Control and Cache-Tag never reach the client', async () => {
    const { app, cached, get } = testApp()
    const handlerHeaders = {
      'hitrate-cache-control': 'max-age=60',
      'cache-tag': 'a',
      'cache-control': 'max-age=0',
    }
    app.get('/stored', cached(), (c) => c.text('x', 200, handlerHeaders))
    app.get('/not-stored', cached(), (c) =>
      c.text('x', 200, { ...handlerHeaders, 'hitrate-cache-control': 'no-store' }),
    )
    app.get('/broken', cached(), (c) => c.text('x', 500, handlerHeaders))
    app.post('/stored', cached(), (c) => c.text('x', 200, handlerHeaders))
    const responses = [
      await get('/stored'),
      await get('/stored'),
      await get('/stored', { 'if-none-match': '*' }),
    ]
    responses.push(
      await get('/not-stored'),
      await get('/broken'),
      await app.request('/stored', { method: 'POST' }),
    )
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200, 304, 200, 500, 200],
    )
    for (const { headers } of responses) {
      assert.equal(headers.get('hitrate-cache-control'), null)
      assert.equal(headers.get('cache-tag'), null)
      assert.equal(headers.get('cache-control'), 'max-age=0')
    }
  })

  it('cacheControl is added to the Cache-Control that every client gets', async () => {
    const { app, cached, get } = testApp()
    const cacheControl = 'max-age=60, public, no-cache="x"'
    app.get('/none', cached({ cacheControl: 'max-age=60, public' }), (c) => c.text('x'))
    app.get('/some', cached({ cacheControl: 'max-age=60, public' }), (c) =>
      c.text('x', 200, { 'cache-control': 'Max-Age=5' }),
    )
    app.get('/404', cached({ cacheControl }), (c) => c.text('x', 404))
    for (const _ of [1, 2]) {
      assert.equal((await get('/none')).headers.get('cache-control'), 'max-age=60, public')
      assert.equal((await get('/some')).headers.get('cache-control'), 'Max-Age=5, public')
      assert.equal((await get('/404')).headers.get('cache-control'), null)
    }
  })
})

describe('the option cacheControl', () => {
  it('a list of header names in the option cacheControl is added unchanged', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'x-a': '1', 'x-b': '1' })
    app.get('/x', cached({ cacheControl: 'max-age=60, private="x-a, x-b"' }), handler)
    await get('/x')
    const { headers } = await get('/x')
    assert.equal(headers.get('cache-control'), 'max-age=60, private="x-a, x-b"')
    assert.deepEqual([headers.get('x-a'), headers.get('x-b')], [null, null])
  })
})
