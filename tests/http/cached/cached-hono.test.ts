/** Responses and apps that Hono allows, with `cached()` in between. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono, type MiddlewareHandler } from 'hono'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('responses that were not made by the context', () => {
  const storing = { vary: 'accept', cacheControl: 'max-age=60', cacheableStatusCodes: [200, 302] }

  it('an immutable response is stored: Response.redirect()', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), () => Response.redirect('http://localhost/y'))
    for (const cacheStatus of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const response = await get('/x')
      assert.equal(response.status, 302)
      assert.equal(response.headers.get('location'), 'http://localhost/y')
      assert.equal(response.headers.get('vary'), 'accept')
      assert.equal(response.headers.get('cache-control'), 'max-age=60')
      assert.equal(response.headers.get('cache-status'), cacheStatus)
    }
  })

  it('an immutable response is stored: the response of fetch()', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), () => fetch('data:text/plain,hello'))
    app.get('/not-stored', cached({ vary: 'accept' }), () => fetch('data:text/plain,hello'))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'hello'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'hello'])
    assert.deepEqual(await statusAndBody(get('/not-stored')), [
      'hitrate; fwd=uri-miss; detail=no-lifetime',
      'hello',
    ])
  })

  it('Response.error() passes through unchanged', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), () => Response.error())
    assert.equal((await get('/x')).type, 'error')
  })

  it('a promise of Response.json() is stored', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(storing), async () => Response.json({ a: 1 }))
    for (const _ of [1, 2]) assert.deepEqual(await (await get('/x')).json(), { a: 1 })
  })

  it('a response of middleware behind the cache is stored', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter()
    app.use('/x', cached(storing), async (c, next) => {
      await next()
      c.header('x-behind', '1')
    })
    app.get('/x', handler)
    for (const cacheStatus of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const response = await get('/x')
      assert.equal(response.headers.get('x-behind'), '1')
      assert.deepEqual(await statusAndBody(response), [cacheStatus, '1'])
    }
  })
})

describe('app.notFound', () => {
  it('the response of app.notFound is stored by its own headers', async () => {
    const { app, cached, get } = testApp()
    let calls = 0
    app.use(cached())
    app.notFound((c) => c.text(`nothing ${++calls}`, 404, { 'cache-control': 'max-age=60' }))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'nothing 1'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'nothing 1'])
    assert.deepEqual(await statusAndBody(get('/y')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'nothing 2'])
  })
})

describe('a nested app with its own onError', () => {
  for (const where of ['inside', 'outside'] as const) {
    it(`onError of a nested app makes the error responses, with the cache ${where}`, async () => {
      const { app, cached, clock, get, outcomes, settled } = testApp()
      const inner = new Hono()
      let broken = false
      const { handler } = counter({
        'cache-control': 'max-age=10, stale-while-revalidate=10, stale-if-error=60',
      })
      if (where === 'outside') app.use(cached())
      const middleware: MiddlewareHandler = where === 'inside' ? cached() : (_, next) => next()
      inner.get('/x', middleware, (c) => {
        if (broken) throw new Error('broken')
        return handler(c)
      })
      inner.onError((error, c) => c.text(`inner ${error.message}`, 500))
      app.onError(() => assert.fail('the outer onError was called'))
      app.route('/in', inner)

      broken = true
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; fwd=uri-miss', 'inner broken'])
      broken = false
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; fwd=uri-miss; ttl=10; stored', '1'])
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; hit; ttl=10', '1'])
      clock.ms += 11_000
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; hit; ttl=-1', '1'])
      await settled()
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; hit; ttl=10', '2'])
      clock.ms += 21_000
      broken = true
      const cacheStatus = 'hitrate; fwd=stale; fwd-status=500; ttl=-11; detail=stale-if-error'
      assert.deepEqual(await statusAndBody(get('/in/x')), [cacheStatus, '2'])
      clock.ms += 60_000
      assert.deepEqual(await statusAndBody(get('/in/x')), ['hitrate; fwd=stale', 'inner broken'])
      assert.deepEqual(outcomes, ['error', 'miss', 'hit', 'stale', 'hit', 'stale', 'error'])
    })
  }
})

describe('text responses', () => {
  it('c.text() has Content-Type text/plain on each runtime, stored or not', async () => {
    const { app, cached, clock, get, request, settled } = testApp()
    const control = 'max-age=10, stale-while-revalidate=60'
    app.use('/touched', async (c, next) => {
      c.res.headers.set('x-touched', '1')
      await next()
    })
    for (const path of ['/x', '/touched'])
      app.get(path, cached({ targetedControl: control }), (c) => c.text('x'))
    app.get('/not-stored', cached(), (c) => c.text('x'))
    app.post('/x', cached(), (c) => c.text('x'))
    const typeOf = async (response: Promise<Response>) => (await response).headers.get('content-type')
    for (const path of ['/x', '/touched', '/not-stored']) {
      for (const seconds of [0, 1, 20, 0]) {
        clock.ms += seconds * 1000
        assert.match((await typeOf(get(path))) ?? 'none', /^text\/plain; ?charset=utf-8$/i, path)
        await settled()
      }
    }
    assert.match((await typeOf(request('POST', '/x'))) ?? 'none', /^text\/plain; ?charset=utf-8$/i)
  })

  it('c.text() keeps the headers that outer middleware set before', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('hitrate-cache-control', 'max-age=5')
      c.header('x-around', '1')
      await next()
    })
    app.get('/x', cached(), (c) => c.text('x'))
    const response = await get('/x')
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; ttl=5; stored')
    assert.equal(response.headers.get('x-around'), '1')
  })
})
