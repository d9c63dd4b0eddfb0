import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { purge } from '../../../src/http/endpoints/purge.ts'
import { measured } from '../../../src/http/measured/measured.ts'
import { counter, gate, type TestApp, testApp } from '../../support/test-app.ts'
import { NOTHING } from '../../support/test-purge.ts'

const TOKEN = 'the-admin-token'

interface PurgeBed extends TestApp {
  post(body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Sends a purge that must succeed, and returns its result. */
  purge(body: object): Promise<unknown>
}

function testPurge({ token = TOKEN }: { token?: string | undefined } = {}): PurgeBed {
  const made = testApp()
  const { app, cache } = made
  app.post('/admin/purge', purge({ cache, fetch: app.fetch, token }))

  async function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return app.request('http://api.example/admin/purge', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
    })
  }

  return {
    ...made,
    post,
    async purge(body) {
      const response = await post(body)
      const text = await response.text()
      assert.equal(response.status, 200, text)
      return JSON.parse(text)
    },
  }
}

const fresh = { 'cache-control': 'max-age=60' }

/** Sends a GET and returns its body. */
async function body(made: TestApp, url: string, headers: Record<string, string> = {}): Promise<string> {
  return (await made.get(url, headers)).text()
}

describe('a purge by URL', () => {
  it('invalidates the response of this URL only', async () => {
    const made = testPurge()
    made.app.get('/:page', made.cached(), counter(fresh).handler)
    assert.equal(await body(made, 'http://api.example/a'), '1')
    assert.equal(await body(made, 'http://api.example/b'), '2')
    assert.deepEqual(await made.purge({ urls: ['http://api.example/a'] }), { ...NOTHING, urls: 1 })
    assert.equal(await body(made, 'http://api.example/a'), '3')
    assert.equal(await body(made, 'http://api.example/b'), '2')
  })

  it('invalidates a path on every host, even if it begins with two slashes', async () => {
    const made = testPurge()
    made.app.get('/*', made.cached(), counter(fresh).handler)
    for (const path of ['/a', '//a']) {
      const urls = [
        `http://other.example${path}`,
        `http://api.example${path}`,
        `https://api.example:81${path}`,
      ]
      const before = await Promise.all(urls.map((url) => body(made, url)))
      assert.deepEqual(await made.purge({ urls: [path] }), { ...NOTHING, urls: 1 })
      const after = await Promise.all(urls.map((url) => body(made, url)))
      for (const [i, text] of after.entries()) assert.notEqual(text, before[i])
    }
  })

  it('finds the key that the route generates', async () => {
    const made = testPurge()
    const keyGenerator = made.cached({ keyGenerator: (c) => `user ${c.req.param('id')}` })
    made.app.get('/users/:id', keyGenerator, counter(fresh).handler)
    made.app.get('/by-url', made.cached({ keyGenerator: (c) => c.req.url }), counter(fresh).handler)
    made.app.get('/search', made.cached({ query: ['q'] }), counter(fresh).handler)
    await body(made, 'http://one.example/users/7')
    assert.equal(await body(made, 'http://two.example/users/7'), '1')
    await made.purge({ urls: ['https://three.example/users/7'] })
    assert.equal(await body(made, 'http://one.example/users/7'), '2')

    assert.equal(await body(made, 'http://api.example/search?q=a&x=1'), '1')
    await made.purge({ urls: ['/search?utm=mail&q=a#top'] })
    assert.equal(await body(made, 'http://api.example/search?q=a'), '2')

    assert.equal(await body(made, 'http://api.example/by-url'), '1')
    await made.purge({ urls: ['http://api.example:80/by-url#top'] })
    assert.equal(await body(made, 'http://api.example/by-url'), '2')
  })

  it('invalidates every variant', async () => {
    const made = testPurge()
    made.app.get('/a', made.cached(), counter({ ...fresh, vary: 'accept-language' }).handler)
    const inLanguages = () =>
      Promise.all(['en', 'de'].map((name) => body(made, 'http://api.example/a', { 'accept-language': name })))
    await inLanguages()
    assert.deepEqual(await inLanguages(), ['1', '2'])
    await made.purge({ urls: ['/a'] })
    assert.deepEqual(await inLanguages(), ['3', '4'])
  })

  it('invalidates the result of a load in progress', async () => {
    const made = testPurge()
    const [called, released] = [gate(), gate()]
    let calls = 0
    made.app.get('/a', made.cached(), async (c) => {
      calls++
      called.open()
      await released.opened
      return c.text(String(calls), 200, fresh)
    })
    const early = body(made, 'http://api.example/a')
    await called.opened
    await made.purge({ urls: ['/a'] })
    released.open()
    await early
    await body(made, 'http://api.example/a')
    assert.equal(calls, 2)
  })

  it('runs no handler behind a cache, and is not counted as a read or a request', async () => {
    const made = testPurge()
    const { handler, calls } = counter(fresh)
    const requests: string[] = []
    const app = new Hono()
    app.use(measured({ onStart: () => requests.push('start'), onEnd: ({ route }) => requests.push(route) }))
    app.get('/a', made.cached(), handler)
    app.post('/purge', purge({ cache: made.cache, fetch: app.fetch }))
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', body: '{"urls":["/a","/a"]}', headers }
    const response = await app.request('/purge', init)
    assert.deepEqual(await response.json(), { ...NOTHING, unmatched: ['/a', '/a'] })
    assert.deepEqual([calls(), made.outcomes, requests], [0, [], ['start', '/purge']])
  })

  it('returns the URLs that reached no cache, as given', async () => {
    const made = testPurge()
    const plain = counter()
    made.app.get('/plain', plain.handler)
    made.app.get(
      '/closed',
      (c, next) => (c.req.header('authorization') ? next() : c.text('no', 401)),
      made.cached(),
      counter().handler,
    )
    made.app.get('/a', made.cached(), counter().handler)
    const urls = ['/nothing', '/a', '/plain', '/closed', 'HTTP://api.example/plain', '/admin/purge']
    const unreached = urls.filter((url) => url !== '/a')
    assert.deepEqual(await made.purge({ urls }), { ...NOTHING, unreached, unmatched: ['/a'] })
    assert.equal(plain.calls(), 2, 'without a cache the handler runs as for any GET')
  })

  it('cancels the body of a response that came from no cache', async () => {
    const made = testPurge()
    let cancelled = false
    made.app.get('/endless', (c) => {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1)),
        cancel() {
          cancelled = true
        },
      })
      return c.body(body)
    })
    await made.purge({ urls: ['/endless'] })
    assert.equal(cancelled, true)
  })

  it('passes the environment and the execution context of the purge to the app', async () => {
    const made = testPurge()
    const received: unknown[] = []
    made.app.use('/a', async (c, next) => {
      received.push(c.env, c.executionCtx)
      await next()
    })
    made.app.get('/a', made.cached(), counter().handler)
    const env = { DB: 'bound' }
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} }
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }
    const init = { method: 'POST', body: '{"urls":["/a"]}', headers }
    await made.app.request('/admin/purge', init, env, context)
    assert.deepEqual(
      received.map((part) => [env, context].indexOf(part as never)),
      [0, 1],
    )
  })

  it('cannot be forged by a client of the URL', async () => {
    const made = testPurge()
    made.app.get('/a', made.cached(), counter(fresh).handler)
    await body(made, '/a')
    const forged = { isOnEveryHost: true, reach() {} }
    const headers = { 'hitrate-purge': '1', purge: '1' }
    const members = { 'hitrate:purge': forged, [Symbol('hitrate:purge')]: forged, purge: forged }
    const request = Object.assign(new Request('http://localhost/a', { headers }), members)
    const response = await made.app.fetch(request, { ...members })
    assert.equal(response.status, 200)
    assert.equal(await body(made, '/a'), '1')
  })
})

