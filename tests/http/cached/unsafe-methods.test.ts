/** Unsafe methods: forwarded, never stored, and they invalidate their URL. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('unsafe methods', () => {
  function appWithUnsafeMethods(status: number, headers: Record<string, string> = {}) {
    const test = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    test.app.get('/x', test.cached(), handler)
    test.app.all('/x', test.cached({ targetedControl: 'max-age=60' }), (c) =>
      c.body(null, status as 200, headers),
    )
    return { ...test, calls }
  }

  it('unsafe and OPTIONS requests reach the handler, count as bypass and are not stored', async () => {
    const { outcomes, request, cache } = appWithUnsafeMethods(200, { 'cache-control': 'max-age=60' })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'M-SEARCH']) {
      const { headers } = await request(method, '/x')
      const cacheStatus = method === 'OPTIONS' ? null : 'hitrate; fwd=method'
      assert.equal(headers.get('cache-status'), cacheStatus)
    }
    assert.deepEqual(new Set(outcomes), new Set(['bypass']))
    assert.equal(outcomes.length, 6)
    assert.equal(cache.stats().entries, 0)
  })

  it('a response to OPTIONS stays as it is, without the headers for the cache alone', async () => {
    const { app, cached } = testApp()
    const responses = [
      new Response(null, { status: 204, headers: { allow: 'GET' } }),
      new Response('x', {
        statusText: 'Fine',
        headers: { allow: 'GET', 'hitrate-cache-control': 'no-store' },
      }),
    ]
    let calls = 0
    app.options('/x', cached(), () => responses[calls++] as Response)
    const first = await app.request('/x', { method: 'OPTIONS' })
    assert.equal(first, responses[0])
    const second = await app.request('/x', { method: 'OPTIONS' })
    assert.deepEqual([second.statusText, second.headers.get('allow')], ['Fine', 'GET'])
    assert.equal(second.headers.get('hitrate-cache-control'), null)
  })

  for (const status of [200, 201, 204, 301, 303, 399]) {
    it(`a successful unsafe request invalidates its URL: ${status}`, async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'M-SEARCH']) {
        const { get, request, calls } = appWithUnsafeMethods(status)
        await get('/x')
        await request(method, '/x')
        await get('/x')
        assert.equal(calls(), 2, method)
      }
    })
  }

  for (const status of [400, 404, 409, 500, 503]) {
    it(`a failed unsafe request invalidates nothing: ${status}`, async () => {
      const { get, request, calls } = appWithUnsafeMethods(status)
      await get('/x')
      await request('PUT', '/x')
      await get('/x')
      assert.equal(calls(), 1)
    })
  }

  for (const method of ['OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH']) {
    it(`a safe method invalidates nothing: ${method}`, async () => {
      const { app, get, calls } = appWithUnsafeMethods(200)
      await get('/x')
      // Servers pass on methods that `new Request` rejects or normalizes to GET.
      const request = new Request('http://localhost/x', { method: 'POST' })
      await app.request(Object.defineProperty(request, 'method', { value: method }))
      await get('/x')
      assert.equal(calls(), 1)
    })
  }

  it('Location of a successful POST is invalidated only with the default key', async () => {
    for (const [options, expectedBody] of [
      [{}, '2'],
      [{ keyGenerator: (c: Context) => c.req.url }, '1'],
    ] as const) {
      const { app, cached, get, request } = testApp()
      const { handler } = counter({ 'cache-control': 'max-age=60' })
      app.get('/named', cached(options), handler)
      app.post('/x', cached(options), (c) => c.body(null, 201, { location: '/named' }))
      await get('/named')
      await request('POST', '/x')
      assert.equal((await statusAndBody(get('/named')))[1], expectedBody)
    }
  })

  it('an unsafe request invalidates a running load, and later requests start a new one', async () => {
    for (const vary of ['', 'accept']) {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      let value = 'old'
      let first = true
      app.get('/x', cached(), async (c) => {
        const seenValue = value
        if (first) {
          first = false
          await opened
        }
        return c.text(seenValue, 200, { 'cache-control': 'max-age=60', ...(vary && { vary }) })
      })
      app.put('/x', cached(), (c) => {
        value = 'new'
        return c.text('ok')
      })
      const earlier = get('/x')
      await app.request('/x', { method: 'PUT' })
      const later = get('/x')
      open()
      assert.equal(await (await earlier).text(), 'old')
      assert.equal(await (await later).text(), 'new', `vary: ${vary}`)
      assert.equal(await (await get('/x')).text(), 'new', `vary: ${vary}`)
    }
  })

  it('the handler of an unsafe method gets the client’s conditions', async () => {
    const { app, cached, request } = testApp()
    app.put('/x', cached(), (c) => c.text(`${c.req.header('if-match')} ${c.req.header('if-none-match')}`))
    const response = await request('PUT', '/x', { 'if-match': '"a"', 'if-none-match': '*' })
    assert.equal(await response.text(), '"a" *')
  })
})
