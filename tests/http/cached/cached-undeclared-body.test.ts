/** Bodies made from request headers that the handler's code reads after it has returned the response. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'

const encoder = new TextEncoder()
const options = { targetedControl: 'max-age=60' }

/** A body whose code runs when it is read. */
function lazyBody(text: () => string | Promise<string>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await flush()
      controller.enqueue(encoder.encode(await text()))
      controller.close()
    },
  })
}

const tenantOf = (c: Context) => `for ${c.req.header('x-tenant')}`

/** An app whose body is streamed: `a`, then a part that is made when the gate opens. */
function streamingRoute(cachedOptions: object, part: (c: Context) => string) {
  const test = testApp()
  const open = gate()
  let calls = 0
  test.app.get('/x', test.cached({ ...options, ...cachedOptions }), (c) => {
    calls++
    c.header('transfer-encoding', 'chunked') // as streamText() does
    return stream(c, async (body) => {
      await body.write('a ')
      await open.opened
      await body.write(part(c))
    })
  })
  const warnings = () => test.events.flatMap((event) => (event.type === 'warning' ? [event.warning] : []))
  return { ...test, open, warnings, calls: () => calls }
}

async function textOrError(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    return String(error)
  }
}

const NOT_FOR_ALL = 'Error: cached: this response is for another client, as its body shows'

describe('a body made from a request header', () => {
  it('is not stored if it is read before the response leaves', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(options), (c) => new Response(lazyBody(() => tenantOf(c))))
    for (const tenant of ['a', 'b']) {
      const status = 'hitrate; fwd=uri-miss; detail=depends-on-x-tenant'
      assert.deepEqual(await statusAndBody(get('/x', { 'x-tenant': tenant })), [status, `for ${tenant}`])
    }
  })

  it('of a failure is not shared with requests that wait', async () => {
    const { app, cached, get } = testApp()
    app.get(
      '/x',
      cached(),
      (c) =>
        new Response(
          lazyBody(() => tenantOf(c)),
          { status: 503 },
        ),
    )
    const tenants = ['a', 'b', 'c']
    const responses = await Promise.all(tenants.map((tenant) => get('/x', { 'x-tenant': tenant })))
    const texts = await Promise.all(responses.map((response) => response.text()))
    assert.deepEqual(
      texts,
      tenants.map((tenant) => `for ${tenant}`),
    )
  })

  it('of a POST response is not stored', async () => {
    const { app, cached, get, request } = testApp()
    const headers = { 'cache-control': 'max-age=60', 'content-location': '/x' }
    app.use('/x', cached())
    app.post(
      '/x',
      (c) =>
        new Response(
          lazyBody(() => tenantOf(c)),
          { headers },
        ),
    )
    app.get('/x', (c) => c.text('from GET'))
    assert.equal(await (await request('POST', '/x', { 'x-tenant': 'a' })).text(), 'for a')
    assert.equal(await (await get('/x')).text(), 'from GET')
  })

  it('is stored if the header is declared', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ ...options, vary: 'X-Tenant' }), (c) => new Response(lazyBody(() => tenantOf(c))))
    for (const status of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      assert.deepEqual(await statusAndBody(get('/x', { 'x-tenant': 'a' })), [status, 'for a'])
    }
  })

  it('is stored if its code reads a variable that the handler has set', async () => {
    const { app, cached, get } = testApp()
    app.use(async (_, next) => next())
    app.get('/x', cached(options), (c) => {
      c.set('own' as never, 'own' as never)
      return new Response(lazyBody(() => String(c.get('own' as never))))
    })
    assert.equal(await (await get('/x')).text(), 'own')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'own'])
  })
})

describe('a streaming body made from a request header', () => {
  it('reaches only the client whose request made it; the streams of others fail, and the next ones load', async () => {
    const { get, open, warnings, settled, calls } = streamingRoute({}, tenantOf)
    const first = await get('/x', { 'x-tenant': 'a' })
    const second = await get('/x', { 'x-tenant': 'b' })
    assert.equal(second.headers.get('cache-status'), 'hitrate; fwd=uri-miss; collapsed')
    const texts = Promise.all([first, second].map(textOrError))
    open.open()
    assert.deepEqual(await texts, ['a for a', NOT_FOR_ALL])
    await settled()
    assert.equal(await (await get('/x', { 'x-tenant': 'c' })).text(), 'a for c')
    assert.equal(calls(), 2)
    assert.deepEqual(warnings(), ['depends-on-x-tenant'])
  })

  for (const [label, cachedOptions] of [
    ['vary', { vary: 'X-Tenant' }],
    ['ignoredHeaders', { ignoredHeaders: ['x-tenant'] }],
    ['keyGenerator', { keyGenerator: (c: Context) => `k${c.req.header('x-tenant')}` }],
  ] as const) {
    it(`reaches the clients that wait, and is stored, if the header is declared: ${label}`, async () => {
      const { get, open, settled } = streamingRoute(cachedOptions, tenantOf)
      const responses = [await get('/x', { 'x-tenant': 'a' }), await get('/x', { 'x-tenant': 'a' })]
      const texts = Promise.all(responses.map(textOrError))
      open.open()
      assert.deepEqual(await texts, ['a for a', 'a for a'])
      await settled()
      assert.deepEqual(await statusAndBody(get('/x', { 'x-tenant': 'a' })), [
        'hitrate; hit; ttl=60',
        'a for a',
      ])
    })
  }

  it('is stored if only earlier middleware reads a header, after the handler has returned', async () => {
    const test = testApp()
    const open = gate()
    test.app.use(async (c, next) => {
      await next()
      c.header('x-agent', c.req.header('user-agent') ?? 'none')
    })
    test.app.get('/x', test.cached(options), (c) => {
      c.header('transfer-encoding', 'chunked')
      return stream(c, async (body) => {
        await open.opened
        await body.write('all')
      })
    })
    const text = (await test.get('/x')).text()
    open.open()
    assert.equal(await text, 'all')
    await test.settled()
    assert.deepEqual(await statusAndBody(test.get('/x')), ['hitrate; hit; ttl=60', 'all'])
  })
})
