/** Stale responses with a validator: the handler is called with conditions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { flush, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

const CONDITIONS = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

interface Validated extends TestApp {
  /** Conditions of each request that reached the handler. */
  received: Record<string, string>[]
  /** The handler's next responses, after the first one. */
  nextHandler: { respond: (c: Context) => Response }
}

/** A handler that returns `old` with these headers at first. */
function validatedApp(
  headers: Record<string, string>,
  options: Omit<CachedOptions, 'cache'> = {},
  cacheOptions: CacheOptions = {},
): Validated {
  const test = testApp(cacheOptions)
  const received: Record<string, string>[] = []
  const nextHandler = { respond: (c: Context): Response => c.text('old', 200, headers) }
  test.app.get('/x', test.cached(options), (c) => {
    const sent = CONDITIONS.flatMap((name) => {
      const value = c.req.header(name)
      return value === undefined ? [] : [[name, value] as const]
    })
    received.push(Object.fromEntries(sent))
    return nextHandler.respond(c)
  })
  test.app.onError((error, c) => c.text(error.message, 500))
  return { ...test, received, nextHandler }
}

const notModified =
  (fields: HeadersInit = {}) =>
  () =>
    new Response(null, { status: 304, headers: fields })

const storable = { 'cache-control': 'max-age=10', etag: '"a"' }
const refreshing = { 'cache-control': 'max-age=10, stale-while-revalidate=60', etag: '"a"' }
const MODIFIED = 'Sun, 01 Nov 2026 00:00:00 GMT'

