import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { limitBodySize, requireJson } from '../../../src/http/endpoints/json-body.ts'

const app = new Hono()
app.post('/', limitBodySize, requireJson, async (c) => c.text(String((await c.req.text()).length)))

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  app.request('/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  } as RequestInit)

describe('requireJson', () => {
  it('JSON with parameters in the type and without encoding reaches the handler', async () => {
    for (const headers of [
      {},
      { 'content-type': 'Application/JSON; charset=utf-8' },
      { 'content-encoding': 'identity' },
    ]) {
      const response = await post('{}', headers)
      assert.deepEqual([response.status, await response.text()], [200, '2'])
    }
  })

  it('another type or an encoding is a 415 that names the accepted one', async () => {
    for (const type of ['text/plain', 'application/jsonp', '']) {
      const response = await post('{}', { 'content-type': type })
      assert.deepEqual([response.status, response.headers.get('accept')], [415, 'application/json'], type)
    }
    const encoded = await post('{}', { 'content-encoding': 'gzip' })
    assert.deepEqual([encoded.status, encoded.headers.get('accept-encoding')], [415, 'identity'])
  })
})

describe('limitBodySize', () => {
  it('a body of 64 KiB reaches the handler, a longer one is a 413', async () => {
    assert.equal((await post('x'.repeat(65_536))).status, 200)
    assert.equal((await post('x'.repeat(65_537))).status, 413)
  })

  it('a body whose connection breaks off is a 400', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('broke off')) })
    const response = await post(body)
    assert.equal(response.status, 400)
    assert.match(await response.text(), /The body is incomplete/)
  })

  it('an error of a later handler passes through', async () => {
    const failing = new Hono()
    failing.post('/', limitBodySize, () => {
      throw new Error('from the handler')
    })
    failing.onError((error, c) => c.text(error.message, 500))
    const response = await failing.request('/', { method: 'POST', body: '{}' })
    assert.equal(await response.text(), 'from the handler')
  })
})
