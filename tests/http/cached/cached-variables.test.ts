/** Responses made from variables that middleware before the cache has set. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { getCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { jwt, sign } from 'hono/jwt'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { TrieRouter } from 'hono/router/trie-router'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import { type CachedOptions, cached as cachedWith } from '../../../src/http/cached/cached.ts'
import { flush, statusAndBody, testApp } from '../../support/test-app.ts'

const control = { 'cache-control': 'max-age=60' }
const stored = 'hitrate; fwd=uri-miss; ttl=60; stored'
const hit = 'hitrate; hit; ttl=60'
const refused = (name: string) => `hitrate; fwd=uri-miss; detail=depends-on-${name}`

interface Setup {
  before?: MiddlewareHandler[]
  options?: Omit<CachedOptions, 'cache'>
  behind?: MiddlewareHandler[]
  handler?: (c: Context) => Response | Promise<Response>
  path?: string
}

/** An app with one cached route. Middleware stands before and behind the cache. */
function routeWith({ before = [], options, behind = [], handler = showValue, path = '/:id' }: Setup) {
  const test = testApp()
  if (before.length > 0) test.app.use(...(before as [MiddlewareHandler]))
  test.app.get(path, test.cached(options), ...behind, handler)
  const warnings = () =>
    test.events.flatMap((event) => (event.type === 'warning' ? [`${event.warning} ${event.route}`] : []))
  return { ...test, warnings }
}

const valueIn = (c: Context) => c.get('value' as never) as unknown
const showValue = (c: Context) => c.text(`value ${JSON.stringify(valueIn(c))}`, 200, control)

/** Middleware that sets the variable to this value. */
function set(value: (c: Context) => unknown): MiddlewareHandler {
  return async (c, next) => {
    c.set('value' as never, value(c) as never)
    await next()
  }
}

const byTenant = set((c) => c.req.header('x-tenant'))

