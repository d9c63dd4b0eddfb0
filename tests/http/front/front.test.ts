import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { type Purged, purge } from '../../../src/http/endpoints/purge.ts'
import { type FrontOptions, front } from '../../../src/http/front/front.ts'
import {
  attachedIndex,
  createUrlIndex,
  type HitResponder,
  indexSymbol,
  type UrlEntry,
} from '../../../src/http/front/url-index.ts'
import { StoredResponse } from '../../../src/http/stored/stored-response.ts'
import { counter, testApp } from '../../support/test-app.ts'

type Request_ = { method?: string; headers?: Record<string, string>; env?: Record<string, string> }
type End = Parameters<NonNullable<FrontOptions['onRequest']>>[0]

const responseHeaders = {
  'cache-control': 'max-age=10',
  etag: '"a"',
  'last-modified': 'Sun, 22 Nov 2026 11:00:00 GMT',
}

/** An app with a front. `fetch` reports whether the front served the response. */
function frontedApp(options: Omit<FrontOptions, 'cache'> = {}) {
  const made = testApp()
  const { app, cache } = made
  let routed = 0
  let last = new Request('http://localhost')
  app.use(async (c, next) => {
    routed++
    last = c.req.raw
    c.header('x-before', 'yes')
    await next()
  })
  const fetch = front(app.fetch, { cache, ...options })

  async function ask(path: string, { method = 'GET', headers = {}, env = {} }: Request_ = {}) {
    const url = path.startsWith('http') ? path : `http://localhost${path}`
    const before = routed
    const result = fetch(new Request(url, { method, headers }), env)
    const isSync = !(result instanceof Promise)
    const response = await result
    return { response, isSync, byFront: routed === before, text: await response.text() }
  }

  /** Sends two requests: the first one stores the response, and the second one adds the URL to the index. */
  async function warm(path: string, request: Request_ = {}) {
    for (const _ of [1, 2]) await ask(path, request)
  }

  function entryOf(path: string): UrlEntry | undefined {
    return attachedIndex(last, indexSymbol(cache))?.get(`http://localhost${path}`)
  }

  return { ...made, ask, warm, entryOf }
}

