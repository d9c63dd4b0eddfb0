/** Answers that are made from who asks, without saying so: they are not kept, and the developer gets to know. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zValidator } from '@hono/zod-validator'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { getCookie } from 'hono/cookie'
import { validator } from 'hono/validator'
import * as z from 'zod'
import { statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

type Handler = (c: Context) => Response

/** What was warned of: the word, the method and the route. */
function warnings({ events }: TestApp): string[] {
  return events.flatMap((event) =>
    event.type === 'warning' ? [`${event.warning} ${event.method} ${event.route}`] : [],
  )
}

const control = { 'cache-control': 'max-age=60' }

describe('an answer that depends on Cookie', () => {
  const reading: [how: string, validate: MiddlewareHandler[], handler: Handler][] = [
    ['c.req.header()', [], (c) => c.text(c.req.header('Cookie') ?? 'none', 200, control)],
    ['the request’s Headers', [], (c) => c.text(c.req.raw.headers.get('COOKIE') ?? 'none', 200, control)],
    ['whether there is one', [], (c) => c.text(String(c.req.raw.headers.has('cookie')), 200, control)],
    ['getCookie()', [], (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, control)],
    ['all of getCookie()', [], (c) => c.json(getCookie(c), 200, control)],
    ['validator()', [validator('cookie', (value) => value)], (c) => c.text('valid', 200, control)],
    ['zValidator()', [zValidator('cookie', z.object({}))], (c) => c.text('valid', 200, control)],
    [
      'zValidator() of header fields',
      [zValidator('header', z.object({ cookie: z.string() }))],
      (c) => c.text('valid', 200, control),
    ],
  ]
  for (const [how, validate, handler] of reading) {
    it(`is warned of, and not kept: by ${how}`, async () => {
      const made = testApp()
      const { app, cached, get } = made
      let calls = 0
      app.get('/users/:id', cached(), ...validate, (c) => {
        calls++
        return handler(c)
      })
      const seen = []
      for (const cookie of ['sid=ann', 'sid=bob']) {
        const answer = await get('/users/1', { cookie })
        assert.equal(answer.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=depends-on-cookie')
        seen.push(await answer.text())
      }
      assert.equal(calls, 2)
      assert.deepEqual(warnings(made), ['depends-on-cookie GET /users/:id'])
    })
  }

  it('is so without a cookie too: who has none gets another answer than who has one', async () => {
    const made = testApp()
    const { app, cached, get } = made
    app.get('/x', cached(), (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, control))
    assert.equal((await statusAndBody(get('/x')))[1], 'none')
    assert.equal((await statusAndBody(get('/x', { cookie: 'sid=ann' })))[1], 'ann')
    assert.deepEqual(warnings(made), ['depends-on-cookie GET /x'])
  })

  it('is each client’s own, also for those who wait for the same load', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), async (c) => {
      await new Promise((resolve) => setTimeout(resolve, 0))
      return c.text(getCookie(c, 'sid') ?? 'none', 200, control)
    })
    const users = ['ann', 'bob', 'cat']
    const together = await Promise.all(users.map((user) => get('/x', { cookie: `sid=${user}` })))
    assert.deepEqual(await Promise.all(together.map((answer) => answer.text())), users)
  })

  const saying: [what: string, fields: Record<string, string>][] = [
    ['Vary', { ...control, vary: 'Accept, Cookie' }],
    ['public', { 'cache-control': 'public, max-age=60' }],
    ['s-maxage', { 'cache-control': 's-maxage=60' }],
    ['our own public', { 'hitrate-cache-control': 'public, max-age=60' }],
  ]
  for (const [what, fields] of saying) {
    it(`is kept without a warning where it says so: ${what}`, async () => {
      const made = testApp()
      const { app, cached, get } = made
      app.get('/x', cached(), (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, fields))
      await get('/x', { cookie: 'sid=ann' })
      assert.deepEqual(await statusAndBody(get('/x', { cookie: 'sid=ann' })), ['hitrate; hit; ttl=60', 'ann'])
      assert.deepEqual(warnings(made), [])
    })
  }

  it('is kept where the route’s own Vary says so', async () => {
    const made = testApp()
    const { app, cached, get } = made
    app.get('/x', cached({ vary: 'Cookie' }), (c) => c.text(getCookie(c, 'sid') ?? 'none', 200, control))
    for (const user of ['ann', 'bob', 'ann']) {
      assert.equal((await statusAndBody(get('/x', { cookie: `sid=${user}` })))[1], user)
    }
    assert.deepEqual(warnings(made), [])
  })

  it('is not unlocked by what our options say for everyone', async () => {
    const made = testApp()
    const { app, cached, get } = made
    const options = { targetedControl: 'public, max-age=60', cacheControl: 'public, max-age=60' }
    app.get('/x', cached(options), (c) => c.text(getCookie(c, 'sid') ?? 'none'))
    for (const user of ['ann', 'bob'])
      assert.equal((await statusAndBody(get('/x', { cookie: `sid=${user}` })))[1], user)
    assert.deepEqual(warnings(made), ['depends-on-cookie GET /x'])
  })

  it('is nothing to warn of where it is not kept anyway', async () => {
    const made = testApp()
    const { app, cached, get } = made
    app.get('/x', cached(), (c) => c.text(getCookie(c, 'sid') ?? '', 200, { 'cache-control': 'private' }))
    assert.equal((await statusAndBody(get('/x')))[0], 'hitrate; fwd=uri-miss; detail=private')
    assert.deepEqual(warnings(made), [])
  })

  it('ends what was kept before, and is seen behind a stale answer too', async () => {
    const made = testApp()
    const { app, cached, clock, get, settled } = made
    let asks = false
    app.get('/x', cached(), (c) =>
      c.text(asks ? `for ${getCookie(c, 'sid')}` : 'for all', 200, {
        'cache-control': 'max-age=10, stale-while-revalidate=60',
      }),
    )
    await get('/x')
    clock.ms += 20_000
    asks = true
    assert.equal(await (await get('/x', { cookie: 'sid=ann' })).text(), 'for all')
    await settled()
    assert.deepEqual(warnings(made), ['depends-on-cookie GET /x'])
    assert.equal((await statusAndBody(get('/x', { cookie: 'sid=bob' })))[1], 'for bob')
  })
})

