import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('cached() with a lifetime in the response', () => {
  it('the first request of a response with max-age is a miss, later ones are hits until it expires', async () => {
    const { app, cached, clock, get, outcomes } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), handler)

    const first = await get('/x')
    assert.equal(first.headers.get('age'), null)
    assert.equal(first.headers.get('date'), 'Sun, 22 Nov 2026 12:00:00 GMT')
    assert.deepEqual(await statusAndBody(first), ['hitrate; fwd=uri-miss; ttl=60; stored', '1'])

    clock.ms += 12_345
    const second = await get('/x')
    assert.equal(second.headers.get('age'), '12')
    assert.equal(second.headers.get('date'), 'Sun, 22 Nov 2026 12:00:00 GMT')
    assert.equal(second.headers.get('cache-control'), 'max-age=60')
    assert.deepEqual(await statusAndBody(second), ['hitrate; hit; ttl=47', '1'])

    clock.ms += 47_655
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=60; stored', '2'])
    assert.equal(calls(), 2)
    assert.deepEqual(outcomes, ['miss', 'hit', 'miss'])
  })

  it('concurrent requests for one URL share one load', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    const [first, second] = await Promise.all(concurrent)
    assert.equal(second?.headers.get('age'), '0')
    assert.deepEqual(first && (await statusAndBody(first)), ['hitrate; fwd=uri-miss; ttl=60; stored', '1'])
    assert.deepEqual(second && (await statusAndBody(second)), [
      'hitrate; fwd=uri-miss; ttl=60; stored; collapsed',
      '1',
    ])
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes.sort(), ['coalesced', 'miss'])
  })

  it('a thousand concurrent requests for one URL call the handler once', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const all = Array.from({ length: 1000 }, () => get('/x'))
    open()
    for (const response of await Promise.all(all)) assert.equal(await response.text(), '1')
    assert.equal(calls(), 1)
    assert.equal(outcomes.length, 1000)
    assert.equal(outcomes.filter((outcome) => outcome === 'coalesced').length, 999)
  })

  it('a stored response keeps its status and headers, without hop-by-hop headers', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.body('gone', 410, {
        'cache-control': 'max-age=60',
        'content-type': 'text/x',
        'x-own': 'a, b',
        connection: 'x-hop, close',
        'x-hop': '1',
        'keep-alive': '1',
        'transfer-encoding': 'x',
      }),
    )
    for (const _ of [1, 2]) {
      const { status, headers } = await get('/x')
      assert.equal(status, 410)
      assert.equal(headers.get('content-type'), 'text/x')
      assert.equal(headers.get('x-own'), 'a, b')
      for (const name of ['connection', 'x-hop', 'keep-alive', 'transfer-encoding']) {
        assert.equal(headers.get(name), null, name)
      }
    }
  })

  it('the Age of the handler’s response shortens the remaining lifetime', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', age: '20' }))
    for (const status of ['hitrate; fwd=uri-miss; ttl=40; stored', 'hitrate; hit; ttl=40']) {
      const { headers } = await get('/x')
      assert.equal(headers.get('age'), '20')
      assert.equal(headers.get('cache-status'), status)
    }
  })

  it('Cache-Status of hitrate is appended to the Cache-Status of the handler', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('', 200, { 'cache-control': 'max-age=60', 'cache-status': 'origin; hit' }),
    )
    app.get('/y', cached(), (c) => c.text('', 200, { 'cache-status': 'origin; hit' }))
    assert.deepEqual(await statusAndBody(get('/x')), [
      'origin; hit, hitrate; fwd=uri-miss; ttl=60; stored',
      '',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['origin; hit, hitrate; hit; ttl=60', ''])
    assert.deepEqual(await statusAndBody(get('/y')), [
      'origin; hit, hitrate; fwd=uri-miss; detail=no-lifetime',
      '',
    ])
  })
})

describe('cached() with a response that must not be stored', () => {
  const cases: [reason: string, headers: Record<string, string>, status?: number][] = [
    ['no-lifetime', {}],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }],
    ['private', { 'cache-control': 'private, max-age=60' }],
    ['no-cache', { 'cache-control': 'no-cache, max-age=60' }],
    ['set-cookie', { 'cache-control': 'max-age=60', 'set-cookie': 'a=1' }],
    ['vary-any', { 'cache-control': 'max-age=60', vary: '*' }],
    ['vary-any', { 'cache-control': 'max-age=60', vary: 'not a name' }],
    ['expired', { 'cache-control': 'max-age=0' }],
    ['status', { 'cache-control': 'max-age=60' }, 206],
  ]
  for (const [reason, headers, status = 200] of cases) {
    it(`a response that must not be stored comes from the handler each time, detail=${reason} (${JSON.stringify(headers)})`, async () => {
      const { app, cached, get, outcomes } = testApp()
      let calls = 0
      app.get('/x', cached(), (c) => c.text(String(++calls), status as 200, headers))
      for (const body of ['1', '2']) {
        const response = await get('/x')
        assert.equal(response.status, status)
        for (const [name, value] of Object.entries(headers)) assert.equal(response.headers.get(name), value)
        assert.deepEqual(await statusAndBody(response), [`hitrate; fwd=uri-miss; detail=${reason}`, body])
      }
      assert.deepEqual(outcomes, ['miss', 'miss'])
    })
  }

  it('a response that must not be stored removes the stale entry before it', async () => {
    const { app, cached, clock, get } = testApp()
    let control = 'max-age=1, stale-if-error=60'
    app.get('/x', cached(), (c) =>
      control === '' ? c.text('broken', 500) : c.text(control, 200, { 'cache-control': control }),
    )
    await get('/x')
    clock.ms += 2000
    control = 'private'
    assert.equal((await get('/x')).status, 200)
    control = ''
    assert.equal((await get('/x')).status, 500)
  })
})