describe('front()', () => {
  it('serves a hit synchronously before the router, with the same headers as the middleware', async () => {
    const { app, cached, clock, ask, warm } = frontedApp()
    const { handler, calls } = counter({ ...responseHeaders, 'x-own': '1', 'cache-tag': 'a' })
    app.get('/x', cached({ front: true }), handler)
    await warm('/x')
    clock.ms += 3000
    const { response, isSync, byFront, text } = await ask('/x')
    assert.deepEqual([isSync, byFront, text, calls(), response.status], [true, true, '1', 1, 200])
    assert.equal(response.headers.get('age'), '3')
    assert.equal(response.headers.get('cache-status'), 'hitrate; hit; ttl=7')

    const routed = await ask('/x', { headers: { 'cache-control': 'x' } })
    assert.equal(routed.byFront, false)
    routed.response.headers.delete('x-before')
    assert.deepEqual([...response.headers], [...routed.response.headers])
  })

  it('counts a hit once, and no request that it passes on', async () => {
    const { app, cached, events, outcomes, ask } = frontedApp()
    app.get('/x/:id', cached({ front: true }), counter(responseHeaders).handler)
    for (const _ of [1, 2, 3]) await ask('/x/1')
    await ask('/x/1', { headers: { range: 'bytes=0-0' } })
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit', 'hit'])
    for (const event of events) {
      if (event.type === 'read') assert.deepEqual([event.method, event.route], ['GET', '/x/:id'])
    }
  })

  it('does not serve routes without the option front', async () => {
    const { app, cached, ask, warm } = frontedApp()
    app.get('/x', cached(), counter(responseHeaders).handler)
    await warm('/x')
    assert.equal((await ask('/x')).byFront, false)
  })

  it('does not serve URLs from another cache', async () => {
    const { app, cached, warm } = frontedApp()
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    await warm('/x')
    const other = testApp()
    const fetch = front(() => new Response('passed on'), { cache: other.cache })
    assert.equal(await (await fetch(new Request('http://localhost/x'))).text(), 'passed on')
  })

  it('does not share its index with another front for the same cache', async () => {
    const [shop, office] = [testApp(), new Hono()]
    const { cache, cached } = shop
    const keyed = (name: string) => cached({ front: true, keyGenerator: (c) => name + c.req.path })
    shop.app.get('/x', keyed('shop'), (c) => c.text('shop', 200, responseHeaders))
    office.get('/x', keyed('office'), (c) => c.text('office', 200, responseHeaders))
    const [shopFetch, officeFetch] = [front(shop.app.fetch, { cache }), front(office.fetch, { cache })]
    const ask = async (fetch: typeof shopFetch) => (await fetch(new Request('http://localhost/x'))).text()
    for (const _ of [1, 2, 3]) assert.equal(await ask(officeFetch), 'office')
    for (const _ of [1, 2, 3]) assert.equal(await ask(shopFetch), 'shop')
  })

  it('does not mistake a URL inside a mounted app for a URL of its own', async () => {
    const { app, cached, ask, warm } = frontedApp()
    const inner = new Hono().get('/x', cached({ front: true }), (c) => c.text('inner', 200, responseHeaders))
    app.mount('/inner', inner.fetch)
    app.get('/x', (c) => c.text('outer'))
    await warm('/inner/x')
    assert.deepEqual(await pick(ask('/x')), [false, 'outer'])
  })

  it('passes the arguments of a POST to fetch unchanged', async () => {
    const calls: unknown[][] = []
    const { cache } = testApp()
    const response = new Response('x')
    const fetch = front(
      (...args) => {
        calls.push(args)
        return response
      },
      { cache },
    )
    const request = new Request('http://localhost/x', { method: 'POST', body: 'x' })
    const [env, context] = [{ DB: 1 }, { waitUntil() {}, passThroughOnException() {}, props: {} }]
    assert.equal(fetch(request, env, context), response)
    assert.equal(calls[0]?.[0], request)
    assert.equal(calls[0]?.[1], env)
    assert.equal(calls[0]?.[2], context)
  })

  const routedHeaders: [string, string][] = [
    ['if-none-match', '"b"'],
    ['if-modified-since', 'Sun, 22 Nov 2026 10:00:00 GMT'],
    ['if-match', '"a"'],
    ['if-unmodified-since', 'Sun, 22 Nov 2026 12:00:00 GMT'],
    ['range', 'bytes=0-0'],
    ['cache-control', 'max-stale'],
    ['authorization', 'Bearer x'],
    ['upgrade', 'h2c'],
  ]
  for (const [name, value] of routedHeaders) {
    it(`passes on a request with ${name}`, async () => {
      const { app, cached, ask, warm } = frontedApp()
      app.get(
        '/x',
        cached({ front: true }),
        counter({ ...responseHeaders, 'cache-control': 'public, max-age=10' }).handler,
      )
      await warm('/x')
      assert.equal((await ask('/x')).byFront, true)
      assert.equal((await ask('/x', { headers: { [name]: value } })).byFront, false)
    })
  }

  it('passes on a request with Pragma only if the route has clientControl', async () => {
    for (const clientControl of [false, true]) {
      const { app, cached, ask, warm } = frontedApp()
      app.get('/x', cached({ front: true, clientControl }), counter(responseHeaders).handler)
      await warm('/x')
      const { byFront } = await ask('/x', { headers: { pragma: 'no-cache' } })
      assert.equal(byFront, !clientControl)
    }
  })

  it('serves requests with cookies and with headers that Vary does not name', async () => {
    const { app, cached, ask, warm } = frontedApp()
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    await warm('/x')
    assert.equal((await ask('/x', { headers: { cookie: 'a=1', accept: 'x/y' } })).byFront, true)
  })

  for (const method of ['HEAD', 'POST', 'OPTIONS', 'DELETE']) {
    it(`passes on ${method}`, async () => {
      const { app, cached, ask, warm } = frontedApp()
      app.all('/x', cached({ front: true }), counter(responseHeaders).handler)
      await warm('/x')
      assert.equal((await ask('/x', { method })).byFront, false)
    })
  }

  it('does not serve a response that was invalidated by key, by tag, by clear() or by a POST', async () => {
    const { app, cached, cache, responses, ask, warm } = frontedApp()
    const { handler } = counter({ ...responseHeaders, 'cache-tag': 'a' })
    app.all('/x', cached({ front: true, keyGenerator: () => 'x' }), handler)
    let last = 1
    for (const invalidate of [
      () => responses.deleteMany(['x']),
      () => cache.invalidateTags(['a']),
      () => cache.clear(),
    ]) {
      await warm('/x')
      assert.equal((await ask('/x')).text, String(last))
      const done = invalidate()
      const { byFront, text } = await ask('/x') // before the promise of the invalidation resolves
      assert.deepEqual([byFront, text], [false, String(++last)])
      await done
    }
    await warm('/x')
    await ask('/x', { method: 'POST' })
    assert.equal((await ask('/x')).byFront, false)
  })

  it('passes on a request for a stale response', async () => {
    const { app, cached, clock, ask, warm, settled } = frontedApp()
    app.get(
      '/x',
      cached({ front: true, targetedControl: 'max-age=10, stale-while-revalidate=60' }),
      counter().handler,
    )
    await warm('/x')
    clock.ms += 9999
    assert.equal((await ask('/x')).byFront, true)
    clock.ms += 1
    const { byFront, response } = await ask('/x')
    assert.deepEqual([byFront, response.headers.get('cache-status')], [false, 'hitrate; hit; ttl=0'])
    await settled()
  })

  it('passes on requests once a response has Vary, also if earlier ones had none', async () => {
    const { app, cached, ask, warm, entryOf } = frontedApp()
    let vary: Record<string, string> = {}
    let calls = 0
    app.get('/x', cached({ front: true, clientControl: true }), (c) =>
      c.text(String(++calls), 200, { ...responseHeaders, ...vary }),
    )
    await warm('/x')
    assert.equal((await ask('/x')).byFront, true)
    vary = { vary: 'accept' }
    assert.equal((await ask('/x', { headers: { 'cache-control': 'no-cache', accept: 'a' } })).text, '2')
    for (const accept of ['a', 'b', 'a', 'b']) {
      const { byFront, text } = await ask('/x', { headers: { accept } })
      assert.deepEqual([byFront, text], [false, accept === 'a' ? '2' : '3'])
    }
    assert.equal(entryOf('/x')?.responder.hasVariants('http://localhost/x'), true)
  })

  it('does not index a URL whose responses have Vary', async () => {
    const { app, cached, warm, entryOf } = frontedApp()
    app.get('/x', cached({ front: true }), counter({ ...responseHeaders, vary: 'accept' }).handler)
    await warm('/x')
    assert.equal(entryOf('/x'), undefined)
  })

  it('does not index a URL from a request with Authorization, which earlier middleware may check', async () => {
    const { app, cached, warm, entryOf } = frontedApp()
    const shared = { 'cache-control': 'public, max-age=60' }
    app.get('/x', cached({ front: true }), counter(shared).handler)
    await warm('/x', { headers: { authorization: 'Bearer x' } })
    assert.equal(entryOf('/x'), undefined)
    await warm('/x')
    assert.notEqual(entryOf('/x'), undefined)
  })

  it('passes on a request if the key holds a response for some requests only', async () => {
    const { app, cached, responses, ask, warm } = frontedApp()
    app.get('/x', cached({ front: true, keyGenerator: () => 'x' }), counter(responseHeaders).handler)
    const varying = new StoredResponse({
      status: 200,
      headers: {},
      internal: {},
      cookies: [],
      body: 'for a',
      selecting: { accept: 'a' },
      hasGeneratedEtag: false,
    })
    await warm('/x')
    assert.equal((await ask('/x')).byFront, true)
    await responses.write('x', varying, { ttlMs: 1000 })
    assert.equal((await ask('/x')).byFront, false)
  })

  it('does not serve data that has the same key', async () => {
    const { app, cached, cache, ask, warm } = frontedApp()
    app.get('/x', cached({ front: true, keyGenerator: () => 'x' }), counter(responseHeaders).handler)
    await warm('/x')
    await cache.write('x', 'data', { ttlMs: 1000 })
    assert.deepEqual(await pick(ask('/x')), [true, '1'])
  })

  it('distinguishes hosts and queries as the key does', async () => {
    const { app, cached, ask, warm } = frontedApp()
    app.get('/own', cached({ front: true }), (c) => c.text(c.req.url, 200, responseHeaders))
    app.get('/shared', cached({ front: true, keyGenerator: (c) => c.req.path }), (c) =>
      c.text(c.req.url, 200, responseHeaders),
    )
    for (const url of ['http://a/own', 'http://b/own', 'http://a/own?x=1', 'http://a/own?x=2']) {
      await warm(url)
      assert.deepEqual(await pick(ask(url)), [true, url])
    }
    for (const url of ['http://a/shared', 'http://b/shared?x=1']) {
      await warm(url)
      assert.deepEqual(await pick(ask(url)), [true, 'http://a/shared'])
    }
  })

  it('serves nothing while the cache is disabled', async () => {
    const { app, cache, cached } = testApp({ enabled: false })
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    const fetch = front(app.fetch, { cache })
    for (const text of ['1', '2', '3']) {
      assert.equal(await (await fetch(new Request('http://localhost/x'))).text(), text)
    }
  })

  it('creates a new response for each request', async () => {
    const { app, cached, ask, warm } = frontedApp()
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    await warm('/x')
    const one = await ask('/x')
    one.response.headers.set('x-mine', '1')
    one.response.headers.delete('etag')
    const other = await ask('/x')
    assert.equal(other.byFront, true)
    assert.deepEqual(
      [other.response.headers.get('x-mine'), other.response.headers.get('etag')],
      [null, '"a"'],
    )
  })

  it('serves stored cookies with storeSetCookie', async () => {
    const { app, cached, ask, warm } = frontedApp()
    app.get('/x', cached({ front: true, storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'a=1')
      c.header('set-cookie', 'b=2', { append: true })
      return c.text('x', 200, responseHeaders)
    })
    await warm('/x')
    for (const _ of [1, 2]) {
      const { byFront, response } = await ask('/x')
      assert.deepEqual([byFront, response.headers.getSetCookie()], [true, ['a=1', 'b=2']])
    }
  })
})

