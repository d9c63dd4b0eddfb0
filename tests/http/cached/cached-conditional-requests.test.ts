/** If-None-Match and If-Modified-Since of clients, answered by the cache. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testApp } from '../../support/test-app.ts'

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
    app.get('/stored', cached(), (c) => c.text('x', 404, { 'cache-control': 'max-age=60', etag: '"a"' }))
    app.get('/not-stored', cached(), (c) => c.text('x', 404, { etag: '"a"' }))
    for (const path of ['/stored', '/stored', '/not-stored']) {
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