describe('HEAD', () => {
  it('a HEAD is answered from the stored response of a GET, with its Content-Length', async () => {
    const { app, cached, get, request } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', 'x-own': '1' })
    app.get('/x', cached(), handler)
    const { headers: whole } = await get('/x')
    const head = await request('HEAD', '/x')
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), '1')
    assert.equal(head.headers.get('etag'), whole.get('etag'))
    assert.equal(head.headers.get('x-own'), '1')
    assert.deepEqual(await statusAndBody(head), ['hitrate; hit; ttl=60', ''])
    assert.equal(calls(), 1)
  })

  it('a HEAD miss calls the handler with GET, and the stored response answers a later GET', async () => {
    const { app, cached, get, outcomes, request } = testApp()
    const methods: string[] = []
    app.get('/x', cached(), (c) => {
      methods.push(c.req.method)
      return c.text('whole', 200, { 'cache-control': 'max-age=60' })
    })
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '5')
    assert.deepEqual(await statusAndBody(head), ['hitrate; fwd=uri-miss; ttl=60; stored', ''])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'whole'])
    assert.deepEqual(methods, ['GET'])
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('a HEAD whose response is not stored has no body', async () => {
    const { app, cached, request } = testApp()
    app.get('/x', cached(), (c) => c.text('whole'))
    assert.deepEqual(await statusAndBody(request('HEAD', '/x')), [
      'hitrate; fwd=uri-miss; detail=no-lifetime',
      '',
    ])
  })

  it('outer middleware sees the method HEAD before and after cached()', async () => {
    const { app, cached, request } = testApp()
    const observed: string[] = []
    app.use(async (c, next) => {
      observed.push(c.req.method)
      await next()
      observed.push(c.req.method)
    })
    app.get('/x', cached(), (c) => c.text('x'))
    await request('HEAD', '/x')
    assert.deepEqual(observed, ['HEAD', 'HEAD'])
  })
})

describe('conditional requests', () => {
  const lastModified = 'Sat, 21 Nov 2026 00:00:00 GMT'

  function appWithValidators() {
    const test = testApp()
    const received: (string | undefined)[] = []
    test.app.get('/x', test.cached(), (c) => {
      received.push(c.req.header('if-none-match'), c.req.header('if-modified-since'), c.req.header('range'))
      return c.text('x', 200, {
        'cache-control': 'max-age=60',
        'content-language': 'en',
        'last-modified': lastModified,
        vary: 'accept',
        expires: '0',
        'content-location': '/y',
        'cdn-cache-control': 'max-age=60',
      })
    })
    return { ...test, received }
  }

  it('If-None-Match is compared with the ETag generated from the body', async () => {
    const { get } = appWithValidators()
    const etag = (await get('/x')).headers.get('etag') ?? ''
    assert.equal(etag, '"LXEWQrcmsEQBYnyp-6wy9Q"')
    for (const condition of [etag, `W/${etag}`, `"a", ${etag} , "b"`, '*']) {
      const response = await get('/x', { 'if-none-match': condition })
      assert.equal(response.status, 304, condition)
      assert.equal(await response.text(), '')
    }
    for (const condition of ['"a"', etag.slice(1, -1), '', `"${etag}"`]) {
      assert.equal((await get('/x', { 'if-none-match': condition })).status, 200, condition)
    }
  })

  it('a 304 carries only the headers that a 304 may have', async () => {
    const { clock, get } = appWithValidators()
    await get('/x')
    clock.ms += 5000
    const { headers } = await get('/x', { 'if-none-match': '*' })
    assert.deepEqual(Object.fromEntries(headers), {
      age: '5',
      'cache-control': 'max-age=60',
      'cache-status': 'hitrate; hit; ttl=55',
      'cdn-cache-control': 'max-age=60',
      'content-location': '/y',
      date: 'Sun, 22 Nov 2026 12:00:00 GMT',
      etag: '"LXEWQrcmsEQBYnyp-6wy9Q"',
      expires: '0',
      vary: 'accept',
    })
  })

  it('a 304 counts as a hit, for GET and HEAD', async () => {
    const { get, outcomes, request } = appWithValidators()
    await get('/x')
    assert.equal((await get('/x', { 'if-none-match': '*' })).status, 304)
    assert.equal((await request('HEAD', '/x', { 'if-none-match': '*' })).status, 304)
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit'])
  })

  it('If-Modified-Since is compared only without If-None-Match', async () => {
    const { get } = appWithValidators()
    await get('/x')
    const since = (date: string, otherHeaders = {}) =>
      get('/x', { 'if-modified-since': date, ...otherHeaders })
    assert.equal((await since(lastModified)).status, 304)
    assert.equal((await since('Sat, 21 Nov 2026 00:00:01 GMT')).status, 304)
    assert.equal((await since('Fri, 20 Nov 2026 23:59:59 GMT')).status, 200)
    assert.equal((await since('2026-11-21')).status, 200)
    assert.equal((await since(lastModified, { 'if-none-match': '"a"' })).status, 200)
  })

  it('the handler is called without the client’s conditions and range', async () => {
    const { received, get } = appWithValidators()
    const response = await get('/x', {
      'if-none-match': '"a"',
      'if-modified-since': 'Sat, 21 Nov 2026 00:00:00 GMT',
      range: 'bytes=0-0',
      host: 'localhost',
    })
    assert.equal(response.status, 206)
    assert.deepEqual(received, [undefined, undefined, undefined])
  })

  it('the handler is called without Range also if the request has no other header', async () => {
    const { received, get } = appWithValidators()
    await get('/x', { range: 'bytes=0-0' })
    assert.deepEqual(received, [undefined, undefined, undefined])
  })

  it('outer middleware still sees the client’s If-None-Match', async () => {
    const { app, cached, get } = testApp()
    let observed: string | undefined
    app.use(async (c, next) => {
      await next()
      observed = c.req.header('if-none-match')
    })
    app.get('/x', cached(), (c) => c.text('x'))
    await get('/x', { 'if-none-match': '"a"' })
    assert.equal(observed, '"a"')
  })

  it('a miss answers a matching If-None-Match with 304', async () => {
    const { get, outcomes } = appWithValidators()
    const response = await get('/x', { 'if-none-match': '"LXEWQrcmsEQBYnyp-6wy9Q"' })
    assert.equal(response.status, 304)
    assert.equal(
      response.headers.get('cache-status'),
      'hitrate; fwd=uri-miss; fwd-status=200; ttl=60; stored',
    )
    assert.equal((await get('/x')).status, 200)
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('a response that is not stored answers If-None-Match by the handler’s ETag', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, { etag: '"own"', 'content-length': '1' }))
    const response = await get('/x', { 'if-none-match': 'W/"own"' })
    assert.equal(response.status, 304)
    assert.equal(response.headers.get('etag'), '"own"')
    assert.equal(response.headers.get('content-length'), null)
    assert.equal(response.headers.get('content-type'), null)
    assert.equal(await response.text(), '')
    assert.equal((await get('/x', { 'if-none-match': '"other"' })).status, 200)
  })

  it('a response that is not stored answers If-Modified-Since by the handler’s Last-Modified', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'last-modified': lastModified, 'cache-control': 'private' }),
    )
    assert.equal((await get('/x', { 'if-modified-since': lastModified })).status, 304)
    assert.equal((await get('/x', { 'if-modified-since': 'Fri, 20 Nov 2026 23:59:59 GMT' })).status, 200)
  })

  it('a 404 never becomes a 304', async () => {
    const { app, cached, get } = testApp()
    app.get('/kept', cached(), (c) => c.text('x', 404, { 'cache-control': 'max-age=60', etag: '"a"' }))
    app.get('/not', cached(), (c) => c.text('x', 404, { etag: '"a"' }))
    for (const path of ['/kept', '/kept', '/not']) {
      assert.equal((await get(path, { 'if-none-match': '"a"' })).status, 404, path)
    }
  })

  it('the handler’s ETag is kept, and none is generated for a status other than 200', async () => {
    const { app, cached, get } = testApp()
    app.get('/own', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', etag: 'W/"own"' }))
    app.get('/404', cached(), (c) => c.text('x', 404, { 'cache-control': 'max-age=60' }))
    for (const _ of [1, 2]) {
      assert.equal((await get('/own')).headers.get('etag'), 'W/"own"')
      assert.equal((await get('/404')).headers.get('etag'), null)
    }
  })

  it('a 304 that the handler returns for an unconditional request passes through', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.body(null, 304, { etag: '"a"', 'cache-control': 'max-age=60' }))
    const response = await get('/x')
    assert.equal(response.status, 304)
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=status')
  })
})