describe('a variable made from a request header', () => {
  const readers: [label: string, handler: (c: Context) => Response][] = [
    ['c.get()', showValue],
    ['c.var', (c) => c.text(`value ${JSON.stringify(c.var.value)}`, 200, control)],
    ['a spread of c.var', (c) => c.text(`value ${JSON.stringify({ ...c.var }.value)}`, 200, control)],
  ] // biome-ignore format: one line per reader
  for (const [label, handler] of readers) {
    it(`is served to no client with another header: ${label}`, async () => {
      const { get } = routeWith({ before: [byTenant], handler })
      for (const path of ['/1', '/2']) {
        for (const tenant of ['a', 'b', 'a', 'c']) {
          assert.equal(await (await get(path, { 'x-tenant': tenant })).text(), `value "${tenant}"`)
        }
      }
    })
  }

  it('is served again only for the same headers, until the middleware is recorded', async () => {
    const { get, warnings } = routeWith({ before: [byTenant] })
    const ask = (tenant: string) => statusAndBody(get('/1', { 'x-tenant': tenant }))
    assert.deepEqual(await ask('a'), [stored, 'value "a"'])
    assert.deepEqual(await ask('a'), [hit, 'value "a"'])
    assert.deepEqual(await ask('b'), ['hitrate; fwd=vary-miss; detail=depends-on-x-tenant', 'value "b"'])
    assert.deepEqual(await statusAndBody(get('/2', { 'x-tenant': 'a' })), [refused('x-tenant'), 'value "a"'])
    assert.deepEqual(warnings(), ['reads-variable-value /:id', 'depends-on-x-tenant /:id'])
  })

  it('is not shared with requests that wait for the same load', async () => {
    const { get } = routeWith({
      before: [byTenant],
      async handler(c) {
        await flush()
        return showValue(c)
      },
    })
    const tenants = ['a', 'b', 'c', 'a']
    for (const path of ['/1', '/2']) {
      const responses = await Promise.all(tenants.map((tenant) => get(path, { 'x-tenant': tenant })))
      const bodies = await Promise.all(responses.map((response) => response.text()))
      assert.deepEqual(
        bodies,
        tenants.map((tenant) => `value "${tenant}"`),
      )
    }
  })

  it('is not shared if it was set from another variable', async () => {
    const { get } = routeWith({
      before: [
        async (c, next) => {
          c.set('tenant' as never, c.req.header('x-tenant') as never)
          await next()
        },
        set((c) => `of ${c.get('tenant' as never)}`),
      ],
    })
    await get('/1')
    for (const tenant of ['a', 'b']) {
      assert.deepEqual(await statusAndBody(get('/2', { 'x-tenant': tenant })), [
        refused('x-tenant'),
        `value "of ${tenant}"`,
      ])
    }
  })

  it('is not shared if the middleware is part of a combination with the cache', async () => {
    const test = testApp()
    test.app.get('/:id', every(byTenant, test.cached()), showValue)
    await test.get('/1')
    assert.equal((await test.get('/2', { 'x-tenant': 'a' })).headers.get('cache-status'), refused('x-tenant'))
  })

  it('is not shared if the middleware belongs to an app with its own error handler', async () => {
    const test = testApp()
    const sub = new Hono()
    sub.onError((error, c) => c.text(error.message, 500))
    sub.use(byTenant)
    sub.get('/:id', test.cached(), showValue)
    test.app.route('/', sub)
    await test.get('/1')
    assert.equal((await test.get('/2', { 'x-tenant': 'a' })).headers.get('cache-status'), refused('x-tenant'))
  })

  for (const router of [new LinearRouter(), new TrieRouter(), new PatternRouter()]) {
    it(`is not shared with the router ${router.name}`, async () => {
      const { cache, get: _, ...test } = testApp()
      const app = new Hono({ router: router as never })
      app.use(byTenant)
      app.get('/:id', cachedWith({ cache }), showValue)
      const get = (path: string, tenant: string) => app.request(path, { headers: { 'x-tenant': tenant } })
      await get('/1', 'a')
      assert.equal((await get('/2', 'a')).headers.get('cache-status'), refused('x-tenant'))
      assert.equal(test.events.filter(({ type }) => type === 'warning').length, 2)
    })
  }

  it('is not shared if the variable is missing because the request lacks the header', async () => {
    const optional: MiddlewareHandler = async (c, next) => {
      const user = getCookie(c, 'user')
      if (user !== undefined) c.set('value' as never, user as never)
      await next()
    }
    const { get } = routeWith({ before: [optional] })
    await get('/1')
    assert.equal((await get('/2')).headers.get('cache-status'), refused('cookie'))
    assert.equal(await (await get('/1', { cookie: 'user=ada' })).text(), 'value "ada"')
    assert.equal(await (await get('/1', { cookie: 'user=bob' })).text(), 'value "bob"')
  })

  it('a payload of jwt() from a cookie is neither stored nor shared', async () => {
    const secret = 'a-secret'
    const { get } = routeWith({
      before: [jwt({ secret, alg: 'HS256', cookie: 'tok' })],
      handler: (c) => c.json(c.get('jwtPayload' as never), 200, control),
    })
    for (const path of ['/1', '/1', '/2']) {
      for (const sub of ['ada', 'bob']) {
        const response = await get(path, { cookie: `tok=${await sign({ sub }, secret, 'HS256')}` })
        assert.deepEqual(await response.json(), { sub })
        assert.match(response.headers.get('cache-status') ?? '', /; detail=depends-on-(variable|cookie)$/)
      }
    }
    assert.equal((await get('/1')).status, 401)
  })

  it('a 304 does not make a guarded response one for all', async () => {
    let isConfirmed = false
    const { get, clock } = routeWith({
      before: [byTenant],
      handler: (c) => {
        const headers = { 'cache-control': 'max-age=10', etag: '"1"' }
        if (isConfirmed && c.req.header('if-none-match') !== undefined) return c.body(null, 304, headers)
        return c.text(`for ${valueIn(c)}`, 200, headers)
      },
    })
    await get('/1', { 'x-tenant': 'a' })
    clock.ms += 20_000
    isConfirmed = true
    assert.equal(await (await get('/1', { 'x-tenant': 'a' })).text(), 'for a')
    assert.equal(await (await get('/1', { 'x-tenant': 'b' })).text(), 'for b')
  })
})

