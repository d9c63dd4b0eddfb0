/** Stale responses: served during a background refresh (RFC 5861 §3). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HTTPException } from 'hono/http-exception'
import { counter, flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('stale-while-revalidate', () => {
  const responseHeaders = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }

  it('stale-while-revalidate serves the stale response and refreshes it once in the background', async () => {
    const { app, cached, clock, events, get, outcomes, settled } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter(responseHeaders)
    app.get('/x', cached(), async (c) => {
      if (calls() > 0) await opened
      return handler(c)
    })
    await get('/x')
    clock.ms += 11_000
    for (const _ of [1, 2, 3]) {
      const stale = await get('/x')
      assert.equal(stale.headers.get('age'), '11')
      assert.deepEqual(await statusAndBody(stale), ['hitrate; hit; ttl=-1', '1'])
    }
    open()
    await settled()
    assert.equal(calls(), 2)
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '2'])
    assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'stale', 'hit'])
    const loads = events.flatMap((event) => (event.type === 'load' ? [[event.result, event.background]] : []))
    assert.deepEqual(loads, [
      ['ok', false],
      ['ok', true],
    ])
  })

  it('stale-while-revalidate ends after its window', async () => {
    const { app, cached, clock, get } = testApp()
    const { handler } = counter(responseHeaders)
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 70_000
    assert.equal((await statusAndBody(get('/x')))[1], '2')
  })

  it('a background refresh calls the handler with GET and without the client’s conditions', async () => {
    const { app, cached, clock, request, settled } = testApp()
    const received: (string | undefined)[][] = []
    app.get('/x', cached(), (c) => {
      received.push([
        c.req.method,
        c.req.header('if-none-match'),
        c.req.header('range'),
        c.req.header('x-own'),
      ])
      return c.text(String(received.length), 200, responseHeaders)
    })
    await request('GET', '/x')
    for (const method of ['GET', 'HEAD']) {
      clock.ms += 11_000
      const stale = await request(method, '/x', { 'if-none-match': '*', range: 'bytes=0-0', 'x-own': '1' })
      assert.equal(stale.status, 304)
      assert.equal(stale.headers.get('cache-status'), 'hitrate; hit; ttl=-1')
      await settled()
    }
    assert.deepEqual(received.slice(1), [
      ['GET', undefined, undefined, '1'],
      ['GET', undefined, undefined, '1'],
    ])
    assert.deepEqual(await statusAndBody(request('GET', '/x')), ['hitrate; hit; ttl=10', '3'])
  })

  it('a load after a refused background refresh runs without the client’s conditions', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const received: (string | undefined)[][] = []
    let status: 200 | 429 = 200
    app.get('/x', cached(), (c) => {
      received.push([c.req.header('if-none-match'), c.req.header('range')])
      return c.text(String(received.length), status, status === 200 ? responseHeaders : {})
    })
    await get('/x')
    clock.ms += 11_000
    status = 429
    await get('/x')
    await settled()
    status = 200
    assert.equal((await get('/x', { 'if-none-match': '"other"', range: 'bytes=0-0' })).status, 206)
    await settled()
    assert.deepEqual(received, [
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '3'])
  })

  it('a stale response stays intact while slow outer middleware runs and the refresh waits', async () => {
    for (const handlerWaits of [false, true]) {
      const { app, cached, clock, get, settled } = testApp()
      const { open, opened } = gate()
      const { handler, calls } = counter(responseHeaders)
      let isSlow = false
      const statuses: (string | null)[] = []
      app.use(async (c, next) => {
        await next()
        if (!isSlow) return
        for (let i = 0; i < 20; i++) await flush()
        statuses.push(c.res.headers.get('cache-status'))
        c.header('x-late', '1')
      })
      app.get('/x', cached(), async (c) => {
        if (handlerWaits && calls() > 0) await opened
        return handler(c)
      })
      await get('/x')
      clock.ms += 11_000
      isSlow = true
      const stale = await get('/x')
      assert.equal(stale.status, 200)
      assert.equal(stale.headers.get('x-late'), '1')
      assert.deepEqual(await statusAndBody(stale), ['hitrate; hit; ttl=-1', '1'])
      assert.deepEqual(statuses, ['hitrate; hit; ttl=-1'])
      isSlow = false
      open()
      await settled()
      const fresh = await get('/x')
      assert.equal(fresh.headers.get('x-late'), null)
      assert.deepEqual(await statusAndBody(fresh), ['hitrate; hit; ttl=10', '2'])
    }
  })

  it('a background refresh runs even if outer middleware throws afterwards', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const { handler } = counter(responseHeaders)
    let broken = false
    app.use(async (_, next) => {
      await next()
      if (broken) throw new Error('around')
    })
    app.get('/x', cached(), handler)
    app.onError((error, c) => c.text(error.message, 500))
    await get('/x')
    clock.ms += 11_000
    broken = true
    assert.equal(await (await get('/x')).text(), 'around')
    broken = false
    await settled()
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '2'])
  })

  it('a refreshed response contains no header of the stale response', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) =>
      c.text('x'.repeat(++calls), 200, { ...responseHeaders, [`x-${calls}`]: '1' }),
    )
    const old = await get('/x')
    clock.ms += 11_000
    await get('/x')
    await settled()
    const { headers } = await get('/x')
    assert.equal(headers.get('x-1'), null)
    assert.equal(headers.get('x-2'), '1')
    assert.equal(headers.get('content-length'), '2')
    assert.notEqual(headers.get('etag'), old.headers.get('etag'))
    assert.equal(headers.get('age'), '0')
  })

  it('a failed background refresh keeps the stale entry, and the next request tries again', async () => {
    for (const failure of ['throws', 'answers 500']) {
      const { app, cached, clock, events, get, outcomes, settled } = testApp()
      let failing = false
      let calls = 0
      const errors: string[] = []
      app.get('/x', cached(), (c) => {
        calls++
        if (failing && failure === 'throws') throw new Error('broken')
        return failing ? c.text('failed', 500) : c.text(String(calls), 200, responseHeaders)
      })
      app.onError((error, c) => {
        errors.push(error.message)
        return c.text('error', 500)
      })
      await get('/x')
      clock.ms += 11_000
      failing = true
      for (const _ of [1, 2]) {
        assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=-1', '1'])
        await settled()
      }
      assert.equal(calls, 3, failure)
      assert.equal(errors.length, failure === 'throws' ? 2 : 0)
      failing = false
      await get('/x')
      await settled()
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '4'])
      assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'stale', 'hit'])
      const results = events.flatMap((event) => (event.type === 'load' ? [event.result] : []))
      assert.deepEqual(results, ['ok', 'error', 'error', 'ok'])
    }
  })

  it('a background refresh whose response must not be stored removes the stale entry', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let control = 'max-age=10, stale-while-revalidate=60'
    app.get('/x', cached(), (c) => c.text(control, 200, { 'cache-control': control }))
    await get('/x')
    clock.ms += 11_000
    control = 'private'
    assert.match(await (await get('/x')).text(), /^max-age/)
    await settled()
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; detail=private', 'private'])
  })

  it('stale-while-revalidate works without coalescing and without waitUntil', async () => {
    let stores = 0
    const { app, cached, clock } = testApp({
      coalesce: false,
      onEvent: (event) => void (event.type === 'tier' && event.operation === 'set' && stores++),
    })
    const { handler, calls } = counter(responseHeaders)
    app.get('/x', cached(), handler)
    await app.request('/x')
    clock.ms += 11_000
    const stale = await Promise.all([app.request('/x'), app.request('/x')])
    for (const response of stale)
      assert.deepEqual(await statusAndBody(response), ['hitrate; hit; ttl=-1', '1'])
    while (stores < 2) await flush()
    assert.deepEqual(await statusAndBody(app.request('/x')), ['hitrate; hit; ttl=10', '2'])
    assert.equal(calls(), 2)
  })

  it('only-if-cached starts no background refresh', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const { handler, calls } = counter(responseHeaders)
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 11_000
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; hit; ttl=-1',
      '1',
    ])
    await settled()
    assert.equal(calls(), 1)
  })
})

/** A handler that returns `good` once and fails afterwards. */
function failingApp(
  control: string,
  failure: 'throws' | number,
  options = {},
  headers = {},
  status: 200 | 404 = 200,
) {
  const test = testApp()
  let calls = 0
  test.app.get('/x', test.cached(options), (c) => {
    calls++
    if (calls === 1) return c.text('good', status, { 'cache-control': control, ...headers })
    if (failure === 'throws') throw new Error('broken')
    return c.text('failed', failure as 500)
  })
  const errors: string[] = []
  test.app.onError((error, c) => {
    errors.push(error.message)
    return c.text('error', 500, { 'cache-control': 'no-store' })
  })
  return { ...test, errors, calls: () => calls }
}

