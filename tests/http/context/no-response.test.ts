import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Handler } from 'hono'
import { statusAndBody, testApp } from '../../support/test-app.ts'

/** A handler that returns nothing, which the types do not allow. */
const nothing = (async () => undefined) as unknown as Handler

describe('a handler that returns no response', () => {
  it('the response is that of notFound, with the headers that the handler set, and it is judged as any other', async () => {
    const { app, cached, get } = testApp()
    app.on('GET', ['/x'], cached(), ((c) => {
      c.header('x-own', '1')
    }) as Handler)
    app.notFound((c) => c.text('nothing', 404, { 'cache-control': 'max-age=60' }))
    for (const status of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const response = await get('/x')
      assert.equal(response.status, 404)
      assert.equal(response.headers.get('x-own'), '1')
      assert.deepEqual(await statusAndBody(response), [status, 'nothing'])
    }
  })

  it('the response of notFound is not stored if notFound reads an undeclared header', async () => {
    const { app, cached, get } = testApp()
    app.on('GET', ['/x'], cached(), nothing)
    app.notFound((c) => c.text(`for ${c.req.header('x-tenant')}`, 404, { 'cache-control': 'max-age=60' }))
    for (const tenant of ['a', 'b']) {
      const response = await get('/x', { 'x-tenant': tenant })
      const status = 'hitrate; fwd=uri-miss; detail=depends-on-x-tenant'
      assert.deepEqual(await statusAndBody(response), [status, `for ${tenant}`])
    }
  })

  it('behind other middleware Hono throws its own error, and each request of a crowd gets it', async () => {
    const { app, cached, get } = testApp()
    const messages: string[] = []
    app.use(async (_, next) => {
      await next()
    })
    app.on('GET', ['/x'], cached(), nothing)
    app.onError((error, c) => {
      messages.push(error.message)
      return c.text('error', 500)
    })
    for (const response of await Promise.all([get('/x'), get('/x'), get('/x')])) {
      assert.equal(response.status, 500)
    }
    assert.equal(messages.length, 3)
    for (const message of messages) assert.match(message, /^Context is not finalized/)
  })

  it('a stale response stands in for it behind other middleware, as for an error', async () => {
    const { app, cached, clock, get } = testApp()
    let isBroken = false
    app.use(async (_, next) => {
      await next()
    })
    const headers = { 'cache-control': 'max-age=10, stale-if-error=60' }
    app.on('GET', ['/x'], cached(), ((c) => (isBroken ? undefined : c.text('x', 200, headers))) as Handler)
    await get('/x')
    isBroken = true
    clock.ms += 20_000
    assert.equal((await statusAndBody(get('/x')))[1], 'x')
  })
})
