/** The option `targetedControl` as an object by status and as a function, and stored failures beside newer ones. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { statusAndBody, testApp } from '../../support/test-app.ts'

type Options = Omit<CachedOptions, 'cache'>

/** An app whose handler has the status of the path and these headers. */
function statusApp(options: Options, headers: Record<string, string> = {}) {
  const test = testApp()
  let calls = 0
  test.app.all('/:status', test.cached(options), (c) =>
    c.body(`${++calls}`, Number(c.req.param('status')) as 200, { ...headers }),
  )
  const cacheStatus = async (path: string, method = 'GET') =>
    (await test.request(method, path)).headers.get('cache-status')?.replace('hitrate; fwd=uri-miss; ', '')
  return { ...test, cacheStatus }
}

describe('targetedControl by status', () => {
  const options: Options = { targetedControl: { 200: 'max-age=60', 404: 'max-age=30', '5xx': 'max-age=2' } }

  it('each status has the lifetime of its entry or of its class, without cacheableStatusCodes', async () => {
    const { cacheStatus } = statusApp({ ...options, cacheableStatusCodes: [200] })
    assert.equal(await cacheStatus('/200'), 'ttl=60; stored')
    assert.equal(await cacheStatus('/404'), 'ttl=30; stored')
    assert.equal(await cacheStatus('/503'), 'ttl=2; stored')
    assert.equal(await cacheStatus('/301'), 'detail=no-lifetime')
  })

  it('the handler’s Hitrate-Cache-Control replaces the option', async () => {
    const { cacheStatus } = statusApp(options, { 'hitrate-cache-control': 'max-age=7' })
    for (const status of [200, 301, 404, 503]) assert.equal(await cacheStatus(`/${status}`), 'ttl=7; stored')
  })

  it('the option does not unlock what the handler forbids', async () => {
    const { cacheStatus } = statusApp(options, { 'cache-control': 'private' })
    for (const status of [200, 404, 503]) assert.equal(await cacheStatus(`/${status}`), 'detail=private')
  })

  it('a 304 of the handler renews the lifetime of the stored status', async () => {
    const { app, cached, get, clock } = testApp()
    app.get('/x', cached({ targetedControl: { 404: 'max-age=30' } }), (c) =>
      c.req.header('if-none-match') === '"a"' ? c.body(null, 304) : c.text('none', 404, { etag: '"a"' }),
    )
    await get('/x')
    clock.ms += 31_000
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=stale; fwd-status=304; ttl=30; stored',
      'none',
    ])
  })

  it('the option gives no lifetime to the response of a POST', async () => {
    const { cacheStatus } = statusApp(options, { 'content-location': '/200' })
    await cacheStatus('/200', 'POST')
    assert.equal(await cacheStatus('/200'), 'ttl=60; stored')
  })
})