describe('stale-if-error', () => {
  it('stale-if-error serves the stale response when the handler throws, until its window ends', async () => {
    const { clock, get, outcomes, errors } = failingApp('max-age=10, stale-if-error=60', 'throws')
    await get('/x')
    clock.ms += 12_000
    const stale = await get('/x')
    assert.equal(stale.status, 200)
    assert.equal(stale.headers.get('age'), '12')
    assert.equal(stale.headers.get('cache-control'), 'max-age=10, stale-if-error=60')
    assert.deepEqual(await statusAndBody(stale), [
      'hitrate; fwd=stale; fwd-status=500; ttl=-2; detail=stale-if-error',
      'good',
    ])
    assert.deepEqual(outcomes, ['miss', 'stale'])
    assert.deepEqual(errors, ['broken'])
    clock.ms += 59_000
    assert.equal((await get('/x')).status, 500)
  })

  for (const status of [500, 502, 503, 504]) {
    it(`stale-if-error serves the stale response when the handler returns ${status}`, async () => {
      const { clock, get, outcomes } = failingApp('max-age=10, stale-if-error=60', status)
      await get('/x')
      clock.ms += 12_000
      const cacheStatus = `hitrate; fwd=stale; fwd-status=${status}; ttl=-2; detail=stale-if-error`
      assert.deepEqual(await statusAndBody(get('/x')), [cacheStatus, 'good'])
      assert.deepEqual(outcomes, ['miss', 'stale'])
    })
  }

  it('a stale response after an error answers conditions and HEAD', async () => {
    const { clock, get, request } = failingApp('max-age=10, stale-if-error=60', 'throws')
    const etag = (await get('/x')).headers.get('etag') ?? ''
    clock.ms += 12_000
    const notModified = await get('/x', { 'if-none-match': etag })
    assert.equal(notModified.status, 304)
    const cacheStatus = 'hitrate; fwd=stale; fwd-status=500; ttl=-2; detail=stale-if-error'
    assert.equal(notModified.headers.get('cache-status'), cacheStatus)
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '4')
    assert.equal(head.headers.get('cache-status'), cacheStatus)
  })

  it('stale-if-error does not replace a 404, returned or thrown', async () => {
    for (const thrown of [false, true]) {
      const { app, cached, clock, get, outcomes } = testApp()
      let isGone = false
      app.get('/x', cached(), (c) => {
        if (isGone && thrown) throw new HTTPException(404, { message: 'gone' })
        return isGone
          ? c.text('gone', 404)
          : c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60' })
      })
      await get('/x')
      clock.ms += 12_000
      isGone = true
      const response = await get('/x')
      assert.equal(response.status, 404)
      assert.deepEqual(await statusAndBody(response), [
        `hitrate; fwd=stale; detail=${thrown ? 'thrown' : 'no-lifetime'}`,
        'gone',
      ])
      assert.deepEqual(outcomes, ['miss', 'miss'])
    }
  })

  for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=10']) {
    it(`${directive} forbids stale-if-error, even with staleOnThrow`, async () => {
      for (const failure of ['throws', 500] as const) {
        const { clock, get, outcomes } = failingApp(`max-age=10, stale-if-error=60, ${directive}`, failure, {
          staleOnThrow: true,
        })
        await get('/x')
        clock.ms += 12_000
        assert.equal((await get('/x')).status, 500)
        assert.deepEqual(outcomes, ['miss', 'error'])
      }
    })
  }

  it('the handler’s own must-revalidate forbids a stale-if-error of targetedControl', async () => {
    for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=1']) {
      const { clock, get, outcomes } = failingApp(`max-age=1, ${directive}`, 'throws', {
        targetedControl: 'max-age=10, stale-if-error=60',
      })
      await get('/x')
      clock.ms += 5000
      assert.equal((await get('/x')).status, 200)
      clock.ms += 7000
      assert.equal((await get('/x')).status, 500)
      assert.deepEqual(outcomes, ['miss', 'hit', 'error'])
    }
  })

  it('an error is not replaced by a stale response without stale-if-error', async () => {
    for (const failure of ['throws', 500] as const) {
      const { clock, get, outcomes } = failingApp('max-age=10', failure)
      await get('/x')
      clock.ms += 12_000
      const failed = await get('/x')
      assert.equal(failed.status, 500)
      const cacheStatus =
        failure === 'throws' ? 'hitrate; fwd=stale' : 'hitrate; fwd=stale; detail=no-lifetime'
      assert.equal(failed.headers.get('cache-status'), cacheStatus)
      assert.deepEqual(outcomes, ['miss', 'error'])
    }
  })

  for (const [period, headers, minutes] of [
    ['ten minutes', {}, 10],
    ['a day where it has validators', { etag: '"a"' }, 24 * 60],
  ] as const) {
    it(`staleOnThrow serves a stale response for ${period} without stale-if-error`, async () => {
      const { clock, get } = failingApp('max-age=10', 'throws', { staleOnThrow: true }, headers)
      await get('/x')
      clock.ms += 10_000 + minutes * 60_000 - 1
      assert.equal(await (await get('/x')).text(), 'good')
      clock.ms += 1
      assert.equal((await get('/x')).status, 500)
    })
  }

  it('staleOnThrow does not serve a stale 404', async () => {
    const { clock, get } = failingApp('max-age=10', 'throws', { staleOnThrow: true }, {}, 404)
    assert.equal((await get('/x')).status, 404)
    clock.ms += 10_001
    assert.equal((await get('/x')).status, 500)
  })

  it('stale-if-error never serves an invalidated response', async () => {
    for (const invalidate of ['PUT', 'tag'] as const) {
      const { app, cache, cached, clock, get, request } = testApp()
      let broken = false
      app.get('/x', cached(), (c) => {
        if (broken) throw new Error('broken')
        return c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60', 'cache-tag': 'a' })
      })
      app.put('/x', cached(), (c) => c.text('ok'))
      app.onError((_, c) => c.text('error', 500))
      await get('/x')
      clock.ms += 12_000
      broken = true
      if (invalidate === 'PUT') await request('PUT', '/x')
      else await cache.invalidateTags(['a'])
      assert.equal((await get('/x')).status, 500, invalidate)
    }
  })

  it('stale-if-error does not serve a response that was invalidated during the failing load', async () => {
    const { app, cache, cached, clock, get } = testApp()
    const { open, opened } = gate()
    let broken = false
    app.get('/x', cached(), async (c) => {
      if (broken) {
        await opened
        throw new Error('broken')
      }
      return c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60', 'cache-tag': 'a' })
    })
    app.onError((_, c) => c.text('error', 500))
    await get('/x')
    clock.ms += 12_000
    broken = true
    const pending = get('/x')
    await cache.invalidateTags(['a'])
    open()
    assert.equal((await pending).status, 500)
  })
})

