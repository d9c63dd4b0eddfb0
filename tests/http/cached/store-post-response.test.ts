/** POST responses that declare themselves as the content of the same URL. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { counter, flush, gate, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

type Responder = (c: Context) => Response

const postHeaders = { 'cache-control': 'max-age=60', 'content-location': '/x' }

/** An app whose POST responds like this, and whose GET returns `from GET`. */
function appWithPost(respond: Responder, options: Omit<CachedOptions, 'cache'> = {}): TestApp {
  const test = testApp()
  const cached = test.cached(options)
  test.app.get('/x', cached, (c) => c.text('from GET'))
  test.app.on(['POST', 'PUT', 'PATCH', 'QUERY'], '/x', cached, respond)
  return test
}

const post = ({ request }: TestApp, headers?: Record<string, string>, path = '/x') =>
  request('POST', path, headers)

describe('POST responses', () => {
  it('a POST response with Content-Location and a lifetime answers later GETs', async () => {
    const test = appWithPost((c) => c.text('posted', 200, { ...postHeaders, 'x-a': '1' }))
    assert.deepEqual(await statusAndBody(post(test)), ['hitrate; fwd=method', 'posted'])
    const hit = await test.get('/x')
    assert.equal(hit.headers.get('x-a'), '1')
    assert.equal(hit.headers.get('content-length'), '6')
    assert.match(hit.headers.get('etag') ?? '', /^"/)
    assert.deepEqual(await statusAndBody(hit), ['hitrate; hit; ttl=60', 'posted'])
    assert.deepEqual(await statusAndBody(test.request('HEAD', '/x')), ['hitrate; hit; ttl=60', ''])
    assert.deepEqual(test.outcomes, ['bypass', 'hit', 'hit'])
  })

  it('a POST response replaces the stored response', async () => {
    const test = appWithPost((c) => c.text('posted', 200, postHeaders), { targetedControl: 'max-age=60' })
    assert.equal((await statusAndBody(test.get('/x')))[1], 'from GET')
    await post(test)
    assert.equal((await statusAndBody(test.get('/x')))[1], 'posted')
  })

  it('a POST response never answers another POST', async () => {
    let calls = 0
    const test = appWithPost((c) => c.text(`posted ${++calls}`, 200, postHeaders))
    for (const n of [1, 2]) assert.equal((await statusAndBody(post(test)))[1], `posted ${n}`)
    assert.equal((await statusAndBody(test.get('/x')))[1], 'posted 2')
  })

  it('a POST response expires after its lifetime', async () => {
    const test = appWithPost((c) => c.text('posted', 200, postHeaders))
    await post(test)
    test.clock.ms += 60_000
    assert.equal((await statusAndBody(test.get('/x')))[1], 'from GET')
  })

  it('a POST response has its own lifetime: options of the route do not apply to it', async () => {
    const options = { targetedControl: 'max-age=600', cacheControl: 's-maxage=600' }
    const test = appWithPost((c) => c.text('posted', 200, postHeaders), options)
    await post(test)
    assert.deepEqual(await statusAndBody(test.get('/x')), ['hitrate; hit; ttl=60', 'posted'])
  })

  it('a POST response may have an absolute Content-Location, and Expires or s-maxage as lifetime', async () => {
    const variants: Record<string, string>[] = [
      { ...postHeaders, 'content-location': 'http://localhost/x' },
      { 'content-location': '/x', expires: 'Sun, 22 Nov 2026 13:00:00 GMT' },
      { 'content-location': '/x', 'cache-control': 's-maxage=60' },
    ]
    for (const headers of variants) {
      const test = appWithPost((c) => c.text('posted', 200, headers))
      await post(test)
      assert.equal((await statusAndBody(test.get('/x')))[1], 'posted', JSON.stringify(headers))
    }
  })

  it('a POST response is stored byte by byte, and its own client gets the whole body', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const test = appWithPost((c) => c.body(bytes, 200, postHeaders))
    for (const response of [await post(test), await test.get('/x')]) {
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes)
    }
  })

  it('a POST response is stored without the headers of outer middleware', async () => {
    const { app, cached, get, request } = testApp()
    let n = 0
    app.use(async (c, next) => {
      c.header('x-request', String(++n))
      await next()
    })
    app.on(['GET', 'POST'], '/x', cached(), (c) => c.text('posted', 200, postHeaders))
    assert.equal((await request('POST', '/x')).headers.get('x-request'), '1')
    assert.equal((await get('/x')).headers.get('x-request'), '2')
  })

  const notStored: [label: string, respond: Responder, requestHeaders?: Record<string, string>][] = [
    ['has no Content-Location', (c) => c.text('posted', 200, { 'cache-control': 'max-age=60' })],
    [
      'has the Content-Location of another path',
      (c) => c.text('posted', 200, { ...postHeaders, 'content-location': '/y' }),
    ],
    [
      'has the Content-Location of another query',
      (c) => c.text('posted', 200, { ...postHeaders, 'content-location': '/x?a' }),
    ],
    [
      'has the Content-Location of another host',
      (c) => c.text('posted', 200, { ...postHeaders, 'content-location': '//other/x' }),
    ],
    [
      'has an invalid Content-Location',
      (c) => c.text('posted', 200, { ...postHeaders, 'content-location': 'http://[' }),
    ],
    ['has no lifetime', (c) => c.text('posted', 200, { 'content-location': '/x' })],
    [
      'has Last-Modified and no explicit lifetime',
      (c) =>
        c.text('posted', 200, { 'content-location': '/x', 'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT' }),
    ],
    [
      'has public without a lifetime',
      (c) => c.text('posted', 200, { ...postHeaders, 'cache-control': 'public' }),
    ],
    ['has another status than 200', (c) => c.text('posted', 201, postHeaders)],
    ['is private', (c) => c.text('posted', 200, { ...postHeaders, 'cache-control': 'private, max-age=60' })],
    [
      'has private with header names',
      (c) => c.text('posted', 200, { ...postHeaders, 'cache-control': 'private="x", max-age=60' }),
    ],
    [
      'has no-store',
      (c) => c.text('posted', 200, { ...postHeaders, 'cache-control': 'no-store, max-age=60' }),
    ],
    [
      'has no-cache',
      (c) => c.text('posted', 200, { ...postHeaders, 'cache-control': 'no-cache, max-age=60' }),
    ],
    [
      'has no-cache and an ETag',
      (c) => c.text('posted', 200, { ...postHeaders, 'cache-control': 'no-cache, max-age=60', etag: '"a"' }),
    ],
    ['has Set-Cookie', (c) => c.text('posted', 200, { ...postHeaders, 'set-cookie': 'sid=1' })],
    ['has Vary', (c) => c.text('posted', 200, { ...postHeaders, vary: 'accept' })],
    [
      'may depend on Accept-Encoding',
      (c) => c.text(c.req.header('accept-encoding') ?? 'posted', 200, postHeaders),
    ],
    ['answers Authorization', (c) => c.text('posted', 200, postHeaders), { authorization: 'a' }],
    ['depends on Cookie', (c) => c.text(c.req.header('cookie') ?? 'posted', 200, postHeaders)],
    ['depends on Authorization', (c) => c.text(c.req.header('authorization') ?? 'posted', 200, postHeaders)],
  ]
  for (const [label, respond, requestHeaders] of notStored) {
    it(`a POST response is not stored if it ${label}`, async () => {
      const test = appWithPost(respond)
      assert.equal((await statusAndBody(post(test, requestHeaders)))[1], 'posted')
      assert.equal(test.cache.stats().entries, 0)
      assert.equal((await statusAndBody(test.get('/x')))[1], 'from GET')
    })
  }

  it('options alone do not make a POST response one for GETs', async () => {
    const options = { targetedControl: 'max-age=60', cacheControl: 'max-age=60' }
    const test = appWithPost((c) => c.text('posted', 200, { 'content-location': '/x' }), options)
    await post(test)
    assert.equal((await statusAndBody(test.get('/x')))[1], 'from GET')
  })

  it('responses of PUT, PATCH and QUERY are not stored for GETs', async () => {
    for (const method of ['PUT', 'PATCH', 'QUERY']) {
      const test = appWithPost((c) => c.text('not posted', 200, postHeaders))
      await test.request(method, '/x')
      assert.equal((await statusAndBody(test.get('/x')))[1], 'from GET', method)
    }
  })

  it('a POST response above bufferBytes or maxBodyBytes passes through and is not stored', async () => {
    for (const size of [100, 2000]) {
      const test = appWithPost((c) => c.text('x'.repeat(size), 200, postHeaders), {
        bufferBytes: 50,
        maxBodyBytes: 1000,
      })
      assert.equal((await statusAndBody(post(test)))[1].length, size)
      assert.equal((await statusAndBody(test.get('/x')))[1], 'from GET')
    }
  })

  it('a POST response that is invalidated while its handler runs or its body is read is not stored', async () => {
    const invalidations: [label: string, invalidate: (test: TestApp) => Promise<unknown>][] = [
      ['PUT', ({ request }) => request('PUT', '/x')],
      ['its key', ({ responses }) => responses.deleteMany(['http://localhost/x'])],
      ['a tag', ({ cache }) => cache.invalidateTags(['t'])],
      ['everything', ({ cache }) => cache.clear()],
    ]
    for (const [label, invalidate] of invalidations) {
      for (const where of ['handler', 'body', 'nowhere']) {
        const test = testApp()
        const barrier = gate()
        const { app, cached, get } = test
        app.get('/x', cached(), (c) => c.text('from GET'))
        app.put('/x', cached(), (c) => c.text('changed'))
        app.post('/x', cached(), async () => {
          if (where === 'handler') await barrier.opened
          const body = new ReadableStream<Uint8Array>({
            async pull(controller) {
              if (where === 'body') await barrier.opened
              controller.enqueue(new TextEncoder().encode('posted'))
              controller.close()
            },
          })
          return new Response(body, { headers: { ...postHeaders, 'cache-tag': 't' } })
        })
        const pending = post(test)
        for (let i = 0; i < 3; i++) await flush()
        if (where !== 'nowhere') await invalidate(test)
        barrier.open()
        assert.equal(await (await pending).text(), 'posted')
        const expected = where === 'nowhere' ? 'posted' : 'from GET'
        assert.equal(await (await get('/x')).text(), expected, `${label}, in its ${where}`)
      }
    }
  })

  it('a disabled cache does not read the body of a POST response', async () => {
    const { app, cached, get, request } = testApp({ enabled: false })
    app.get('/x', cached(), (c) => c.text('from GET'))
    app.post('/x', cached(), () => new Response(new ReadableStream(), { headers: postHeaders }))
    const posted = await request('POST', '/x')
    assert.equal(posted.status, 200)
    await posted.body?.cancel()
    assert.equal((await statusAndBody(get('/x')))[1], 'from GET')
  })
})

