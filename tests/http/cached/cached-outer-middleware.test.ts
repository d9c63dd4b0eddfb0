/** Middleware around `cached()`: its headers, its changes, and Hono's own middleware. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { every } from 'hono/combine'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { requestId } from 'hono/request-id'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

const users = ['ann', 'bob', 'cat', 'dan']

describe('outer middleware', () => {
  const responseHeaders = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }

  it('cors() sets the allowed origin of each request', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(cors({ origin: (origin) => (origin === 'http://evil' ? null : origin), credentials: true }))
    app.get('/x', cached(), counter(responseHeaders).handler)
    const allowed = async (origin: string) =>
      (await get('/x', { origin })).headers.get('access-control-allow-origin')
    for (const _ of [1, 2]) {
      for (const origin of ['http://a', 'http://b', 'http://a']) assert.equal(await allowed(origin), origin)
      assert.equal(await allowed('http://evil'), null)
      clock.ms += 11_000
    }
    await settled()
    for (const origin of ['http://b', 'http://a']) assert.equal(await allowed(origin), origin)
  })

  it('a header that outer middleware sets comes before the values that the handler appends', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(async (c, next) => {
      const user = c.req.query('who')
      if (user !== undefined) c.header('link', `<${user}>`)
      await next()
    })
    app.get('/x', cached({ query: [] }), (c) => {
      c.header('link', '<all>', { append: true })
      return c.text('x', 200, responseHeaders)
    })
    const link = async (query: string, headers = {}) => (await get(`/x${query}`, headers)).headers.get('link')
    for (const _ of ['loaded', 'refreshed']) {
      for (const user of ['ann', 'bob', 'a']) assert.equal(await link(`?who=${user}`), `<${user}>, <all>`)
      assert.equal(await link('?who=bob', { range: 'bytes=0-0' }), '<bob>, <all>')
      assert.equal(await link(''), '<all>')
      clock.ms += 11_000
      assert.equal(await link('?who=eve'), '<eve>, <all>')
      await settled()
    }
  })

  it('requestId() gives each hit its own id', async () => {
    const { app, cached, get } = testApp()
    app.use(requestId())
    app.get('/x', cached(), counter(responseHeaders).handler)
    const ids = new Set<string | null>()
    for (let i = 0; i < 5; i++) ids.add((await get('/x')).headers.get('x-request-id'))
    assert.equal(ids.size, 5)
    assert.ok(!ids.has(null))
  })

  it('compress() compresses stored responses', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const body = 'long '.repeat(1000)
    app.use(compress())
    app.get('/x', cached(), (c) => c.text(body, 200, responseHeaders))
    for (const wait of [0, 0, 11_000, 0]) {
      clock.ms += wait
      const response = await get('/x', { 'accept-encoding': 'gzip' })
      assert.equal(response.headers.get('content-encoding'), 'gzip')
      const unpacked = response.body?.pipeThrough(new DecompressionStream('gzip') as never)
      assert.equal(await new Response(unpacked as never).text(), body)
      assert.equal(await (await get('/x')).text(), body)
      await settled()
    }
  })

  it('etag() adds tags and answers conditions', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(etag())
    app.get(
      '/203',
      cached({ targetedControl: responseHeaders['cache-control'], cacheableStatusCodes: [203] }),
      (c) => c.text('x', 203),
    )
    app.get('/x', cached(), counter(responseHeaders).handler)
    for (const path of ['/x', '/203']) {
      const tag = (await get(path)).headers.get('etag') ?? assert.fail()
      clock.ms += 11_000
      const response = await get(path, { 'if-none-match': tag })
      assert.equal(response.status, 304)
      assert.match(response.headers.get('cache-status') ?? 'hit; ttl=-1', /hit; ttl=-1/)
      await settled()
      assert.match((await statusAndBody(get(path)))[0] ?? '', /hit; ttl=10/)
    }
  })

  it('every() combines cached() with other middleware', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(
      every(cached(), async (c, next) => {
        c.set('who' as never, 'somebody' as never)
        await next()
      }),
    )
    let calls = 0
    app.get('/x', (c) => c.text(`${c.get('who' as never)} ${++calls}`, 200, responseHeaders))
    assert.equal((await statusAndBody(get('/x')))[1], 'somebody 1')
    clock.ms += 11_000
    assert.equal((await statusAndBody(get('/x')))[1], 'somebody 1')
    await settled()
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'somebody 2'])
  })

  it('variables and the renderer of outer middleware reach the handler, in a background refresh too', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(async (c, next) => {
      c.setRenderer((content) => c.html(`<main>${content}</main>`))
      c.set('who' as never, c.req.query('who') as never)
      await next()
    })
    let calls = 0
    app.get('/x/:id', cached({ query: [] }), (c) => {
      for (const [name, value] of Object.entries(responseHeaders)) c.header(name, value)
      return c.render(`${c.get('who' as never)} ${c.req.param('id')} ${c.req.path} ${++calls}`)
    })
    assert.equal((await statusAndBody(get('/x/a?who=ann')))[1], '<main>ann a /x/a 1</main>')
    clock.ms += 11_000
    assert.equal((await statusAndBody(get('/x/a?who=bob')))[1], '<main>ann a /x/a 1</main>')
    await settled()
    const fresh = await get('/x/a')
    assert.equal(fresh.headers.get('content-type'), 'text/html; charset=UTF-8')
    assert.deepEqual(await statusAndBody(fresh), ['hitrate; hit; ttl=10', '<main>bob a /x/a 2</main>'])
  })

  it('changes of outer middleware to the response do not reach the stored response', async () => {
    const { app, cached, get } = testApp()
    let requests = 0
    app.use(async (c, next) => {
      await next()
      c.res.headers.set('x-after', String(++requests))
      c.res.headers.delete('x-own')
      c.header('etag', '"changed"')
    })
    app.get('/x', cached(), (c) => c.text('x', 200, { ...responseHeaders, 'x-own': '1', etag: '"own"' }))
    for (let i = 1; i <= 4; i++) {
      const { headers } = await get('/x')
      assert.equal(headers.get('x-after'), String(i))
      assert.equal(headers.get('x-own'), null)
      assert.equal(headers.get('etag'), '"changed"')
    }
    assert.equal((await get('/x', { 'if-none-match': '"own"' })).status, 304)
  })

  it('outer middleware sees the final status, and 200 for a stale response after an error', async () => {
    const { app, cached, clock, get } = testApp()
    const statuses: number[] = []
    let broken = false
    app.use(async (c, next) => {
      await next()
      statuses.push(c.res.status)
    })
    app.get('/x', cached(), (c) => {
      if (broken) throw new Error('broken')
      return c.text('x', 200, { 'cache-control': 'max-age=10, stale-if-error=60' })
    })
    app.onError((_, c) => c.text('error', 500))
    await get('/x')
    await get('/x', { 'if-none-match': '*' })
    clock.ms += 11_000
    broken = true
    await get('/x')
    clock.ms += 61_000
    await get('/x')
    assert.deepEqual(statuses, [200, 304, 200, 500])
  })
})

describe('headers that outer middleware sets', () => {
  const setters: [label: string, set: (c: Context, name: string, value: string) => void][] = [
    ['c.header()', (c, name, value) => c.header(name, value)],
    ['c.res.headers', (c, name, value) => c.res.headers.set(name, value)],
  ]
  const handlers: [label: string, handler: (c: Context) => Response][] = [
    [
      'c.text()',
      (c) => c.text('x', 200, { 'cache-control': 'max-age=10, stale-if-error=60', 'x-own': 'handler' }),
    ],
    [
      'new Response()',
      () => new Response('x', { headers: { 'cache-control': 'max-age=10, stale-if-error=60' } }),
    ],
  ]
  for (const [label, set] of setters) {
    for (const [handlerLabel, handler] of handlers) {
      it(`headers set with ${label} appear only in the response to their own request: ${handlerLabel}`, async () => {
        const { app, cached, clock, request } = testApp()
        let requestCount = 0
        let isBroken = false
        app.use(async (c, next) => {
          set(c, 'x-request', String(++requestCount))
          set(c, 'x-user', c.req.header('x-user') ?? '')
          await next()
        })
        app.get('/x', cached(), (c) => {
          if (isBroken) throw new Error('broken')
          return handler(c)
        })
        app.onError((_, c) => c.text('error', 500))
        const plans: [method: string, requestHeaders: Record<string, string>, status: number][] = [
          ['GET', {}, 200],
          ['GET', {}, 200],
          ['HEAD', {}, 200],
          ['GET', { 'if-none-match': '*' }, 304],
          ['GET', { 'cache-control': 'only-if-cached' }, 200],
        ]
        for (const [i, [method, requestHeaders, status]] of plans.entries()) {
          const response = await request(method, '/x', { 'x-user': `user ${i}`, ...requestHeaders })
          assert.equal(response.status, status)
          assert.equal(response.headers.get('x-request'), String(i + 1))
          assert.equal(response.headers.get('x-user'), `user ${i}`)
        }
        clock.ms += 11_000
        isBroken = true
        const stale = await request('GET', '/x', { 'x-user': 'late' })
        assert.equal(stale.status, 200)
        assert.equal(stale.headers.get('x-user'), 'late')
        const notStored = await request('GET', '/x?', {
          'x-user': 'notStored',
          'cache-control': 'only-if-cached',
        })
        assert.equal(notStored.status, 504)
        assert.equal(notStored.headers.get('x-user'), 'notStored')
      })
    }
  }

  it('headers of outer middleware are not part of a background refresh', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(async (c, next) => {
      c.header('x-user', c.req.header('x-user'))
      await next()
    })
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=1, stale-while-revalidate=60' }),
    )
    await get('/x', { 'x-user': 'ann' })
    clock.ms += 2000
    await get('/x', { 'x-user': 'bob' })
    await settled()
    assert.equal((await get('/x')).headers.get('x-user'), null)
  })

  it('a header of the handler replaces that of outer middleware', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('cache-control', 'no-store')
      c.header('x-a', 'outer')
      await next()
    })
    app.get('/x', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', 'x-a': 'handler' }))
    for (const status of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const { headers } = await get('/x')
      assert.equal(headers.get('cache-status'), status)
      assert.equal(headers.get('cache-control'), 'max-age=60')
      assert.equal(headers.get('x-a'), 'handler')
    }
  })

  it('a header that the handler appends follows that of outer middleware, in a streamed response too', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('link', `<${c.req.header('x-user')}>`)
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60', bufferBytes: 1 }), (c) => {
      c.header('link', '<all>', { append: true })
      return c.text('long')
    })
    const statuses: (string | null)[] = []
    for (const user of users) {
      const response = await get('/x', { 'x-user': user })
      assert.equal(await response.text(), 'long')
      assert.equal(response.headers.get('link'), `<${user}>, <all>`)
      statuses.push(response.headers.get('cache-status'))
    }
    assert.equal(statuses[0], 'hitrate; fwd=uri-miss; detail=streaming')
  })

  it('Set-Cookie of outer middleware keeps the response from being stored', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('set-cookie', `sid=${c.req.header('x-user')}`)
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => c.text('x'))
    for (const user of users) {
      const { headers } = await get('/x', { 'x-user': user })
      assert.deepEqual(headers.getSetCookie(), [`sid=${user}`])
      assert.equal(headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=set-cookie')
    }
  })

  it('Set-Cookie of outer middleware is never stored, even with storeSetCookie', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('set-cookie', `sid=${c.req.header('x-user')}`)
      await next()
    })
    app.get('/x', cached({ storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'theme=dark', { append: true })
      return c.text('x', 200, { 'cache-control': 'max-age=60' })
    })
    await get('/x', { 'x-user': 'ann' })
    const { headers } = await get('/x', { 'x-user': 'bob' })
    assert.equal(headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(headers.getSetCookie().sort(), ['sid=bob', 'theme=dark'])
  })
})

describe('headers that outer middleware sets on c.res', () => {
  it('Set-Cookie and Vary that outer middleware sets on c.res are on each response once', async () => {
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
