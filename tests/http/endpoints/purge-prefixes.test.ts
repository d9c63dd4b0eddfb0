/** Purges of everything below a path. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { counter, flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'
import { NOTHING, purgeOn } from '../../support/test-purge.ts'

const fresh = { 'cache-control': 'max-age=60' }

describe('a purge by prefix', () => {
  it('removes every response whose path begins with it, on every host, and no other', async () => {
    const test = testApp()
    test.app.get('/*', test.cached(), counter(fresh).handler)
    const below = ['http://a/blog/', 'http://a/blog/x?y=1', 'https://b:81/blog/2026/01/x', 'http://a/blog//x']
    const others = [
      'http://a/blog',
      'http://a/',
      'http://a/blog2/',
      'http://a/x/blog/',
      'http://a/x?y=/blog/',
    ]
    for (const url of [...below, ...others]) await test.get(url)
    assert.deepEqual(await purgeOn(test)({ prefixes: ['/blog/'] }), { ...NOTHING, prefixes: 1 })
    const isHit = async (url: string) => (await statusAndBody(test.get(url)))[0]?.includes('; hit;') ?? false
    assert.deepEqual(await Promise.all(below.map(isHit)), [false, false, false, false])
    assert.deepEqual(await Promise.all(others.map(isHit)), [true, true, true, true, true])
  })

  it('the prefix / removes all responses, and no data', async () => {
    const test = testApp()
    test.app.get('/*', test.cached(), counter(fresh).handler)
    await test.cache.write('data', 1)
    for (const path of ['/', '/a', '/a/b/c']) await test.get(path)
    await purgeOn(test)({ prefixes: ['/'] })
    for (const path of ['/', '/a', '/a/b/c']) {
      assert.match((await test.get(path)).headers.get('cache-status') ?? '', /uri-miss/)
    }
    assert.equal(test.cache.has('data'), true)
  })

  it('normalises percent-encoding as the key does', async () => {
    const test = testApp()
    test.app.get('/*', test.cached(), counter(fresh).handler)
    for (const [path, prefix] of [
      ['/caf%c3%a9/x', '/café/'],
      ['/%41/x', '/A/'],
      ['/a*b/x', '/a%2ab/'],
      ['/b%2Ac/x', '/b%2ac/'],
    ] as const) {
      const before = await (await test.get(path)).text()
      await purgeOn(test)({ prefixes: [prefix] })
      assert.notEqual(await (await test.get(path)).text(), before, path)
    }
  })

  it('concerns responses with variants, with other keys, streamed ones, and those that a POST has stored', async () => {
    const test = testApp()
    const { app, cached, get } = test
    app.get('/a/varying', cached(), counter({ ...fresh, vary: 'accept' }).handler)
    app.get('/a/keyed', cached({ keyGenerator: () => 'key' }), counter(fresh).handler)
    app.get('/a/streamed', cached({ bufferBytes: 0 }), counter(fresh).handler)
    const posted = counter({ ...fresh, 'content-location': '/a/posted' })
    app.all('/a/posted', cached(), posted.handler)
    const paths = ['/a/varying', '/a/keyed', '/a/streamed', '/a/posted']
    await app.request('/a/posted', { method: 'POST' })
    const bodies = () => Promise.all(paths.map(async (path) => (await get(path, { accept: 'x' })).text()))
    assert.deepEqual(await bodies(), ['1', '1', '1', '1'])
    assert.deepEqual(await bodies(), ['1', '1', '1', '1'])
    await purgeOn(test)({ prefixes: ['/a/'] })
    assert.deepEqual(await bodies(), ['2', '2', '2', '2'])
  })

  it('keeps the response of a running load, GET or POST, from being stored', async () => {
    for (const method of ['GET', 'POST']) {
      const test = testApp()
      const { opened, open } = gate()
      let calls = 0
      test.app.all('/a/x', test.cached(), async (c) => {
        const call = ++calls
        if (call === 1) await opened
        return c.text(String(call), 200, { ...fresh, 'content-location': '/a/x' })
      })
      const early = test.request(method, '/a/x')
      await purgeOn(test)({ prefixes: ['/a/'] })
      open()
      assert.equal(await (await early).text(), '1')
      assert.equal(await (await test.get('/a/x')).text(), '2', method)
    }
  })

  it('keeps the response of a POST from being stored while its body is read', async () => {
    const test = testApp()
    const { opened, open } = gate()
    test.app.get('/a/x', test.cached(), (c) => c.text('from GET', 200, fresh))
    test.app.post('/a/x', test.cached(), () => {
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await opened
          controller.enqueue(new TextEncoder().encode('posted'))
          controller.close()
        },
      })
      return new Response(body, { headers: { ...fresh, 'content-location': '/a/x' } })
    })
    const posted = test.request('POST', '/a/x')
    for (let i = 0; i < 3; i++) await flush()
    await purgeOn(test)({ prefixes: ['/a/'] })
    open()
    assert.equal(await (await posted).text(), 'posted')
    assert.equal(await (await test.get('/a/x')).text(), 'from GET')
  })

  it('uses the path that the middleware sees: with the base of a route, without that of a mounted app', async () => {
    const test = testApp()
    const inner = new Hono().get('/blog/x', test.cached(), counter(fresh).handler)
    test.app.route('/routed', inner)
    test.app.mount('/mounted', inner.fetch)
    const page = async (path: string) => (await test.get(path)).text()
    const before = [await page('/routed/blog/x'), await page('/mounted/blog/x')]
    await purgeOn(test)({ prefixes: ['/routed/'] })
    assert.notEqual(await page('/routed/blog/x'), before[0])
    assert.equal(await page('/mounted/blog/x'), before[1])
    await purgeOn(test)({ prefixes: ['/blog/'] })
    assert.notEqual(await page('/mounted/blog/x'), before[1])
  })
})