describe('revalidation of a stale response', () => {
  it('the handler gets the stored validators, and its 304 renews the stored response', async () => {
    const { received, clock, get, nextHandler, outcomes } = validatedApp({
      ...storable,
      'last-modified': MODIFIED,
      'x-a': '1',
    })
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified({ 'x-a': '2', 'cache-control': 'max-age=100' })
    const response = await get('/x')
    assert.deepEqual(received, [{}, { 'if-none-match': '"a"', 'if-modified-since': MODIFIED }])
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('x-a'), '2')
    assert.equal(response.headers.get('content-length'), '3')
    assert.deepEqual(await statusAndBody(response), [
      'hitrate; fwd=stale; fwd-status=304; ttl=100; stored',
      'old',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=100', 'old'])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })

  it('a generated ETag alone is not sent to the handler', async () => {
    const { received, clock, get, nextHandler } = validatedApp({
      'cache-control': 'max-age=10, stale-while-revalidate=60',
    })
    const etag = (await get('/x')).headers.get('etag') ?? assert.fail()
    clock.ms += 100_000
    nextHandler.respond = (c) => c.text('new', 200, { 'cache-control': 'max-age=10' })
    assert.deepEqual(await statusAndBody(get('/x', { 'if-none-match': etag })), [
      'hitrate; fwd=stale; ttl=10; stored',
      'new',
    ])
    assert.deepEqual(received, [{}, {}])
  })

  it('a stored response with a generated ETag and Last-Modified is revalidated by its date, and keeps the ETag', async () => {
    const { received, clock, get, nextHandler } = validatedApp({
      'cache-control': 'max-age=10',
      'last-modified': MODIFIED,
    })
    const etag = (await get('/x')).headers.get('etag') ?? assert.fail()
    clock.ms += 20_000
    nextHandler.respond = notModified({ 'cache-control': 'max-age=10' })
    assert.equal((await get('/x')).headers.get('etag'), etag)
    assert.deepEqual(received, [{}, { 'if-modified-since': MODIFIED }])
    assert.equal((await get('/x', { 'if-none-match': etag })).status, 304)
    clock.ms += 20_000
    await get('/x')
    assert.deepEqual(received[2], { 'if-modified-since': MODIFIED }, 'the generated ETag is still not sent')
  })

  const clientHeaders = {
    'if-none-match': '"theirs"',
    'if-modified-since': 'Mon, 02 Nov 2026 00:00:00 GMT',
    'if-match': '"theirs"',
    'if-unmodified-since': 'Mon, 02 Nov 2026 00:00:00 GMT',
    'if-range': '"theirs"',
    range: 'bytes=0-0',
  }

  it('a revalidation does not send the client’s conditions and range', async () => {
    const { received, clock, get, nextHandler } = validatedApp(storable)
    await get('/x', clientHeaders)
    clock.ms += 20_000
    nextHandler.respond = notModified()
    assert.equal(await (await get('/x', clientHeaders)).text(), 'old')
    assert.deepEqual(received, [{}, { 'if-none-match': '"a"' }])
  })

  it('a background refresh sends the stored validators, in one request', async () => {
    const { received, clock, get, nextHandler, settled } = validatedApp(refreshing)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified()
    for (const _ of [1, 2]) assert.equal(await (await get('/x', clientHeaders)).text(), 'old')
    await settled()
    assert.deepEqual(received, [{}, { 'if-none-match': '"a"' }])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'old'])
  })

  it('a revalidated response answers the client’s own If-None-Match', async () => {
    const { clock, get, nextHandler } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified()
    const matched = await get('/x', { 'if-none-match': '"b", "a"' })
    assert.equal(matched.status, 304)
    assert.equal(matched.headers.get('cache-status'), 'hitrate; fwd=stale; fwd-status=304; ttl=10; stored')
    clock.ms += 20_000
    nextHandler.respond = (c) => c.text('new', 200, { ...storable, etag: '"b"' })
    const replaced = await get('/x', { 'if-none-match': '"b"' })
    assert.equal(replaced.status, 304)
    assert.equal(replaced.headers.get('cache-status'), 'hitrate; fwd=stale; fwd-status=200; ttl=10; stored')
  })

  it('a revalidated response answers the client’s range', async () => {
    const { clock, get, nextHandler } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified()
    const part = await get('/x', { range: 'bytes=1-' })
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 1-2/3'])
    assert.deepEqual(await statusAndBody(part), ['hitrate; fwd=stale; fwd-status=304; ttl=10; stored', 'ld'])
  })

  it('a HEAD revalidates with a GET', async () => {
    const { received, clock, get, nextHandler, request } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = (c) => {
      assert.equal(c.req.method, 'GET')
      return notModified()()
    }
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '3')
    assert.deepEqual(await statusAndBody(head), ['hitrate; fwd=stale; fwd-status=304; ttl=10; stored', ''])
    assert.deepEqual(received[1], { 'if-none-match': '"a"' })
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'old'])
  })

  it('a 200 of the handler replaces the stale response', async () => {
    const { clock, get, nextHandler } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = (c) => c.text('new', 200, { 'cache-control': 'max-age=10', etag: '"b"' })
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=10; stored', 'new'])
    assert.equal((await get('/x')).headers.get('etag'), '"b"')
  })

  it('concurrent requests share one revalidation', async () => {
    const { received, clock, get, nextHandler } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified()
    const concurrent = await Promise.all([get('/x'), get('/x'), get('/x')])
    for (const response of concurrent) assert.equal(await response.text(), 'old')
    assert.equal(received.length, 2)
  })

  it('a response with no-cache is revalidated for each request, and never served stale', async () => {
    const { received, clock, get, nextHandler } = validatedApp({ 'cache-control': 'no-cache', etag: '"a"' })
    await get('/x')
    nextHandler.respond = notModified()
    for (const _ of [1, 2]) {
      assert.deepEqual(await statusAndBody(get('/x')), [
        'hitrate; fwd=stale; fwd-status=304; ttl=0; stored',
        'old',
      ])
    }
    assert.equal(received.length, 3)
    nextHandler.respond = () => {
      throw new Error('down')
    }
    clock.ms += 1000
    assert.equal((await get('/x', { 'cache-control': 'max-stale' })).status, 500)
  })

  it('each variant is revalidated by its own validators', async () => {
    const { received, clock, get, nextHandler } = validatedApp({})
    const responseHeaders = { 'cache-control': 'max-age=10', vary: 'x-user' }
    nextHandler.respond = (c) =>
      c.text(`for ${c.req.header('x-user')}`, 200, {
        ...responseHeaders,
        etag: `"${c.req.header('x-user')}"`,
      })
    for (const user of ['ann', 'bob']) await get('/x', { 'x-user': user })
    clock.ms += 20_000
    nextHandler.respond = notModified()
    for (const user of ['bob', 'ann']) {
      const response = await get('/x', { 'x-user': user })
      assert.equal(response.headers.get('etag'), `"${user}"`)
      assert.equal(await response.text(), `for ${user}`)
    }
    assert.deepEqual(received.slice(2), [{ 'if-none-match': '"bob"' }, { 'if-none-match': '"ann"' }])
    assert.deepEqual(await statusAndBody(get('/x', { 'x-user': 'ann' })), ['hitrate; hit; ttl=10', 'for ann'])
  })

  it('a response with validators stays stored for a day after it became stale', async () => {
    const DAY = 24 * 60 * 60 * 1000
    for (const [ms, conditions] of [
      [DAY + 9000, { 'if-none-match': '"a"' }],
      [DAY + 10_000, {}],
    ] as const) {
      const { received, cache, clock, get, nextHandler } = validatedApp(storable)
      await get('/x')
      clock.ms += ms
      cache.stats() // removes the expired entries
      nextHandler.respond = (c) => c.text('new', 200, storable)
      await get('/x')
      assert.deepEqual(received[1], conditions)
    }
  })
})

