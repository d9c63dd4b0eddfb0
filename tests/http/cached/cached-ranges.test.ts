/** Ranges of bodies that are not stored yet: cut while the body streams. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { bytesOf, chunk, join, limits, streamingHandler } from '../../support/streaming-handler.ts'
import { flush, testApp } from '../../support/test-app.ts'

const HEADERS = { 'cache-control': 'max-age=60', 'content-length': '300' }
/** The body of 300 bytes, in three chunks. */
const CHUNKS = [chunk(1), chunk(2), chunk(3)]

/** A range of the body, and the bytes that it selects. */
const PARTS: [range: string, contentRange: string, first: number, last: number][] = [
  ['bytes=0-1', 'bytes 0-1/300', 0, 1],
  ['bytes=99-100', 'bytes 99-100/300', 99, 100],
  ['bytes=-50', 'bytes 250-299/300', 250, 299],
  ['bytes=150-', 'bytes 150-299/300', 150, 299],
  ['bytes=0-', 'bytes 0-299/300', 0, 299],
  ['bytes=200-5000', 'bytes 200-299/300', 200, 299],
]

const fieldsOf = ({ status, headers }: Response, ...names: string[]) => [
  status,
  ...names.map((name) => headers.get(name)),
]

async function assertPart(response: Response, [range, contentRange, first, last]: (typeof PARTS)[number]) {
  assert.deepEqual(
    fieldsOf(response, 'content-range', 'content-length', 'accept-ranges'),
    [206, contentRange, String(last - first + 1), 'bytes'],
    range,
  )
  assert.deepEqual(await bytesOf(response), join(...CHUNKS).slice(first, last + 1), range)
}

describe('a range of a body above bufferBytes', () => {
  it('the first range and those that join it are cut while the body streams, and the body is stored', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streamingHandler(HEADERS)
    app.get('/x', cached(limits), handler)
    const early = PARTS.map(([range]) => get('/x', { range }))
    await flush()
    body(1).enqueue(CHUNKS[0])
    const late = PARTS.map(([range]) => get('/x', { range }))
    await flush()
    for (const one of CHUNKS.slice(1)) body(1).enqueue(one)
    body(1).close()
    for (const responses of [early, late]) {
      for (const [i, part] of PARTS.entries()) {
        await assertPart((await responses[i]) ?? assert.fail(), part)
      }
    }
    await settled()
    for (const part of PARTS) await assertPart(await get('/x', { range: part[0] }), part)
    assert.deepEqual(await bytesOf(await get('/x')), join(...CHUNKS))
    assert.equal(calls(), 1)
  })

  it('a range is complete before the body is', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streamingHandler(HEADERS)
    app.get('/x', cached(limits), handler)
    const pending = get('/x', { range: 'bytes=0-99' })
    await flush()
    body(1).enqueue(CHUNKS[0])
    assert.deepEqual(await bytesOf(await pending), CHUNKS[0])
  })

  it('a client that leaves in the middle of its range does not stop the body from being stored', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, cancelled } = streamingHandler(HEADERS)
    app.get('/x', cached(limits), handler)
    const leaving = get('/x', { range: 'bytes=50-250' })
    await flush()
    body(1).enqueue(CHUNKS[0])
    await (await leaving).body?.cancel()
    for (const one of CHUNKS.slice(1)) body(1).enqueue(one)
    body(1).close()
    await settled()
    const stored = await get('/x')
    assert.equal(stored.headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(await bytesOf(stored), join(...CHUNKS))
    assert.deepEqual(cancelled, [])
  })

  it('a range behind the end gets a 416 with the length, and the body is stored', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body } = streamingHandler(HEADERS)
    app.get('/x', cached(limits), handler)
    const pending = get('/x', { range: 'bytes=300-' })
    await flush()
    const response = await pending
    assert.deepEqual(fieldsOf(response, 'content-range', 'content-length'), [416, 'bytes */300', null])
    for (const one of CHUNKS) body(1).enqueue(one)
    body(1).close()
    await settled()
    assert.deepEqual(await bytesOf(await get('/x')), join(...CHUNKS))
  })

  it('a HEAD with a range gets the headers of the whole', async () => {
    const { app, cached, request } = testApp()
    const { handler } = streamingHandler(HEADERS)
    app.get('/x', cached(limits), handler)
    const response = await request('HEAD', '/x', { range: 'bytes=0-1' })
    assert.deepEqual(fieldsOf(response, 'content-length', 'accept-ranges', 'content-range'), [
      200,
      '300',
      'bytes',
      null,
    ])
  })

  it('a body that ends before its Content-Length makes the range fail', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streamingHandler(HEADERS)
    app.get('/x', cached(limits), handler)
    const pending = get('/x', { range: 'bytes=0-250' })
    await flush()
    body(1).enqueue(CHUNKS[0])
    body(1).close()
    await assert.rejects(bytesOf(await pending))
  })
})