describe('a variable that does not depend on a header', () => {
  const database = { name: 'db' }

  it('is stored and shared, with one warning', async () => {
    const { get, warnings } = routeWith({ before: [set(() => database)] })
    assert.equal((await get('/1')).headers.get('cache-status'), stored)
    assert.equal((await get('/1')).headers.get('cache-status'), hit)
    assert.equal((await get('/2', { 'user-agent': 'a' })).headers.get('cache-status'), stored)
    assert.equal((await get('/2', { 'user-agent': 'b', cookie: 'a=1' })).headers.get('cache-status'), hit)
    assert.deepEqual(warnings(), ['reads-variable-value /:id'])
  })

  it('is shared although other middleware reads headers, in front and behind it', async () => {
    const { get } = routeWith({
      before: [
        cors({ origin: ['https://a.example'] }),
        set(() => database),
        async (c, next) => {
          getCookie(c, 'a')
          await next()
          c.req.header('x-late')
        },
      ],
    })
    await get('/1')
    await get('/2', { cookie: 'a=1' })
    assert.equal((await get('/2', { cookie: 'a=2' })).headers.get('cache-status'), hit)
  })

  it('replaces the guarded response for other clients', async () => {
    const { get } = routeWith({ before: [set(() => database)] })
    await get('/1', { 'user-agent': 'a' })
    assert.equal(
      (await get('/1', { 'user-agent': 'b' })).headers.get('cache-status'),
      'hitrate; fwd=vary-miss; ttl=60; stored',
    )
    for (const agent of ['a', 'b', 'c']) {
      assert.equal((await get('/1', { 'user-agent': agent })).headers.get('cache-status'), hit)
    }
  })

  it('is not stored for a request with credentials as long as the middleware is not recorded', async () => {
    const { get, warnings } = routeWith({ before: [set(() => database)] })
    for (const cacheStatus of [refused('variable'), stored, hit]) {
      assert.equal((await get('/1', { cookie: 'a=1' })).headers.get('cache-status'), cacheStatus)
    }
    assert.deepEqual(warnings(), ['reads-variable-value /:id'])
  })

  const silent: [label: string, setup: Setup][] = [
    ['the option ignoredVariables', { before: [set(() => database)], options: { ignoredVariables: ['value'] } }],
    ['the key', { before: [byTenant], options: { keyGenerator: (c) => `${c.req.path} ${c.get('value' as never)}` } }],
    ['the key with the header', { before: [set(() => database)], options: { ignoredVariables: ['value'], keyGenerator: async (c) => `${c.req.path} ${await c.req.header('a')}` } }],
    ['public', { before: [byTenant], handler: (c) => c.text(String(valueIn(c)), 200, { 'cache-control': 'public, max-age=60' }) }],
    ['middleware behind the cache that sets it', { before: [byTenant], behind: [set(() => database)] }],
    ['no middleware before the cache', {}],
    ['a handler that does not read it', { before: [byTenant], handler: (c) => c.text('x', 200, control) }],
  ] // biome-ignore format: one line per setup
  for (const [label, setup] of silent) {
    it(`causes no warning and is stored: ${label}`, async () => {
      const { get, warnings } = routeWith(setup)
      for (const path of ['/1', '/2']) {
        await get(path, { 'x-tenant': 'a', cookie: 'a=1' })
        assert.equal((await get(path, { 'x-tenant': 'a' })).headers.get('cache-status'), hit)
      }
      assert.deepEqual(warnings(), [])
    })
  }

  it('hits of routes that read no variable do not record the middleware', async () => {
    let calls = 0
    const { app, cached, get } = routeWith({ before: [set((c) => `${c.req.header('x-tenant')}`)] })
    app.get('/plain/:id', cached(), (c) => {
      calls++
      return c.text('x', 200, control)
    })
    await get('/1')
    for (const tenant of ['a', 'b']) await get('/plain/1', { 'x-tenant': tenant })
    assert.equal(calls, 1)
  })
})

describe('the nonce of secureHeaders()', () => {
  const nonced = secureHeaders({ contentSecurityPolicy: { scriptSrc: [NONCE] } })
  const page = (c: Context) =>
    c.html(`<script nonce="${c.get('secureHeadersNonce' as never)}">`, 200, control)

  async function nonces(
    response: Response,
  ): Promise<[status: string | null, ofHeader: string | undefined, ofBody: string | undefined]> {
    const policy = response.headers.get('content-security-policy') ?? ''
    return [
      response.headers.get('cache-status'),
      /nonce-([^']+)/.exec(policy)?.[1],
      /nonce="([^"]+)/.exec(await response.text())?.[1],
    ]
  }

  it('is not stored if the middleware stands before the cache', async () => {
    const { get, warnings } = routeWith({ before: [nonced], handler: page })
    for (const _ of [1, 2]) {
      const [status, ofHeader, ofBody] = await nonces(await get('/1'))
      assert.equal(status, refused('nonce'))
      assert.equal(ofHeader, ofBody)
    }
    assert.deepEqual(warnings(), ['depends-on-nonce /:id'])
  })

  it('is stored with its header if the middleware stands behind the cache', async () => {
    const { get } = routeWith({ behind: [nonced], handler: page })
    for (const expected of [stored, hit]) {
      const [status, ofHeader, ofBody] = await nonces(await get('/1'))
      assert.deepEqual([status, ofHeader], [expected, ofBody])
    }
  })
})
