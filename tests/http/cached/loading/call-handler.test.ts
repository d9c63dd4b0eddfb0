/** The request that the handler gets: its signal, its conditions, its class. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../../src/cache/create-cache.ts'
import { cached } from '../../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../../src/stores/memory/store.ts'
import { gate, statusAndBody, testApp } from '../../../support/test-app.ts'

describe('the AbortSignal of the handler’s request', () => {
  for (const [headers, label] of [
    [{}, 'an unconditional request'],
    [{ range: 'bytes=0-0' }, 'a range request'],
  ] as const) {
    it(`request.signal of the handler does not abort while the response may be shared: with ${label}`, async () => {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
        const { signal } = c.req.raw // such as an argument of fetch()
        await opened
        signal.throwIfAborted()
        return c.text('x')
      })
      const client = new AbortController()
      const request = new Request('http://localhost/x', { headers, signal: client.signal })
      const aborted = app.request(request)
      client.abort('left')
      open()
      await aborted
      assert.equal(request.signal.aborted, true) // restored afterwards
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'x'])
    })
  }

  it('request.signal does not abort between two caches after the inner one has its response', async () => {
    const { app, cached } = testApp()
    const inner = testApp().cached()
    const observed: boolean[] = []
    app.get(
      '/x',
      cached({ targetedControl: 'max-age=60' }),
      async (c, next) => {
        observed.push(c.req.raw.signal.aborted)
        await next()
        observed.push(c.req.raw.signal.aborted)
      },
      inner,
      (c) => c.text('x'),
    )
    const request = new Request('http://localhost/x', { signal: AbortSignal.abort() })
    await app.request(request)
    assert.deepEqual([...observed, request.signal.aborted], [false, false, true])
  })

  it('request.signal is the client’s own where the response is for that client alone', async () => {
    const { app, cached, get } = testApp()
    let reason: unknown
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      reason = c.req.raw.signal.reason
      return c.text('x', 200, { 'cache-control': 'private' })
    })
    await get('/x')
    await app.request(new Request('http://localhost/x', { signal: AbortSignal.abort('left') }))
    assert.equal(reason, 'left')
  })
})

describe('a request object of another class', () => {
  // As `@hono/node-server` passes it, unless it has replaced the global Request.
  const foreignRequest = (method: string, headers: Record<string, string>, url = 'http://localhost/x') =>
    Object.create(Request.prototype, {
      method: { value: method },
      url: { value: url },
      headers: { value: new Headers(headers), configurable: true },
      signal: { value: new AbortController().signal, configurable: true },
      redirect: { value: 'follow' },
    }) as Request

  it('a request object of another class is served unconditionally', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let observed = ''
    app.get('/x', cached({ cache }), (c) => {
      observed += `${c.req.method} ${c.req.header('if-none-match')}, `
      return c.text('x', 200, { 'cache-control': 'max-age=0', etag: '"e"' })
    })
    assert.equal((await app.fetch(foreignRequest('HEAD', {}))).status, 200)
    assert.equal((await app.fetch(foreignRequest('GET', { 'if-none-match': '"e"' }))).status, 304)
    assert.equal(observed, 'GET undefined, GET "e", ')
  })

  it('a request object may have a URL without a host, as on Bun without a valid Host', async () => {
    const { app, cached } = testApp()
    app.all('*', cached(), (c) => c.text(c.req.method, 200, { 'content-location': '/x', location: '/y' }))
    for (const method of ['POST', 'GET', 'PUT']) {
      assert.equal(await (await app.fetch(foreignRequest(method, {}, '/x'))).text(), method)
    }
  })
})
