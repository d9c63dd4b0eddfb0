import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createRequestIds } from '../../../src/process/ids/request-ids.ts'
import { loggedIdsOf, setRequestIds } from '../../../src/process/ids/set-request-ids.ts'

/** An app whose ids are counted from 1. */
function testApp() {
  let count = 0
  const next = () => String(++count).padStart(32, '0')
  const app = new Hono()
  app.use(setRequestIds(createRequestIds({ traceId: next, spanId: () => 'cd'.repeat(8) })))
  return app
}

const first = '1'.padStart(32, '0')

describe('setRequestIds()', () => {
  it('sets the ids in the context and in the response', async () => {
    const app = testApp()
    app.get('/x', (c) => c.json(loggedIdsOf(c)))
    const response = await app.request('/x')
    assert.deepEqual(await response.json(), { requestId: first, traceId: first })
    assert.equal(response.headers.get('x-request-id'), first)
    assert.equal(response.headers.get('traceparent'), `00-${first}-${'cd'.repeat(8)}-00`)
  })

  it('replaces ids that a handler has set', async () => {
    const app = testApp()
    app.get('/x', (c) => c.text('x', 200, { 'x-request-id': 'other', traceparent: 'other' }))
    const { headers } = await app.request('/x', { headers: { 'x-request-id': 'mine' } })
    assert.equal(headers.get('x-request-id'), 'mine')
    assert.match(headers.get('traceparent') ?? '', /^00-/)
  })

  it('sets them in the response to an error, to an unknown path, and in a response of fetch', async () => {
    const app = testApp()
    app.onError((_, c) => c.text('failed', 500))
    app.get('/error', () => {
      throw new Error('broken')
    })
    const foreign = await fetch('data:text/plain,x') // its headers cannot be changed
    app.get('/foreign', () => foreign)
    for (const path of ['/error', '/none', '/foreign']) {
      const { headers } = await app.request(path, { headers: { 'x-request-id': path } })
      assert.equal(headers.get('x-request-id'), path)
    }
  })

  it('leaves a response that cannot be changed as it is', async () => {
    const app = testApp()
    const upgrade = Object.defineProperty(new Response(null), 'status', { value: 101 })
    app.get('/x', () => upgrade)
    assert.equal((await app.request('/x')).headers.get('x-request-id'), null)
  })
})

describe('loggedIdsOf()', () => {
  it('is empty without the middleware', async () => {
    const app = new Hono()
    app.get('/x', (c) => c.json(loggedIdsOf(c)))
    assert.deepEqual(await (await app.request('/x')).json(), {})
  })
})
