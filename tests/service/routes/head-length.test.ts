import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { headLength } from '../../../src/service/routes/head-length.ts'

const app = new Hono()
app.use(headLength)
app.get('/text', (c) => c.text('grüße', 201, { 'x-own': '1' }))
app.get('/declared', (c) => c.text('x', 200, { 'content-length': '999' }))
app.get('/none', (c) => c.body(null, 204))

describe('headLength', () => {
  it('a response to HEAD gets the length of the body that a GET would get', async () => {
    const response = await app.request('/text', { method: 'HEAD' })
    assert.deepEqual([response.status, response.headers.get('content-length')], [201, '7'])
    assert.equal(response.headers.get('x-own'), '1')
    assert.equal(await response.text(), '')
  })

  it('the handler’s own Content-Length stays, and a response without a body gets none', async () => {
    const declared = await app.request('/declared', { method: 'HEAD' })
    assert.equal(declared.headers.get('content-length'), '999')
    const none = await app.request('/none', { method: 'HEAD' })
    assert.equal(none.headers.get('content-length'), null)
  })

  it('a response to GET stays unchanged', async () => {
    const response = await app.request('/text')
    assert.equal(response.headers.get('content-length'), null)
    assert.equal(await response.text(), 'grüße')
  })
})