describe('lifetimes', () => {
  const lifetimeOf = async (
    responseHeaders: Record<string, string>,
    options: Omit<CachedOptions, 'cache'> = {},
    status = 200,
  ) => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(options), (c) => c.text('x', status as 200, responseHeaders))
    const { headers } = await get('/x')
    const match = /ttl=(\d+); stored|detail=([\w-]+)/.exec(headers.get('cache-status') ?? '')
    return match?.[1] === undefined ? match?.[2] : Number(match[1])
  }
  const all = {
    'hitrate-cache-control': 'max-age=1',
    'cdn-cache-control': 'max-age=2',
    'cache-control': 'max-age=3',
  }
  const { 'hitrate-cache-control': _, ...others } = all

  it('the lifetime comes from Hitrate-Cache-Control, then CDN-Cache-Control, then Cache-Control', async () => {
    assert.equal(await lifetimeOf(all), 1)
    assert.equal(await lifetimeOf(others), 2)
    assert.equal(await lifetimeOf({ 'cache-control': 'max-age=3' }), 3)
  })

  it('targetedControl applies unless the handler sets Hitrate-Cache-Control; cacheControl only fills gaps', async () => {
    assert.equal(await lifetimeOf(all, { targetedControl: 'max-age=9' }), 1)
    assert.equal(await lifetimeOf(others, { targetedControl: 'max-age=9' }), 9)
    assert.equal(await lifetimeOf({}, { targetedControl: 'max-age=9' }), 9)
    assert.equal(await lifetimeOf({}, { cacheControl: 'max-age=9' }), 9)
    assert.equal(await lifetimeOf({ 'cache-control': 'max-age=3' }, { cacheControl: 'max-age=9' }), 3)
  })

  it('targetedControl and cacheControl apply only to cacheableStatusCodes', async () => {
    assert.equal(await lifetimeOf({}, { targetedControl: 'max-age=9' }, 404), 'no-lifetime')
    assert.equal(await lifetimeOf({}, { targetedControl: 'max-age=9', cacheableStatusCodes: [404] }, 404), 9)
    assert.equal(
      await lifetimeOf({}, { targetedControl: 'max-age=9', cacheableStatusCodes: [404] }),
      'no-lifetime',
    )
    assert.equal(await lifetimeOf({}, { cacheControl: 'max-age=9' }, 404), 'no-lifetime')
  })

  it('targetedControl and cacheControl never unlock private, no-store, no-cache or Set-Cookie', async () => {
    const options = { targetedControl: 'public, max-age=9', cacheControl: 'public, max-age=9, s-maxage=9' }
    for (const word of ['private', 'no-store', 'no-cache']) {
      assert.equal(await lifetimeOf({ 'cache-control': word }, options), word)
      assert.equal(await lifetimeOf({ 'cdn-cache-control': word }, options), word)
      assert.equal(await lifetimeOf({ 'hitrate-cache-control': word }, options), word)
    }
    assert.equal(await lifetimeOf({ 'set-cookie': 'a=1' }, options), 'set-cookie')
    assert.equal(await lifetimeOf({ 'set-cookie': 'a=1' }, { ...options, storeSetCookie: true }), 9)
  })

  it('Hitrate-Cache-Control and Cache-Tag never reach the client', async () => {
    const { app, cached, get } = testApp()
    const handlerHeaders = {
      'hitrate-cache-control': 'max-age=60',
      'cache-tag': 'a',
      'cache-control': 'max-age=0',
    }
    app.get('/kept', cached(), (c) => c.text('x', 200, handlerHeaders))
    app.get('/not', cached(), (c) =>
      c.text('x', 200, { ...handlerHeaders, 'hitrate-cache-control': 'no-store' }),
    )
    app.get('/broken', cached(), (c) => c.text('x', 500, handlerHeaders))
    app.post('/kept', cached(), (c) => c.text('x', 200, handlerHeaders))
    const responses = [await get('/kept'), await get('/kept'), await get('/kept', { 'if-none-match': '*' })]
    responses.push(await get('/not'), await get('/broken'), await app.request('/kept', { method: 'POST' }))
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200, 304, 200, 500, 200],
    )
    for (const { headers } of responses) {
      assert.equal(headers.get('hitrate-cache-control'), null)
      assert.equal(headers.get('cache-tag'), null)
      assert.equal(headers.get('cache-control'), 'max-age=0')
    }
  })

  it('cacheControl is added to the Cache-Control that every client gets', async () => {
    const { app, cached, get } = testApp()
    const cacheControl = 'max-age=60, public, no-cache="x"'
    app.get('/none', cached({ cacheControl: 'max-age=60, public' }), (c) => c.text('x'))
    app.get('/some', cached({ cacheControl: 'max-age=60, public' }), (c) =>
      c.text('x', 200, { 'cache-control': 'Max-Age=5' }),
    )
    app.get('/404', cached({ cacheControl }), (c) => c.text('x', 404))
    for (const _ of [1, 2]) {
      assert.equal((await get('/none')).headers.get('cache-control'), 'max-age=60, public')
      assert.equal((await get('/some')).headers.get('cache-control'), 'Max-Age=5, public')
      assert.equal((await get('/404')).headers.get('cache-control'), null)
    }
  })
})

