/** Handlers, middleware and clients that do what nobody expects: nothing leaks, nothing old comes back, nobody waits in vain. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { etag } from 'hono/etag'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { front } from '../../../src/http/front/front.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('what selects an answer', () => {
  it('counts also where middleware around has said it', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('vary', 'cookie')
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => c.text(getCookie(c, 'user') ?? 'nobody'))
    for (const user of ['ann', 'bob', 'ann']) {
      const answer = await get('/x', { cookie: `user=${user}` })
      assert.equal(answer.headers.get('vary'), 'cookie')
      assert.equal(await answer.text(), user)
    }
  })

  it('counts also where the handler says that Vary is for this client alone', async () => {
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
  it('does not make an answer to Authorization one for all', async () => {
    const { app, cached, get, request } = testApp()
    app.all('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const who = c.req.header('authorization') ?? 'nobody'
      c.req.raw.headers.delete('authorization') // before it is sent on, say
      return c.text(who, 200, {
        vary: c.req.method === 'GET' ? 'authorization' : '',
        'content-location': '/x',
        'cache-control': 'max-age=60',
      })
    })
    const [status, who] = await statusAndBody(get('/x', { authorization: 'ann' }))
    assert.deepEqual([status, who], ['hitrate; fwd=uri-miss; detail=authorization', 'ann'])
    await request('POST', '/x', { authorization: 'ann' })
    assert.equal(await (await get('/x')).text(), 'nobody')
  })

  it('does not change which variant its answer is', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const who = getCookie(c, 'user') ?? 'nobody'
      c.req.raw.headers.delete('cookie')
      return c.text(who, 200, { vary: 'cookie' })
    })
    assert.equal(await (await get('/x', { cookie: 'user=ann' })).text(), 'ann')
    assert.equal(await (await get('/x')).text(), 'nobody')
    assert.deepEqual(await statusAndBody(get('/x', { cookie: 'user=ann' })), ['hitrate; hit; ttl=60', 'ann'])
  })
})

describe('fields that middleware around has set on c.res', () => {
  it('leave a kept answer its own', async () => {
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

  it('are on the answer to an error too, where a body has broken off', async () => {
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
    const answer = await get('/x')
    assert.equal(answer.status, 500)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('x-own'), null)
    assert.deepEqual(await statusAndBody(answer), ['hitrate; fwd=uri-miss', 'broken'])
  })
})

describe('fields that are for this client alone', () => {
  it('are on its answer once, and in place of those that everyone gets', async () => {
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

  it('are not those that nobody gets', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=60, private="cache-tag"', 'cache-tag': 'a' }),
    )
    assert.equal((await get('/x')).headers.get('cache-tag'), null)
  })
})

describe('a 304 that does not say again what the answer said', () => {
  it('takes back neither its tags nor the lifetime that is for us alone', async () => {
    const { app, cache, cached, clock, get } = testApp()
    let state = 'old'
    const fields = { 'cache-control': 'max-age=0', 'hitrate-cache-control': 'max-age=60', 'cache-tag': 't' }
    app.get('/x', cached(), etag(), (c) => c.text(state, 200, fields)) // whose 304 keeps but six fields
    await get('/x')
    clock.ms += 61_000
    const validated = await get('/x')
    assert.equal(validated.headers.get('cache-tag'), null)
    assert.equal(validated.headers.get('hitrate-cache-control'), null)
    assert.deepEqual(await statusAndBody(validated), [
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

  it('does not make our option the handler’s own word', async () => {
    const { app, cached, clock, get } = testApp()
    app.get('/x', cached({ cacheControl: 'public, max-age=60' }), (c) => {
      const fields = { etag: '"e"', 'x-user': c.req.header('x-user') ?? 'nobody' }
      return c.req.header('if-none-match') ? c.body(null, 304, fields) : c.text('x', 200, fields)
    })
    await get('/x')
    clock.ms += 61_000
    const own = await get('/x', { authorization: 'ann', 'x-user': 'ann' })
    assert.equal(own.headers.get('x-user'), 'ann')
    assert.equal(own.headers.get('cache-control'), 'public, max-age=60')
    assert.equal(own.headers.get('cache-status'), 'hitrate; fwd=stale; fwd-status=304; detail=authorization')
    assert.equal((await get('/x')).headers.get('x-user'), 'nobody')
  })
})

describe('an option with a list of fields', () => {
  it('is added as it was given', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'x-a': '1', 'x-b': '1' })
    app.get('/x', cached({ cacheControl: 'max-age=60, private="x-a, x-b"' }), handler)
    await get('/x')
    const { headers } = await get('/x')
    assert.equal(headers.get('cache-control'), 'max-age=60, private="x-a, x-b"')
    assert.deepEqual([headers.get('x-a'), headers.get('x-b')], [null, null])
  })
})

describe("a POST's answer", () => {
  const fields = { 'cache-control': 'max-age=60', 'content-location': '/x', 'cache-tag': 't' }

  it('is kept for the GETs to come', async () => {
    const { app, cached, get, request } = testApp()
    const { handler, calls } = counter(fields)
    app.all('/x', cached(), handler)
    await request('POST', '/x')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '1'])
    assert.equal(calls(), 1)
  })

  for (const way of ['PUT', 'tag', 'clear'] as const) {
    it(`is not kept where it was overtaken: ${way}`, async () => {
      const { app, cache, cached, get, request } = testApp()
      const { open, opened } = gate()
      let state = 'old'
      app.post('/x', cached(), async (c) => {
        const seen = state
        await opened
        return c.text(seen, 200, fields)
      })
      app.put('/x', cached(), (c) => c.body(null, 204))
      app.get('/x', cached(), (c) => c.text(state, 200, fields))
      const posted = request('POST', '/x')
      state = 'new'
      if (way === 'PUT') await request('PUT', '/x')
      if (way === 'tag') await cache.invalidateTags(['t'])
      if (way === 'clear') await cache.clear()
      open()
      assert.equal(await (await posted).text(), 'old')
      assert.equal(await (await get('/x')).text(), 'new')
    })
  }

  it('is not kept either where it was overtaken while its body came', async () => {
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
      return c.body(body, 200, fields)
    })
    app.get('/x', cached(), (c) => c.text('new', 200, fields))
    const posted = request('POST', '/x')
    await new Promise((resolve) => setTimeout(resolve, 0)) // the handler has answered
    await cache.invalidateTags(['t'])
    open()
    assert.equal(await (await posted).text(), 'old')
    assert.equal(await (await get('/x')).text(), 'new')
  })
})

describe('a client that goes away', () => {
  it('does not fail those who wait for the handler that it stops', async () => {
    const { app, cached, outcomes } = testApp()
    const client = new AbortController()
    const signals = [client.signal]
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      const signal = signals.shift() // as fetch(c.req.raw) would heed it
      await new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        void opened.then(resolve)
      })
      return c.text('x', 200, { 'cache-control': 'max-age=60' })
    })
    app.onError((_, c) => c.text('failed', 500))
    const gone = app.request(new Request('http://localhost/x', { signal: client.signal }))
    const waits = app.request('/x')
    client.abort(new Error('gone'))
    await gone
    open()
    assert.deepEqual(await statusAndBody(waits), ['hitrate; fwd=uri-miss; ttl=60; stored', 'x'])
    assert.deepEqual(outcomes, ['error', 'miss'])
  })

  it('does not fail them either where it breaks off the body that was being read', async () => {
    const { app, cached, outcomes } = testApp()
    const client = new AbortController()
    const signals = [client.signal]
    const { open, opened } = gate()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      const signal = signals.shift() // as above: what it gave has come by then, but not all of its body
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
    const gone = app.request(new Request('http://localhost/x', { signal: client.signal }))
    const waits = app.request('/x')
    await new Promise((resolve) => setTimeout(resolve, 0))
    client.abort(new Error('gone'))
    assert.deepEqual(await statusAndBody(gone), ['hitrate; fwd=uri-miss', 'gone'])
    open()
    assert.deepEqual(await statusAndBody(waits), ['hitrate; fwd=uri-miss; ttl=60; stored', 'half whole'])
    assert.deepEqual(outcomes, ['error', 'miss'])
  })
})

describe('the signal that a handler has', () => {
  for (const [headers, what] of [
    [{}, 'the client’s own request'],
    [{ range: 'bytes=0-0' }, 'a request for the whole'],
  ] as const) {
    it(`does not fire where others may want its answer: with ${what}`, async () => {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
        const { signal } = c.req.raw // handed on to fetch(), say
        await opened
        signal.throwIfAborted()
        return c.text('x')
      })
      const client = new AbortController()
      const request = new Request('http://localhost/x', { headers, signal: client.signal })
      const gone = app.request(request)
      client.abort('gone')
      open()
      await gone
      assert.equal(request.signal.aborted, true) // as it was
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'x'])
    })
  }

  it('does not fire either between two caches, once the inner one has its answer', async () => {
    const { app, cached } = testApp()
    const inner = testApp().cached()
    const seen: boolean[] = []
    app.get(
      '/x',
      cached({ targetedControl: 'max-age=60' }),
      async (c, next) => {
        seen.push(c.req.raw.signal.aborted)
        await next()
        seen.push(c.req.raw.signal.aborted)
      },
      inner,
      (c) => c.text('x'),
    )
    const request = new Request('http://localhost/x', { signal: AbortSignal.abort() })
    await app.request(request)
    assert.deepEqual([...seen, request.signal.aborted], [false, false, true])
  })

  it('is its client’s where the answer is for that one alone', async () => {
    const { app, cached, get } = testApp()
    let reason: unknown
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      reason = c.req.raw.signal.reason
      return c.text('x', 200, { 'cache-control': 'private' })
    })
    await get('/x')
    await app.request(new Request('http://localhost/x', { signal: AbortSignal.abort('gone') }))
    assert.equal(reason, 'gone')
  })
})

describe('a request for a websocket', () => {
  it('is none that a kept answer could meet', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter() // Bun's upgrade leaves a 200 behind
    app.get('/x', cached({ targetedControl: 'max-age=60' }), handler)
    for (const body of ['1', '2']) {
      assert.deepEqual(await statusAndBody(get('/x', { upgrade: 'WebSocket' })), [
        'hitrate; fwd=bypass; detail=upgrade',
        body,
      ])
    }
  })

  it('is not met by what the same URL says to others either', async () => {
    const { app, cached, cache, get } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60', front: true }), (c) =>
      c.text(c.req.header('upgrade') === 'websocket' ? 'opened' : 'this is for websockets'),
    )
    const fetch = front(app.fetch, { cache })
    const ask = async (headers: Record<string, string>) =>
      (await fetch(new Request('http://localhost/x', { headers }))).text()
    for (const _ of [1, 2, 3]) assert.equal(await ask({}), 'this is for websockets')
    assert.equal(await ask({ upgrade: 'websocket' }), 'opened')
    assert.equal(await (await get('/x', { upgrade: 'websocket' })).text(), 'opened')
    assert.equal(await ask({ upgrade: 'h2c' }), 'this is for websockets')
  })
})

describe('a URL with a fragment', () => {
  const keyGenerator = (c: Context) => new URL(c.req.url).search
  for (const options of [{}, { keyGenerator }, { query: ['q'] }]) {
    const with_ = Object.keys(options)[0] ?? 'no option'
    it(`gives others nothing that its handler took the fragment for, with ${with_}`, async () => {
      const { app, cached, outcomes } = testApp()
      const plain = 'http://localhost/x?q=a'
      app.get('/x', cached({ targetedControl: 'max-age=60', ...options }), (c) =>
        c.text(c.req.url.slice(plain.length - 1)),
      )
      for (const hit of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        // As servers make it of a request target that has one.
        assert.deepEqual(await statusAndBody(app.request(`${plain}#b`)), [
          'hitrate; fwd=bypass; detail=fragment',
          'a#b',
        ])
        assert.deepEqual(await statusAndBody(app.request(plain)), [`hitrate; ${hit}`, 'a'])
      }
      assert.deepEqual(outcomes, ['bypass', 'miss', 'bypass', 'hit'])
    })
  }
})

describe('Server-Timing', () => {
  it('is not said on what cannot be changed', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ serverTiming: true }), () => Response.error())
    assert.equal((await get('/x')).type, 'error')
  })
})

describe('a refresh behind', () => {
  it('gives the body back that nobody may keep', async () => {
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

describe('a request that is no Request of this runtime', () => {
  // What @hono/node-server hands out where it may not replace the global Request.
  const foreign = (method: string, headers: Record<string, string>, url = 'http://localhost/x') =>
    Object.create(Request.prototype, {
      method: { value: method },
      url: { value: url },
      headers: { value: new Headers(headers), configurable: true },
      signal: { value: new AbortController().signal, configurable: true },
      redirect: { value: 'follow' },
    }) as Request

  it('is asked about plainly all the same', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let methods = ''
    app.get('/x', cached({ cache }), (c) => {
      methods += `${c.req.method} ${c.req.header('if-none-match')}, `
      return c.text('x', 200, { 'cache-control': 'max-age=0', etag: '"e"' })
    })
    assert.equal((await app.fetch(foreign('HEAD', {}))).status, 200)
    assert.equal((await app.fetch(foreign('GET', { 'if-none-match': '"e"' }))).status, 304)
    assert.equal(methods, 'GET undefined, GET "e", ')
  })

  it('may say no host, as on Bun where its client says no fit one', async () => {
    const { app, cached } = testApp()
    app.all('*', cached(), (c) => c.text(c.req.method, 200, { 'content-location': '/x', location: '/y' }))
    for (const method of ['POST', 'GET', 'PUT']) {
      assert.equal(await (await app.fetch(foreign(method, {}, '/x'))).text(), method)
    }
  })
})