describe('front() with a keyGenerator', () => {
  const urlOnly: Record<string, (c: Context) => string> = {
    'a parameter': (c) => `k${c.req.param('id')}`,
    'the path': (c) => c.req.path,
    'the query': (c) => `k${c.req.query('x')}${c.req.queries('x')?.length}`,
    'the raw request’s URL and method': (c) => c.req.raw.method + c.req.raw.url,
  }
  for (const [source, keyGenerator] of Object.entries(urlOnly)) {
    it(`serves a key made of ${source}`, async () => {
      const { app, cached, ask, warm } = frontedApp()
      app.get('/x/:id', cached({ front: true, keyGenerator }), counter(responseHeaders).handler)
      await warm('/x/1?x=a')
      assert.equal((await ask('/x/1?x=a')).byFront, true)
      assert.equal((await ask('/x/2?x=b')).byFront, false)
    })
  }

  let times = 0
  const notUrlOnly: Record<string, (c: Context) => string | Promise<string>> = {
    'a header': (c) => `k${c.req.header('accept-language')}`,
    'the presence of a header': (c) => `k${c.req.raw.headers.has('cookie')}`,
    'all headers': (c) => `k${[...c.req.raw.headers].length > 99}`,
    'the headers of a copied request': (c) => `k${new Request(c.req.raw).headers.get('accept-language')}`,
    'a variable of the context': (c) => `k${c.get('user' as never)}`,
    'the list of variables': (c) => `k${'user' in c.var}`,
    'the environment': (c) => `k${(c.env as { a?: string } | undefined)?.a}`,
    'a promise': async (c) => c.req.path,
    'a counter': () => `k${times++ % 2}`,
  }
  for (const [source, keyGenerator] of Object.entries(notUrlOnly)) {
    it(`does not serve a key made of ${source}`, async () => {
      const { app, cached, ask } = frontedApp()
      app.get('/x', cached({ front: true, keyGenerator }), counter(responseHeaders).handler)
      for (let i = 0; i < 5; i++) assert.equal((await ask('/x')).byFront, false)
    })
  }

  it('returns each client its language if the key contains Accept-Language', async () => {
    const { app, cached, ask } = frontedApp()
    const language = (c: Context) => c.req.header('accept-language') ?? ''
    app.get('/x', cached({ front: true, keyGenerator: (c) => `x ${language(c)}` }), (c) =>
      c.text(language(c), 200, responseHeaders),
    )
    for (const requested of ['de', 'en', 'de', 'en', 'de', 'en']) {
      assert.equal((await ask('/x', { headers: { 'accept-language': requested } })).text, requested)
    }
  })
})

