/** A client that leaves does not affect requests that wait for the same load. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('a client that leaves', () => {
  it('requests that wait for a load are not failed by the abort of its client', async () => {
    const { app, cached, outcomes } = testApp()
    const client = new AbortController()
    const signals = [client.signal]
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      const signal = signals.shift() // as fetch(c.req.raw) obeys it
      await new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        void opened.then(resolve)
      })
      return c.text('x', 200, { 'cache-control': 'max-age=60' })
    })
    app.onError((_, c) => c.text('failed', 500))
    const aborted = app.request(new Request('http://localhost/x', { signal: client.signal }))
    const waiting = app.request('/x')
    client.abort(new Error('left'))
    await aborted
    open()
    assert.deepEqual(await statusAndBody(waiting), ['hitrate; fwd=uri-miss; ttl=60; stored', 'x'])
    assert.deepEqual(outcomes, ['error', 'miss'])
  })

  it('requests that wait for a load are not failed by a body that its client aborts', async () => {
    const { app, cached, outcomes } = testApp()
    const client = new AbortController()
    const signals = [client.signal]
    const { open, opened } = gate()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const signal = signals.shift() // the response is there by then, its body is not complete
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue('half ')
          signal?.addEventListener('abort', () => controller.error(signal.reason))
          await opened
          if (signal?.aborted) return
          controller.enqueue('whole')
          controller.close()
        },
      })
      return c.body(body)
    })
    app.onError((error, c) => c.text(error.message, 500))
    const aborted = app.request(new Request('http://localhost/x', { signal: client.signal }))
    const waiting = app.request('/x')
    await flush()
    client.abort(new Error('left'))
    assert.deepEqual(await statusAndBody(aborted), ['hitrate; fwd=uri-miss', 'left'])
    open()
    assert.deepEqual(await statusAndBody(waiting), ['hitrate; fwd=uri-miss; ttl=60; stored', 'half whole'])
    assert.deepEqual(outcomes, ['error', 'miss'])
  })
})