describe('a range of a body above maxBodyBytes', () => {
  const small = { bufferBytes: 50, maxBodyBytes: 200 }

  it('every range is cut, and the body is cancelled after its last byte', async () => {
    const { app, cached, get } = testApp()
    const { handler, body, calls, cancelled } = streamingHandler(HEADERS)
    app.get('/x', cached(small), handler)
    for (const [i, part] of [...PARTS, ...PARTS].entries()) {
      const pending = get('/x', { range: part[0] })
      await flush()
      for (const one of CHUNKS) body(i + 1).enqueue(one)
      const response = await pending
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=too-large')
      await assertPart(response, part)
    }
    assert.equal(calls(), 2 * PARTS.length)
    assert.equal(cancelled.length, calls())
  })

  it('a range behind the end gets a 416 with the length, and the body is cancelled', async () => {
    const { app, cached, get } = testApp()
    const { handler, cancelled } = streamingHandler(HEADERS)
    app.get('/x', cached(small), handler)
    const response = await get('/x', { range: 'bytes=300-' })
    assert.deepEqual(fieldsOf(response, 'content-range', 'content-length', 'content-type'), [
      416,
      'bytes */300',
      null,
      null,
    ])
    assert.deepEqual(cancelled, [1])
  })

  it('the handler gets the range from the second request on, and its own 206 is passed on', async () => {
    const { app, cached, get } = testApp()
    const ranges: (string | undefined)[] = []
    app.get('/x', cached(small), (c) => {
      const range = c.req.header('range')
      ranges.push(range)
      if (range === undefined) return c.body(join(...CHUNKS) as Uint8Array<ArrayBuffer>, 200, HEADERS)
      return c.body('ab', 206, { 'content-range': 'bytes 0-1/300', 'content-length': '2' })
    })
    const first = await get('/x', { range: 'bytes=0-1' })
    assert.deepEqual(await bytesOf(first), Uint8Array.of(1, 1))
    const second = await get('/x', { range: 'bytes=0-1' })
    assert.deepEqual(fieldsOf(second, 'content-range'), [206, 'bytes 0-1/300'])
    assert.equal(await second.text(), 'ab')
    assert.deepEqual(ranges, [undefined, 'bytes=0-1'])
  })
})