describe('options of cached()', () => {
  const { cache } = testApp()
  const cases: [option: string, options: Record<string, unknown>][] = [
    ['targetedControl', { targetedControl: '' }],
    ['targetedControl', { targetedControl: 'Max-Age=60' }],
    ['targetedControl', { targetedControl: 'max-age=60,' }],
    ['targetedControl', { targetedControl: 'max-age=1m' }],
    ['targetedControl', { targetedControl: 'max-age=60, stale-if-error="1"' }],
    ['cacheControl', { cacheControl: '' }],
    ['cacheControl', { cacheControl: '@' }],
    ['cacheControl', { cacheControl: 'max-age' }],
    ['cacheControl', { cacheControl: 'public, s-maxage=-1' }],
    ['vary', { vary: 'not a name' }],
    ['vary', { vary: '*' }],
    ['cache', { cache: {} }],
    ['bufferBytes', { bufferBytes: -1 }],
    ['maxVariants', { maxVariants: 0 }],
    ['query', { query: 'page' }],
    ['vary', { vary: ['accept', 'é'] }],
    ['cacheableStatusCodes', { cacheableStatusCodes: [200, 20] }],
    ['cacheableStatusCodes', { cacheableStatusCodes: ['200'] }],
    ['maxBodyBytes', { maxBodyBytes: -1 }],
    ['maxBodyBytes', { maxBodyBytes: Number.NaN }],
    ['targetedControl', { targetedControl: 60 }],
    ['cacheControl', { cacheControl: { public: true } }],
    ['vary', { vary: [1] }],
    ['cacheableStatusCodes', { cacheableStatusCodes: 200 }],
    ['keyGenerator', { keyGenerator: 'url' }],
    ['cache', { cache: undefined }],
  ]
  for (const [option, options] of cases) {
    it(`cached() throws a TypeError that names the invalid option: ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => cached({ cache, ...options }),
        (error: Error) => error instanceof TypeError && error.message.startsWith(`cached: ${option} must `),
      )
    })
  }

  it('cached() accepts unusual but valid options', () => {
    for (const options of [
      {},
      { targetedControl: 'max-age=60, negative, foo="bar", private=("x")' },
      { cacheControl: 'Public, max-age="60", foo=bar' },
      { vary: 'accept, Accept-Language' },
      { vary: [] },
      { vary: '' },
      { cacheableStatusCodes: [] },
      { maxBodyBytes: 0 },
      { maxBodyBytes: Number.POSITIVE_INFINITY },
    ]) {
      assert.doesNotThrow(() => cached({ cache, ...options }), JSON.stringify(options))
    }
  })

  it('cached() does not change the options object', () => {
    const options = Object.freeze({
      cache,
      vary: Object.freeze(['accept']) as string[],
      query: [],
      cacheControl: 'max-age=1',
    })
    assert.doesNotThrow(() => cached(options))
  })
})

describe('request directives', () => {
  function appWithMaxAge(options: Omit<CachedOptions, 'cache'> = {}) {
    const test = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60, stale-if-error=60' })
    test.app.get('/x', test.cached(options), handler)
    return { ...test, calls }
  }

  it('no-cache, no-store, Pragma, max-age and min-fresh of a request apply with clientControl', async () => {
    const { get, clock, outcomes } = appWithMaxAge({ clientControl: true })
    await get('/x')
    clock.ms += 10_000
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'no-cache' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '2',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '2'])
    assert.deepEqual(await statusAndBody(get('/x', { pragma: 'no-cache' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '3',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'no-store' })), [
      'hitrate; fwd=bypass',
      '4',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '3'])
    clock.ms += 10_000
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-age=10' })), [
      'hitrate; hit; ttl=50',
      '3',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-age=9' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '5',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'min-fresh=59' })), [
      'hitrate; hit; ttl=60',
      '5',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'min-fresh=61' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '6',
    ])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit', 'miss', 'bypass', 'hit', 'hit', 'miss', 'hit', 'miss'])
  })

  it('no-cache, no-store, Pragma, max-age and min-fresh of a request have no effect without clientControl', async () => {
    const { get, clock, calls } = appWithMaxAge()
    await get('/x')
    clock.ms += 10_000
    for (const control of ['no-cache', 'no-store', 'max-age=0', 'min-fresh=1000']) {
      assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': control, pragma: 'no-cache' })), [
        'hitrate; hit; ttl=50',
        '1',
      ])
    }
    assert.equal(calls(), 1)
  })

  it('only-if-cached is answered from the cache, or with 504', async () => {
    const { get, calls, outcomes } = appWithMaxAge()
    const notStored = await get('/x', { 'cache-control': 'only-if-cached' })
    assert.equal(notStored.status, 504)
    assert.equal(notStored.headers.get('cache-status'), 'hitrate; detail=only-if-cached')
    assert.equal(notStored.headers.get('content-type'), 'application/problem+json')
    assert.equal(calls(), 0)
    await get('/x')
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; hit; ttl=60',
      '1',
    ])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })

  it('max-stale accepts a stale response up to its limit', async () => {
    const { get, clock, calls, outcomes } = appWithMaxAge()
    await get('/x')
    clock.ms += 70_000
    const stale = await get('/x', { 'cache-control': 'max-stale=10' })
    assert.equal(stale.headers.get('age'), '70')
    assert.deepEqual(await statusAndBody(stale), ['hitrate; hit; ttl=-10', '1'])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-stale, only-if-cached' })), [
      'hitrate; hit; ttl=-10',
      '1',
    ])
    assert.equal((await get('/x', { 'cache-control': 'max-stale=9, only-if-cached' })).status, 504)
    assert.equal(calls(), 1)
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-stale=9' })), [
      'hitrate; fwd=stale; ttl=60; stored',
      '2',
    ])
    assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'miss', 'miss'])
  })

  it('max-stale does not accept a stale response with must-revalidate', async () => {
    const { app, cached, clock, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60, must-revalidate, stale-while-revalidate=60' })
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 61_000
    assert.equal((await statusAndBody(get('/x', { 'cache-control': 'max-stale' })))[1], '2')
  })
})

describe('the key', () => {
  it('the default key consists of scheme, host, path and query', async () => {
    const { app, cached } = testApp()
    let calls = 0
    app.get('*', cached({ targetedControl: 'max-age=60' }), (c) => c.text(String(++calls)))
    const urls = [
      'http://a/x',
      'https://a/x',
      'http://b/x',
      'http://a:8080/x',
      'http://a/X',
      'http://a/x/',
      'http://a/x?',
      'http://a/x?a=1',
      'http://a/x?a=1&b=2',
      'http://a/x?b=2&a=1',
      'http://a/x?a=1%26b=2',
    ]
    const bodies = new Map<string, string>()
    for (const url of urls) bodies.set(url, await (await app.request(url)).text())
    assert.equal(new Set(bodies.values()).size, urls.length - 1) // an empty query equals none
    for (const url of urls) assert.equal(await (await app.request(url)).text(), bodies.get(url))
  })

  it('the option query limits the key to the named parameters', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached({ query: ['a'] }), handler)
    for (const query of ['?a=1', '?a=1&b=2', '?c&a=1', '?utm=x&a=1']) {
      assert.equal((await statusAndBody(get(`/x${query}`)))[1], '1', query)
    }
    assert.equal((await statusAndBody(get('/x?a=2')))[1], '2')
    assert.equal((await statusAndBody(get('/x?a=1&a=2')))[1], '3')
    assert.equal((await statusAndBody(get('/x?b=1')))[1], '4')
    assert.equal((await statusAndBody(get('/x')))[1], '4')
    assert.equal(calls(), 4)
  })

  it('keyGenerator may return the key synchronously or as a promise', async () => {
    for (const keyGenerator of [
      (c: Context) => c.req.query('k') ?? '-',
      async (c: Context) => c.req.query('k') ?? '-',
    ]) {
      const { app, cached, get } = testApp()
      const { handler } = counter({ 'cache-control': 'max-age=60' })
      app.get('*', cached({ keyGenerator }), handler)
      app.put('*', cached({ keyGenerator }), (c) => c.text('ok'))
      assert.equal((await statusAndBody(get('/x?k=1&z=1')))[1], '1')
      assert.equal((await statusAndBody(get('/y?k=1&z=2')))[1], '1')
      assert.equal((await statusAndBody(get('/x?k=2')))[1], '2')
      await app.request('/z?k=1', { method: 'PUT' })
      assert.equal((await statusAndBody(get('/x?k=1')))[1], '3')
      assert.equal((await statusAndBody(get('/x?k=2')))[1], '2')
    }
  })

  it('the error names the value that keyGenerator returned instead of a string', async () => {
    for (const [returned, description] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [1, '1'],
      [Promise.resolve({}), 'an object'],
    ] as const) {
      const { app, cached, get } = testApp()
      app.get('/x', cached({ keyGenerator: () => returned as never }), (c) => c.text('x'))
      app.onError((error, c) => c.text(error.message, 500))
      const response = await get('/x')
      assert.equal(await response.text(), `cached: keyGenerator must return a string, got ${description}`)
    }
  })

  it('a key with line breaks cannot collide with the key of a variant', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ keyGenerator: (c) => c.req.query('q') ?? '-' }), (c) => {
      const q = c.req.query('q') ?? ''
      return c.text(q, 200, { 'cache-control': 'max-age=60', ...(q === 'x' ? { vary: 'accept' } : {}) })
    })
    await get(`/x?q=${encodeURIComponent('x\naccept\0json')}`, { accept: 'json' })
    await get('/x?q=x', { accept: 'html' })
    assert.equal((await statusAndBody(get('/x?q=x', { accept: 'json' })))[1], 'x')
  })

  it('a request whose key is too long bypasses the cache', async () => {
    const { app, cached, get, outcomes, cache } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), handler)
    app.put('/x', cached(), (c) => c.text('ok'))
    const longPath = `/x?${'a'.repeat(9000)}`
    assert.deepEqual(await statusAndBody(get(longPath)), ['hitrate; fwd=bypass; detail=key-too-long', '1'])
    assert.deepEqual(await statusAndBody(get(longPath)), ['hitrate; fwd=bypass; detail=key-too-long', '2'])
    assert.equal((await app.request(longPath, { method: 'PUT' })).status, 200)
    assert.deepEqual(outcomes, ['bypass', 'bypass', 'bypass'])
    assert.equal(cache.stats().entries, 0)
  })

  it('a response whose variant key is too long is not stored, and later requests for that variant bypass the cache', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60', vary: 'accept-language' })
    app.get('/x', cached(), handler)
    const longHeaders = { 'accept-language': 'a'.repeat(9000) }
    assert.deepEqual(await statusAndBody(get('/x', longHeaders)), [
      'hitrate; fwd=uri-miss; detail=key-too-long',
      '1',
    ])
    assert.deepEqual(await statusAndBody(get('/x', longHeaders)), [
      'hitrate; fwd=bypass; detail=key-too-long',
      '2',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=vary-miss; ttl=60; stored', '3'])
    assert.deepEqual(outcomes, ['miss', 'bypass', 'miss'])
  })
})

describe('Vary', () => {
  function varyingApp(options = {}) {
    const test = testApp()
    let calls = 0
    test.app.get('/x', test.cached(options), (c) =>
      c.text(`${c.req.header('accept')} ${++calls}`, 200, { 'cache-control': 'max-age=60', vary: 'Accept' }),
    )
    test.app.all('/x', test.cached(), (c) => c.text('ok'))
    return { ...test, calls: () => calls }
  }

  it('variants of one URL are stored side by side', async () => {
    const { get, calls, outcomes } = varyingApp()
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), [
      'hitrate; fwd=uri-miss; ttl=60; stored',
      'a 1',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'b' })), [
      'hitrate; fwd=vary-miss; ttl=60; stored',
      'b 2',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=vary-miss; ttl=60; stored',
      'undefined 3',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), ['hitrate; hit; ttl=60', 'a 1'])
    assert.deepEqual(await statusAndBody(get('/x', { accept: ' b ' })), ['hitrate; hit; ttl=60', 'b 2'])
    assert.deepEqual(await statusAndBody(get('/x', { other: 'x' })), ['hitrate; hit; ttl=60', 'undefined 3'])
    assert.equal(calls(), 3)
    assert.deepEqual(outcomes, ['miss', 'miss', 'miss', 'hit', 'hit', 'hit'])
  })

  it('maxVariants limits the variants of a URL: the oldest one is removed', async () => {
    const { cache, get, settled } = varyingApp({ maxVariants: 2 })
    for (const accept of ['a', 'b', 'c']) await get('/x', { accept })
    await settled()
    assert.equal(cache.stats().entries, 2)
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'b' })), ['hitrate; hit; ttl=60', 'b 2'])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'c' })), ['hitrate; hit; ttl=60', 'c 3'])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), [
      'hitrate; fwd=vary-miss; ttl=60; stored',
      'a 4',
    ])
  })

  it('an empty option vary adds no Vary header', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached({ vary: '' }), handler)
    assert.equal((await get('/x')).headers.get('vary'), null)
  })

  it('the option vary adds header names to the handler’s Vary', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', vary: 'Accept' })
    app.get('/x', cached({ vary: ['accept', 'x-a, x-b'] }), handler)
    for (const [requestHeaders, body] of [
      [{}, '1'],
      [{ 'x-a': '1' }, '2'],
      [{ 'x-b': '1' }, '3'],
      [{ 'x-b': '1' }, '3'],
      [{ accept: '1' }, '4'],
    ] as const) {
      const response = await get('/x', requestHeaders)
      assert.equal(response.headers.get('vary'), 'Accept, x-a, x-b')
      assert.equal(await response.text(), body)
    }
    assert.equal(calls(), 4)
  })

  it('several Vary headers count as one list', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => {
      c.header('vary', 'x-a', { append: true })
      c.header('vary', 'x-b', { append: true })
      return c.text(`${c.req.header('x-a')} ${c.req.header('x-b')}`, 200, { 'cache-control': 'max-age=60' })
    })
    for (const requestHeaders of [{ 'x-a': '1' }, { 'x-b': '1' }, { 'x-a': '1', 'x-b': '1' }]) {
      const body = await (await get('/x', requestHeaders)).text()
      assert.equal(await (await get('/x', requestHeaders)).text(), body)
      assert.equal(body, `${requestHeaders['x-a']} ${requestHeaders['x-b']}`)
    }
  })

  it('variants never mix while Vary changes from response to response', async () => {
    const { app, cached, clock, get } = testApp()
    const vary = ['x-a', 'x-a, x-b', 'X-B, x-c, X-A']
    let calls = 0
    app.get('/x', cached(), (c) =>
      c.text(`${c.req.header('x-a')} ${c.req.header('x-b')}`, 200, {
        'cache-control': 'max-age=60',
        vary: vary[calls++ % 3] ?? '',
      }),
    )
    for (let i = 0; i < 200; i++) {
      const requestHeaders = { 'x-a': String(i % 3), 'x-b': 'same' }
      assert.equal(await (await get('/x', requestHeaders)).text(), `${i % 3} same`)
      clock.ms += i % 7 === 0 ? 61_000 : 0
    }
  })

  it('an unsafe request invalidates every variant', async () => {
    const { get, request } = varyingApp()
    for (const accept of ['a', 'b']) await get('/x', { accept })
    await request('PUT', '/x')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], 'a 3')
    assert.equal((await statusAndBody(get('/x', { accept: 'b' })))[1], 'b 4')
    await request('DELETE', '/x', { accept: 'z' })
    assert.equal((await statusAndBody(get('/x', { accept: 'b' })))[1], 'b 5')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], 'a 6')
  })
})

describe('a URL that stops varying', () => {
  it('an unsafe request invalidates a response that was stored before and after Vary disappeared', async () => {
    const { app, cached, clock, get, request } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) =>
      c.text(String(++calls), 200, {
        'cache-control': 'max-age=60',
        ...(calls === 1 ? { vary: 'accept' } : {}),
      }),
    )
    app.put('/x', cached(), (c) => c.text('ok'))
    await get('/x', { accept: 'a' })
    clock.ms += 61_000
    await get('/x', { accept: 'a' })
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), ['hitrate; hit; ttl=60', '2'])
    await request('PUT', '/x')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], '3')
  })
})

describe('unsafe methods', () => {
  function appWithUnsafeMethods(status: number, headers: Record<string, string> = {}) {
    const test = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    test.app.get('/x', test.cached(), handler)
    test.app.all('/x', test.cached({ targetedControl: 'max-age=60' }), (c) =>
      c.body(null, status as 200, headers),
    )
    return { ...test, calls }
  }

  it('unsafe and OPTIONS requests reach the handler, count as bypass and are not stored', async () => {
    const { outcomes, request, cache } = appWithUnsafeMethods(200, { 'cache-control': 'max-age=60' })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'M-SEARCH']) {
      const { headers } = await request(method, '/x')
      assert.equal(headers.get('cache-status'), 'hitrate; fwd=method')
    }
    assert.deepEqual(new Set(outcomes), new Set(['bypass']))
    assert.equal(outcomes.length, 6)
    assert.equal(cache.stats().entries, 0)
  })

  for (const status of [200, 201, 204, 301, 303, 399]) {
    it(`a successful unsafe request invalidates its URL: ${status}`, async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'M-SEARCH']) {
        const { get, request, calls } = appWithUnsafeMethods(status)
        await get('/x')
        await request(method, '/x')
        await get('/x')
        assert.equal(calls(), 2, method)
      }
    })
  }

  for (const status of [400, 404, 409, 500, 503]) {
    it(`a failed unsafe request invalidates nothing: ${status}`, async () => {
      const { get, request, calls } = appWithUnsafeMethods(status)
      await get('/x')
      await request('PUT', '/x')
      await get('/x')
      assert.equal(calls(), 1)
    })
  }

  for (const method of ['OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH']) {
    it(`a safe method invalidates nothing: ${method}`, async () => {
      const { app, get, calls } = appWithUnsafeMethods(200)
      await get('/x')
      // Servers pass on methods that `new Request` rejects or normalizes to GET.
      const request = new Request('http://localhost/x', { method: 'POST' })
      await app.request(Object.defineProperty(request, 'method', { value: method }))
      await get('/x')
      assert.equal(calls(), 1)
    })
  }

  it('Location of a successful POST is invalidated only with the default key', async () => {
    for (const [options, expectedBody] of [
      [{}, '2'],
      [{ keyGenerator: (c: Context) => c.req.url }, '1'],
    ] as const) {
      const { app, cached, get, request } = testApp()
      const { handler } = counter({ 'cache-control': 'max-age=60' })
      app.get('/named', cached(options), handler)
      app.post('/x', cached(options), (c) => c.body(null, 201, { location: '/named' }))
      await get('/named')
      await request('POST', '/x')
      assert.equal((await statusAndBody(get('/named')))[1], expectedBody)
    }
  })

  it('an unsafe request invalidates a running load, and later requests start a new one', async () => {
    for (const vary of ['', 'accept']) {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      let value = 'old'
      let first = true
      app.get('/x', cached(), async (c) => {
        const seenValue = value
        if (first) {
          first = false
          await opened
        }
        return c.text(seenValue, 200, { 'cache-control': 'max-age=60', ...(vary && { vary }) })
      })
      app.put('/x', cached(), (c) => {
        value = 'new'
        return c.text('ok')
      })
      const earlier = get('/x')
      await app.request('/x', { method: 'PUT' })
      const later = get('/x')
      open()
      assert.equal(await (await earlier).text(), 'old')
      assert.equal(await (await later).text(), 'new', `vary: ${vary}`)
      assert.equal(await (await get('/x')).text(), 'new', `vary: ${vary}`)
    }
  })

  it('the handler of an unsafe method gets the client’s conditions', async () => {
    const { app, cached, request } = testApp()
    app.put('/x', cached(), (c) => c.text(`${c.req.header('if-match')} ${c.req.header('if-none-match')}`))
    const response = await request('PUT', '/x', { 'if-match': '"a"', 'if-none-match': '*' })
    assert.equal(await response.text(), '"a" *')
  })
})

describe('Cache-Tag', () => {
  it('invalidateTags() invalidates the responses with a tag of Cache-Tag', async () => {
    const { app, cache, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', 'cache-tag': 'a, b ,,ü,c d,"e' })
    app.get('/x', cached(), handler)
    let loads = 1
    for (const tag of ['a', 'b', 'ü', 'c d', '"e']) {
      await get('/x')
      cache.invalidateTags([tag])
      await get('/x')
      assert.equal(calls(), ++loads, tag)
    }
    cache.invalidateTags(['', 'c', 'A', '/x'])
    await get('/x')
    assert.equal(calls(), loads)
  })

  it('the bytes of the tags count in the size of an entry', async () => {
    const { app, cache, cached, get } = testApp()
    const tags = Array.from({ length: 1000 }, (_, i) => `tag-number-${i}`)
    app.get('/with', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=60', 'cache-tag': tags.join() }),
    )
    app.get('/none', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60' }))
    await get('/none')
    const without = cache.stats().bytes
    await get('/with')
    assert.ok(cache.stats().bytes - without > without + 2 * tags.join('').length)
  })
})

describe('bodies', () => {
  async function twice(
    body: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    options = {},
  ): Promise<Uint8Array[]> {
    const { app, cached } = testApp()
    app.get(
      '/x',
      cached(options),
      () => new Response(body, { headers: { 'cache-control': 'max-age=60', ...headers } }),
    )
    const bodies: Uint8Array[] = []
    for (const status of [/; stored$/, /; hit;/]) {
      const response = await app.request('/x')
      assert.match(response.headers.get('cache-status') ?? '', status)
      bodies.push(new Uint8Array(await response.arrayBuffer()))
    }
    return bodies
  }

  const binary = Uint8Array.from({ length: 256 }, (_, i) => i)
  const bom = Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])
  const cases: [label: string, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>][] = [
    ['bytes', binary, {}],
    ['bytes with a text Content-Type', binary, { 'content-type': 'text/plain; charset=utf-8' }],
    [
      'invalid UTF-8 with Content-Type JSON',
      Uint8Array.from([0x22, 0xc3, 0x28, 0x22]),
      { 'content-type': 'application/json' },
    ],
    ['a byte order mark', bom, { 'content-type': 'application/json' }],
    ['Latin-1', Uint8Array.from([0xfc]), { 'content-type': 'text/html; charset=iso-8859-1' }],
    ['UTF-16', Uint8Array.from([0x41, 0]), { 'content-type': 'text/plain; charset="utf-16le"' }],
    [
      'compressed text',
      Uint8Array.from([0x1f, 0x8b, 0x08, 0x41]),
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
    ],
    ['text', new TextEncoder().encode('grüße 😀\0'), { 'content-type': 'text/plain;charset=UTF-8' }],
    ['no bytes', new Uint8Array(), { 'content-type': 'text/plain' }],
  ]
  for (const [label, bytes, headers] of cases) {
    it(`a stored body equals the handler’s body byte by byte: ${label}`, async () => {
      for (const body of await twice(bytes, headers)) assert.deepEqual([...body], [...bytes])
    })
  }

  it('a stored body keeps its Content-Type and Content-Encoding, and gets the real Content-Length', async () => {
    const { app, cached, get } = testApp()
    const bodyHeaders = { 'content-type': 'text/plain', 'content-encoding': 'br', 'content-length': '999' }
    app.get(
      '/x',
      cached(),
      () => new Response(binary, { headers: { 'cache-control': 'max-age=60', ...bodyHeaders } }),
    )
    for (const _ of [1, 2]) {
      const { headers } = await get('/x')
      assert.equal(headers.get('content-type'), 'text/plain')
      assert.equal(headers.get('content-encoding'), 'br')
      assert.equal(headers.get('content-length'), '256')
    }
  })

  it('a response without a body is stored', async () => {
    for (const status of [200, 204, 205, 301, 404]) {
      const { app, cached, get } = testApp()
      const headers = { 'cache-control': 'max-age=60' }
      app.get('/x', cached(), () => new Response(null, { status, headers }))
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        const response = await get('/x')
        assert.equal(response.status, status)
        assert.deepEqual(await statusAndBody(response), [`hitrate; ${outcome}`, ''])
      }
    }
  })

  it('a body above maxBodyBytes streams to the client and is not stored', async () => {
    for (const declared of [true, false]) {
      const { app, cached, get, outcomes } = testApp()
      const chunk = new Uint8Array(400).fill(7)
      app.get('/x', cached({ maxBodyBytes: 1000 }), () => {
        let remaining = 5
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => (remaining-- > 0 ? controller.enqueue(chunk) : controller.close()),
        })
        const length: Record<string, string> = declared ? { 'content-length': '2000' } : {}
        return new Response(stream, {
          status: 203,
          headers: { 'cache-control': 'max-age=60', 'cache-tag': 'a', ...length },
        })
      })
      for (const _ of [1, 2]) {
        const response = await get('/x')
        assert.equal(response.status, 203)
        const detail = declared ? 'too-large' : 'streaming' // without Content-Length the size is not known yet
        assert.equal(response.headers.get('cache-status'), `hitrate; fwd=uri-miss; detail=${detail}`)
        assert.equal(response.headers.get('cache-tag'), null)
        const body = new Uint8Array(await response.arrayBuffer())
        assert.equal(body.length, 2000)
        assert.ok(body.every((byte) => byte === 7))
      }
      assert.deepEqual(outcomes, ['miss', 'miss'])
    }
  })

  it('a body that no client reads is cancelled', async () => {
    const { app, cached, clock, get } = testApp()
    const cancelled: string[] = []
    let calls = 0
    app.get('/x/:fields', cached(), (c) => {
      const control = c.req.param('fields')
      const status = ++calls === 2 ? 503 : 200
      const stream = new ReadableStream({
        pull: (controller) => (status === 200 && control !== 'private' ? controller.close() : undefined),
        cancel: () => void cancelled.push(`${control} ${status}`),
      })
      const headers = { 'cache-control': status === 200 ? control : 'no-store', etag: '"a"' }
      return new Response(stream, { status, headers: headers })
    })
    await get('/x/max-age=1,stale-if-error=60')
    clock.ms += 2000
    assert.equal((await get('/x/max-age=1,stale-if-error=60')).status, 200)
    assert.equal((await get('/x/private', { 'if-none-match': '"a"' })).status, 304)
    assert.deepEqual(cancelled, ['max-age=1,stale-if-error=60 503', 'private 200'])
  })

  it('a body of exactly maxBodyBytes is stored', async () => {
    const [first] = await twice(new Uint8Array(1000), {}, { maxBodyBytes: 1000 })
    assert.equal(first?.length, 1000)
  })

  it('the body of a response that is not stored reaches the client before it is complete', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), () => {
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode('first'))
          await opened
          controller.close()
        },
      })
      return new Response(stream, { headers: { 'cache-control': 'no-cache' } })
    })
    const reader = (await get('/x')).body?.getReader()
    assert.equal(new TextDecoder().decode((await reader?.read())?.value), 'first')
    open()
    assert.equal((await reader?.read())?.done, true)
  })
})

describe('a disabled cache', () => {
  function disabledApp() {
    const test = testApp({ enabled: false })
    const received: string[] = []
    test.app.get(
      '/x',
      test.cached({ targetedControl: 'max-age=60', clientControl: true, vary: 'accept' }),
      (c) => {
        received.push(`${c.req.header('range')} ${c.req.header('if-none-match')}`)
        return c.text(String(received.length), 200, { 'hitrate-cache-control': 'max-age=60' })
      },
    )
    return { ...test, received }
  }

  it('a disabled cache forwards every request and counts it as bypass', async () => {
    const { get, outcomes, cache } = disabledApp()
    for (const body of ['1', '2']) {
      const response = await get('/x')
      assert.equal(response.headers.get('hitrate-cache-control'), null)
      assert.equal(response.headers.get('vary'), 'accept')
      assert.deepEqual(await statusAndBody(response), ['hitrate; fwd=bypass', body])
    }
    assert.deepEqual(outcomes, ['bypass', 'bypass'])
    assert.equal(cache.stats().entries, 0)
  })

  it('a disabled cache passes Range and If-None-Match to the handler', async () => {
    const { get, received } = disabledApp()
    await get('/x', { range: 'bytes=0-0', 'if-none-match': '"a"' })
    assert.deepEqual(received, ['bytes=0-0 "a"'])
  })

  it('a disabled cache ignores only-if-cached', async () => {
    const { get, outcomes } = disabledApp()
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; fwd=bypass',
      '1',
    ])
    assert.deepEqual(outcomes, ['bypass'])
  })

  it('a disabled cache does not wait for the body', async () => {
    const { app, cached, get } = testApp({ enabled: false })
    const { open, opened } = gate()
    async function start(controller: ReadableStreamDefaultController): Promise<void> {
      await opened
      controller.close()
    }
    app.get(
      '/x',
      cached({ targetedControl: 'max-age=60' }),
      () => new Response(new ReadableStream({ start })),
    )
    const response = await get('/x')
    open()
    assert.equal(await response.text(), '')
  })
})

describe('a cache without a memory tier', () => {
  it('a cache without a memory tier stores nothing, and still shares one load between concurrent requests', async () => {
    const { app, cached, get, outcomes } = testApp({ memory: undefined as never })
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    for (const response of await Promise.all(concurrent)) assert.equal(await response.text(), '1')
    assert.equal((await statusAndBody(get('/x')))[1], '2')
    assert.equal(calls(), 2)
    assert.deepEqual(outcomes.sort(), ['coalesced', 'miss', 'miss'])
  })
})
