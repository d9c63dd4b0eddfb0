/** Responses that depend on Cookie, Authorization or Host without declaring it: not stored, with a warning. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zValidator } from '@hono/zod-validator'
import type { Context, MiddlewareHandler } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { getCookie } from 'hono/cookie'
import { validator } from 'hono/validator'
import * as z from 'zod'
import { flush, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

type Handler = (c: Context) => Response

/** Emitted warnings with method and route. */
function warnings({ events }: TestApp): string[] {
  return events.flatMap((event) =>
    event.type === 'warning' ? [`${event.warning} ${event.method} ${event.route}`] : [],
  )
}

const control = { 'cache-control': 'max-age=60' }

describe('a response that depends on Cookie', () => {
  const readers: [label: string, validate: MiddlewareHandler[], handler: Handler][] = [
    ['c.req.header()', [], (c) => c.text(c.req.header('Cookie') ?? 'none', 200, control)],
    ['request.headers.get()', [], (c) => c.text(c.req.raw.headers.get('COOKIE') ?? 'none', 200, control)],
    ['request.headers.has()', [], (c) => c.text(String(c.req.raw.headers.has('cookie')), 200, control)],
    ['getCookie()', [], (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, control)],
    ['getCookie() without a name', [], (c) => c.json(getCookie(c), 200, control)],
    ['validator()', [validator('cookie', (value) => value)], (c) => c.text('valid', 200, control)],
    ['zValidator()', [zValidator('cookie', z.object({}))], (c) => c.text('valid', 200, control)],
    [
      'zValidator() of headers',
      [zValidator('header', z.object({ cookie: z.string() }))],
      (c) => c.text('valid', 200, control),
    ],
  ]
  for (const [label, validate, handler] of readers) {
    it(`a response whose handler reads Cookie is not stored, with a warning: ${label}`, async () => {
      const test = testApp()
      const { app, cached, get } = test
      let calls = 0
      app.get('/users/:id', cached(), ...validate, (c) => {
        calls++
        return handler(c)
      })
      const bodies = []
      for (const cookie of ['sid=ann', 'sid=bob']) {
        const response = await get('/users/1', { cookie })
        assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=depends-on-cookie')
        bodies.push(await response.text())
      }
      assert.equal(calls, 2)
      assert.deepEqual(warnings(test), ['depends-on-cookie GET /users/:id'])
    })
  }

  it('a response whose handler looks for a missing Cookie is not stored', async () => {
    const test = testApp()
    const { app, cached, get } = test
    app.get('/x', cached(), (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, control))
    assert.equal((await statusAndBody(get('/x')))[1], 'none')
    assert.equal((await statusAndBody(get('/x', { cookie: 'sid=ann' })))[1], 'ann')
    assert.deepEqual(warnings(test), ['depends-on-cookie GET /x'])
  })

  it('waiting requests get their own responses when the handler reads Cookie', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), async (c) => {
      await flush()
      return c.text(getCookie(c, 'sid') ?? 'none', 200, control)
    })
    const users = ['ann', 'bob', 'cat']
    const concurrent = await Promise.all(users.map((user) => get('/x', { cookie: `sid=${user}` })))
    assert.deepEqual(await Promise.all(concurrent.map((response) => response.text())), users)
  })

  const declarations: [label: string, responseHeaders: Record<string, string>][] = [
    ['Vary', { ...control, vary: 'Accept, Cookie' }],
    ['public', { 'cache-control': 'public, max-age=60' }],
    ['public in Hitrate-Cache-Control', { 'hitrate-cache-control': 'public, max-age=60' }],
  ]
  for (const [label, responseHeaders] of declarations) {
    it(`a response whose handler reads Cookie is stored without a warning if declared by ${label}`, async () => {
      const test = testApp()
      const { app, cached, get } = test
      app.get('/x', cached(), (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, responseHeaders))
      await get('/x', { cookie: 'sid=ann' })
      assert.deepEqual(await statusAndBody(get('/x', { cookie: 'sid=ann' })), ['hitrate; hit; ttl=60', 'ann'])
      assert.deepEqual(warnings(test), [])
    })
  }

  it('a response whose handler reads Cookie is stored with the option vary', async () => {
    const test = testApp()
    const { app, cached, get } = test
    app.get('/x', cached({ vary: 'Cookie' }), (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, control))
    for (const user of ['ann', 'bob', 'ann']) {
      assert.equal((await statusAndBody(get('/x', { cookie: `sid=${user}` })))[1], user)
    }
    assert.deepEqual(warnings(test), [])
  })

  it('public in the options does not declare the dependency on Cookie', async () => {
    const test = testApp()
    const { app, cached, get } = test
    const options = { targetedControl: 'public, max-age=60', cacheControl: 'public, max-age=60' }
    app.get('/x', cached(options), (c) => c.text(getCookie(c, 'sid') ?? 'none'))
    for (const user of ['ann', 'bob'])
      assert.equal((await statusAndBody(get('/x', { cookie: `sid=${user}` })))[1], user)
    assert.deepEqual(warnings(test), ['depends-on-cookie GET /x'])
  })

  it('no warning is emitted for a private response whose handler reads Cookie', async () => {
    const test = testApp()
    const { app, cached, get } = test
    app.get('/x', cached(), (c) => c.text(getCookie(c, 'sid') ?? '', 200, { 'cache-control': 'private' }))
    assert.equal((await statusAndBody(get('/x')))[0], 'hitrate; fwd=uri-miss; detail=private')
    assert.deepEqual(warnings(test), [])
  })

  it('a background refresh that reads Cookie removes the stale entry, with a warning', async () => {
    const test = testApp()
    const { app, cached, clock, get, settled } = test
    let readsCookie = false
    app.get('/x', cached(), (c) =>
      c.text(readsCookie ? `for ${getCookie(c, 'sid')}` : 'for all', 200, {
        'cache-control': 'max-age=10, stale-while-revalidate=60',
      }),
    )
    await get('/x')
    clock.ms += 20_000
    readsCookie = true
    assert.equal(await (await get('/x', { cookie: 'sid=ann' })).text(), 'for all')
    await settled()
    assert.deepEqual(warnings(test), ['depends-on-cookie GET /x'])
    assert.equal((await statusAndBody(get('/x', { cookie: 'sid=bob' })))[1], 'for bob')
  })
})