describe('ranges of every streamed body', () => {
  const TAG = '"a"'
  const modified = 'Sun, 22 Nov 2026 11:00:00 GMT'

  /** The first response to a GET whose body of 300 bytes streams and is stored (`1000`), or is not stored (`200`). */
  async function first(maxBodyBytes: number, send: Record<string, string>, headers = {}) {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ bufferBytes: 50, maxBodyBytes }), () => {
      const body = new ReadableStream({
        start(controller) {
          for (const one of CHUNKS) controller.enqueue(one)
          controller.close()
        },
      })
      return new Response(body, { headers: { ...HEADERS, ...headers } })
    })
    return get('/x', send)
  }

  for (const maxBodyBytes of [1000, 200]) {
    const kind = maxBodyBytes === 1000 ? 'that is stored' : 'that is not stored'

    it(`conditions are evaluated before the range of a body ${kind}`, async () => {
      const headers = { etag: TAG, 'last-modified': modified }
      for (const condition of [{ 'if-none-match': TAG }, { 'if-modified-since': modified }]) {
        const response = await first(maxBodyBytes, { ...condition, range: 'bytes=0-1' }, headers)
        assert.deepEqual(fieldsOf(response, 'content-range'), [304, null])
      }
    })

    it(`If-Range decides about the range of a body ${kind}`, async () => {
      const headers = { etag: TAG, 'last-modified': modified }
      for (const [ifRange, status] of [
        [TAG, 206],
        [modified, 206],
        ['"b"', 200],
        ['W/"a"', 200],
        ['Sun, 22 Nov 2026 10:00:00 GMT', 200],
      ] as const) {
        const response = await first(maxBodyBytes, { range: 'bytes=0-1', 'if-range': ifRange }, headers)
        assert.equal(response.status, status, ifRange)
        assert.equal((await bytesOf(response)).length, status === 206 ? 2 : 300)
      }
    })

    it(`several ranges, another unit and a malformed range get the whole body ${kind}`, async () => {
      for (const range of ['bytes=0-1, 5-6', 'items=0-1', 'bytes=a-b', 'bytes=5-1']) {
        const response = await first(maxBodyBytes, { range })
        assert.deepEqual(fieldsOf(response, 'content-length', 'accept-ranges'), [200, '300', 'bytes'])
        assert.deepEqual(await bytesOf(response), join(...CHUNKS))
      }
    })

    it(`Accept-Ranges of the handler is obeyed for a body ${kind}`, async () => {
      const range = 'bytes=0-1'
      const none = await first(maxBodyBytes, { range }, { 'accept-ranges': 'none' })
      assert.deepEqual(fieldsOf(none, 'accept-ranges', 'content-length'), [200, 'none', '300'])
      const both = await first(maxBodyBytes, { range }, { 'accept-ranges': 'items, bytes' })
      assert.deepEqual(fieldsOf(both, 'accept-ranges'), [206, 'items, bytes'])
    })

    it(`a range of a coded body ${kind} is cut from the coded bytes`, async () => {
      const response = await first(maxBodyBytes, { range: 'bytes=99-100' }, { 'content-encoding': 'gzip' })
      assert.deepEqual(fieldsOf(response, 'content-encoding'), [206, 'gzip'])
      assert.deepEqual(await bytesOf(response), Uint8Array.of(1, 2))
    })

    it(`a cookie and other headers of the handler stay on a range of a body ${kind}`, async () => {
      const response = await first(
        maxBodyBytes,
        { range: 'bytes=0-1' },
        { 'x-a': '1', 'content-type': 'video/mp4' },
      )
      assert.deepEqual(fieldsOf(response, 'x-a', 'content-type'), [206, '1', 'video/mp4'])
    })
  }

  it('a body of unknown length gets no range and no Accept-Ranges while it streams', async () => {
    for (const declared of ['', 'x', '-1']) {
      const { app, cached, get, settled } = testApp()
      const { handler, body } = streamingHandler({
        'cache-control': 'max-age=60',
        'content-length': declared,
      })
      app.get('/x', cached(limits), handler)
      const pending = get('/x', { range: 'bytes=0-1' })
      await flush()
      for (const one of CHUNKS) body(1).enqueue(one)
      await flush()
      const response = await pending
      assert.deepEqual(fieldsOf(response, 'accept-ranges', 'content-range'), [200, null, null])
      body(1).close()
      assert.deepEqual(await bytesOf(response), join(...CHUNKS))
      await settled()
      assert.deepEqual(fieldsOf(await get('/x', { range: 'bytes=0-1' }), 'accept-ranges'), [206, 'bytes'])
    }
  })
})