describe('a purge by tag', () => {
  it('invalidates every response with one of the tags', async () => {
    const made = testPurge()
    for (const tag of ['red', 'blue', 'green'])
      made.app.get(`/${tag}`, made.cached(), counter({ ...fresh, 'cache-tag': `colour, ${tag}` }).handler)
    const all = () => Promise.all(['/red', '/blue', '/green'].map((path) => body(made, path)))
    assert.deepEqual(await all(), ['1', '1', '1'])
    assert.deepEqual(await made.purge({ tags: ['red', 'blue', 'pink'] }), { ...NOTHING, tags: 3 })
    assert.deepEqual(await all(), ['2', '2', '1'])
    await made.purge({ tags: ['colour'] })
    assert.deepEqual(await all(), ['3', '3', '2'])
  })
})

describe('a purge of everything', () => {
  it('invalidates every entry of the cache', async () => {
    const made = testPurge()
    made.app.get('/:page', made.cached(), counter(fresh).handler)
    await body(made, '/a')
    await body(made, '/b')
    await made.cache.read('data', () => 1, { ttlMs: 60_000 })
    assert.deepEqual(await made.purge({ all: true }), { ...NOTHING, all: true })
    assert.equal(made.cache.stats().entries, 0)
    assert.equal(await body(made, '/a'), '3')
  })

  it('can be combined with URLs and tags', async () => {
    const made = testPurge()
    for (const path of ['/a', '/b']) made.app.get(path, made.cached(), counter(fresh).handler)
    await body(made, 'http://api.example/a')
    const all = { all: true, tags: ['x'], prefixes: ['/'], urls: ['/a', '/b', '/nothing'] }
    assert.deepEqual(await made.purge(all), {
      ...NOTHING,
      urls: 1,
      tags: 1,
      prefixes: 1,
      all: true,
      unreached: ['/nothing'],
      unmatched: ['/b'],
    })
  })
})

