/** Responses made from request headers that nothing declares: neither stored nor shared. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zValidator } from '@hono/zod-validator'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { accepts } from 'hono/accepts'
import { getCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { jwt, sign } from 'hono/jwt'
import { proxy } from 'hono/proxy'
import * as z from 'zod'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { flush, statusAndBody, testApp } from '../../support/test-app.ts'

const control = { 'cache-control': 'max-age=60' }

interface Setup {
  options?: Omit<CachedOptions, 'cache'>
  middleware?: MiddlewareHandler[]
  handler: (c: Context) => Response | Promise<Response>
}

/** An app with one cached route. */
function routeWith({ options, middleware = [], handler }: Setup) {
  const test = testApp()
  test.app.get('/x', test.cached(options), ...middleware, handler)
  const warnings = () =>
    test.events.flatMap((event) => (event.type === 'warning' ? [`${event.warning} ${event.route}`] : []))
  return { ...test, warnings }
}

const forTenant = (c: Context) => c.text(`for ${c.req.header('X-Tenant')}`, 200, control)

describe('a response made from a request header by name', () => {
  it('is served to no other client, named in Cache-Status, with one warning', async () => {
    const { get, warnings } = routeWith({ handler: forTenant })
    for (const tenant of ['a', 'b', 'a']) {
      assert.deepEqual(await statusAndBody(get('/x', { 'x-tenant': tenant })), [
        'hitrate; fwd=uri-miss; detail=depends-on-x-tenant',
        `for ${tenant}`,
      ])
    }
    assert.deepEqual(warnings(), ['depends-on-x-tenant /x'])
  })

  it('is not served to clients without the header, nor that of these to clients with it', async () => {
    const { get } = routeWith({ handler: forTenant })
    assert.equal(await (await get('/x')).text(), 'for undefined')
    assert.equal(await (await get('/x', { 'x-tenant': 'a' })).text(), 'for a')
  })

  it('is not shared with requests that wait for the same load', async () => {
    const { get } = routeWith({
      async handler(c) {
        await flush()
        return forTenant(c)
      },
    })
    const tenants = ['a', 'b', 'c', 'a']
    const responses = await Promise.all(tenants.map((tenant) => get('/x', { 'x-tenant': tenant })))
    assert.deepEqual(
      await Promise.all(responses.map((response) => response.text())),
      tenants.map((tenant) => `for ${tenant}`),
    )
  })

  it('an error made from it is not shared with requests that wait for the same load', async () => {
    const { app, get } = routeWith({
      async handler(c) {
        await flush()
        throw new Error(`not for ${c.req.header('x-tenant')}`)
      },
    })
    app.onError((error, c) => c.text(error.message, 500))
    const responses = await Promise.all(['a', 'b'].map((tenant) => get('/x', { 'x-tenant': tenant })))
    const bodies = await Promise.all(responses.map((response) => response.text()))
    assert.deepEqual(bodies, ['not for a', 'not for b'])
  })

  const readers: [label: string, setup: Setup, header: string][] = [
    ['accepts()', { handler: (c) => c.text(accepts(c, { header: 'Accept', supports: ['text/html'], default: 'a' }), 200, control) }, 'accept'],
    ['a reflected Origin', { handler: (c) => c.text('', 200, { ...control, 'access-control-allow-origin': c.req.header('origin') ?? '' }) }, 'origin'],
    ['a redirect by X-Forwarded-Proto', { handler: (c) => c.body(null, 301, { ...control, location: `${c.req.header('x-forwarded-proto')}:/` }) }, 'x-forwarded-proto'],
    ['an API key', { middleware: [(c, next) => (c.req.header('x-api-key') === 'k' ? next() : Promise.resolve(c.text('no', 401)))], handler: (c) => c.text('secret', 200, control) }, 'x-api-key'],
    ['middleware after next()', { middleware: [async (c, next) => { await next(); c.req.header('x-after') }], handler: (c) => c.text('', 200, control) }, 'x-after'],
    ['a zod validator of headers', { middleware: [zValidator('header', z.object({ 'x-own': z.string().optional() }))], handler: (c) => c.text(String((c.req.valid('header' as never) as Record<string, string>)['x-own']), 200, control) }, 'x-own'],
    ['a name with odd characters', { handler: (c) => c.text(c.req.header('x!') ?? '', 200, control) }, 'header'],
  ] // biome-ignore format: one line per reader
  for (const [label, setup, header] of readers) {
    it(`is not stored: ${label}`, async () => {
      const { get, warnings } = routeWith(setup)
      const { headers } = await get('/x', { 'x-api-key': 'k' })
      assert.equal(headers.get('cache-status'), `hitrate; fwd=uri-miss; detail=depends-on-${header}`)
      assert.deepEqual(warnings(), [`depends-on-${header} /x`])
    })
  }

  it('s-maxage gives a lifetime, but does not declare a header', async () => {
    const sMaxAge = { 'cache-control': 's-maxage=60' }
    const { get } = routeWith({ handler: (c) => c.text(c.req.header('x-tenant') ?? '', 200, sMaxAge) })
    for (const tenant of ['a', 'b']) {
      const response = await get('/x', { 'x-tenant': tenant })
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=depends-on-x-tenant')
      assert.equal(await response.text(), tenant)
    }
  })

  it('jwt() with headerName behind the cache is not bypassed', async () => {
    const secret = 'a-secret'
    const token = await sign({ sub: 'ann' }, secret, 'HS256')
    const { get } = routeWith({
      middleware: [jwt({ secret, alg: 'HS256', headerName: 'x-token' })],
      handler: (c) => c.text('secret', 200, control),
    })
    assert.equal((await get('/x', { 'x-token': `Bearer ${token}` })).status, 200)
    assert.equal((await get('/x')).status, 401)
  })

  it('a background refresh that reads a header removes the stale entry', async () => {
    let reads = false
    const { get, clock, settled } = routeWith({
      handler: (c) =>
        c.text(reads ? `for ${c.req.header('x-tenant')}` : 'for all', 200, {
          'cache-control': 'max-age=10, stale-while-revalidate=60',
        }),
    })
    await get('/x')
    clock.ms += 20_000
    reads = true
    assert.equal(await (await get('/x', { 'x-tenant': 'a' })).text(), 'for all')
    await settled()
    assert.equal(await (await get('/x', { 'x-tenant': 'b' })).text(), 'for b')
  })

  it('the number of warnings is bounded, because clients may choose the names', async () => {
    const { get, warnings } = routeWith({
      handler: (c) => c.text(c.req.header(c.req.query('name') ?? '') ?? '', 200, control),
    })
    for (let i = 0; i < 150; i++) await get(`/x?name=x-${i}`)
    assert.equal(warnings().length, 100)
  })
})

