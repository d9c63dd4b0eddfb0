/** Handlers, clients and requests in unusual states: nothing leaks, no old response returns, no request waits forever. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { etag } from 'hono/etag'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { front } from '../../../src/http/front/front.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('Vary from other places', () => {
  it('Vary of outer middleware selects the variant', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('vary', 'cookie')
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => c.text(getCookie(c, 'user') ?? 'nobody'))
    for (const user of ['ann', 'bob', 'ann']) {
      const response = await get('/x', { cookie: `user=${user}` })
      assert.equal(response.headers.get('vary'), 'cookie')
      assert.equal(await response.text(), user)
    }
  })

  it('Vary selects the variant although private="vary" names it', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text(c.req.header('x-user') ?? '', 200, {
        vary: 'x-user',
        'cache-control': 'max-age=60, private="vary"',
      }),
    )
    for (const user of ['ann', 'bob']) {
      assert.equal(await (await get('/x', { 'x-user': user })).text(), user)
    }
  })
})

describe('a handler that changes the request', () => {
  it('a response to Authorization is not stored although the handler deletes that header', async () => {
    const { app, cached, get, request } = testApp()
    app.all('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const user = c.req.header('authorization') ?? 'nobody'
      c.req.raw.headers.delete('authorization') // as a proxy does before it forwards the request
      return c.text(user, 200, {
        vary: c.req.method === 'GET' ? 'authorization' : '',
        'content-location': '/x',
        'cache-control': 'max-age=60',
      })
    })
    const [status, user] = await statusAndBody(get('/x', { authorization: 'ann' }))
    assert.deepEqual([status, user], ['hitrate; fwd=uri-miss; detail=authorization', 'ann'])
    await request('POST', '/x', { authorization: 'ann' })
    assert.equal(await (await get('/x')).text(), 'nobody')
  })

  it('the variant is selected by the received Cookie although the handler deletes that header', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const user = getCookie(c, 'user') ?? 'nobody'
      c.req.raw.headers.delete('cookie')
      return c.text(user, 200, { vary: 'cookie' })
    })
    assert.equal(await (await get('/x', { cookie: 'user=ann' })).text(), 'ann')
    assert.equal(await (await get('/x')).text(), 'nobody')
    assert.deepEqual(await statusAndBody(get('/x', { cookie: 'user=ann' })), ['hitrate; hit; ttl=60', 'ann'])
  })
})

describe('headers that outer middleware sets on c.res', () => {
  it('a stored response does not contain Set-Cookie and Vary that outer middleware set on c.res', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.res.headers.append('set-cookie', 'outer=1')
      c.res.headers.set('vary', 'origin')
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60', storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'own=1', { append: true })
      c.header('vary', 'accept', { append: true })
      return c.text('x')
    })
    for (const status of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const { headers } = await get('/x')
      assert.equal(headers.get('cache-status'), status)
      assert.equal(headers.get('vary'), 'origin, accept')
      assert.deepEqual(headers.getSetCookie().sort(), ['outer=1', 'own=1'])
    }
  })

  it('an error response keeps the headers that outer middleware set on c.res, after a body broke off', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.res.headers.set('access-control-allow-origin', '*')
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error('broke off')) })
      return c.body(body, 200, { 'x-own': '1' })
    })
    app.onError((_, c) => c.text('broken', 500))
    const response = await get('/x')
    assert.equal(response.status, 500)
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.equal(response.headers.get('x-own'), null)
    assert.deepEqual(await statusAndBody(response), ['hitrate; fwd=uri-miss', 'broken'])
  })
})

describe('private with header names', () => {
  it('headers that private names reach only the first client, once, and replace the stored ones', async () => {
    const { app, cached, get } = testApp()
    const date = 'Sun, 22 Nov 2026 11:00:00 GMT'
    app.use(async (c, next) => {
      c.header('set-cookie', 'outer=1')
      await next()
    })
    app.get('/x', cached(), (c) => {
      c.header('set-cookie', 'own=1', { append: true })
      const control = 'max-age=7200, private="set-cookie, etag, date"'
      return c.text('x', 200, { 'cache-control': control, etag: '"own"', date })
    })
    const first = await get('/x')
    assert.equal(first.headers.get('etag'), '"own"')
    assert.equal(first.headers.get('date'), date)
    assert.deepEqual(first.headers.getSetCookie().sort(), ['outer=1', 'own=1'])
    const second = await get('/x')
    assert.notEqual(second.headers.get('etag'), '"own"')
    assert.deepEqual(second.headers.getSetCookie(), ['outer=1'])
  })

  it('a Cache-Tag that private names does not reach the client either', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=60, private="cache-tag"', 'cache-tag': 'a' }),
    )
    assert.equal((await get('/x')).headers.get('cache-tag'), null)
  })
})

describe('a 304 that omits headers', () => {
  it('a 304 without Cache-Tag and Hitrate-Cache-Control keeps the stored ones', async () => {
    const { app, cache, cached, clock, get } = testApp()
    let state = 'old'
    const responseHeaders = {
      'cache-control': 'max-age=0',
      'hitrate-cache-control': 'max-age=60',
      'cache-tag': 't',
    }
    app.get('/x', cached(), etag(), (c) => c.text(state, 200, responseHeaders)) // the 304 of etag() keeps six headers only
    await get('/x')
    clock.ms += 61_000
    const revalidated = await get('/x')
    assert.equal(revalidated.headers.get('cache-tag'), null)
    assert.equal(revalidated.headers.get('hitrate-cache-control'), null)
    assert.deepEqual(await statusAndBody(revalidated), [
      'hitrate; fwd=stale; fwd-status=304; ttl=60; stored',
      'old',
    ])
    const hit = await get('/x')
    assert.equal(hit.headers.get('cache-tag'), null)
    assert.deepEqual(await statusAndBody(hit), ['hitrate; hit; ttl=60', 'old'])
    state = 'new'
    await cache.invalidateTags(['t'])
    assert.equal(await (await get('/x')).text(), 'new')
  })

  it("a 304 without Cache-Control does not make the option cacheControl count as the handler's own", async () => {
    const { app, cached, clock, get } = testApp()
    app.get('/x', cached({ cacheControl: 'public, max-age=60' }), (c) => {
      const headers = { etag: '"e"', 'x-user': c.req.header('x-user') ?? 'nobody' }
      return c.req.header('if-none-match') ? c.body(null, 304, headers) : c.text('x', 200, headers)
    })
    await get('/x')
    clock.ms += 61_000
    const ownResponse = await get('/x', { authorization: 'ann', 'x-user': 'ann' })
    assert.equal(ownResponse.headers.get('x-user'), 'ann')
    assert.equal(ownResponse.headers.get('cache-control'), 'public, max-age=60')
    assert.equal(
      ownResponse.headers.get('cache-status'),
      'hitrate; fwd=stale; fwd-status=304; detail=authorization',
    )
    assert.equal((await get('/x')).headers.get('x-user'), 'nobody')
  })
})

describe('the option cacheControl', () => {
  it('a list of header names in the option cacheControl is added unchanged', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'x-a': '1', 'x-b': '1' })
    app.get('/x', cached({ cacheControl: 'max-age=60, private="x-a, x-b"' }), handler)
    await get('/x')
    const { headers } = await get('/x')
    assert.equal(headers.get('cache-control'), 'max-age=60, private="x-a, x-b"')
    assert.deepEqual([headers.get('x-a'), headers.get('x-b')], [null, null])
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

describe('the AbortSignal of the handler’s request', () => {
  for (const [headers, label] of [
    [{}, 'an unconditional request'],
    [{ range: 'bytes=0-0' }, 'a range request'],
  ] as const) {
    it(`request.signal of the handler does not abort while the response may be shared: with ${label}`, async () => {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
        const { signal } = c.req.raw // such as an argument of fetch()
        await opened
        signal.throwIfAborted()
        return c.text('x')
      })
      const client = new AbortController()
      const request = new Request('http://localhost/x', { headers, signal: client.signal })
      const aborted = app.request(request)
      client.abort('left')
      open()
      await aborted
      assert.equal(request.signal.aborted, true) // restored afterwards
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'x'])
    })
  }

  it('request.signal does not abort between two caches after the inner one has its response', async () => {
    const { app, cached } = testApp()
    const inner = testApp().cached()
    const observed: boolean[] = []
    app.get(
      '/x',
      cached({ targetedControl: 'max-age=60' }),
      async (c, next) => {
        observed.push(c.req.raw.signal.aborted)
        await next()
        observed.push(c.req.raw.signal.aborted)
      },
      inner,
      (c) => c.text('x'),
    )
    const request = new Request('http://localhost/x', { signal: AbortSignal.abort() })
    await app.request(request)
    assert.deepEqual([...observed, request.signal.aborted], [false, false, true])
  })

  it('request.signal is the client’s own where the response is for that client alone', async () => {
    const { app, cached, get } = testApp()
    let reason: unknown
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      reason = c.req.raw.signal.reason
      return c.text('x', 200, { 'cache-control': 'private' })
    })
    await get('/x')
    await app.request(new Request('http://localhost/x', { signal: AbortSignal.abort('left') }))
    assert.equal(reason, 'left')
  })
})

describe('websocket requests', () => {
  it('a websocket request bypasses the cache', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter() // Bun’s upgrade leaves a 200
    app.get('/x', cached({ targetedControl: 'max-age=60' }), handler)
    for (const body of ['1', '2']) {
      assert.deepEqual(await statusAndBody(get('/x', { upgrade: 'WebSocket' })), [
        'hitrate; fwd=bypass; detail=upgrade',
        body,
      ])
    }
  })

  it('a websocket request is not answered with the stored response of a plain GET', async () => {
    const { app, cached, cache, get } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60', front: true }), (c) =>
      c.text(c.req.header('upgrade') === 'websocket' ? 'opened' : 'this is for websockets'),
    )
    const fetch = front(app.fetch, { cache })
    const fetchBody = async (headers: Record<string, string>) =>
      (await fetch(new Request('http://localhost/x', { headers }))).text()
    for (const _ of [1, 2, 3]) assert.equal(await fetchBody({}), 'this is for websockets')
    assert.equal(await fetchBody({ upgrade: 'websocket' }), 'opened')
    assert.equal(await (await get('/x', { upgrade: 'websocket' })).text(), 'opened')
    assert.equal(await fetchBody({ upgrade: 'h2c' }), 'this is for websockets')
  })
})

describe('URLs with a fragment', () => {
  const keyGenerator = (c: Context) => new URL(c.req.url).search
  for (const options of [{}, { keyGenerator }, { query: ['q'] }]) {
    const label = Object.keys(options)[0] ?? 'no option'
    it(`a request whose URL has a fragment bypasses the cache, with ${label}`, async () => {
      const { app, cached, outcomes } = testApp()
      const plain = 'http://localhost/x?q=a'
      app.get('/x', cached({ targetedControl: 'max-age=60', ...options }), (c) =>
        c.text(c.req.url.slice(plain.length - 1)),
      )
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        // Servers pass on a request target with a fragment like this.
        assert.deepEqual(await statusAndBody(app.request(`${plain}#b`)), [
          'hitrate; fwd=bypass; detail=fragment',
          'a#b',
        ])
        assert.deepEqual(await statusAndBody(app.request(plain)), [`hitrate; ${outcome}`, 'a'])
      }
      assert.deepEqual(outcomes, ['bypass', 'miss', 'bypass', 'hit'])
    })
  }
})

describe('Server-Timing of an immutable response', () => {
  it('Response.error() gets no Server-Timing', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ serverTiming: true }), () => Response.error())
    assert.equal((await get('/x')).type, 'error')
  })
})

describe('a background refresh', () => {
  it('a background refresh cancels the body of a response that must not be stored', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let cancelled = 0
    let isFirst = true
    app.get('/x', cached(), (c) => {
      if (isFirst) {
        isFirst = false
        return c.text('x', 200, { 'cache-control': 'max-age=1, stale-while-revalidate=60' })
      }
      const body = new ReadableStream({ cancel: () => void cancelled++ })
      return c.body(body, 200, { 'cache-control': 'private' })
    })
    await get('/x')
    clock.ms += 2000
    await get('/x')
    await settled()
    assert.equal(cancelled, 1)
  })
})

describe('a request object of another class', () => {
  // As `@hono/node-server` passes it, unless it has replaced the global Request.
  const foreignRequest = (method: string, headers: Record<string, string>, url = 'http://localhost/x') =>
    Object.create(Request.prototype, {
      method: { value: method },
      url: { value: url },
      headers: { value: new Headers(headers), configurable: true },
      signal: { value: new AbortController().signal, configurable: true },
      redirect: { value: 'follow' },
    }) as Request

  it('a request object of another class is served unconditionally', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let observed = ''
    app.get('/x', cached({ cache }), (c) => {
      observed += `${c.req.method} ${c.req.header('if-none-match')}, `
      return c.text('x', 200, { 'cache-control': 'max-age=0', etag: '"e"' })
    })
    assert.equal((await app.fetch(foreignRequest('HEAD', {}))).status, 200)
    assert.equal((await app.fetch(foreignRequest('GET', { 'if-none-match': '"e"' }))).status, 304)
    assert.equal(observed, 'GET undefined, GET "e", ')
  })

  it('a request object may have a URL without a host, as on Bun without a valid Host', async () => {
    const { app, cached } = testApp()
    app.all('*', cached(), (c) => c.text(c.req.method, 200, { 'content-location': '/x', location: '/y' }))
    for (const method of ['POST', 'GET', 'PUT']) {
      assert.equal(await (await app.fetch(foreignRequest(method, {}, '/x'))).text(), method)
    }
  })
})
