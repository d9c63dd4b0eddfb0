import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { purge } from '../../../src/http/endpoints/purge.ts'
import { measured } from '../../../src/http/measured.ts'
import { type Bed, bed, counter, door } from '../../support/test-app.ts'

const TOKEN = 'the-admin-token'

interface Purging extends Bed {
  post(body: unknown, headers?: Record<string, string>): Promise<Response>
  /** What was done, of a purge that is not refused. */
  purge(body: object): Promise<unknown>
}

function purging({ token = TOKEN }: { token?: string | undefined } = {}): Purging {
  const made = bed()
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

/** The body of a GET. */
async function body(made: Bed, url: string, headers: Record<string, string> = {}): Promise<string> {
  return (await made.get(url, headers)).text()
}

describe('a purge by URL', () => {
  it('forgets what is kept under it, and nothing else', async () => {
    const made = purging()
    made.app.get('/:page', made.cached(), counter(fresh).handler)
    assert.equal(await body(made, 'http://api.example/a'), '1')
    assert.equal(await body(made, 'http://api.example/b'), '2')
    assert.deepEqual(await made.purge({ urls: ['http://api.example/a'] }), {
      urls: 1,
      tags: 0,
      all: false,
      unreached: [],
    })
    assert.equal(await body(made, 'http://api.example/a'), '3')
    assert.equal(await body(made, 'http://api.example/b'), '2')
  })

  it('takes a path for one of the origin that was asked, even one that begins with two slashes', async () => {
    const made = purging()
    made.app.get('/*', made.cached(), counter(fresh).handler)
    for (const path of ['/a', '//a']) {
      const [here, elsewhere] = [`http://api.example${path}`, `http://other.example${path}`]
      const [kept, keptElsewhere] = [await body(made, here), await body(made, elsewhere)]
      assert.equal(await body(made, here), kept)
      assert.deepEqual(await made.purge({ urls: [path] }), { urls: 1, tags: 0, all: false, unreached: [] })
      assert.notEqual(await body(made, here), kept)
      assert.equal(await body(made, elsewhere), keptElsewhere)
    }
  })

  it('finds the key that the route gives it', async () => {
    const made = purging()
    const keyGenerator = made.cached({ keyGenerator: (c) => `user ${c.req.param('id')}` })
    made.app.get('/users/:id', keyGenerator, counter(fresh).handler)
    made.app.get('/whole', made.cached({ keyGenerator: (c) => c.req.url }), counter(fresh).handler)
    made.app.get('/search', made.cached({ query: ['q'] }), counter(fresh).handler)
    await body(made, 'http://one.example/users/7')
    assert.equal(await body(made, 'http://two.example/users/7'), '1')
    await made.purge({ urls: ['https://three.example/users/7'] })
    assert.equal(await body(made, 'http://one.example/users/7'), '2')

    assert.equal(await body(made, 'http://api.example/search?q=a&x=1'), '1')
    await made.purge({ urls: ['/search?utm=mail&q=a#top'] })
    assert.equal(await body(made, 'http://api.example/search?q=a'), '2')

    assert.equal(await body(made, 'http://api.example/whole'), '1')
    await made.purge({ urls: ['http://api.example:80/whole#top'] })
    assert.equal(await body(made, 'http://api.example/whole'), '2')
  })

  it('forgets every variant', async () => {
    const made = purging()
    made.app.get('/a', made.cached(), counter({ ...fresh, vary: 'accept-language' }).handler)
    const inLanguages = () =>
      Promise.all(['en', 'de'].map((name) => body(made, 'http://api.example/a', { 'accept-language': name })))
    await inLanguages()
    assert.deepEqual(await inLanguages(), ['1', '2'])
    await made.purge({ urls: ['/a'] })
    assert.deepEqual(await inLanguages(), ['3', '4'])
  })

  it('forgets what a load under way will bring', async () => {
    const made = purging()
    const [asked, answered] = [door(), door()]
    let calls = 0
    made.app.get('/a', made.cached(), async (c) => {
      calls++
      asked.open()
      await answered.opened
      return c.text(String(calls), 200, fresh)
    })
    const early = body(made, 'http://api.example/a')
    await asked.opened
    await made.purge({ urls: ['/a'] })
    answered.open()
    await early
    await body(made, 'http://api.example/a')
    assert.equal(calls, 2)
  })

  it('runs no handler behind a cache, and is no read and no request', async () => {
    const made = purging()
    const { handler, calls } = counter(fresh)
    const requests: string[] = []
    const app = new Hono()
    app.use(measured({ onStart: () => requests.push('start'), onEnd: ({ route }) => requests.push(route) }))
    app.get('/a', made.cached(), handler)
    app.post('/purge', purge({ cache: made.cache, fetch: app.fetch }))
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', body: '{"urls":["/a","/a"]}', headers }
    const response = await app.request('/purge', init)
    assert.deepEqual(await response.json(), { urls: 2, tags: 0, all: false, unreached: [] })
    assert.deepEqual([calls(), made.outcomes, requests], [0, [], ['start', '/purge']])
  })

  it('says which reached no cache, as they were given', async () => {
    const made = purging()
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
    assert.deepEqual(await made.purge({ urls }), { urls: 1, tags: 0, all: false, unreached })
    assert.equal(plain.calls(), 2, 'no cache stands before it: it was asked as by any GET')
  })

  it('drops the body of an answer that no cache gave', async () => {
    const made = purging()
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

  it('gives the app the environment and the context of the purge itself', async () => {
    const made = purging()
    const seen: unknown[] = []
    made.app.use('/a', async (c, next) => {
      seen.push(c.env, c.executionCtx)
      await next()
    })
    made.app.get('/a', made.cached(), counter().handler)
    const env = { DB: 'bound' }
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} }
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }
    const init = { method: 'POST', body: '{"urls":["/a"]}', headers }
    await made.app.request('/admin/purge', init, env, context)
    assert.deepEqual(
      seen.map((part) => [env, context].indexOf(part as never)),
      [0, 1],
    )
  })

  it('cannot be asked for by a client of the URL', async () => {
    const made = purging()
    made.app.get('/a', made.cached(), counter(fresh).handler)
    await body(made, '/a')
    const forged = { done: false }
    const headers = { 'hitrate-purge': '1', purge: '1' }
    const members = { 'hitrate:purge': forged, [Symbol('hitrate:purge')]: forged, purge: forged }
    const request = Object.assign(new Request('http://localhost/a', { headers }), members)
    const response = await made.app.fetch(request, { ...members })
    assert.equal(response.status, 200)
    assert.equal(await body(made, '/a'), '1')
  })
})