describe('a handler that throws', () => {
  const errorResponses: [label: string, makeResponse: () => Response][] = [
    ['c.text()', () => new Response('set below')],
    ['new Response()', () => new Response('sorry', { status: 500, headers: { 'x-by': 'onError' } })],
  ]
  for (const [label, makeResponse] of errorResponses) {
    it(`app.onError makes the response of each waiting request after one throwing load: ${label}`, async () => {
      const { app, cached, get, outcomes } = testApp()
      const { open, opened } = gate()
      let calls = 0
      let errors = 0
      app.get('/x', cached(), async () => {
        calls++
        await opened
        throw new Error('broken')
      })
      app.onError((error, c) => {
        errors++
        assert.equal(error.message, 'broken')
        return label === 'c.text()' ? c.text('sorry', 500, { 'x-by': 'onError' }) : makeResponse()
      })
      const responses = [get('/x'), get('/x'), get('/x')]
      open()
      const cacheStatuses = [
        'hitrate; fwd=uri-miss',
        'hitrate; fwd=uri-miss; collapsed',
        'hitrate; fwd=uri-miss; collapsed',
      ]
      for (const [i, response] of (await Promise.all(responses)).entries()) {
        assert.equal(response.status, 500)
        assert.equal(response.headers.get('x-by'), 'onError')
        assert.equal(await response.text(), 'sorry')
        // Hono's rule: headers that middleware set are not added to a plain Response from onError.
        if (i === 0 || label === 'c.text()')
          assert.equal(response.headers.get('cache-status'), cacheStatuses[i])
      }
      assert.equal(calls, 1)
      assert.equal(errors, 3)
      assert.deepEqual(outcomes, ['error', 'error', 'error'])
      assert.equal((await get('/x')).status, 500)
      assert.equal(calls, 2)
    })
  }

  it('an error is not stored: the next request calls the handler again', async () => {
    const { app, cached, get, outcomes } = testApp()
    let broken = true
    app.get('/x', cached(), (c) => {
      if (broken) throw new Error('broken')
      return c.text('good', 200, { 'cache-control': 'max-age=60' })
    })
    app.onError((_, c) => c.text('error', 503, { 'cache-control': 'max-age=60' }))
    for (const _ of [1, 2]) assert.equal((await get('/x')).status, 503)
    broken = false
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'good'])
    assert.deepEqual(outcomes, ['error', 'error', 'miss'])
  })

  it('the response of a thrown HTTPException reaches the client and is not stored', async () => {
    const { app, cached, get, outcomes } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), () => {
      const res = new Response('pay first', { status: 402, headers: { 'x-price': '1' } })
      throw new HTTPException(402, { res })
    })
    for (const _ of [1, 2]) {
      const response = await get('/x')
      assert.equal(response.status, 402)
      assert.equal(response.headers.get('x-price'), '1')
      assert.deepEqual(await statusAndBody(response), ['hitrate; fwd=uri-miss; detail=thrown', 'pay first'])
    }
    assert.deepEqual(outcomes, ['miss', 'miss'])
  })

  it('each waiting request gets its own response when the handler throws an HTTPException below 500', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      await opened
      throw new HTTPException(403, { message: `not for ${c.req.header('x-user')}` })
    })
    const concurrent = [get('/x', { 'x-user': 'ann' }), get('/x', { 'x-user': 'bob' })]
    open()
    const bodies = await Promise.all((await Promise.all(concurrent)).map((response) => response.text()))
    assert.deepEqual(bodies, ['not for ann', 'not for bob'])
    assert.deepEqual(outcomes, ['miss', 'miss'])
  })

  it('a thrown value that is not an Error reaches the caller unchanged', async () => {
    for (const thrown of ['a string', 0, null, undefined, { error: 1 }]) {
      const { app, cached, outcomes, request } = testApp()
      const handler = () => {
        throw thrown
      }
      app.get('/x', cached({ targetedControl: 'max-age=60' }), handler)
      app.put('/x', cached({ targetedControl: 'max-age=60' }), handler)
      for (const method of ['GET', 'HEAD', 'PUT']) {
        const caught = await request(method, '/x').then(
          () => assert.fail('answered'),
          (error: unknown) => ({ error }),
        )
        assert.equal(caught.error, thrown)
      }
      assert.deepEqual(outcomes, ['error', 'error', 'bypass'])
    }
  })

  it('the error response has no headers of a response whose body broke off', async () => {
    const { app, cached, get, outcomes } = testApp()
    app.get('/x', cached(), () => {
      const stream = new ReadableStream({
        pull(controller) {
          controller.error(new Error('broke off'))
        },
      })
      return new Response(stream, {
        headers: { 'cache-control': 'max-age=60', 'content-length': '100', etag: '"a"', 'cache-tag': 'a' },
      })
    })
    app.onError((error, c) => c.text(error.message, 500))
    const [response, waiter] = await Promise.all([get('/x'), get('/x')])
    assert.equal(response?.status, 500)
    for (const name of ['cache-control', 'content-length', 'etag', 'cache-tag']) {
      assert.equal(response?.headers.get(name), null, name)
    }
    assert.deepEqual(await statusAndBody(response ?? assert.fail()), ['hitrate; fwd=uri-miss', 'broke off'])
    assert.deepEqual(await statusAndBody(waiter ?? assert.fail()), [
      'hitrate; fwd=uri-miss; collapsed',
      'broke off',
    ])
    assert.deepEqual(outcomes, ['error', 'error'])
  })

  it('a throwing unsafe request calls app.onError once and invalidates nothing', async () => {
    const { app, cached, get, outcomes, request } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    let errors = 0
    app.get('/x', cached(), handler)
    app.put('/x', cached(), () => {
      throw new Error('broken')
    })
    app.onError((_, c) => {
      errors++
      return c.text('error', 500)
    })
    await get('/x')
    assert.deepEqual(await statusAndBody(request('PUT', '/x')), ['hitrate; fwd=method', 'error'])
    await get('/x')
    assert.equal(calls(), 1)
    assert.equal(errors, 1)
    assert.deepEqual(outcomes, ['miss', 'bypass', 'hit'])
  })

  it('each waiting request calls the handler itself when the shared load returns 503', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
      const call = ++calls
      await opened
      return c.text(`failed ${call}`, 503)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    const bodies = await Promise.all((await Promise.all(concurrent)).map((response) => response.text()))
    assert.deepEqual(bodies, ['failed 1', 'failed 2'])
    assert.deepEqual(outcomes, ['error', 'error'])
  })

  it('a 503 with max-age is stored', async () => {
    const { app, cached, get, outcomes } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) => c.text(`failed ${++calls}`, 503, { 'cache-control': 'max-age=60' }))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'failed 1'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'failed 1'])
    assert.deepEqual(outcomes, ['error', 'hit'])
  })
})