describe('a 304 of the handler', () => {
  it('a 304 keeps the stored headers that it omits, separate from the same headers of outer middleware', async () => {
    const { app, cached, clock, get } = testApp()
    app.use(async (c, next) => {
      for (const name of ['x-added', 'x-over', 'x-new']) c.header(name, c.req.query('who'))
      await next()
    })
    let calls = 0
    app.get('/x', cached({ query: [] }), (c) => {
      for (const [name, value] of Object.entries(storable)) c.header(name, value)
      if (++calls === 1) {
        c.header('x-added', 'h', { append: true })
        c.header('x-over', 'h')
        return c.text('old')
      }
      c.header('x-new', `n${calls}`, { append: true })
      return c.body(null, 304)
    })
    const headersFor = async (user: string) => {
      const { headers } = await get(`/x?who=${user}`)
      return ['x-added', 'x-over', 'x-new'].map((name) => headers.get(name))
    }
    assert.deepEqual(await headersFor('ann'), ['ann, h', 'h', 'ann'])
    for (const call of [2, 3]) {
      clock.ms += 11_000
      for (const user of ['ann', 'bob', 'eve']) {
        assert.deepEqual(await headersFor(user), [`${user}, h`, 'h', `${user}, n${call}`])
      }
    }
    assert.equal(calls, 3)
  })

  it('a 304 with another ETag serves the stored response once more and removes it', async () => {
    const { received, cache, clock, get, nextHandler, outcomes } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified({ etag: '"b"' })
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=stale; fwd-status=304; detail=other-tag',
      'old',
    ])
    assert.equal(cache.stats().entries, 0)
    nextHandler.respond = (c) => c.text('new', 200, storable)
    assert.equal((await statusAndBody(get('/x')))[1], 'new')
    assert.deepEqual(received[2], {})
    assert.deepEqual(outcomes, ['miss', 'miss', 'miss'])
  })

  it('a 304 with the weak form of the stored ETag is accepted', async () => {
    const { clock, get, nextHandler } = validatedApp(storable)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified({ etag: 'W/"a"' })
    assert.equal((await get('/x')).status, 200)
  })

  const notShared: [label: string, fields: Record<string, string>, detail: string][] = [
    ['with Set-Cookie', { 'set-cookie': 'sid=1' }, 'set-cookie'],
    ['with private', { 'cache-control': 'private, max-age=60' }, 'private'],
    ['with no-store', { 'cache-control': 'no-store' }, 'no-store'],
    ['with Vary: *', { vary: '*' }, 'vary-any'],
  ]
  for (const [label, headers, detail] of notShared) {
    it(`a 304 ${label} is for its own client alone`, async () => {
      const { received, clock, get, nextHandler } = validatedApp(storable)
      await get('/x')
      clock.ms += 20_000
      let calls = 0
      nextHandler.respond = (c) =>
        ++calls === 1 ? notModified(headers)() : c.text(`own ${calls}`, 200, headers)
      const concurrent = await Promise.all([get('/x'), get('/x')])
      const [first, second] = concurrent
      assert.equal(first?.status, 200)
      assert.equal(first?.headers.get('set-cookie'), headers['set-cookie'] ?? null)
      assert.deepEqual(await statusAndBody(first ?? assert.fail()), [
        `hitrate; fwd=stale; fwd-status=304; detail=${detail}`,
        'old',
      ])
      assert.equal((await statusAndBody(second ?? assert.fail()))[1], 'own 2')
      assert.equal((await statusAndBody(get('/x')))[1], 'own 3')
      assert.deepEqual(received.at(-1), {}, 'the entry is removed')
    })
  }

  it('Set-Cookie of a 304 is sent once, together with that of outer middleware', async () => {
    const { app, cached, clock, get } = testApp()
    let calls = 0
    app.use(async (c, next) => {
      if (calls > 0) c.header('set-cookie', 'around=1', { append: true })
      c.header('x-around', '1')
      await next()
    })
    app.get('/x', cached(), (c) => {
      if (++calls === 1) return c.text('old', 200, storable)
      c.header('set-cookie', 'own=1', { append: true })
      return c.body(null, 304)
    })
    await get('/x')
    clock.ms += 20_000
    const response = await get('/x')
    assert.deepEqual(await statusAndBody(response), [
      'hitrate; fwd=stale; fwd-status=304; detail=set-cookie',
      'old',
    ])
    assert.deepEqual(response.headers.getSetCookie().sort(), ['around=1', 'own=1'])
    assert.equal(response.headers.get('x-around'), '1')
  })

  it('Set-Cookie of a 304 is stored with storeSetCookie', async () => {
    const { clock, get, nextHandler } = validatedApp(storable, { storeSetCookie: true })
    await get('/x')
    clock.ms += 20_000
    const cookies: [string, string][] = [
      ['set-cookie', 'sid=1'],
      ['set-cookie', 'seen=1'],
    ]
    nextHandler.respond = notModified(cookies)
    for (const _ of [1, 2]) {
      assert.deepEqual((await get('/x')).headers.getSetCookie(), ['sid=1', 'seen=1'])
    }
  })

  it('a 304 to an unconditional request passes through and is not stored', async () => {
    const { get, nextHandler } = validatedApp({})
    nextHandler.respond = notModified({ 'cache-control': 'max-age=60' })
    for (const _ of [1, 2]) {
      const response = await get('/x')
      assert.equal(response.status, 304)
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=status')
    }
  })

  it('a background 304 with no-store removes the stale entry', async () => {
    const { received, clock, get, nextHandler, settled } = validatedApp(refreshing)
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified({ 'cache-control': 'no-store' })
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=-10', 'old'])
    await settled()
    nextHandler.respond = (c) => c.text('new', 200, storable)
    assert.equal((await statusAndBody(get('/x')))[1], 'new')
    assert.deepEqual(received.at(-1), {})
  })

  it('a 304 that arrives after an invalidation is not stored', async () => {
    const { app, responses, cached, clock, get } = testApp()
    const deferred: PromiseWithResolvers<Response>[] = []
    app.get('/x', cached(), () => {
      const pendingResponse = Promise.withResolvers<Response>()
      deferred.push(pendingResponse)
      return pendingResponse.promise
    })
    const first = get('/x')
    await flush()
    deferred[0]?.resolve(new Response('old', { headers: storable }))
    await first
    clock.ms += 20_000
    const pending = get('/x')
    await flush()
    await responses.deleteMany(['http://localhost/x'])
    deferred[1]?.resolve(notModified()())
    assert.equal(await (await pending).text(), 'old', 'the earlier request gets the old response')
    assert.equal(responses.find('http://localhost/x').entry, undefined)
  })
})

describe('revalidation without coalescing', () => {
  it('a stale response is revalidated without coalescing', async () => {
    const { received, clock, get, nextHandler, settled } = validatedApp(refreshing, {}, { coalesce: false })
    await get('/x')
    clock.ms += 20_000
    nextHandler.respond = notModified()
    assert.equal(await (await get('/x')).text(), 'old')
    await settled()
    assert.deepEqual(received, [{}, { 'if-none-match': '"a"' }])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'old'])
  })
})