describe('onRequest of front()', () => {
  it('is called with the route pattern for each response of the front, and for no other', async () => {
    const ends: End[] = []
    let ms = 0
    const { app, cached, ask, warm } = frontedApp({
      onRequest: (end) => ends.push(end),
      timer: () => (ms += 5),
    })
    app.get('/in/:id', cached({ front: true }), (c) => c.text('x', 404, { 'cache-control': 'max-age=10' }))
    await warm('/in/1')
    assert.deepEqual(ends, [])
    await ask('/in/1')
    await ask('/in/1', { headers: { range: 'bytes=0-' } })
    assert.deepEqual(ends, [
      {
        ...{ method: 'GET', route: '/in/:id', status: 404, durationMs: 5, bytes: 1 },
        ...{ url: 'http://localhost/in/1', hitHeaders: undefined, peer: undefined },
      },
    ])
  })

  it('may throw without affecting the response', async () => {
    let calls = 0
    const { app, cached, ask, warm } = frontedApp({
      onRequest() {
        calls++
        throw new Error('broken')
      },
      onError() {},
    })
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    await warm('/x')
    const { byFront, text } = await ask('/x')
    assert.deepEqual([byFront, text, calls], [true, '1', 1])
  })
})

describe('front() validates its arguments', () => {
  const { cache, app } = testApp()
  const invalid: [fetch: unknown, options: unknown, message: string][] = [
    [app, { cache }, 'front: fetch must be a function such as app.fetch, got an object'],
    [app.fetch, {}, 'front: cache must be a cache made by createCache(), got undefined'],
    [app.fetch, undefined, 'front: cache must be a cache made by createCache(), got undefined'],
    [app.fetch, { cache: {} }, 'front: cache must be a cache made by createCache(), got an object'],
    [app.fetch, { cache, readHeader: {} }, 'front: readHeader must be a function, got an object'],
    [app.fetch, { cache, onRequest: 'x' }, 'front: onRequest must be a function, got "x"'],
    [app.fetch, { cache, onRequests() {} }, 'front: unknown option "onRequests"; did you mean "onRequest"?'],
  ]
  for (const [fetch, options, message] of invalid) {
    it(`throws: ${message}`, () => {
      assert.throws(() => front(fetch as never, options as never), { name: 'TypeError', message })
    })
  }
})