describe('a purge by tag', () => {
  it('forgets what has one of them', async () => {
    const made = purging()
    for (const tag of ['red', 'blue', 'green'])
      made.app.get(`/${tag}`, made.cached(), counter({ ...fresh, 'cache-tag': `colour, ${tag}` }).handler)
    const all = () => Promise.all(['/red', '/blue', '/green'].map((path) => body(made, path)))
    assert.deepEqual(await all(), ['1', '1', '1'])
    assert.deepEqual(await made.purge({ tags: ['red', 'blue', 'pink'] }), {
      urls: 0,
      tags: 3,
      all: false,
      unreached: [],
    })
    assert.deepEqual(await all(), ['2', '2', '1'])
    await made.purge({ tags: ['colour'] })
    assert.deepEqual(await all(), ['3', '3', '2'])
  })
})

describe('a purge of everything', () => {
  it('forgets all that the cache keeps', async () => {
    const made = purging()
    made.app.get('/:page', made.cached(), counter(fresh).handler)
    await body(made, '/a')
    await body(made, '/b')
    await made.cache.read('data', () => 1, { ttlMs: 60_000 })
    assert.deepEqual(await made.purge({ all: true }), { urls: 0, tags: 0, all: true, unreached: [] })
    assert.equal(made.cache.stats().entries, 0)
    assert.equal(await body(made, '/a'), '3')
  })

  it('may come with the others', async () => {
    const made = purging()
    made.app.get('/a', made.cached(), counter(fresh).handler)
    assert.deepEqual(await made.purge({ all: true, tags: ['x'], urls: ['/a', '/nothing'] }), {
      urls: 1,
      tags: 1,
      all: true,
      unreached: ['/nothing'],
    })
  })
})

