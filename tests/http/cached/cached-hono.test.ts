/** Responses and apps that Hono allows, with `cached()` in between. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono, type MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { requestId } from 'hono/request-id'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('responses that were not made by the context', () => {
  const storing = { vary: 'accept', cacheControl: 'max-age=60', cacheableStatusCodes: [200, 302] }

  it('an immutable response is stored: Response.redirect()', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), () => Response.redirect('http://localhost/y'))
    for (const cacheStatus of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const response = await get('/x')
      assert.equal(response.status, 302)
      assert.equal(response.headers.get('location'), 'http://localhost/y')
      assert.equal(response.headers.get('vary'), 'accept')
      assert.equal(response.headers.get('cache-control'), 'max-age=60')
      assert.equal(response.headers.get('cache-status'), cacheStatus)
    }
  })

  it('an immutable response is stored: the response of fetch()', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), () => fetch('data:text/plain,hello'))
    app.get('/not', cached({ vary: 'accept' }), () => fetch('data:text/plain,hello'))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'hello'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'hello'])
    assert.deepEqual(await statusAndBody(get('/not')), ['hitrate; fwd=uri-miss; detail=no-lifetime', 'hello'])
  })

  it('Response.error() passes through unchanged', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), () => Response.error())
    assert.equal((await get('/x')).type, 'error')
  })

  it('a promise of Response.json() is stored', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), async () => Response.json({ a: 1 }))
    for (const _ of [1, 2]) assert.deepEqual(await (await get('/x')).json(), { a: 1 })
  })

  it('a response of middleware behind the cache is stored', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter()
    app.use('/x', cached(storing), async (c, next) => {
      await next()
      c.header('x-behind', '1')
    })
    app.get('/x', handler)
    for (const cacheStatus of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const response = await get('/x')
      assert.equal(response.headers.get('x-behind'), '1')
      assert.deepEqual(await statusAndBody(response), [cacheStatus, '1'])
    }
  })
})

describe('a handler that returns nothing', () => {
  it('a handler that returns nothing is an error as without a cache, and nothing is stored', async () => {
    const { app, cache, cached, outcomes, request } = testApp()
    const errors: string[] = []
    app.all('/x', cached({ targetedControl: 'max-age=60' }), (() => {}) as never)
    app.onError((error, c) => {
      errors.push(error.message)
      return c.text('error', 500)
    })
    for (const method of ['GET', 'HEAD', 'PUT'])
      assert.equal((await request(method, '/x')).status, 500, method)
    assert.equal(errors.length, 3)
    assert.equal(cache.stats().entries, 0)
    assert.deepEqual(outcomes, ['error', 'error', 'bypass'])
  })
})

describe('app.notFound', () => {
  it('the response of app.notFound is stored by its own headers', async () => {
    const { app, cached, get } = testApp()
    let calls = 0
    app.use(cached())
    app.notFound((c) => c.text(`nothing ${++calls}`, 404, { 'cache-control': 'max-age=60' }))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'nothing 1'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'nothing 1'])
    assert.deepEqual(await statusAndBody(get('/y')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'nothing 2'])
  })
})

describe('a nested app with its own onError', () => {
  for (const where of ['inside', 'outside'] as const) {
    it(`onError of a nested app makes the error responses, with the cache ${where}`, async () => {
      const { app, cached, clock, get, outcomes, settled } = testApp()
      const inner = new Hono()
      let broken = false
      const { handler } = counter({
        'cache-control': 'max-age=10, stale-while-revalidate=10, stale-if-error=60',
      })
      if (where === 'outside') app.use(cached())
      const middleware: MiddlewareHandler = where === 'inside' ? cached() : (_, next) => next()
      inner.get('/x', middleware, (c) => {
        if (broken) throw new Error('broken')
        return handler(c)
      })
      inner.onError((error, c) => c.text(`inner ${error.message}`, 500))
      app.onError(() => assert.fail('the outer onError was called'))
      app.route('/in', inner)

      broken = true
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; fwd=uri-miss', 'inner broken'])
      broken = false
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; fwd=uri-miss; ttl=10; stored', '1'])
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; hit; ttl=10', '1'])
      clock.ms += 11_000
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; hit; ttl=-1', '1'])
      await settled()
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; hit; ttl=10', '2'])
      clock.ms += 21_000
      broken = true
      const cacheStatus = 'hitrate; fwd=stale; fwd-status=500; ttl=-11; detail=stale-if-error'
      assert.deepEqual(await statusAndBody(get('/in/x')), [cacheStatus, '2'])
      clock.ms += 60_000
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; fwd=stale', 'inner broken'])
      assert.deepEqual(outcomes, ['error', 'miss', 'hit', 'stale', 'hit', 'stale', 'error'])
    })
  }
})

describe('two caches around one handler', () => {
  it('two routes with different caches both store the response', async () => {
    const { app, cached: outer, clock, get, outcomes } = testApp()
    const inner = createCache({ memory: memoryStore(), now: () => clock.ms })
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', outer(), cached({ cache: inner }), handler)
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=uri-miss; ttl=60; stored, hitrate; fwd=uri-miss; ttl=60; stored',
      '1',
    ])
    assert.equal((await statusAndBody(get('/x')))[1], '1')
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('a stale response of the inner cache stays intact while the outer cache stores it', async () => {
    const { app, cached: outer, clock, get, settled } = testApp()
    const inner = createCache({ memory: memoryStore(), now: () => clock.ms })
    const { handler, calls } = counter({ 'cache-control': 'max-age=10, stale-while-revalidate=60' })
    app.use(async (_, next) => {
      await next()
      await new Promise((resolve) => setTimeout(resolve, 5))
    })
    app.get('/x', outer({ keyGenerator: (c) => c.req.url }), cached({ cache: inner, query: [] }), handler)
    await get('/x?1')
    clock.ms += 11_000
    const response = await get('/x?2')
    assert.equal(response.headers.get('age'), '11')
    assert.equal(response.headers.get('content-length'), '1')
    assert.match(
      response.headers.get('cache-status') ?? '',
      /^hitrate; hit; ttl=-1, hitrate; fwd=uri-miss; ttl=-1; stored$/,
    )
    assert.equal(await response.text(), '1')
    await settled()
    assert.equal(calls(), 2)
    assert.equal((await statusAndBody(get('/x?3')))[1], '2')
  })

  it('two routes with the same cache and the same key are an error instead of a deadlock', async () => {
    const { app, cached, get } = testApp()
    const errors: string[] = []
    app.use(cached())
    app.use(async (_, next) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      await next()
    })
    app.get('/x', cached(), (c) => c.text('x'))
    app.onError((error, c) => {
      errors.push(error.message)
      return c.text('error', 500)
    })
    assert.equal((await get('/x')).status, 500)
    assert.deepEqual(errors, ['cached: an outer cached() already reads the same key from cache hitrate'])
  })

  it('two routes with the same cache and different keys both store the response', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), cached({ keyGenerator: () => 'inner' }), handler)
    assert.equal((await statusAndBody(get('/x')))[1], '1')
    assert.equal((await statusAndBody(get('/x')))[1], '1')
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })
})

describe('text responses', () => {
  it('c.text() has Content-Type text/plain on each runtime, stored or not', async () => {
    const { app, cached, clock, get, request, settled } = testApp()
    const control = 'max-age=10, stale-while-revalidate=60'
    app.use('/touched', async (c, next) => {
      c.res.headers.set('x-touched', '1')
      await next()
    })
    for (const path of ['/x', '/touched'])
      app.get(path, cached({ targetedControl: control }), (c) => c.text('x'))
    app.get('/not', cached(), (c) => c.text('x'))
    app.post('/x', cached(), (c) => c.text('x'))
    const typeOf = async (response: Promise<Response>) => (await response).headers.get('content-type')
    for (const path of ['/x', '/touched', '/not']) {
      for (const seconds of [0, 1, 20, 0]) {
        clock.ms += seconds * 1000
        assert.match((await typeOf(get(path))) ?? 'none', /^text\/plain; ?charset=utf-8$/i, path)
        await settled()
      }
    }
    assert.match((await typeOf(request('POST', '/x'))) ?? 'none', /^text\/plain; ?charset=utf-8$/i)
  })

  it('c.text() keeps the headers that outer middleware set before', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('hitrate-cache-control', 'max-age=5')
      c.header('x-around', '1')
      await next()
    })
    app.get('/x', cached(), (c) => c.text('x'))
    const response = await get('/x')
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; ttl=5; stored')
    assert.equal(response.headers.get('x-around'), '1')
  })
})

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

describe('unusual headers', () => {
  it('several Cache-Control or Cache-Tag headers count as one list', async () => {
    const { app, cache, cached, get } = testApp()
    app.get('/private', cached(), (c) => {
      c.header('cache-control', 'max-age=60', { append: true })
      c.header('cache-control', 'private', { append: true })
      return c.text('x')
    })
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/tags', cached(), (c) => {
      c.header('cache-tag', 'a', { append: true })
      c.header('cache-tag', 'b', { append: true })
      return handler(c)
    })
    assert.match((await statusAndBody(get('/private')))[0] ?? '', /detail=private/)
    await get('/tags')
    await cache.invalidateTags(['b'])
    await get('/tags')
    assert.equal(calls(), 2)
  })

  it('header and parameter names may equal members of Object.prototype', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({
      'cache-control': 'max-age=60',
      vary: 'constructor, __proto__',
      'x-a': '1',
    })
    app.get('/x', cached({ query: ['__proto__', 'constructor', 'toString'] }), handler)
    assert.equal((await statusAndBody(get('/x?constructor=1&__proto__=2')))[1], '1')
    assert.equal((await statusAndBody(get('/x?constructor=1&__proto__=2&x=3')))[1], '1')
    assert.equal((await statusAndBody(get('/x?__proto__=1')))[1], '2')
    assert.equal((await statusAndBody(get('/x?hasOwnProperty=1')))[1], '3')
    assert.equal((await statusAndBody(get('/x', { constructor: '1' })))[1], '4')
    assert.equal((await statusAndBody(get('/x')))[1], '3')
    assert.equal(calls(), 4)
  })

  it('the time to parse request headers is linear in their length', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60', vary: 'x' })
    app.get('/x', cached({ clientControl: true }), handler)
    await get('/x')
    const startedAt = performance.now()
    for (const value of [
      `${','.repeat(16_000)}@`,
      `a${' '.repeat(16_000)}b`,
      '"'.repeat(16_000),
      '=,'.repeat(8000),
    ]) {
      for (const name of [
        'cache-control',
        'pragma',
        'x',
        'if-none-match',
        'if-modified-since',
        'authorization',
      ]) {
        await get('/x', { [name]: value })
      }
    }
    assert.ok(performance.now() - startedAt < 1000)
  })
})

describe('counts of reads', () => {
  it('every read is counted once, for any mix of directives, methods and errors', async () => {
    const { app, cache, cached, clock, events, get, outcomes, request, settled } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached({ clientControl: true }), async (c) => {
      const kind = calls++ % 5
      if (kind === 3) await opened
      if (kind === 0) throw new Error('broken')
      if (kind === 1) return c.text('x', 500)
      if (kind === 2) return c.text('x', 200, { 'cache-control': 'private' })
      return c.text('x', 200, {
        'cache-control': 'max-age=5, stale-while-revalidate=5, stale-if-error=9',
        vary: 'x',
      })
    })
    app.onError((_, c) => c.text('error', 500))
    const controls = ['no-cache', 'no-store', 'only-if-cached', 'max-stale', 'max-age=1', 'min-fresh=3', '']
    const responses: Promise<Response>[] = []
    for (let i = 0; i < 300; i++) {
      const requestHeaders = {
        'cache-control': controls[i % 7] ?? '',
        x: String(i % 2),
        'if-none-match': i % 3 ? '"a"' : '*',
      }
      responses.push(i % 4 ? get('/x', requestHeaders) : request('HEAD', '/x', requestHeaders))
      if (i % 20 === 0)
        await responses
          .at(-1)
          ?.catch(() => {})
          .then(
            () => {},
            () => {},
          )
      if (i % 3 === 0) clock.ms += 1000
      if (i === 0) open()
      if (i % 50 === 0) await cache.delete('http://localhost/x')
    }
    await Promise.all(responses)
    await settled()
    assert.equal(outcomes.length, 300)
    assert.equal(events.filter(({ type }) => type === 'read').length, 300)
    const loads = events.filter(({ type }) => type === 'load')
    assert.equal(loads.length, calls)
  })
})