describe('a purge through the front', () => {
  it('reaches the cache of the route', async () => {
    const { app, cached, cache, ask, warm } = frontedApp()
    const { handler, calls } = counter(responseHeaders)
    app.get('/x', cached({ front: true }), handler)
    const fetch = front(app.fetch, { cache })
    const admin = new Hono().post('/purge', purge({ cache, fetch }))
    await warm('/x')
    const body = JSON.stringify({ urls: ['http://localhost/x'] })
    const headers = { 'content-type': 'application/json' }
    const response = await admin.request('/purge', { method: 'POST', body, headers })
    const { urls, unmatched } = (await response.json()) as Purged
    assert.deepEqual([urls, unmatched], [1, []])
    await ask('/x')
    assert.equal(calls(), 2)
  })
})

describe('readHeader of front()', () => {
  it('replaces the headers of the request', async () => {
    const { app, cached, ask, warm } = frontedApp({
      readHeader: (_, env, name) => (env as Record<string, string>)[name],
    })
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    await warm('/x')
    const headers = { range: 'ignored' }
    assert.equal((await ask('/x', { headers })).byFront, true)
    assert.equal((await ask('/x', { headers, env: { range: '' } })).byFront, false)
  })
})

describe('createUrlIndex()', () => {
  const responder: HitResponder = {
    obeysPragma: false,
    isAudited: false,
    hasVariants: () => false,
    toResponse: () => new Response(),
    toMessage: () => assert.fail('not called'),
  }
  const about = { method: 'GET', route: '/' }

  it('evicts the oldest URLs beyond maxUrls', () => {
    const index = createUrlIndex(Number.POSITIVE_INFINITY, 3)
    for (const url of ['a', 'b', 'a', 'c', 'd']) index.add(url, { key: url, about, responder })
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((url) => index.get(url)?.key),
      ['a', undefined, 'c', 'd'],
    )
  })

  it('evicts the oldest URLs beyond maxLength characters', () => {
    const index = createUrlIndex(1000, Number.POSITIVE_INFINITY)
    for (let i = 0; i < 1000; i++) index.add(`${i}`.padEnd(90), { key: `${i}`.padEnd(10), about, responder })
    const entries = Array.from({ length: 1000 }, (_, i) => index.get(`${i}`.padEnd(90))).filter(Boolean)
    assert.deepEqual(
      entries.map((entry) => entry?.key.trim()),
      Array.from({ length: 10 }, (_, i) => `${990 + i}`),
    )
    index.add('x', { key: 'y'.repeat(2000), about, responder }) // longer than maxLength
    assert.equal(index.get('x'), undefined)
  })
})

async function pick(result: Promise<{ byFront: boolean; text: string }>): Promise<[boolean, string]> {
  const { byFront, text } = await result
  return [byFront, text]
}