describe('who may purge', () => {
  it('is who brings the token', async () => {
    const { post, cache } = purging()
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

  it('is told before anything else is looked at', async () => {
    const { post } = purging()
    assert.equal((await post('x'.repeat(70_000), { authorization: 'Bearer x' })).status, 401)
  })

  it('is anyone where there is no token', async () => {
    const made = bed()
    made.app.post('/purge', purge({ cache: made.cache, fetch: made.app.fetch }))
    const headers = { 'content-type': 'application/json' }
    const response = await made.app.request('/purge', { method: 'POST', body: '{"all":true}', headers })
    assert.equal(response.status, 200)
  })
})

describe('a purge that is refused', () => {
  const many = (count: number, one: string) => Array.from({ length: count }, () => one)
  const notUrl = 'must be an http or https URL, or begin with /'
  const cases: [because: string, body: unknown, errors: [field: string, message: string][]][] = [
    ['nothing to do', {}, [['body', 'must have urls, tags or all']]],
    ['no object', ['/a'], [['body', 'must be an object']]],
    ['null', null, [['body', 'must be an object']]],
    ['no JSON', '{"urls":', [['body', 'must be JSON']]],
    ['no body', '', [['body', 'must be JSON']]],
    ['an unknown member', { all: true, keys: ['a'] }, [['keys', 'is not a field']]],
    ['everything, but not', { all: false }, [['all', 'must be true']]],
    ['one URL, not a list', { urls: '/a' }, [['urls', 'must be an array']]],
    ['no URL', { urls: [] }, [['urls', 'must name a URL']]],
    ['no tag', { tags: [] }, [['tags', 'must name a tag']]],
    ['an empty tag', { tags: ['a', ''] }, [['tags.1', 'must not be empty']]],
    ['a tag that is none', { tags: [1] }, [['tags.0', 'must be a string']]],
    ['101 URLs', { urls: many(101, '/') }, [['urls', 'must name at most 100 URLs']]],
    ['101 tags', { tags: many(101, 'a') }, [['tags', 'must name at most 100 tags']]],
    ['a URL of no host', { urls: ['/a', 'http://'] }, [['urls.1', notUrl]]],
    ['another scheme', { urls: ['ftp://api.example/a'] }, [['urls.0', notUrl]]],
    ['a word', { urls: ['a'] }, [['urls.0', notUrl]]],
    ['an empty URL', { urls: [''] }, [['urls.0', notUrl]]],
    ['white space first', { urls: [' /a'] }, [['urls.0', notUrl]]],
    ['a password', { urls: ['http://me:secret@api.example/a'] }, [['urls.0', notUrl]]],
    ['a user', { urls: ['http://me@api.example/a'] }, [['urls.0', notUrl]]],
    [
      'several faults',
      { urls: ['x'], tags: [''] },
      [
        ['urls.0', notUrl],
        ['tags.0', 'must not be empty'],
      ],
    ],
  ]
  for (const [because, body, errors] of cases) {
    it(`because of ${because}`, async () => {
      const { post, cache } = purging()
      await cache.write('data', 1, { ttlMs: 60_000 })
      const response = await post(body)
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      const answer = (await response.json()) as { errors: { field: string; message: string }[] }
      assert.deepEqual(
        answer.errors.map(({ field, message }) => [field, message]),
        errors,
      )
      assert.equal(cache.has('data'), true)
    })
  }

  it('because of a body of more than 64 kB', async () => {
    const { post } = purging()
    const within = JSON.stringify({ tags: ['x'.repeat(64 * 1024 - 13)] })
    assert.equal(within.length, 64 * 1024)
    assert.equal((await post(within)).status, 200)
    assert.equal((await post(`${within} `)).status, 413)
  })

  it('because of another type of body', async () => {
    const { post } = purging()
    assert.equal((await post('{"all":true}', { 'content-type': 'text/plain' })).status, 415)
    assert.equal((await post('{"all":true}', { 'content-encoding': 'gzip' })).status, 415)
  })
})

describe('an endpoint that cannot purge', () => {
  it('is refused when it is made', () => {
    const { app, cache } = bed()
    const no = undefined as never
    assert.throws(
      () => purge({ cache: no, fetch: app.fetch }),
      new TypeError('purge: cache must be made by createCache, got undefined'),
    )
    assert.throws(
      () => purge({ cache, fetch: no }),
      new TypeError('purge: fetch must be a function such as app.fetch, got undefined'),
    )
  })
})