describe('an answer that depends on Authorization', () => {
  it('is warned of, and not kept, also where nobody has sent one: others would get it', async () => {
    const made = testApp()
    const { app, cached, get } = made
    app.get('/x', cached(), (c) => c.text(c.req.header('Authorization') ?? 'nobody', 200, control))
    for (const _ of [1, 2]) {
      const said = 'hitrate; fwd=uri-miss; detail=depends-on-authorization'
      assert.deepEqual(await statusAndBody(get('/x')), [said, 'nobody'])
    }
    assert.equal((await statusAndBody(get('/x', { authorization: 'ann' })))[1], 'ann')
    assert.deepEqual(warnings(made), ['depends-on-authorization GET /x'])
  })

  it('is refused at the gate: nothing to warn of, and nothing to keep', async () => {
    const made = testApp()
    const { app, cached, get } = made
    const options = { targetedControl: 'max-age=60', cacheableStatusCodes: [200, 401] }
    app.get('/x', cached(options), bearerAuth({ token: 'secret' }), (c) => c.text('mine'))
    assert.equal((await get('/x')).status, 401)
    assert.equal((await statusAndBody(get('/x', { authorization: 'Bearer secret' })))[1], 'mine')
    assert.equal((await get('/x')).status, 401)
    assert.deepEqual(warnings(made), [])
  })

  for (const words of ['public', 'must-revalidate', 's-maxage=60']) {
    it(`is kept where the handler says that it is for others too: ${words}`, async () => {
      const made = testApp()
      const { app, cached, get } = made
      app.get('/x', cached(), (c) => {
        c.req.header('authorization')
        return c.text('for all', 200, { 'cache-control': `max-age=60, ${words}` })
      })
      await get('/x', { authorization: 'a' })
      assert.deepEqual(await statusAndBody(get('/x', { authorization: 'b' })), [
        'hitrate; hit; ttl=60',
        'for all',
      ])
      assert.deepEqual(warnings(made), [])
    })
  }
})