describe('a 5xx status that RFC 5861 does not name', () => {
  it('501 and 505 reach the client, count as errors and leave the stale entry in place', async () => {
    const { app, cached, clock, get, outcomes } = testApp()
    const statuses = [200, 501, 505, 503]
    app.get('/x', cached({ targetedControl: 'max-age=10, stale-if-error=600' }), () => {
      return new Response('x', { status: statuses.shift() ?? 0 })
    })
    await get('/x')
    clock.ms += 11_000
    const responses = [await get('/x'), await get('/x'), await get('/x')]
    assert.deepEqual(
      responses.map(({ status }) => status),
      [501, 505, 200],
    )
    assert.deepEqual(outcomes, ['miss', 'error', 'error', 'stale'])
  })
})

describe('a response about the client', () => {
  const responseHeaders = { 'cache-control': 'max-age=10, stale-if-error=600' }

  for (const status of [401, 403, 429]) {
    it(`a ${status} leaves the stale entry in place for other requests`, async () => {
      const { app, cached, clock, get } = testApp()
      let respond = () => new Response('for all', { headers: responseHeaders })
      app.get('/x', cached(), () => respond())
      await get('/x')
      clock.ms += 11_000
      respond = () => new Response('refused', { status })
      assert.equal((await get('/x')).status, status)
      respond = () => new Response('broken', { status: 500 })
      assert.equal((await statusAndBody(get('/x')))[1], 'for all')
    })
  }

  it('a response to Authorization leaves the stale entry in place; a private response removes it', async () => {
    for (const [headers, expectedBody] of [
      [responseHeaders, 'for all'],
      [{ 'cache-control': 'private' }, 'broken'],
    ] as const) {
      const { app, cached, clock, get } = testApp()
      let respond = () => new Response('for all', { headers: responseHeaders })
      app.get('/x', cached(), () => respond())
      await get('/x')
      clock.ms += 11_000
      respond = () => new Response('for one', { headers })
      assert.equal((await statusAndBody(get('/x', { authorization: 'Bearer x' })))[1], 'for one')
      respond = () => new Response('broken', { status: 500 })
      assert.equal((await statusAndBody(get('/x')))[1], expectedBody)
    }
  })

  it('a 304 to a request with Authorization leaves the stale entry in place', async () => {
    const { app, cached, clock, get } = testApp()
    let respond = () => new Response('for all', { headers: { ...responseHeaders, etag: '"1"' } })
    app.get('/x', cached(), () => respond())
    await get('/x')
    clock.ms += 11_000
    respond = () => new Response(null, { status: 304 })
    const confirmed = await statusAndBody(get('/x', { authorization: 'Bearer x' }))
    assert.deepEqual(confirmed, ['hitrate; fwd=stale; fwd-status=304; detail=authorization', 'for all'])
    respond = () => new Response('broken', { status: 500 })
    assert.equal((await statusAndBody(get('/x')))[1], 'for all')
  })
})