describe('the purge token', () => {
  it('is required for a purge', async () => {
    const { post, cache } = testPurge()
    await cache.write('data', 1, { ttlMs: 60_000 })
    for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN}x`]) {
      const response = await post({ all: true }, { authorization })
      assert.equal(response.status, 401, authorization)
      assert.equal(response.headers.get('www-authenticate'), 'Bearer')
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
    }
    assert.equal(cache.has('data'), true)
    assert.equal((await post({ all: true }, { authorization: `bearer ${TOKEN}` })).status, 200)
    assert.equal(cache.has('data'), false)
  })

  it('is checked before the body', async () => {
    const { post } = testPurge()
    assert.equal((await post('x'.repeat(70_000), { authorization: 'Bearer x' })).status, 401)
  })

  it('is not required without the option', async () => {
    const made = testApp()
    made.app.post('/purge', purge({ cache: made.cache, fetch: made.app.fetch }))
    const headers = { 'content-type': 'application/json' }
    const response = await made.app.request('/purge', { method: 'POST', body: '{"all":true}', headers })
    assert.equal(response.status, 200)
  })
})

describe('a purge is refused', () => {
  const many = (count: number, one: string) => Array.from({ length: count }, () => one)
  const notUrl = 'must be an http or https URL, or begin with /'
  const cases: [reason: string, body: unknown, errors: [field: string, message: string][]][] = [
    ['nothing to do', {}, [['body', 'must have urls, tags, prefixes or all']]],
    ['an array', ['/a'], [['body', 'must be an object']]],
    ['null', null, [['body', 'must be an object']]],
    ['invalid JSON', '{"urls":', [['body', 'must be JSON']]],
    ['no body', '', [['body', 'must be JSON']]],
    ['an unknown member', { all: true, keys: ['a'] }, [['keys', 'is not a field']]],
    ['all: false', { all: false }, [['all', 'must be true']]],
    ['a URL that is not in a list', { urls: '/a' }, [['urls', 'must be an array']]],
    ['no URL', { urls: [] }, [['urls', 'must name a URL']]],
    ['no tag', { tags: [] }, [['tags', 'must name a tag']]],
    ['an empty tag', { tags: ['a', ''] }, [['tags.1', 'must not be empty']]],
    ['a tag that is a number', { tags: [1] }, [['tags.0', 'must be a string']]],
    ['101 URLs', { urls: many(101, '/') }, [['urls', 'must name at most 100 URLs']]],
    ['101 tags', { tags: many(101, 'a') }, [['tags', 'must name at most 100 tags']]],
    ['a URL without a host', { urls: ['/a', 'http://'] }, [['urls.1', notUrl]]],
    ['another scheme', { urls: ['ftp://api.example/a'] }, [['urls.0', notUrl]]],
    ['a word', { urls: ['a'] }, [['urls.0', notUrl]]],
    ['an empty URL', { urls: [''] }, [['urls.0', notUrl]]],
    ['leading white space', { urls: [' /a'] }, [['urls.0', notUrl]]],
    ['a password', { urls: ['http://me:secret@api.example/a'] }, [['urls.0', notUrl]]],
    ['a user', { urls: ['http://me@api.example/a'] }, [['urls.0', notUrl]]],
    [
      'several errors',
      { urls: ['x'], tags: [''] },
      [
        ['urls.0', notUrl],
        ['tags.0', 'must not be empty'],
      ],
    ],
  ]
  for (const [reason, body, errors] of cases) {
    it(`because of ${reason}`, async () => {
      const { post, cache } = testPurge()
      await cache.write('data', 1, { ttlMs: 60_000 })
      const response = await post(body)
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      const problem = (await response.json()) as { errors: { field: string; message: string }[] }
      assert.deepEqual(
        problem.errors.map(({ field, message }) => [field, message]),
        errors,
      )
      assert.equal(cache.has('data'), true)
    })
  }

  it('because of a body of more than 64 KiB', async () => {
    const { post } = testPurge()
    const within = JSON.stringify({ tags: ['x'.repeat(64 * 1024 - 13)] })
    assert.equal(within.length, 64 * 1024)
    assert.equal((await post(within)).status, 200)
    assert.equal((await post(`${within} `)).status, 413)
  })

  it('because of another media type or encoding', async () => {
    const { post } = testPurge()
    assert.equal((await post('{"all":true}', { 'content-type': 'text/plain' })).status, 415)
    assert.equal((await post('{"all":true}', { 'content-encoding': 'gzip' })).status, 415)
  })
})

describe('purge()', () => {
  it('throws for an unknown, missing or mistyped option, with its name', () => {
    const { app, cache } = testApp()
    const { fetch } = app
    const cases: [options: object | undefined, message: string][] = [
      [{ fetch }, 'purge: cache must be a cache made by createCache(), got undefined'],
      [{ cache: {}, fetch }, 'purge: cache must be a cache made by createCache(), got an object'],
      [{ cache }, 'purge: fetch must be a function such as app.fetch, got undefined'],
      [{ cache, fetch: app }, 'purge: fetch must be a function such as app.fetch, got an object'],
      [{ cache, fetch, token: 1 }, 'purge: token must be a string, got 1'],
      [{ cache, fetch, tokn: 'x' }, 'purge: unknown option "tokn"; did you mean "token"?'],
      [undefined, 'purge: cache must be a cache made by createCache(), got undefined'],
    ]
    for (const [options, message] of cases) {
      assert.throws(() => purge(options as never), new TypeError(message))
    }
  })
})
