import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('an answer that says how long it lives', () => {
  it('is loaded once, and is a hit from then on', async () => {
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

  it('is shared by those who ask while it is loaded', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const both = [get('/x'), get('/x')]
    open()
    const [first, second] = await Promise.all(both)
    assert.equal(second?.headers.get('age'), '0')
    assert.deepEqual(first && (await statusAndBody(first)), ['hitrate; fwd=uri-miss; ttl=60; stored', '1'])
    assert.deepEqual(second && (await statusAndBody(second)), [
      'hitrate; fwd=uri-miss; ttl=60; stored; collapsed',
      '1',
    ])
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes.sort(), ['coalesced', 'miss'])
  })

  it('is loaded once for a thousand who ask at the same time', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const all = Array.from({ length: 1000 }, () => get('/x'))
    open()
    for (const answer of await Promise.all(all)) assert.equal(await answer.text(), '1')
    assert.equal(calls(), 1)
    assert.equal(outcomes.length, 1000)
    assert.equal(outcomes.filter((outcome) => outcome === 'coalesced').length, 999)
  })

  it('keeps its status and fields, but for those of one connection', async () => {
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

  it('may be as old as it says when it comes', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', age: '20' }))
    for (const status of ['hitrate; fwd=uri-miss; ttl=40; stored', 'hitrate; hit; ttl=40']) {
      const { headers } = await get('/x')
      assert.equal(headers.get('age'), '20')
      assert.equal(headers.get('cache-status'), status)
    }
  })

  it('says after the handler’s own caches what we did', async () => {
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

describe('an answer that may not be kept', () => {
  const cases: [reason: string, fields: Record<string, string>, status?: number][] = [
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
  for (const [reason, fields, status = 200] of cases) {
    it(`is the handler’s own each time, and says why: ${reason} (${JSON.stringify(fields)})`, async () => {
      const { app, cached, get, outcomes } = testApp()
      let calls = 0
      app.get('/x', cached(), (c) => c.text(String(++calls), status as 200, fields))
      for (const body of ['1', '2']) {
        const response = await get('/x')
        assert.equal(response.status, status)
        for (const [name, value] of Object.entries(fields)) assert.equal(response.headers.get(name), value)
        assert.deepEqual(await statusAndBody(response), [`hitrate; fwd=uri-miss; detail=${reason}`, body])
      }
      assert.deepEqual(outcomes, ['miss', 'miss'])
    })
  }

  it('ends the older one that was kept', async () => {
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
  it('is answered from a GET that was kept, with the length of what it would be', async () => {
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

  it('asks the handler for the whole where nothing is kept, which a GET finds then', async () => {
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

  it('has no body where nothing may be kept either', async () => {
    const { app, cached, request } = testApp()
    app.get('/x', cached(), (c) => c.text('whole'))
    assert.deepEqual(await statusAndBody(request('HEAD', '/x')), [
      'hitrate; fwd=uri-miss; detail=no-lifetime',
      '',
    ])
  })

  it('keeps being a HEAD for the middleware around', async () => {
    const { app, cached, request } = testApp()
    const seen: string[] = []
    app.use(async (c, next) => {
      seen.push(c.req.method)
      await next()
      seen.push(c.req.method)
    })
    app.get('/x', cached(), (c) => c.text('x'))
    await request('HEAD', '/x')
    assert.deepEqual(seen, ['HEAD', 'HEAD'])
  })
})

describe('conditional requests', () => {
  const lastModified = 'Sat, 21 Nov 2026 00:00:00 GMT'

  function modified() {
    const made = testApp()
    const asked: (string | undefined)[] = []
    made.app.get('/x', made.cached(), (c) => {
      asked.push(c.req.header('if-none-match'), c.req.header('if-modified-since'), c.req.header('range'))
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
    return { ...made, asked }
  }

  it('find the tag that was made of the body', async () => {
    const { get } = modified()
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

  it('are answered with the fields of a 304, and no others', async () => {
    const { clock, get } = modified()
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

  it('are hits, for HEAD too', async () => {
    const { get, outcomes, request } = modified()
    await get('/x')
    assert.equal((await get('/x', { 'if-none-match': '*' })).status, 304)
    assert.equal((await request('HEAD', '/x', { 'if-none-match': '*' })).status, 304)
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit'])
  })

  it('compare dates where there is no If-None-Match', async () => {
    const { get } = modified()
    await get('/x')
    const since = (date: string, more = {}) => get('/x', { 'if-modified-since': date, ...more })
    assert.equal((await since(lastModified)).status, 304)
    assert.equal((await since('Sat, 21 Nov 2026 00:00:01 GMT')).status, 304)
    assert.equal((await since('Fri, 20 Nov 2026 23:59:59 GMT')).status, 200)
    assert.equal((await since('2026-11-21')).status, 200)
    assert.equal((await since(lastModified, { 'if-none-match': '"a"' })).status, 200)
  })

  it('do not reach the handler, which is asked for the whole', async () => {
    const { asked, get } = modified()
    const response = await get('/x', {
      'if-none-match': '"a"',
      'if-modified-since': 'Sat, 21 Nov 2026 00:00:00 GMT',
      range: 'bytes=0-0',
      host: 'localhost',
    })
    assert.equal(response.status, 206)
    assert.deepEqual(asked, [undefined, undefined, undefined])
  })

  it('do not reach it either when they are all that the client sent', async () => {
    const { asked, get } = modified()
    await get('/x', { range: 'bytes=0-0' })
    assert.deepEqual(asked, [undefined, undefined, undefined])
  })

  it('stay the client’s for the middleware around', async () => {
    const { app, cached, get } = testApp()
    let seen: string | undefined
    app.use(async (c, next) => {
      await next()
      seen = c.req.header('if-none-match')
    })
    app.get('/x', cached(), (c) => c.text('x'))
    await get('/x', { 'if-none-match': '"a"' })
    assert.equal(seen, '"a"')
  })

  it('are met by a miss as well', async () => {
    const { get, outcomes } = modified()
    const response = await get('/x', { 'if-none-match': '"LXEWQrcmsEQBYnyp-6wy9Q"' })
    assert.equal(response.status, 304)
    assert.equal(
      response.headers.get('cache-status'),
      'hitrate; fwd=uri-miss; fwd-status=200; ttl=60; stored',
    )
    assert.equal((await get('/x')).status, 200)
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('are met where nothing may be kept, by the handler’s own tag', async () => {
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

  it('are met there by the handler’s own date too', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'last-modified': lastModified, 'cache-control': 'private' }),
    )
    assert.equal((await get('/x', { 'if-modified-since': lastModified })).status, 304)
    assert.equal((await get('/x', { 'if-modified-since': 'Fri, 20 Nov 2026 23:59:59 GMT' })).status, 200)
  })

  it('do not turn a failure into a 304', async () => {
    const { app, cached, get } = testApp()
    app.get('/kept', cached(), (c) => c.text('x', 404, { 'cache-control': 'max-age=60', etag: '"a"' }))
    app.get('/not', cached(), (c) => c.text('x', 404, { etag: '"a"' }))
    for (const path of ['/kept', '/kept', '/not']) {
      assert.equal((await get(path, { 'if-none-match': '"a"' })).status, 404, path)
    }
  })

  it('keep the handler’s own tag, and make none where the status is not 200', async () => {
    const { app, cached, get } = testApp()
    app.get('/own', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', etag: 'W/"own"' }))
    app.get('/404', cached(), (c) => c.text('x', 404, { 'cache-control': 'max-age=60' }))
    for (const _ of [1, 2]) {
      assert.equal((await get('/own')).headers.get('etag'), 'W/"own"')
      assert.equal((await get('/404')).headers.get('etag'), null)
    }
  })

  it('pass a 304 that the handler makes of something else', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.body(null, 304, { etag: '"a"', 'cache-control': 'max-age=60' }))
    const response = await get('/x')
    assert.equal(response.status, 304)
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=status')
  })
})

describe('lifetimes', () => {
  const lifetime = async (
    fields: Record<string, string>,
    options: Omit<CachedOptions, 'cache'> = {},
    status = 200,
  ) => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(options), (c) => c.text('x', status as 200, fields))
    const { headers } = await get('/x')
    const said = /ttl=(\d+); stored|detail=([\w-]+)/.exec(headers.get('cache-status') ?? '')
    return said?.[1] === undefined ? said?.[2] : Number(said[1])
  }
  const all = {
    'hitrate-cache-control': 'max-age=1',
    'cdn-cache-control': 'max-age=2',
    'cache-control': 'max-age=3',
  }
  const { 'hitrate-cache-control': _, ...others } = all

  it('are those of the most targeted field: ours, then CDN-Cache-Control, then Cache-Control', async () => {
    assert.equal(await lifetime(all), 1)
    assert.equal(await lifetime(others), 2)
    assert.equal(await lifetime({ 'cache-control': 'max-age=3' }), 3)
  })

  it('may be an option’s, but the handler’s own targeted field wins', async () => {
    assert.equal(await lifetime(all, { targetedControl: 'max-age=9' }), 1)
    assert.equal(await lifetime(others, { targetedControl: 'max-age=9' }), 9)
    assert.equal(await lifetime({}, { targetedControl: 'max-age=9' }), 9)
    assert.equal(await lifetime({}, { cacheControl: 'max-age=9' }), 9)
    assert.equal(await lifetime({ 'cache-control': 'max-age=3' }, { cacheControl: 'max-age=9' }), 3)
  })

  it('of an option count for its statuses only', async () => {
    assert.equal(await lifetime({}, { targetedControl: 'max-age=9' }, 404), 'no-lifetime')
    assert.equal(await lifetime({}, { targetedControl: 'max-age=9', cacheableStatusCodes: [404] }, 404), 9)
    assert.equal(
      await lifetime({}, { targetedControl: 'max-age=9', cacheableStatusCodes: [404] }),
      'no-lifetime',
    )
    assert.equal(await lifetime({}, { cacheControl: 'max-age=9' }, 404), 'no-lifetime')
  })

  it('of an option never unlock what the handler has locked', async () => {
    const options = { targetedControl: 'public, max-age=9', cacheControl: 'public, max-age=9, s-maxage=9' }
    for (const word of ['private', 'no-store', 'no-cache']) {
      assert.equal(await lifetime({ 'cache-control': word }, options), word)
      assert.equal(await lifetime({ 'cdn-cache-control': word }, options), word)
      assert.equal(await lifetime({ 'hitrate-cache-control': word }, options), word)
    }
    assert.equal(await lifetime({ 'set-cookie': 'a=1' }, options), 'set-cookie')
    assert.equal(await lifetime({ 'set-cookie': 'a=1' }, { ...options, storeSetCookie: true }), 9)
  })

  it('meant for us are nobody else’s business', async () => {
    const { app, cached, get } = testApp()
    const own = { 'hitrate-cache-control': 'max-age=60', 'cache-tag': 'a', 'cache-control': 'max-age=0' }
    app.get('/kept', cached(), (c) => c.text('x', 200, own))
    app.get('/not', cached(), (c) => c.text('x', 200, { ...own, 'hitrate-cache-control': 'no-store' }))
    app.get('/broken', cached(), (c) => c.text('x', 500, own))
    app.post('/kept', cached(), (c) => c.text('x', 200, own))
    const answers = [await get('/kept'), await get('/kept'), await get('/kept', { 'if-none-match': '*' })]
    answers.push(await get('/not'), await get('/broken'), await app.request('/kept', { method: 'POST' }))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 304, 200, 500, 200],
    )
    for (const { headers } of answers) {
      assert.equal(headers.get('hitrate-cache-control'), null)
      assert.equal(headers.get('cache-tag'), null)
      assert.equal(headers.get('cache-control'), 'max-age=0')
    }
  })

  it('of `cacheControl` are told to everyone, beside the handler’s own', async () => {
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

describe('options that cannot be read', () => {
  const { cache } = testApp()
  const cases: [option: string, given: Record<string, unknown>][] = [
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
  for (const [option, given] of cases) {
    it(`throw and name the option: ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => cached({ cache, ...given }),
        (error: Error) => error instanceof TypeError && error.message.startsWith(`cached: ${option} must `),
      )
    })
  }

  it('are none of these', () => {
    for (const given of [
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
      assert.doesNotThrow(() => cached({ cache, ...given }), JSON.stringify(given))
    }
  })

  it('and those that can are not changed', () => {
    const given = Object.freeze({
      cache,
      vary: Object.freeze(['accept']) as string[],
      query: [],
      cacheControl: 'max-age=1',
    })
    assert.doesNotThrow(() => cached(given))
  })
})

describe('what a request asks of the cache', () => {
  function fresh(options: Omit<CachedOptions, 'cache'> = {}) {
    const made = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60, stale-if-error=60' })
    made.app.get('/x', made.cached(options), handler)
    return { ...made, calls }
  }

  it('counts with clientControl', async () => {
    const { get, clock, outcomes } = fresh({ clientControl: true })
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

  it('does not count without', async () => {
    const { get, clock, calls } = fresh()
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

  it('may be that nothing is loaded: only-if-cached is answered with what is kept, or 504', async () => {
    const { get, calls, outcomes } = fresh()
    const refused = await get('/x', { 'cache-control': 'only-if-cached' })
    assert.equal(refused.status, 504)
    assert.equal(refused.headers.get('cache-status'), 'hitrate; detail=only-if-cached')
    assert.equal(refused.headers.get('content-type'), 'application/problem+json')
    assert.equal(calls(), 0)
    await get('/x')
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; hit; ttl=60',
      '1',
    ])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })

  it('may be that a stale answer will do', async () => {
    const { get, clock, calls, outcomes } = fresh()
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

  it('never gets a stale answer that must be revalidated', async () => {
    const { app, cached, clock, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60, must-revalidate, stale-while-revalidate=60' })
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 61_000
    assert.equal((await statusAndBody(get('/x', { 'cache-control': 'max-stale' })))[1], '2')
  })
})

describe('the key', () => {
  it('is the URL: scheme, host, path and query', async () => {
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
    assert.equal(new Set(bodies.values()).size, urls.length - 1) // an empty query is none
    for (const url of urls) assert.equal(await (await app.request(url)).text(), bodies.get(url))
  })

  it('counts only the parameters of the `query` option', async () => {
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

  it('may be made by the route, at once or later', async () => {
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

  it('names a keyGenerator that gives no string', async () => {
    for (const [given, named] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [1, '1'],
      [Promise.resolve({}), 'an object'],
    ] as const) {
      const { app, cached, get } = testApp()
      app.get('/x', cached({ keyGenerator: () => given as never }), (c) => c.text('x'))
      app.onError((error, c) => c.text(error.message, 500))
      const answer = await get('/x')
      assert.equal(await answer.text(), `cached: keyGenerator must return a string, got ${named}`)
    }
  })

  it('made of what strangers send cannot be made to look like a variant of another', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ keyGenerator: (c) => c.req.query('q') ?? '-' }), (c) => {
      const q = c.req.query('q') ?? ''
      return c.text(q, 200, { 'cache-control': 'max-age=60', ...(q === 'x' ? { vary: 'accept' } : {}) })
    })
    await get(`/x?q=${encodeURIComponent('x\naccept\0json')}`, { accept: 'json' })
    await get('/x?q=x', { accept: 'html' })
    assert.equal((await statusAndBody(get('/x?q=x', { accept: 'json' })))[1], 'x')
  })

  it('that is too long is none: the request passes, uncached', async () => {
    const { app, cached, get, outcomes, cache } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), handler)
    app.put('/x', cached(), (c) => c.text('ok'))
    const long = `/x?${'a'.repeat(9000)}`
    assert.deepEqual(await statusAndBody(get(long)), ['hitrate; fwd=bypass; detail=key-too-long', '1'])
    assert.deepEqual(await statusAndBody(get(long)), ['hitrate; fwd=bypass; detail=key-too-long', '2'])
    assert.equal((await app.request(long, { method: 'PUT' })).status, 200)
    assert.deepEqual(outcomes, ['bypass', 'bypass', 'bypass'])
    assert.equal(cache.stats().entries, 0)
  })

  it('of a variant that would be too long is none either', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60', vary: 'accept-language' })
    app.get('/x', cached(), handler)
    const long = { 'accept-language': 'a'.repeat(9000) }
    assert.deepEqual(await statusAndBody(get('/x', long)), [
      'hitrate; fwd=uri-miss; detail=key-too-long',
      '1',
    ])
    assert.deepEqual(await statusAndBody(get('/x', long)), ['hitrate; fwd=bypass; detail=key-too-long', '2'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=vary-miss; ttl=60; stored', '3'])
    assert.deepEqual(outcomes, ['miss', 'bypass', 'miss'])
  })
})

describe('Vary', () => {
  function varying(options = {}) {
    const made = testApp()
    let calls = 0
    made.app.get('/x', made.cached(options), (c) =>
      c.text(`${c.req.header('accept')} ${++calls}`, 200, { 'cache-control': 'max-age=60', vary: 'Accept' }),
    )
    made.app.all('/x', made.cached(), (c) => c.text('ok'))
    return { ...made, calls: () => calls }
  }

  it('keeps variants side by side', async () => {
    const { get, calls, outcomes } = varying()
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

  it('keeps no more variants than maxVariants: the one that was made first makes room', async () => {
    const { cache, get, settled } = varying({ maxVariants: 2 })
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

  it('is not said where the option names nothing', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached({ vary: '' }), handler)
    assert.equal((await get('/x')).headers.get('vary'), null)
  })

  it('may be an option’s', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', vary: 'Accept' })
    app.get('/x', cached({ vary: ['accept', 'x-a, x-b'] }), handler)
    for (const [fields, body] of [
      [{}, '1'],
      [{ 'x-a': '1' }, '2'],
      [{ 'x-b': '1' }, '3'],
      [{ 'x-b': '1' }, '3'],
      [{ accept: '1' }, '4'],
    ] as const) {
      const response = await get('/x', fields)
      assert.equal(response.headers.get('vary'), 'Accept, x-a, x-b')
      assert.equal(await response.text(), body)
    }
    assert.equal(calls(), 4)
  })

  it('on several lines is one list', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => {
      c.header('vary', 'x-a', { append: true })
      c.header('vary', 'x-b', { append: true })
      return c.text(`${c.req.header('x-a')} ${c.req.header('x-b')}`, 200, { 'cache-control': 'max-age=60' })
    })
    for (const fields of [{ 'x-a': '1' }, { 'x-b': '1' }, { 'x-a': '1', 'x-b': '1' }]) {
      const body = await (await get('/x', fields)).text()
      assert.equal(await (await get('/x', fields)).text(), body)
      assert.equal(body, `${fields['x-a']} ${fields['x-b']}`)
    }
  })

  it('may change from answer to answer without mixing them up', async () => {
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
      const fields = { 'x-a': String(i % 3), 'x-b': 'same' }
      assert.equal(await (await get('/x', fields)).text(), `${i % 3} same`)
      clock.ms += i % 7 === 0 ? 61_000 : 0
    }
  })

  it('forgets every variant when the resource is changed', async () => {
    const { get, request } = varying()
    for (const accept of ['a', 'b']) await get('/x', { accept })
    await request('PUT', '/x')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], 'a 3')
    assert.equal((await statusAndBody(get('/x', { accept: 'b' })))[1], 'b 4')
    await request('DELETE', '/x', { accept: 'z' })
    assert.equal((await statusAndBody(get('/x', { accept: 'b' })))[1], 'b 5')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], 'a 6')
  })
})

describe('a resource that varies no more', () => {
  it('is forgotten when it is changed, under whatever key it was kept', async () => {
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
  function changing(status: number, fields: Record<string, string> = {}) {
    const made = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    made.app.get('/x', made.cached(), handler)
    made.app.all('/x', made.cached({ targetedControl: 'max-age=60' }), (c) =>
      c.body(null, status as 200, fields),
    )
    return { ...made, calls }
  }

  it('pass, are told apart, and are never kept', async () => {
    const { outcomes, request, cache } = changing(200, { 'cache-control': 'max-age=60' })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'M-SEARCH']) {
      const { headers } = await request(method, '/x')
      assert.equal(headers.get('cache-status'), 'hitrate; fwd=method')
    }
    assert.deepEqual(new Set(outcomes), new Set(['bypass']))
    assert.equal(outcomes.length, 6)
    assert.equal(cache.stats().entries, 0)
  })

  for (const status of [200, 201, 204, 301, 303, 399]) {
    it(`forget what was kept when they succeed: ${status}`, async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'M-SEARCH']) {
        const { get, request, calls } = changing(status)
        await get('/x')
        await request(method, '/x')
        await get('/x')
        assert.equal(calls(), 2, method)
      }
    })
  }

  for (const status of [400, 404, 409, 500, 503]) {
    it(`forget nothing when they fail: ${status}`, async () => {
      const { get, request, calls } = changing(status)
      await get('/x')
      await request('PUT', '/x')
      await get('/x')
      assert.equal(calls(), 1)
    })
  }

  for (const method of ['OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH']) {
    it(`forget nothing when they are safe: ${method}`, async () => {
      const { app, get, calls } = changing(200)
      await get('/x')
      // Servers take methods that `new Request` refuses, or makes a GET of.
      const request = new Request('http://localhost/x', { method: 'POST' })
      await app.request(Object.defineProperty(request, 'method', { value: method }))
      await get('/x')
      assert.equal(calls(), 1)
    })
  }

  it('forget what the answer names only where keys follow from URLs', async () => {
    for (const [options, then] of [
      [{}, '2'],
      [{ keyGenerator: (c: Context) => c.req.url }, '1'],
    ] as const) {
      const { app, cached, get, request } = testApp()
      const { handler } = counter({ 'cache-control': 'max-age=60' })
      app.get('/named', cached(options), handler)
      app.post('/x', cached(options), (c) => c.body(null, 201, { location: '/named' }))
      await get('/named')
      await request('POST', '/x')
      assert.equal((await statusAndBody(get('/named')))[1], then)
    }
  })

  it('forget what a load under way will bring, and nobody who comes later waits for it', async () => {
    for (const vary of ['', 'accept']) {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      let value = 'old'
      let first = true
      app.get('/x', cached(), async (c) => {
        const read = value
        if (first) {
          first = false
          await opened
        }
        return c.text(read, 200, { 'cache-control': 'max-age=60', ...(vary && { vary }) })
      })
      app.put('/x', cached(), (c) => {
        value = 'new'
        return c.text('ok')
      })
      const before = get('/x')
      await app.request('/x', { method: 'PUT' })
      const after = get('/x')
      open()
      assert.equal(await (await before).text(), 'old')
      assert.equal(await (await after).text(), 'new', `vary: ${vary}`)
      assert.equal(await (await get('/x')).text(), 'new', `vary: ${vary}`)
    }
  })

  it('keep their conditions for the handler', async () => {
    const { app, cached, request } = testApp()
    app.put('/x', cached(), (c) => c.text(`${c.req.header('if-match')} ${c.req.header('if-none-match')}`))
    const response = await request('PUT', '/x', { 'if-match': '"a"', 'if-none-match': '*' })
    assert.equal(await response.text(), '"a" *')
  })
})

describe('tags', () => {
  it('invalidate what has them', async () => {
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

  it('take room like everything else', async () => {
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
    fields: Record<string, string> = {},
    options = {},
  ): Promise<Uint8Array[]> {
    const { app, cached } = testApp()
    app.get(
      '/x',
      cached(options),
      () => new Response(body, { headers: { 'cache-control': 'max-age=60', ...fields } }),
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
  const cases: [what: string, bytes: Uint8Array<ArrayBuffer>, fields: Record<string, string>][] = [
    ['bytes', binary, {}],
    ['bytes that are said to be text', binary, { 'content-type': 'text/plain; charset=utf-8' }],
    [
      'invalid UTF-8 that is said to be JSON',
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
    ['nothing', new Uint8Array(), { 'content-type': 'text/plain' }],
  ]
  for (const [what, bytes, fields] of cases) {
    it(`come out exactly as they went in: ${what}`, async () => {
      for (const body of await twice(bytes, fields)) assert.deepEqual([...body], [...bytes])
    })
  }

  it('keep their type and encoding, untouched', async () => {
    const { app, cached, get } = testApp()
    const fields = { 'content-type': 'text/plain', 'content-encoding': 'br', 'content-length': '999' }
    app.get(
      '/x',
      cached(),
      () => new Response(binary, { headers: { 'cache-control': 'max-age=60', ...fields } }),
    )
    for (const _ of [1, 2]) {
      const { headers } = await get('/x')
      assert.equal(headers.get('content-type'), 'text/plain')
      assert.equal(headers.get('content-encoding'), 'br')
      assert.equal(headers.get('content-length'), '256')
    }
  })

  it('may be none at all', async () => {
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

  it('that are too large stream through and are not kept', async () => {
    for (const declared of [true, false]) {
      const { app, cached, get, outcomes } = testApp()
      const chunk = new Uint8Array(400).fill(7)
      app.get('/x', cached({ maxBodyBytes: 1000 }), () => {
        let left = 5
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
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
        const detail = declared ? 'too-large' : 'streaming' // it cannot know yet
        assert.equal(response.headers.get('cache-status'), `hitrate; fwd=uri-miss; detail=${detail}`)
        assert.equal(response.headers.get('cache-tag'), null)
        const body = new Uint8Array(await response.arrayBuffer())
        assert.equal(body.length, 2000)
        assert.ok(body.every((byte) => byte === 7))
      }
      assert.deepEqual(outcomes, ['miss', 'miss'])
    }
  })

  it('that nobody will read are given back to their source', async () => {
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
      const fields = { 'cache-control': status === 200 ? control : 'no-store', etag: '"a"' }
      return new Response(stream, { status, headers: fields })
    })
    await get('/x/max-age=1,stale-if-error=60')
    clock.ms += 2000
    assert.equal((await get('/x/max-age=1,stale-if-error=60')).status, 200)
    assert.equal((await get('/x/private', { 'if-none-match': '"a"' })).status, 304)
    assert.deepEqual(cancelled, ['max-age=1,stale-if-error=60 503', 'private 200'])
  })

  it('of exactly the bound are kept', async () => {
    const [first] = await twice(new Uint8Array(1000), {}, { maxBodyBytes: 1000 })
    assert.equal(first?.length, 1000)
  })

  it('that are not kept are not read either: a stream begins at once', async () => {
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

describe('a cache that is switched off', () => {
  function off() {
    const made = testApp({ enabled: false })
    const asked: string[] = []
    made.app.get(
      '/x',
      made.cached({ targetedControl: 'max-age=60', clientControl: true, vary: 'accept' }),
      (c) => {
        asked.push(`${c.req.header('range')} ${c.req.header('if-none-match')}`)
        return c.text(String(asked.length), 200, { 'hitrate-cache-control': 'max-age=60' })
      },
    )
    return { ...made, asked }
  }

  it('lets everything pass, and counts it as such', async () => {
    const { get, outcomes, cache } = off()
    for (const body of ['1', '2']) {
      const response = await get('/x')
      assert.equal(response.headers.get('hitrate-cache-control'), null)
      assert.equal(response.headers.get('vary'), 'accept')
      assert.deepEqual(await statusAndBody(response), ['hitrate; fwd=bypass', body])
    }
    assert.deepEqual(outcomes, ['bypass', 'bypass'])
    assert.equal(cache.stats().entries, 0)
  })

  it('leaves to the handler what the client asks of it', async () => {
    const { get, asked } = off()
    await get('/x', { range: 'bytes=0-0', 'if-none-match': '"a"' })
    assert.deepEqual(asked, ['bytes=0-0 "a"'])
  })

  it('is nothing that only-if-cached could mean', async () => {
    const { get, outcomes } = off()
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; fwd=bypass',
      '1',
    ])
    assert.deepEqual(outcomes, ['bypass'])
  })

  it('reads no body', async () => {
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
  it('keeps nothing, and still loads once for those who ask at the same time', async () => {
    const { app, cached, get, outcomes } = testApp({ memory: undefined as never })
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const both = [get('/x'), get('/x')]
    open()
    for (const answer of await Promise.all(both)) assert.equal(await answer.text(), '1')
    assert.equal((await statusAndBody(get('/x')))[1], '2')
    assert.equal(calls(), 2)
    assert.deepEqual(outcomes.sort(), ['coalesced', 'miss', 'miss'])
  })
})