describe('a declared request header', () => {
  const tenant = { 'x-tenant': 'a' }
  const declared: [label: string, setup: Setup][] = [
    ['Vary of the response', { handler: (c) => c.text(c.req.header('x-tenant') ?? '', 200, { ...control, vary: 'X-Tenant' }) }],
    ['public', { handler: (c) => c.text(c.req.header('x-tenant') ?? '', 200, { 'cache-control': 'public, max-age=60' }) }],
    ['the option vary', { options: { vary: 'X-Tenant' }, handler: forTenant }],
    ['the option ignoredHeaders', { options: { ignoredHeaders: ['X-Tenant'] }, handler: forTenant }],
    ['the key', { options: { keyGenerator: (c) => `x ${c.req.header('x-tenant')}` }, handler: forTenant }],
    ['an asynchronous key', { options: { keyGenerator: async (c) => `x ${await c.req.header('x-tenant')}` }, handler: forTenant }],
    ['ignoredHeaders for Cookie', { options: { ignoredHeaders: ['cookie'] }, handler: (c) => c.text(getCookie(c, 'a') ?? '', 200, control) }],
    ['a table entry', { handler: (c) => c.text('x', 200, { ...control, 'x-trace': c.req.header('traceparent') ?? '' }) }],
    ['cors() for every origin', { middleware: [cors()], handler: (c) => c.text('x', 200, control) }],
    ['cors() for one origin, by its Vary', { middleware: [cors({ origin: 'https://a.example' })], handler: (c) => c.text('x', 200, control) }],
    ['a validator of the query', { middleware: [zValidator('query', z.object({}))], handler: (c) => c.text('x', 200, control) }],
  ] // biome-ignore format: one line per declaration
  for (const [label, setup] of declared) {
    it(`is stored without a warning: ${label}`, async () => {
      const { get, warnings } = routeWith(setup)
      await get('/x', tenant)
      assert.match((await get('/x', tenant)).headers.get('cache-status') ?? '', /^hitrate; hit; ttl=60/)
      assert.deepEqual(warnings(), [])
    })
  }

  it('a key with one cookie stores a response per value', async () => {
    const { get, warnings } = routeWith({
      options: { keyGenerator: (c) => `theme ${getCookie(c, 'theme')}` },
      handler: (c) => c.text(getCookie(c, 'theme') ?? 'none', 200, control),
    })
    const bodies = []
    for (const cookie of ['theme=dark; a=1', 'theme=light', 'theme=dark; a=2']) {
      bodies.push((await statusAndBody(get('/x', { cookie }))).join(' '))
    }
    assert.deepEqual(bodies, [
      'hitrate; fwd=uri-miss; ttl=60; stored dark',
      'hitrate; fwd=uri-miss; ttl=60; stored light',
      'hitrate; hit; ttl=60 dark',
    ])
    assert.deepEqual(warnings(), [])
  })

  it('keyGenerator runs once more only after a load that read a header', async () => {
    let keys = 0
    const { get } = routeWith({
      options: {
        keyGenerator: (c) => {
          keys++
          return `x ${c.req.query('a')} ${c.req.header('x-tenant')}`
        },
      },
      handler: (c) => (c.req.query('a') === '1' ? forTenant(c) : c.text('x', 200, control)),
    })
    const calls = []
    for (const path of ['/x?a=0', '/x?a=0', '/x?a=1', '/x?a=1']) {
      keys = 0
      await get(path, tenant)
      calls.push(keys)
    }
    assert.deepEqual(calls, [1, 1, 2, 1])
  })

  it('a key without the host does not cover Host', async () => {
    const handler = (c: Context) => c.text(`https://${c.req.header('host')}/`, 200, control)
    const byPath = routeWith({ options: { keyGenerator: (c) => c.req.path }, handler })
    const status = await statusAndBody(byPath.get('/x', { host: 'localhost' }))
    assert.equal(status[0], 'hitrate; fwd=uri-miss; detail=depends-on-host')
    const byUrl = routeWith({ options: { keyGenerator: (c) => c.req.url }, handler })
    await byUrl.get('/x', { host: 'localhost' })
    assert.deepEqual(await statusAndBody(byUrl.get('/x', { host: 'localhost' })), [
      'hitrate; hit; ttl=60',
      'https://localhost/',
    ])
  })
})

