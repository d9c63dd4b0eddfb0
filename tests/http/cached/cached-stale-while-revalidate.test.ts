/** Stale responses that are served during a background refresh (RFC 5861 §3). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
    app.get('/x', cached({ ignoredHeaders: ['x-own'] }), (c) => {
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

  it('a failed background refresh keeps the stale entry, and a request after the pause tries again', async () => {
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
      for (const ttl of [-1, -3]) {
        for (const _ of [1, 2]) {
          assert.deepEqual(await statusAndBody(get('/x')), [`hitrate; hit; ttl=${ttl}`, '1'])
          await settled()
        }
        clock.ms += 2000
      }
      assert.equal(calls, 3, failure)
      assert.equal(errors.length, failure === 'throws' ? 2 : 0)
      failing = false
      await get('/x')
      await settled()
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '4'])
      assert.deepEqual(outcomes, ['miss', ...Array(5).fill('stale'), 'hit'])
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

describe('a background refresh', () => {
  it('a background refresh cancels the body of a response that must not be stored', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let cancelled = 0
    let isFirst = true
    app.get('/x', cached(), (c) => {
      if (isFirst) {
        isFirst = false
        return c.text('x', 200, { 'cache-control': 'max-age=1, stale-while-revalidate=60' })
      }
      const body = new ReadableStream({ cancel: () => void cancelled++ })
      return c.body(body, 200, { 'cache-control': 'private' })
    })
    await get('/x')
    clock.ms += 2000
    await get('/x')
    await settled()
    assert.equal(cancelled, 1)
  })
})
