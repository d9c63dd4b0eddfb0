/** Purges by URL: behind a proxy that ends TLS, on an admin port, and the counts of what was stored. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { originsOf } from '../../../src/http/policy/origins.ts'
import { counter, gate, testApp } from '../../support/test-app.ts'
import { NOTHING, purgeOn } from '../../support/test-purge.ts'

const fresh = { 'cache-control': 'max-age=60' }
const STORED = [
  'http://example.com/a',
  'http://example.com:3000/a',
  'http://example.com:80/a',
  'https://example.com/a',
]

/** An app whose pages count the calls of the handler, and a function that returns the page of a URL. */
function pages(...options: Parameters<ReturnType<typeof testApp>['cached']>) {
  const test = testApp()
  const { handler, calls } = counter(fresh)
  test.app.all('/*', test.cached(...options), handler)
  return {
    ...test,
    calls,
    purge: purgeOn(test),
    page: async (url: string) => (await test.get(url)).text(),
  }
}

describe('a purge by URL', () => {
  it('matches the page whatever scheme and port the app has seen behind a proxy', async () => {
    for (const stored of STORED) {
      for (const url of [...STORED, 'https://example.com:8443/a', 'HTTPS://EXAMPLE.com/%61']) {
        const { page, purge } = pages()
        await page(stored)
        assert.deepEqual(await purge({ urls: [url] }), { ...NOTHING, urls: 1 }, `${stored} by ${url}`)
        assert.equal(await page(stored), '2', `${stored} by ${url}`)
        assert.deepEqual(await purge({ urls: [url] }), { ...NOTHING, urls: 1 })
        assert.deepEqual(await purge({ urls: [url] }), { ...NOTHING, unmatched: [url] })
      }
    }
  })

  it('matches a path on every host, also from an admin port', async () => {
    for (const stored of [...STORED, 'http://other.example/a']) {
      const { page, purge } = pages()
      await page(stored)
      assert.deepEqual(await purge({ urls: ['/a'] }), { ...NOTHING, urls: 1 })
      assert.equal(await page(stored), '2')
    }
  })

  it('leaves other hosts, queries and paths alone', async () => {
    const { page, purge } = pages()
    const others = [
      'http://other.example/a',
      'http://example.com/a?x=1',
      'http://example.com/a/',
      'http://sub.example.com/a',
    ]
    for (const url of others) await page(url)
    await page('http://example.com/a')
    assert.deepEqual(await purge({ urls: ['https://example.com/a'] }), { ...NOTHING, urls: 1 })
    assert.deepEqual(await Promise.all(others.map(page)), ['1', '2', '3', '4'])
    assert.equal(await page('http://example.com/a'), '6')
  })

  it('matches both spellings of a literal *', async () => {
    for (const stored of ['http://example.com/a*b?q=*', 'http://example.com/a%2Ab?q=%2a']) {
      for (const url of ['/a%2ab?q=%2A', 'https://example.com/a%2Ab?q=%2A']) {
        const { page, purge } = pages()
        await page(stored)
        assert.deepEqual(await purge({ urls: [url] }), { ...NOTHING, urls: 1 })
        assert.equal(await page(stored), '2')
      }
    }
  })

  it('matches keys that a keyGenerator makes, with and without the host, and by the URL that was loaded', async () => {
    const byHost = pages({ keyGenerator: (c) => `page ${c.req.url}` })
    await byHost.page('http://example.com:3000/a')
    assert.deepEqual(await byHost.purge({ urls: ['/a'] }), { ...NOTHING, urls: 1 })
    assert.equal(await byHost.page('http://example.com:3000/a'), '2')

    const byId = pages({ keyGenerator: (c) => `page ${c.req.query('id')}` })
    await byId.page('http://example.com/a?id=7&x=1')
    assert.deepEqual(await byId.purge({ urls: ['https://other.example/a?id=7'] }), { ...NOTHING, urls: 1 })
    assert.equal(await byId.page('http://example.com/a?id=7'), '2')

    const bySession = pages({ keyGenerator: (c) => c.req.header('x-session') ?? 'nobody' })
    await bySession.get('http://example.com/a', { 'x-session': 'ada' })
    assert.deepEqual(await bySession.purge({ urls: ['/a'] }), { ...NOTHING, unmatched: ['/a'] })
    const again = await bySession.get('http://example.com/a', { 'x-session': 'ada' })
    assert.equal(await again.text(), '2', 'removed by its tag, although it is not counted')
  })

  it('counts a stale response, a negative one, and one that a POST has stored', async () => {
    const { app, cached, get, clock, ...test } = testApp()
    app.get('/stale', cached(), counter({ 'cache-control': 'max-age=1, stale-while-revalidate=60' }).handler)
    app.get('/none', cached(), (c) => c.text('none', 404, fresh))
    app.all('/posted', cached(), (c) => c.text('x', 200, { ...fresh, 'content-location': '/posted' }))
    await get('/stale')
    await get('/none')
    await app.request('/posted', { method: 'POST' })
    clock.ms += 5000
    const purge = purgeOn({ app, ...test })
    const urls = ['/stale', '/none', '/posted']
    assert.deepEqual(await purge({ urls }), { ...NOTHING, urls: 3 })
    assert.deepEqual(await purge({ urls }), { ...NOTHING, unmatched: urls })
  })

  it('does not count a running load, an expired response, and one that was invalidated before', async () => {
    const { app, cached, clock, cache, get, ...test } = testApp()
    const { opened, open } = gate()
    app.get('/slow', cached(), async (c) => {
      await opened
      return c.text('slow', 200, fresh)
    })
    app.get('/old', cached(), counter({ 'cache-control': 'max-age=1' }).handler)
    app.get('/tagged', cached(), counter({ ...fresh, 'cache-tag': 't' }).handler)
    const slow = get('/slow')
    await get('/old')
    await get('/tagged')
    clock.ms += 30_000
    await cache.invalidateTags(['t'])
    const urls = ['/slow', '/old', '/tagged']
    clock.ms += 1e9
    assert.deepEqual(await purgeOn({ app, cache, ...test })({ urls }), { ...NOTHING, unmatched: urls })
    open()
    await slow
  })

  it('counts every spelling of a URL in one purge, because all are looked up first', async () => {
    const { page, purge } = pages()
    await page('http://example.com/a')
    const urls = ['/a', 'https://example.com/a', '/a', '/%61']
    assert.deepEqual(await purge({ urls }), { ...NOTHING, urls: 4 })
  })

  it('sends the app each URL once per origin, and runs a handler without a cache once', async () => {
    const test = testApp()
    const received: string[] = []
    test.app.use(async (c, next) => {
      received.push(c.req.url)
      await next()
    })
    test.app.get('/a', test.cached(), counter(fresh).handler)
    test.app.get('/plain', (c) => c.text('plain'))
    test.app.get('/closed', (c) => c.text('no', 401))
    await test.get('http://example.com:3000/a')
    await test.get('http://other.example/a')
    received.length = 0
    const purge = purgeOn(test)
    const urls = ['/plain', '/closed']
    assert.deepEqual(await purge({ urls }), { ...NOTHING, unreached: urls })
    assert.deepEqual(received.splice(0), ['http://127.0.0.1:3001/plain', 'http://127.0.0.1:3001/closed'])
    await purge({ urls: ['https://example.com/a'] })
    assert.deepEqual(received.splice(0).sort(), [
      'http://example.com/a',
      'http://example.com:3000/a',
      'https://example.com/a',
    ])
  })

  it('finds the host of a path in an app that routes by host', async () => {
    const test = testApp()
    const getPath = (request: Request) => request.url.replace(/^https?:\//, '').replace(/\?.*/, '')
    const app = new Hono({ getPath })
    app.get('/example.com/a', test.cached(), counter(fresh).handler)
    const page = async () => (await app.request('http://example.com/a')).text()
    await page()
    const purge = purgeOn({ ...test, app })
    assert.deepEqual(await purge({ urls: ['/a', '/b'] }), { ...NOTHING, urls: 1, unreached: ['/b'] })
    assert.equal(await page(), '2')
  })

  it('takes effect in the cache of the route, also if it is not that of the endpoint', async () => {
    const [one, two] = [testApp(), testApp()]
    one.app.get('/a', two.cached(), counter(fresh).handler)
    await one.get('http://example.com:3000/a')
    assert.deepEqual(originsOf(one.cache).list(), [])
    assert.deepEqual(await purgeOn(one)({ urls: ['/a'] }), { ...NOTHING, urls: 1 })
    assert.equal(await (await one.get('http://example.com:3000/a')).text(), '2')
  })
})