describe('a response made from a copy of all request headers', () => {
  /** An upstream server that greets by cookie, without a `Vary`. */
  const upstream = new Hono().get('/x', (c) => c.text(`for ${c.req.header('cookie')}`, 200, control))
  const customFetch = (request: Request) => Promise.resolve(upstream.fetch(request))
  const url = 'http://upstream/x'

  const copies: [label: string, copy: (c: Context) => Response | Promise<Response>][] = [
    ['the proxy of Hono’s documentation', (c) => proxy(url, { ...c.req, headers: { ...c.req.header() }, customFetch })],
    ['proxy({ raw })', (c) => proxy(url, { raw: c.req.raw, customFetch })],
    ['c.req.header()', (c) => upstream.request(url, { headers: c.req.header() })],
    ['raw.headers', (c) => upstream.request(url, { headers: c.req.raw.headers })],
    ['entries of raw.headers', (c) => upstream.request(url, { headers: [...c.req.raw.headers] })],
    ['new Headers(raw.headers)', (c) => upstream.request(url, { headers: new Headers(c.req.raw.headers) })],
    ['new Request(url, raw)', (c) => upstream.request(new Request(url, c.req.raw))],
    ['new Request(raw)', (c) => upstream.fetch(new Request(c.req.raw))],
    ['raw.clone()', (c) => upstream.fetch(c.req.raw.clone())],
  ] // biome-ignore format: one line per copy
  for (const [label, copy] of copies) {
    it(`is not shared if the request has a cookie: ${label}`, async () => {
      const { get, warnings } = routeWith({ handler: copy })
      for (const cookie of ['ada', 'bob']) {
        assert.deepEqual(await statusAndBody(get('/x', { cookie })), [
          'hitrate; fwd=uri-miss; detail=depends-on-cookie',
          `for ${cookie}`,
        ])
      }
      assert.deepEqual(warnings(), ['depends-on-cookie /x'])
    })

    it(`is shared without a warning if the request has no credentials: ${label}`, async () => {
      const { get, warnings } = routeWith({ handler: copy })
      for (const cacheStatus of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        const response = await get('/x', { accept: 'text/html', 'x-tenant': 'a' })
        assert.equal(response.headers.get('cache-status'), `hitrate; ${cacheStatus}`)
      }
      assert.deepEqual(warnings(), [])
    })
  }

  it('is shared among equal cookies if the upstream server declares Vary', async () => {
    const varying = new Hono().get('/x', (c) =>
      c.text(`for ${c.req.header('cookie')}`, 200, { ...control, vary: 'cookie' }),
    )
    const { get } = routeWith({ handler: (c) => varying.request(url, { headers: c.req.header() }) })
    for (const cookie of ['ada', 'bob', 'ada']) {
      assert.equal(await (await get('/x', { cookie })).text(), `for ${cookie}`)
    }
    assert.equal((await get('/x', { cookie: 'bob' })).headers.get('cache-status'), 'hitrate; hit; ttl=60')
  })

  it('waiting requests with cookies get responses of their own', async () => {
    const { get } = routeWith({
      async handler(c) {
        await flush()
        return upstream.request(url, { headers: c.req.header() })
      },
    })
    const users = ['ada', 'bob', 'cat']
    const responses = await Promise.all(users.map((cookie) => get('/x', { cookie })))
    assert.deepEqual(
      await Promise.all(responses.map((response) => response.text())),
      users.map((user) => `for ${user}`),
    )
  })
})

describe('a POST response made from a request header', () => {
  it('is not stored for GETs', async () => {
    const { app, cached, get, request } = testApp()
    const options = { ...control, 'content-location': '/x' }
    app.post('/x', cached(), (c) => c.text(`by ${c.req.header('x-tenant')}`, 200, options))
    app.get('/x', cached(), (c) => c.text('got', 200, control))
    await request('POST', '/x', { 'x-tenant': 'a' })
    assert.equal(await (await get('/x')).text(), 'got')
  })
})
