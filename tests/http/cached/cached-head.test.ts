/** HEAD requests: answered from stored GET responses, forwarded as GET. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('HEAD', () => {
  it('a HEAD is answered from the stored response of a GET, with its Content-Length', async () => {
    const { app, cached, get, request } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', 'x-own': '1' })
    app.get('/x', cached(), handler)
    const { headers: whole } = await get('/x')
    const head = await request('HEAD', '/x')
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), '1')
    assert.equal(head.headers.get('etag'), whole.get('etag'))
    assert.equal(head.headers.get('x-own'), '1')
    assert.deepEqual(await statusAndBody(head), ['hitrate; hit; ttl=60', ''])
    assert.equal(calls(), 1)
  })

  it('a HEAD miss calls the handler with GET, and the stored response answers a later GET', async () => {
    const { app, cached, get, outcomes, request } = testApp()
    const methods: string[] = []
    app.get('/x', cached(), (c) => {
      methods.push(c.req.method)
      return c.text('whole', 200, { 'cache-control': 'max-age=60' })
    })
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '5')
    assert.deepEqual(await statusAndBody(head), ['hitrate; fwd=uri-miss; ttl=60; stored', ''])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'whole'])
    assert.deepEqual(methods, ['GET'])
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('a HEAD whose response is not stored has no body', async () => {
    const { app, cached, request } = testApp()
    app.get('/x', cached(), (c) => c.text('whole'))
    assert.deepEqual(await statusAndBody(request('HEAD', '/x')), [
      'hitrate; fwd=uri-miss; detail=no-lifetime',
      '',
    ])
  })

  it('outer middleware sees the method HEAD before and after cached()', async () => {
    const { app, cached, request } = testApp()
    const observed: string[] = []
    app.use(async (c, next) => {
      observed.push(c.req.method)
      await next()
      observed.push(c.req.method)
    })
    app.get('/x', cached(), (c) => c.text('x'))
    await request('HEAD', '/x')
    assert.deepEqual(observed, ['HEAD', 'HEAD'])
  })
})

describe('HEAD without storing', () => {
  it('a HEAD cancels the body of a response that is not stored', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let cancelled = false
    const source = {
      pull: (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(10)),
      cancel() {
        cancelled = true
      },
    }
    app.get('/endless', cached({ cache }), (c) => c.body(new ReadableStream(source)))
    const response = await app.request('/endless', { method: 'HEAD' })
    assert.equal(response.body, null)
    await Promise.resolve()
    assert.equal(cancelled, true)
  })
})
