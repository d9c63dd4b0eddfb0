/** Bodies above `maxBodyBytes`, and bodies of a megabyte. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOf, chunk, join, limits, streamingHandler } from '../../support/streaming-handler.ts'
import { flush, testApp } from '../../support/test-app.ts'

describe('a body above maxBodyBytes', () => {
  it('a body whose Content-Length exceeds maxBodyBytes passes through', async () => {
    const { app, cached, get } = testApp()
    const { handler, body, calls } = streamingHandler({
      'cache-control': 'max-age=60',
      'content-length': '2000',
    })
    app.get('/x', cached(limits), handler)
    for (const call of [1, 2]) {
      const response = await get('/x')
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=too-large')
      assert.equal(response.headers.get('content-length'), '2000')
      body(call).enqueue(chunk(call, 2000))
      body(call).close()
      assert.deepEqual(await bytesOf(response), chunk(call, 2000))
    }
    assert.equal(calls(), 2)
  })

  it('a body that exceeds maxBodyBytes without Content-Length reaches all waiting requests and is not stored', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const concurrent = [get('/x'), get('/x'), get('/x')]
    await flush()
    for (let i = 0; i < 20; i++) body(1).enqueue(chunk(i))
    body(1).close()
    const expected = join(...Array.from({ length: 20 }, (_, i) => chunk(i)))
    for (const response of await Promise.all(concurrent)) assert.deepEqual(await bytesOf(response), expected)
    await settled()
    assert.equal(calls(), 1)
    void get('/x')
    await flush()
    assert.equal(calls(), 2)
    body(2).close()
  })

  it('a body above maxBodyBytes removes the stale entry before it', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let size = 10
    app.get('/x', cached({ ...limits, staleOnThrow: true }), (c) => {
      if (size === 0) throw new Error('down')
      return c.body(chunk(1, size) as Uint8Array<ArrayBuffer>, 200, { 'cache-control': 'max-age=10' })
    })
    app.onError((_, c) => c.text('down', 500))
    await get('/x')
    clock.ms += 20_000
    size = 2000
    await (await get('/x')).arrayBuffer()
    await settled()
    size = 0
    assert.equal((await get('/x')).status, 500)
  })

  it('the source of a body above maxBodyBytes is cancelled when its last reader leaves', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, cancelled } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const concurrent = [get('/x'), get('/x')]
    await flush()
    for (let i = 0; i < 20; i++) body(1).enqueue(chunk(i))
    const [first, second] = await Promise.all(concurrent)
    await settled()
    await flush()
    await first?.body?.cancel()
    assert.deepEqual(cancelled, [])
    await second?.body?.cancel()
    await flush()
    assert.deepEqual(cancelled, [1])
  })

  it('the source of a body above maxBodyBytes is cancelled after a HEAD', async () => {
    const { app, cached, request, settled } = testApp()
    const { handler, body, cancelled } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const pending = request('HEAD', '/x')
    await flush()
    for (let i = 0; i < 20; i++) body(1).enqueue(chunk(i))
    assert.equal((await pending).status, 200)
    await settled()
    await flush()
    await flush()
    assert.deepEqual(cancelled, [1])
  })

  it('later requests for a URL with a body above maxBodyBytes share no load', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const first = get('/x')
    await flush()
    for (let i = 0; i < 20; i++) body(1).enqueue(chunk(i))
    body(1).close()
    await (await first).arrayBuffer()
    await settled()
    const concurrent = [get('/x'), get('/x'), get('/x')]
    await flush()
    assert.equal(calls(), 4)
    for (const call of [2, 3, 4]) {
      body(call).enqueue(chunk(call))
      body(call).close()
    }
    for (const [i, response] of (await Promise.all(concurrent)).entries()) {
      assert.deepEqual(await bytesOf(response), chunk(i + 2))
    }
  })
})

describe('a body of a megabyte', () => {
  const MEGABYTE = 1024 * 1024

  it('a body in one chunk is stored without a copy', async () => {
    const { app, cached, get, settled } = testApp()
    const bytes = new Uint8Array(MEGABYTE).fill(1)
    app.get('/x', cached(), () => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes)
          controller.close()
        },
      })
      return new Response(stream, {
        headers: { 'cache-control': 'max-age=60', 'content-type': 'text/plain; charset=utf-8' }, // a text body would be stored as a string, which is a copy
      })
    })
    const first = (await get('/x')).body?.getReader() ?? assert.fail()
    assert.equal((await first.read()).value, bytes, "the first client gets the handler's chunk")
    await settled()
    bytes[0] = 2 // only a shared buffer shows this change
    const stored = await bytesOf(await get('/x'))
    assert.equal(stored.length, MEGABYTE)
    assert.equal(stored[0], 2)
  })

  it('a body in many chunks is copied once, and its clients get the handler’s chunks', async () => {
    const { app, cached, get, settled } = testApp()
    const chunks = Array.from({ length: 16 }, (_, i) => chunk(i, MEGABYTE / 16))
    app.get('/x', cached(), () => {
      const remaining = chunks.values()
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          const { done, value } = remaining.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
      })
      return new Response(stream, { headers: { 'cache-control': 'max-age=60' } })
    })
    const concurrent = [get('/x'), get('/x')]
    for (const response of await Promise.all(concurrent)) {
      const reader = response.body?.getReader() ?? assert.fail()
      for (const handlerChunk of chunks) assert.equal((await reader.read()).value, handlerChunk)
      assert.equal((await reader.read()).done, true)
    }
    await settled()
    for (const handlerChunk of chunks) handlerChunk.fill(99) // the stored body is a copy
    assert.deepEqual(
      (await bytesOf(await get('/x'))).filter((_, i) => i % (MEGABYTE / 16) === 0),
      Uint8Array.from(chunks, (_, i) => i),
    )
  })
})
