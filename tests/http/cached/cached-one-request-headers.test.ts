/** Headers about one request are sent to its client, and to no other. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requestId } from 'hono/request-id'
import { flush, gate, testApp } from '../../support/test-app.ts'

const NAMES = ['x-request-id', 'x-correlation-id', 'traceparent', 'server-timing']

describe('headers about one request', () => {
  for (const [how, bufferBytes] of [
    ['buffered', 1000],
    ['streamed', 0],
  ] as const) {
    it(`the client whose request called the handler gets them, a later client does not: ${how}`, async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached({ targetedControl: 'max-age=60', bufferBytes }), (c) => {
        for (const name of [...NAMES, 'x-other']) c.header(name, 'first')
        return c.text('x')
      })
      const first = await get('/x')
      await first.text()
      assert.deepEqual(
        NAMES.map((name) => first.headers.get(name)),
        NAMES.map(() => 'first'),
      )
      const second = await get('/x')
      assert.equal(second.headers.get('cache-status'), 'hitrate; hit; ttl=60')
      assert.deepEqual(
        NAMES.map((name) => second.headers.get(name)),
        NAMES.map(() => null),
      )
      assert.equal(second.headers.get('x-other'), 'first')
    })
  }

  it('a client that waits for the same load does not get them', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
      await opened
      return c.text('x', 200, { 'x-request-id': 'first' })
    })
    const responses = [get('/x'), get('/x')]
    await flush()
    open()
    const [first, second] = await Promise.all(responses)
    assert.equal(first?.headers.get('x-request-id'), 'first')
    assert.equal(second?.headers.get('x-request-id'), null)
  })

  it('the header that requestId() sets behind the cache is one of them, whatever its name', async () => {
    const { app, cached, get } = testApp()
    app.get(
      '/x',
      cached({ targetedControl: 'max-age=60', ignoredHeaders: ['x-trace'] }),
      requestId({ headerName: 'x-trace' }),
      (c) => c.text('x'),
    )
    assert.match((await get('/x')).headers.get('x-trace') ?? 'none', /^[\da-f-]{36}$/)
    assert.equal((await get('/x')).headers.get('x-trace'), null)
  })

  it('a header whose value a client chooses as its id is stored all the same', async () => {
    const { app, cached, get } = testApp()
    app.use(requestId())
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) =>
      c.text('x', 200, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' }),
    )
    await get('/x', { 'x-request-id': 'nosniff' })
    const { headers } = await get('/x')
    assert.equal(headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
  })

  it('a POST response that is stored for later GETs lacks them', async () => {
    const { app, cached, get, request } = testApp()
    app.all('/x', cached(), (c) =>
      c.text('x', 200, { 'content-location': '/x', 'cache-control': 'max-age=60', 'x-request-id': 'first' }),
    )
    assert.equal((await request('POST', '/x')).headers.get('x-request-id'), 'first')
    const { headers } = await get('/x')
    assert.equal(headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.equal(headers.get('x-request-id'), null)
  })
})