describe('a response that depends on Authorization', () => {
  it('a response whose handler reads Authorization is not stored, even if the header is missing', async () => {
    const test = testApp()
    const { app, cached, get } = test
    app.get('/x', cached(), (c) => c.text(c.req.header('Authorization') ?? 'nobody', 200, control))
    for (const _ of [1, 2]) {
      const cacheStatus = 'hitrate; fwd=uri-miss; detail=depends-on-authorization'
      assert.deepEqual(await statusAndBody(get('/x')), [cacheStatus, 'nobody'])
    }
    assert.equal((await statusAndBody(get('/x', { authorization: 'ann' })))[1], 'ann')
    assert.deepEqual(warnings(test), ['depends-on-authorization GET /x'])
  })

  it('bearerAuth() behind the cache causes a warning of its own and no stored response', async () => {
    const test = testApp()
    const { app, cached, get } = test
    const options = { targetedControl: 'max-age=60', cacheableStatusCodes: [200, 401] }
    app.get('/x', cached(options), bearerAuth({ token: 'secret' }), (c) => c.text('mine'))
    assert.equal((await get('/x')).status, 401)
    assert.equal((await statusAndBody(get('/x', { authorization: 'Bearer secret' })))[1], 'mine')
    assert.equal((await get('/x')).status, 401)
    assert.deepEqual(warnings(test), ['access-check-behind-cache GET /x'])
  })

  for (const directive of ['public', 'must-revalidate', 's-maxage=60']) {
    it(`a response whose handler reads Authorization is stored with ${directive}`, async () => {
      const test = testApp()
      const { app, cached, get } = test
      app.get('/x', cached(), (c) => {
        c.req.header('authorization')
        return c.text('for all', 200, { 'cache-control': `max-age=60, ${directive}` })
      })
      await get('/x', { authorization: 'a' })
      assert.deepEqual(await statusAndBody(get('/x', { authorization: 'b' })), [
        'hitrate; hit; ttl=60',
        'for all',
      ])
      assert.deepEqual(warnings(test), [])
    })
  }
})