describe('a range of a body of one chunk without Content-Length', () => {
  it('the range is cut, and the body is stored if it is small enough', async () => {
    for (const [maxBodyBytes, again] of [
      [1000, 'hitrate; hit; ttl=60'],
      [200, 'hitrate; fwd=uri-miss; detail=streaming'],
    ] as const) {
      const { app, cached, get, settled } = testApp()
      app.get('/x', cached({ bufferBytes: 50, maxBodyBytes }), () => {
        const body = new ReadableStream({
          pull(controller) {
            controller.enqueue(join(...CHUNKS))
            controller.close()
          },
        })
        return new Response(body, { headers: { 'cache-control': 'max-age=60' } })
      })
      for (const cacheStatus of ['hitrate; fwd=uri-miss; detail=streaming', again]) {
        for (const [i, part] of PARTS.entries()) {
          const response = await get(`/x?${i}`, { range: part[0] })
          assert.equal(response.headers.get('cache-status'), cacheStatus)
          await assertPart(response, part)
          await settled()
        }
      }
    }
  })
})

describe('ranges of a response that is not stored', () => {
  const respond =
    (headers: Record<string, string>, status: 200 | 404 = 200) =>
    (c: Context) =>
      c.body('0123456789', status, { 'content-length': '10', ...headers })

  it('a private response with a length is cut, whether or not the handler got the range', async () => {
    for (const headers of [
      { 'cache-control': 'private' },
      { 'cache-control': 'no-store' },
      { 'cache-control': 'max-age=60', 'set-cookie': 'a=1' },
    ]) {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), respond(headers))
      for (const _ of [1, 2]) {
        const response = await get('/x', { range: 'bytes=2-3' })
        assert.deepEqual(fieldsOf(response, 'content-range', 'set-cookie'), [
          206,
          'bytes 2-3/10',
          headers['set-cookie'] ?? null,
        ])
        assert.equal(await response.text(), '23')
      }
    }
  })

  it('a response that bypasses the cache is not cut', async () => {
    const { app, cached, get } = testApp({ enabled: false })
    app.get('/x', cached(), respond({}))
    const response = await get('/x', { range: 'bytes=2-3' })
    assert.deepEqual(fieldsOf(response, 'accept-ranges', 'content-range'), [200, null, null])
    assert.equal(await response.text(), '0123456789')
  })

  it('a failure is not cut', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), respond({}, 404))
    const response = await get('/x', { range: 'bytes=2-3' })
    assert.deepEqual(fieldsOf(response, 'accept-ranges', 'content-range'), [404, null, null])
  })

  it('a POST is not cut', async () => {
    const { app, cached, request } = testApp()
    app.post('/x', cached(), respond({}))
    assert.equal((await request('POST', '/x', { range: 'bytes=2-3' })).status, 200)
  })
})

describe('Accept-Ranges', () => {
  it('a stored response has Accept-Ranges: bytes, except without a body or with another status', async () => {
    const { app, cached, get, request } = testApp()
    const headers = { 'cache-control': 'max-age=60' }
    app.get('/text', cached(), (c) => c.text('x', 200, headers))
    app.get('/none', cached(), (c) => c.text('x', 200, { ...headers, 'accept-ranges': 'none' }))
    app.get('/empty', cached(), (c) => c.body(null, 200, headers))
    app.get('/missing', cached(), (c) => c.text('x', 404, headers))
    for (const _ of ['miss', 'hit']) {
      assert.deepEqual(fieldsOf(await get('/text'), 'accept-ranges'), [200, 'bytes'])
      assert.deepEqual(fieldsOf(await request('HEAD', '/text'), 'accept-ranges'), [200, 'bytes'])
      assert.deepEqual(fieldsOf(await get('/none', { range: 'bytes=0-0' }), 'accept-ranges'), [200, 'none'])
      assert.deepEqual(fieldsOf(await get('/empty'), 'accept-ranges'), [200, null])
      assert.deepEqual(fieldsOf(await get('/missing', { range: 'bytes=0-0' }), 'accept-ranges'), [404, null])
    }
  })
})
