/** Bodies above `bufferBytes`: the response streams to all waiting requests while it is stored. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOf, chunk, join, limits, streamingHandler } from '../../support/streaming-handler.ts'
import { flush, testApp } from '../../support/test-app.ts'

/** Stores a response of 200 bytes from the first call and lets it become stale. */
async function staleApp() {
  const { app, cached, clock, get, settled } = testApp()
  const { handler, body, calls } = streamingHandler({
    'cache-control': 'max-age=10, stale-while-revalidate=600',
  })
  app.get('/x', cached(limits), handler)
  const first = get('/x')
  await flush()
  body(1).enqueue(chunk(1, 200))
  body(1).close()
  await (await first).arrayBuffer()
  await settled()
  clock.ms += 20_000
  return { body, calls, get, settled }
}

describe('a body above bufferBytes', () => {
  it('a body above bufferBytes reaches the client chunk by chunk', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const pending = get('/x')
    await flush()
    body(1).enqueue(chunk(1))
    body(1).enqueue(chunk(2))
    const reader = (await pending).body?.getReader() ?? assert.fail()
    assert.deepEqual((await reader.read()).value, chunk(1))
    assert.deepEqual((await reader.read()).value, chunk(2))
    body(1).enqueue(chunk(3))
    assert.deepEqual((await reader.read()).value, chunk(3))
    body(1).close()
    assert.equal((await reader.read()).done, true)
  })

  it('a streamed response gets its ETag, Content-Length, conditions and ranges once it is stored', async () => {
    const { app, cached, get, outcomes, settled } = testApp()
    const { handler, body, calls } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const pending = get('/x')
    await flush()
    body(1).enqueue(chunk(1, 200))
    const first = await pending
    body(1).close()
    assert.equal(first.headers.get('etag'), null)
    assert.equal(first.headers.get('content-length'), null)
    assert.equal(first.headers.get('age'), null)
    assert.equal(first.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=streaming')
    assert.deepEqual(await bytesOf(first), chunk(1, 200))
    await settled()
    const second = await get('/x')
    const etag = second.headers.get('etag') ?? assert.fail()
    assert.equal(second.headers.get('content-length'), '200')
    assert.equal(second.headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(await bytesOf(second), chunk(1, 200))
    assert.equal((await get('/x', { 'if-none-match': etag })).status, 304)
    const part = await get('/x', { range: 'bytes=150-', 'if-range': etag })
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 150-199/200'])
    assert.deepEqual(await bytesOf(part), chunk(1, 50))
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit', 'hit'])
  })

  it('a streamed response carries the handler’s own ETag and Content-Length', async () => {
    const { app, cached, get } = testApp()
    const handlerHeaders = { 'cache-control': 'max-age=60', etag: '"own"', 'content-length': '200' }
    const { handler, body } = streamingHandler(handlerHeaders)
    app.get('/x', cached(limits), handler)
    const pending = [get('/x'), get('/x', { 'if-none-match': '"own"' })]
    await flush()
    body(1).enqueue(chunk(1, 200))
    body(1).close()
    const [first, notModified] = await Promise.all(pending)
    assert.deepEqual([first?.headers.get('etag'), first?.headers.get('content-length')], ['"own"', '200'])
    assert.equal(notModified?.status, 304)
  })

  it('a streamed response drops an invalid Content-Length', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streamingHandler({ 'cache-control': 'max-age=60', 'content-length': 'long' })
    app.get('/x', cached(limits), handler)
    const pending = get('/x')
    await flush()
    body(1).enqueue(chunk(1, 200))
    assert.equal((await pending).headers.get('content-length'), null)
    body(1).close()
  })

  it('a streamed response carries Set-Cookie with storeSetCookie', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body } = streamingHandler({ 'cache-control': 'max-age=60', 'set-cookie': 'a=1' })
    app.get('/x', cached({ ...limits, storeSetCookie: true }), handler)
    const pending = [get('/x'), get('/x')]
    await flush()
    body(1).enqueue(chunk(1, 200))
    body(1).close()
    for (const response of await Promise.all(pending))
      assert.deepEqual(response.headers.getSetCookie(), ['a=1'])
    await settled()
    assert.deepEqual((await get('/x')).headers.getSetCookie(), ['a=1'])
  })

  it('a streamed response keeps the Date of its start', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const { handler, body } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const pending = get('/x')
    await flush()
    body(1).enqueue(chunk(1, 200))
    const first = await pending
    await flush()
    clock.ms += 5000
    body(1).close()
    await settled()
    const hit = await get('/x')
    assert.equal(hit.headers.get('date'), first.headers.get('date'))
    assert.equal(hit.headers.get('age'), '5')
  })

  it('requests during a streamed load get the body from its start, and the handler runs once', async () => {
    const { app, cached, clock, get, outcomes, settled } = testApp()
    const { handler, body, calls } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const concurrent = [get('/x'), get('/x')]
    await flush()
    body(1).enqueue(chunk(1, 200))
    const responses = await Promise.all(concurrent)
    clock.ms += 5000
    const later = await get('/x')
    assert.equal(later.headers.get('age'), '5')
    assert.equal(later.headers.get('cache-status'), 'hitrate; fwd=uri-miss; collapsed')
    body(1).enqueue(chunk(2))
    body(1).close()
    const expected = join(chunk(1, 200), chunk(2))
    for (const response of [...responses, later]) assert.deepEqual(await bytesOf(response), expected)
    await settled()
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=55')
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'coalesced', 'coalesced', 'hit'])
  })

  it('a streamed body is stored completely after its client has left', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls, cancelled } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const pending = get('/x')
    await flush()
    body(1).enqueue(chunk(1, 200))
    await (await pending).body?.cancel()
    body(1).enqueue(chunk(2))
    body(1).close()
    await settled()
    const response = await get('/x')
    assert.equal(response.headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(await bytesOf(response), join(chunk(1, 200), chunk(2)))
    assert.equal(calls(), 1)
    assert.deepEqual(cancelled, [])
  })

  it('a streamed body that breaks off fails for all its readers and is not stored', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const concurrent = [get('/x'), get('/x')]
    await flush()
    body(1).enqueue(chunk(1, 200))
    const responses = await Promise.all(concurrent)
    body(1).error(new Error('broke off'))
    for (const response of responses) await assert.rejects(response.arrayBuffer())
    await settled()
    const again = get('/x')
    await flush()
    body(2).enqueue(chunk(3, 200))
    body(2).close()
    assert.deepEqual(await bytesOf(await again), chunk(3, 200))
    assert.equal(calls(), 2)
  })

  it('a background refresh whose body breaks off leaves the stale entry in place', async () => {
    const { body, get, settled } = await staleApp()
    for (const call of [2, 3]) {
      assert.deepEqual(await bytesOf(await get('/x')), chunk(1, 200))
      for (let i = 0; i < 5; i++) await flush()
      body(call).enqueue(chunk(call, 200))
      await flush()
      body(call).error(new Error('broke off'))
      await settled()
    }
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=-10')
  })

  it('requests during a streamed background refresh start no second refresh', async () => {
    const { body, calls, get, settled } = await staleApp()
    for (const _ of [1, 2, 3]) {
      assert.deepEqual(await bytesOf(await get('/x')), chunk(1, 200))
      for (let i = 0; i < 5; i++) await flush()
      body(2).enqueue(chunk(2))
    }
    assert.equal(calls(), 2)
    body(2).close()
    await settled()
    assert.equal((await bytesOf(await get('/x'))).length, 300)
    assert.equal(calls(), 2)
  })

  it('a HEAD miss stores the streamed body, and has no body itself', async () => {
    const { app, cached, get, request, settled } = testApp()
    const { handler, body, calls, methods } = streamingHandler()
    app.get('/x', cached(limits), handler)
    const pending = request('HEAD', '/x')
    await flush()
    body(1).enqueue(chunk(1, 200))
    const head = await pending
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=streaming')
    assert.equal(await head.text(), '')
    body(1).close()
    await settled()
    const stored = await request('HEAD', '/x')
    assert.equal(stored.headers.get('content-length'), '200')
    assert.deepEqual(await bytesOf(await get('/x')), chunk(1, 200))
    assert.equal(calls(), 1)
    assert.deepEqual(methods, ['GET'])
  })

  it('a streamed body is stored byte by byte, whatever its Content-Encoding', async () => {
    const { app, cached, get, settled } = testApp()
    const random = crypto.getRandomValues(new Uint8Array(5000))
    const headers = { 'cache-control': 'max-age=60', 'content-type': 'text/plain', 'content-encoding': 'br' }
    app.get('/x', cached({ bufferBytes: 150 }), () => {
      let offset = 0
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (offset >= random.length) return controller.close()
          controller.enqueue(random.slice(offset, offset + 333))
          offset += 333
        },
      })
      return new Response(stream, { headers })
    })
    for (const cacheStatus of ['hitrate; fwd=uri-miss; detail=streaming', 'hitrate; hit; ttl=60']) {
      const response = await get('/x')
      assert.equal(response.headers.get('cache-status'), cacheStatus)
      assert.equal(response.headers.get('content-encoding'), 'br')
      assert.deepEqual(await bytesOf(response), random)
      await settled()
    }
  })

  for (const invalidation of ['PUT', 'tag', 'clear'] as const) {
    it(`a streamed body that is invalidated is not stored, and later requests start a new load: ${invalidation}`, async () => {
      const { app, cache, cached, get, request, settled } = testApp()
      const { handler, body, calls } = streamingHandler({ 'cache-control': 'max-age=60', 'cache-tag': 'a' })
      app.get('/x', cached(limits), handler)
      app.put('/x', cached(limits), (c) => c.text('ok'))
      const pending = get('/x')
      await flush()
      body(1).enqueue(chunk(1, 200))
      const earlier = await pending
      if (invalidation === 'PUT') await request('PUT', '/x')
      if (invalidation === 'tag') await cache.invalidateTags(['a'])
      if (invalidation === 'clear') await cache.clear()
      const later = get('/x')
      await flush()
      assert.equal(calls(), 2)
      body(2).enqueue(chunk(2, 200))
      body(2).close()
      body(1).close()
      assert.deepEqual(await bytesOf(earlier), chunk(1, 200), 'earlier requests get the whole body')
      assert.deepEqual(await bytesOf(await later), chunk(2, 200))
      await settled()
      assert.deepEqual(await bytesOf(await get('/x')), chunk(2, 200))
      assert.equal(calls(), 2)
    })
  }

  it('a streamed variant is not stored when its URL is invalidated meanwhile', async () => {
    const { app, cached, get, request, settled } = testApp()
    const { handler, body, calls } = streamingHandler({ 'cache-control': 'max-age=60', vary: 'x-user' })
    app.get('/x', cached(limits), handler)
    app.put('/x', cached(limits), (c) => c.text('ok'))
    const ann = { 'x-user': 'ann' }
    const responses: Promise<Response>[] = []
    for (const call of [1, 2]) {
      responses.push(get('/x', ann)) // the variants are known to the second request
      await flush()
      body(call).enqueue(chunk(call, 200))
      await responses[call - 1]
      await request('PUT', '/x')
    }
    responses.push(get('/x', ann))
    await flush()
    assert.equal(calls(), 3)
    for (const call of [3, 2, 1]) {
      if (call === 3) body(call).enqueue(chunk(call, 200))
      body(call).close()
    }
    for (const [i, response] of responses.entries())
      assert.deepEqual(await bytesOf(await response), chunk(i + 1, 200))
    await settled()
    assert.deepEqual(await bytesOf(await get('/x', ann)), chunk(3, 200))
  })

  it('a streamed variant is shared with later requests for the same variant', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler, body, calls } = streamingHandler({ 'cache-control': 'max-age=60', vary: 'x-user' })
    app.get('/x', cached(limits), handler)
    const pending = get('/x', { 'x-user': 'ann' })
    await flush()
    body(1).enqueue(chunk(1, 200))
    const responses = [await pending, await get('/x', { 'x-user': 'ann' })]
    body(1).close()
    for (const response of responses) assert.deepEqual(await bytesOf(response), chunk(1, 200))
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'coalesced'])
  })

  it('concurrent requests for other variants share a streamed load of their own', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streamingHandler({ 'cache-control': 'max-age=60', vary: 'x-user' })
    app.get('/x', cached(limits), handler)
    const users = ['ann', 'bob', 'ann', 'bob', 'bob']
    const concurrent = users.map((user) => get('/x', { 'x-user': user }))
    await flush()
    body(1).enqueue(chunk(1, 200))
    await flush()
    body(2).enqueue(chunk(2, 200))
    const responses = await Promise.all(concurrent)
    for (const call of [1, 2]) body(call).close()
    for (const [i, response] of responses.entries()) {
      assert.deepEqual(await bytesOf(response), chunk(users[i] === 'ann' ? 1 : 2, 200))
    }
    await settled()
    assert.equal(calls(), 2)
    assert.deepEqual(await bytesOf(await get('/x', { 'x-user': 'ann' })), chunk(1, 200))
    assert.deepEqual(await bytesOf(await get('/x', { 'x-user': 'bob' })), chunk(2, 200))
    assert.equal(calls(), 2)
  })
})