describe('an answer that depends on a Host that is not its URL’s', () => {
  const link = (c: Context) =>
    c.text(`https://${c.req.header('host')}/`, 200, { 'cache-control': 'max-age=60, public' })
  const others: Record<string, string> = {
    'another one': 'evil.com',
    'its own and another one': 'localhost, evil.com',
    'with a port': 'localhost:1',
    'with a user': 'u@localhost',
    'none that a URL could have': 'a b',
  }
  for (const [what, host] of Object.entries(others)) {
    it(`is nobody else’s: ${what}`, async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), link)
      const [status, evil] = await statusAndBody(get('/x', { host }))
      assert.deepEqual([status, evil], ['hitrate; fwd=uri-miss; detail=host', `https://${host}/`])
      assert.equal((await statusAndBody(get('/x', { host: 'localhost' })))[1], 'https://localhost/')
    })
  }

  it('does not keep others from sharing one load', async () => {
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

  it('does not end what is kept', async () => {
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

  it('is no answer to the GETs to come, where it is one to POST', async () => {
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

  const harmless: [what: string, host: string, url: string, fields: Record<string, string>][] = [
    ['in other letters, with the port that is understood', 'LocalHost:80', 'http://localhost/x', {}],
    ['of a URL with a port', 'a:81', 'http://a:81/x', {}],
    ['that Vary names', 'evil.com', 'http://localhost/x', { vary: 'Host' }],
  ]
  for (const [what, host, url, fields] of harmless) {
    it(`is kept all the same: ${what}`, async () => {
      const { app, cached } = testApp()
      app.get('/x', cached(), (c) => c.text(c.req.header('host') ?? '', 200, { ...control, ...fields }))
      for (const hit of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        assert.deepEqual(await statusAndBody(app.request(url, { headers: { host } })), [
          `hitrate; ${hit}`,
          host,
        ])
      }
    })
  }

  it('does not matter to who does not ask for it', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, control))
    for (const host of ['evil.com', 'localhost']) await get('/x', { host })
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=60')
  })
})

describe('a warning', () => {
  it('is given once for each route and field', async () => {
    const made = testApp()
    const { app, cached, get, request } = made
    const cache = cached()
    const handler: Handler = (c) => {
      c.req.header(c.req.query('field') ?? 'x-other')
      return c.text('x', 200, control)
    }
    app.get('/a/:id', cache, handler)
    app.get('/b/:id', cache, handler)
    for (const path of ['/a/1', '/a/2', '/b/1']) {
      for (const field of ['cookie', 'authorization', 'cookie']) {
        await get(`${path}?field=${field}`)
        await request('HEAD', `${path}?field=${field}`)
      }
    }
    assert.deepEqual(warnings(made), [
      'depends-on-cookie GET /a/:id',
      'depends-on-authorization GET /a/:id',
      'depends-on-cookie GET /b/:id',
      'depends-on-authorization GET /b/:id',
    ])
  })

  it('is not given to who copies all fields, as a proxy does', async () => {
    const made = testApp()
    const { app, cached, get } = made
    const origin = new Hono().get('/x', (c) => c.text('from the origin', 200, control))
    const copies: Handler[] = [
      (c) => origin.request('/x', { headers: c.req.raw.headers }) as unknown as Response,
      (c) => origin.request('/x', { headers: c.req.header() }) as unknown as Response,
      (c) => origin.request(new Request('http://origin/x', c.req.raw)) as unknown as Response,
      (c) => origin.request('/x', { headers: [...c.req.raw.headers] }) as unknown as Response,
    ]
    for (const [i, copy] of copies.entries()) {
      app.get(`/x${i}`, cached(), copy)
    }
    for (const i of copies.keys()) {
      await get(`/x${i}`, { cookie: 'sid=ann' })
      assert.deepEqual(await statusAndBody(get(`/x${i}`)), ['hitrate; hit; ttl=60', 'from the origin'])
    }
    assert.deepEqual(warnings(made), [])
  })

  it('is not given where a validator of header fields knows neither of the two', async () => {
    const made = testApp()
    const { app, cached, get } = made
    const validate = zValidator('header', z.object({ 'x-own': z.string() }))
    app.get('/x', cached(), validate, (c) => c.text(c.req.valid('header')['x-own'], 200, control))
    const fields = { cookie: 'sid=ann', 'x-own': '1' }
    await get('/x', fields)
    assert.deepEqual(await statusAndBody(get('/x', fields)), ['hitrate; hit; ttl=60', '1'])
    assert.deepEqual(warnings(made), [])
  })

  it('is not given for what middleware around has asked for', async () => {
    const made = testApp()
    const { app, cached, get } = made
    app.use(async (c, next) => {
      getCookie(c, 'sid')
      await next()
      c.req.header('authorization')
    })
    app.get('/x', cached(), (c) => c.text('x', 200, control))
    await get('/x')
    assert.equal((await statusAndBody(get('/x')))[0], 'hitrate; hit; ttl=60')
    assert.deepEqual(warnings(made), [])
  })

  it('is not given for what a cache within asks for itself', async () => {
    const made = testApp()
    const inner = testApp()
    made.app.get('/x', made.cached(), inner.cached({ clientControl: true }), (c) => c.text('x', 200, control))
    for (const _ of [1, 2]) await made.get('/x', { cookie: 'sid=ann', authorization: 'a' })
    assert.deepEqual([...warnings(made), ...warnings(inner)], [])
  })

  it('is given by each of two caches for what the handler within has asked for', async () => {
    const made = testApp()
    const inner = testApp()
    made.app.get('/x', made.cached(), inner.cached(), (c) => c.text(getCookie(c, 'sid') ?? '', 200, control))
    await made.get('/x', { cookie: 'sid=ann' })
    assert.deepEqual(warnings(made), ['depends-on-cookie GET /x'])
    assert.deepEqual(warnings(inner), ['depends-on-cookie GET /x'])
  })

  it('is given by the outer of two caches also where the inner asks with conditions of its own', async () => {
    const made = testApp()
    const inner = testApp()
    let asks = false
    made.app.get(
      '/x',
      made.cached({ keyGenerator: (c) => c.req.query('at') ?? '' }),
      inner.cached({ query: [] }),
      (c) => c.text(asks ? `for ${getCookie(c, 'sid')}` : 'for all', 200, { ...control, etag: '"a"' }),
    )
    await made.get('/x?at=1')
    inner.clock.ms += 61_000
    asks = true
    assert.equal((await statusAndBody(made.get('/x?at=2', { cookie: 'sid=ann' })))[1], 'for ann')
    assert.equal((await statusAndBody(made.get('/x?at=2', { cookie: 'sid=bob' })))[1], 'for bob')
    assert.deepEqual(warnings(made), ['depends-on-cookie GET /x'])
  })
})