describe('a POST response with Content-Location', () => {
  const responseHeaders = { 'cache-control': 'max-age=60', 'content-location': '/x', 'cache-tag': 't' }

  it('a POST response is stored for later GETs', async () => {
    const { app, cached, get, request } = testApp()
    const { handler, calls } = counter(responseHeaders)
    app.all('/x', cached(), handler)
    await request('POST', '/x')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '1'])
    assert.equal(calls(), 1)
  })

  for (const invalidation of ['PUT', 'tag', 'clear'] as const) {
    it(`a POST response is not stored when it was invalidated while the handler ran: ${invalidation}`, async () => {
      const { app, cache, cached, get, request } = testApp()
      const { open, opened } = gate()
      let state = 'old'
      app.post('/x', cached(), async (c) => {
        const seenState = state
        await opened
        return c.text(seenState, 200, responseHeaders)
      })
      app.put('/x', cached(), (c) => c.body(null, 204))
      app.get('/x', cached(), (c) => c.text(state, 200, responseHeaders))
      const pending = request('POST', '/x')
      state = 'new'
      if (invalidation === 'PUT') await request('PUT', '/x')
      if (invalidation === 'tag') await cache.invalidateTags(['t'])
      if (invalidation === 'clear') await cache.clear()
      open()
      assert.equal(await (await pending).text(), 'old')
      assert.equal(await (await get('/x')).text(), 'new')
    })
  }

  it('a POST response is not stored when it was invalidated while its body was read', async () => {
    const { app, cache, cached, get, request } = testApp()
    const { open, opened } = gate()
    app.post('/x', cached(), (c) => {
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await opened
          controller.enqueue(new TextEncoder().encode('old'))
          controller.close()
        },
      })
      return c.body(body, 200, responseHeaders)
    })
    app.get('/x', cached(), (c) => c.text('new', 200, responseHeaders))
    const pending = request('POST', '/x')
    await flush() // the handler has responded
    await cache.invalidateTags(['t'])
    open()
    assert.equal(await (await pending).text(), 'old')
    assert.equal(await (await get('/x')).text(), 'new')
  })
})