describe('a response that depends on a foreign Host', () => {
  const link = (c: Context) =>
    c.text(`https://${c.req.header('host')}/`, 200, { 'cache-control': 'max-age=60, public' })
  const foreignHosts: Record<string, string> = {
    'another host': 'evil.com',
    'its own and another host': 'localhost, evil.com',
    'its own host with another port': 'localhost:1',
    'its own host with a user': 'u@localhost',
    'an invalid host': 'a b',
  }
  for (const [label, host] of Object.entries(foreignHosts)) {
    it(`a response whose handler reads a foreign Host is not stored: ${label}`, async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), link)
      const [status, body] = await statusAndBody(get('/x', { host }))
      assert.deepEqual([status, body], ['hitrate; fwd=uri-miss; detail=host', `https://${host}/`])
      assert.equal((await statusAndBody(get('/x', { host: 'localhost' })))[1], 'https://localhost/')
    })
  }

  it('a foreign Host does not keep later requests from sharing a load', async () => {
    const { app, cached, get } = testApp()
    let calls = 0
    app.get('/x', cached(), async (c) => {
      calls++
      await Promise.resolve()
      return link(c)
    })
    await get('/x', { host: 'evil.com' })
    await Promise.all([1, 2, 3, 4, 5].map(() => get('/x', { host: 'localhost' })))
    assert.equal(calls, 2)
  })

  it('a foreign Host leaves the stored response in place', async () => {
    const { app, cached, clock, get } = testApp()
    app.get('/x', cached({ staleOnThrow: true }), (c) => {
      if (clock.ms % 1000 !== 0) throw new Error('out of order')
      return link(c)
    })
    app.onError((error, c) => c.text(error.message, 500))
    await get('/x')
    clock.ms += 61_000
    await get('/x', { host: 'evil.com' })
    clock.ms += 1
    assert.equal((await statusAndBody(get('/x', { host: 'localhost' })))[1], 'https://undefined/')
  })

  it('a POST response that depends on a foreign Host is not stored for GETs', async () => {
    const { app, cached, get, request } = testApp()
    app.post('/x', cached(), (c) => {
      c.header('content-location', '/x')
      return link(c)
    })
    app.get('/x', cached(), link)
    await request('POST', '/x', { host: 'evil.com' })
    assert.equal((await statusAndBody(get('/x', { host: 'localhost' })))[1], 'https://localhost/')
    await request('POST', '/x', { host: 'localhost' })
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=60')
  })

  const ownHosts: [label: string, host: string, url: string, responseHeaders: Record<string, string>][] = [
    ['in other case with the default port', 'LocalHost:80', 'http://localhost/x', {}],
    ['the host and port of the URL', 'a:81', 'http://a:81/x', {}],
    ['foreign and named by Vary', 'evil.com', 'http://localhost/x', { vary: 'Host' }],
  ]
  for (const [label, host, url, responseHeaders] of ownHosts) {
    it(`a response whose handler reads Host is stored if the Host is ${label}`, async () => {
      const { app, cached } = testApp()
      app.get('/x', cached(), (c) =>
        c.text(c.req.header('host') ?? '', 200, { ...control, ...responseHeaders }),
      )
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        assert.deepEqual(await statusAndBody(app.request(url, { headers: { host } })), [
          `hitrate; ${outcome}`,
          host,
        ])
      }
    })
  }

  it('a foreign Host has no effect if the handler does not read Host', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, control))
    for (const host of ['evil.com', 'localhost']) await get('/x', { host })
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=60')
  })
})

describe('warnings', () => {
  it('a warning is emitted once for each route and header', async () => {
    const test = testApp()
    const { app, cached, get, request } = test
    const cache = cached()
    const handler: Handler = (c) => {
      c.req.header(c.req.query('name') ?? '')
      return c.text('x', 200, control)
    }
    app.get('/a/:id', cache, handler)
    app.get('/b/:id', cache, handler)
    for (const path of ['/a/1', '/a/2', '/b/1']) {
      for (const name of ['cookie', 'authorization', 'cookie']) {
        await get(`${path}?name=${name}`)
        await request('HEAD', `${path}?name=${name}`)
      }
    }
    assert.deepEqual(warnings(test), [
      'depends-on-cookie GET /a/:id',
      'depends-on-authorization GET /a/:id',
      'depends-on-cookie GET /b/:id',
      'depends-on-authorization GET /b/:id',
    ])
  })

  it('no warning is emitted for headers that outer middleware reads', async () => {
    const test = testApp()
    const { app, cached, get } = test
    app.use(async (c, next) => {
      getCookie(c, 'sid')
      await next()
      c.req.header('authorization')
    })
    app.get('/x', cached(), (c) => c.text('x', 200, control))
    await get('/x')
    assert.equal((await statusAndBody(get('/x')))[0], 'hitrate; hit; ttl=60')
    assert.deepEqual(warnings(test), [])
  })

  it('no warning is emitted for headers that an inner cache reads itself', async () => {
    const test = testApp()
    const inner = testApp()
    test.app.get('/x', test.cached(), inner.cached({ clientControl: true }), (c) => c.text('x', 200, control))
    for (const _ of [1, 2]) await test.get('/x', { cookie: 'sid=ann', authorization: 'a' })
    assert.deepEqual([...warnings(test), ...warnings(inner)], [])
  })

  it('both caches emit a warning when the inner handler reads Cookie', async () => {
    const test = testApp()
    const inner = testApp()
    test.app.get('/x', test.cached(), inner.cached(), (c) => c.text(getCookie(c, 'sid') ?? '', 200, control))
    await test.get('/x', { cookie: 'sid=ann' })
    assert.deepEqual(warnings(test), ['depends-on-cookie GET /x'])
    assert.deepEqual(warnings(inner), ['depends-on-cookie GET /x'])
  })

  it('the outer cache emits a warning also when the inner cache calls the handler with its own conditions', async () => {
    const test = testApp()
    const inner = testApp()
    let readsCookie = false
    test.app.get(
      '/x',
      test.cached({ keyGenerator: (c) => c.req.query('at') ?? '' }),
      inner.cached({ query: [] }),
      (c) => c.text(readsCookie ? `for ${getCookie(c, 'sid')}` : 'for all', 200, { ...control, etag: '"a"' }),
    )
    await test.get('/x?at=1')
    inner.clock.ms += 61_000
    readsCookie = true
    assert.equal((await statusAndBody(test.get('/x?at=2', { cookie: 'sid=ann' })))[1], 'for ann')
    assert.equal((await statusAndBody(test.get('/x?at=2', { cookie: 'sid=bob' })))[1], 'for bob')
    assert.deepEqual(warnings(test), ['depends-on-cookie GET /x'])
  })
})