describe('targetedControl as a function', () => {
  const atMostOneMinute: Options = {
    targetedControl: ({ maxAge }) => maxAge && `max-age=${Math.min(maxAge, 60)}`,
  }
  const date = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 12) + seconds * 1000).toUTCString()

  const cases: [headers: Record<string, string>, expected: string][] = [
    [{ 'cache-control': 'max-age=3600' }, 'ttl=60; stored'],
    [{ 'cache-control': 'max-age=30' }, 'ttl=30; stored'],
    [{ 'cache-control': 'max-age=30, s-maxage=3600' }, 'ttl=60; stored'],
    [{ 'cache-control': 'max-age=30', 'cdn-cache-control': 'max-age=3600' }, 'ttl=60; stored'],
    [{ expires: date(3600) }, 'ttl=60; stored'],
    [{ expires: date(20) }, 'ttl=20; stored'],
    [{ 'last-modified': date(-100_000) }, 'ttl=60; stored'],
    [{}, 'detail=no-lifetime'],
    [{ 'cache-control': 'max-age=0' }, 'detail=expired'],
    [{ 'cache-control': 'no-cache' }, 'detail=no-cache'],
    [{ 'cache-control': 'no-cache, max-age=3600' }, 'detail=no-cache'],
    [{ 'cache-control': 'no-store, max-age=3600' }, 'detail=no-store'],
    [{ 'cache-control': 'private, max-age=3600' }, 'detail=private'],
    [{ 'hitrate-cache-control': 'max-age=3600' }, 'ttl=3600; stored'],
  ]
  for (const [headers, expected] of cases) {
    it(`the lifetime of ${JSON.stringify(headers)} is capped at one minute: ${expected}`, async () => {
      assert.equal(await statusApp(atMostOneMinute, headers).cacheStatus('/200'), expected)
    })
  }

  it('a function is called for every status', async () => {
    const { cacheStatus } = statusApp({ targetedControl: ({ status }) => `max-age=${status}` })
    for (const status of [200, 404, 503])
      assert.equal(await cacheStatus(`/${status}`), `ttl=${status}; stored`)
  })

  it('cacheControl still applies to responses without a result', async () => {
    const { cacheStatus } = statusApp({ targetedControl: () => undefined, cacheControl: 'max-age=9' })
    assert.equal(await cacheStatus('/200'), 'ttl=9; stored')
    assert.equal(await cacheStatus('/404'), 'detail=no-lifetime')
  })

  for (const [label, targetedControl, message] of [
    [
      'throws',
      () => {
        throw new Error('broken')
      },
      'cached: targetedControl threw an error',
    ],
    [
      'returns no directives',
      () => '1 minute',
      'cached: the result of targetedControl must be cache directives with lifetimes in seconds, such as max-age=60, got "1 minute"',
    ],
  ] as [string, () => string, string][]) {
    it(`a function that ${label} is a warning once per route, and the response is judged without it`, async () => {
      const { cacheStatus, events, get } = statusApp({ targetedControl }, { 'cache-control': 'max-age=5' })
      assert.equal(await cacheStatus('/200'), 'ttl=5; stored')
      assert.equal(await cacheStatus('/404'), 'ttl=5; stored')
      assert.equal(await (await get('/200')).text(), '1')
      const warnings = events.filter((event) => event.type === 'warning')
      assert.deepEqual(
        warnings.map(({ warning, method, route, error }) => [
          warning,
          method,
          route,
          (error as Error).message,
        ]),
        [['targeted-control', 'GET', '/:status', message]],
      )
    })
  }
})

describe('a stored 5xx', () => {
  /** An app whose handler returns `failed 1`, `failed 2` ... with this status, or throws. */
  function failingApp(control: string, headers: Record<string, string> = {}, options: Options = {}) {
    const test = testApp()
    const handler = { calls: 0, status: 503, throws: false }
    test.app.get('/x', test.cached(options), (c) => {
      const call = ++handler.calls
      if (handler.throws) throw new Error(`thrown ${call}`)
      return c.text(`failed ${call}`, handler.status as 503, { 'cache-control': control, ...headers })
    })
    test.app.onError((error, c) => c.text(error.message, 500))
    return { ...test, handler }
  }

  it('a stored 503 with stale-if-error does not stand in for a newer 503', async () => {
    const { get, clock } = failingApp('max-age=30, stale-if-error=86400')
    await get('/x')
    clock.ms += 29_000
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=1', 'failed 1'])
    clock.ms += 2000
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=30; stored', 'failed 2'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=30', 'failed 2'])
  })

  it('a stored 503 does not stand in for an error, not even with staleOnThrow', async () => {
    const { get, clock, handler } = failingApp(
      'max-age=30, stale-if-error=86400',
      { etag: '"a"' },
      { staleOnThrow: true },
    )
    await get('/x')
    clock.ms += 31_000
    handler.throws = true
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale', 'thrown 2'])
  })

  it('a fresh 503 does not stand in for a newer 503 that a client demands', async () => {
    const { get } = failingApp('max-age=30, stale-if-error=86400', {}, { clientControl: true })
    await get('/x')
    await new Promise((resolve) => setTimeout(resolve, 0))
    const demanded = await statusAndBody(get('/x', { 'cache-control': 'min-fresh=60' }))
    assert.equal(demanded[1], 'failed 2')
  })

  it('a stored 404 and a stored 200 stand in for a newer 503', async () => {
    for (const status of [200, 404]) {
      const { get, clock, handler } = failingApp('max-age=30, stale-if-error=86400')
      handler.status = status
      await get('/x')
      clock.ms += 31_000
      handler.status = 503
      assert.deepEqual(await statusAndBody(get('/x')), [
        'hitrate; fwd=stale; fwd-status=503; ttl=-1; detail=stale-if-error',
        'failed 1',
      ])
    }
  })

  it('a stored 503 is replaced by a good response', async () => {
    const { get, clock, handler } = failingApp('max-age=30, stale-if-error=86400')
    await get('/x')
    clock.ms += 31_000
    handler.status = 200
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=30; stored', 'failed 2'])
  })
})
