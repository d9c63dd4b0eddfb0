import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { purge } from '../../../src/http/endpoints/purge.ts'
import { type FrontOptions, front } from '../../../src/http/front/front.ts'
import {
  attachedIndex,
  createUrlIndex,
  type HitResponder,
  indexSymbol,
  type UrlEntry,
} from '../../../src/http/front/url-index.ts'
import { StoredResponse } from '../../../src/http/stored/stored-response.ts'
import { bed, counter } from '../../support/test-app.ts'

type Request_ = { method?: string; headers?: Record<string, string>; env?: Record<string, string> }
type End = Parameters<NonNullable<FrontOptions['onRequest']>>[0]

const fields = {
  'cache-control': 'max-age=10',
  etag: '"a"',
  'last-modified': 'Sun, 22 Nov 2026 11:00:00 GMT',
}

/** An app behind its front, which tells who answered. */
function hitResponder(options: Omit<FrontOptions, 'cache'> = {}) {
  const around = bed()
  const { app, cache } = around
  let routed = 0
  let last = new Request('http://localhost')
  app.use(async (c, next) => {
    routed++
    last = c.req.raw
    c.header('x-before', 'yes')
    await next()
  })
  const fetch = front(app.fetch, { cache, ...options })

  async function ask(path: string, { method = 'GET', headers = {}, env = {} }: Request_ = {}) {
    const url = path.startsWith('http') ? path : `http://localhost${path}`
    const before = routed
    const given = fetch(new Request(url, { method, headers }), env)
    const atOnce = !(given instanceof Promise)
    const response = await given
    return { response, atOnce, byFront: routed === before, text: await response.text() }
  }

  /** Asks until the front knows the URL, as far as it ever does. */
  async function warm(path: string, request: Request_ = {}) {
    for (const _ of [1, 2]) await ask(path, request)
  }

  function known(path: string): UrlEntry | undefined {
    return attachedIndex(last, indexSymbol(cache))?.get(`http://localhost${path}`)
  }

  return { ...around, ask, warm, known }
}

describe('the front', () => {
  it('answers a hit at once, before the router, with the fields that the middleware gives', async () => {
    const { app, cached, clock, ask, warm } = hitResponder()
    const { handler, calls } = counter({ ...fields, 'x-own': '1', 'cache-tag': 'a' })
    app.get('/x', cached({ front: true }), handler)
    await warm('/x')
    clock.ms += 3000
    const { response, atOnce, byFront, text } = await ask('/x')
    assert.deepEqual([atOnce, byFront, text, calls(), response.status], [true, true, '1', 1, 200])
    assert.equal(response.headers.get('age'), '3')
    assert.equal(response.headers.get('cache-status'), 'hitrate; hit; ttl=7')

    const passed = await ask('/x', { headers: { 'cache-control': 'x' } })
    assert.equal(passed.byFront, false)
    passed.response.headers.delete('x-before')
    assert.deepEqual([...response.headers], [...passed.response.headers])
  })

  it('is counted as a hit, and what it passes on is not counted twice', async () => {
    const { app, cached, events, outcomes, ask } = hitResponder()
    app.get('/x/:id', cached({ front: true }), counter(fields).handler)
    for (const _ of [1, 2, 3]) await ask('/x/1')
    await ask('/x/1', { headers: { range: 'bytes=0-0' } })
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit', 'hit'])
    for (const event of events) {
      if (event.type === 'read') assert.deepEqual([event.method, event.route], ['GET', '/x/:id'])
    }
  })

  it('stays away from routes that do not ask for it', async () => {
    const { app, cached, ask, warm } = hitResponder()
    app.get('/x', cached(), counter(fields).handler)
    await warm('/x')
    assert.equal((await ask('/x')).byFront, false)
  })

  it('stays away from caches that are not its own', async () => {
    const { app, cached, warm } = hitResponder()
    app.get('/x', cached({ front: true }), counter(fields).handler)
    await warm('/x')
    const other = bed()
    const fetch = front(() => new Response('passed on'), { cache: other.cache })
    assert.equal(await (await fetch(new Request('http://localhost/x'))).text(), 'passed on')
  })

  it('knows what came through itself alone, and not what another front’s app answers', async () => {
    const [shop, office] = [bed(), new Hono()]
    const { cache, cached } = shop
    const keyed = (name: string) => cached({ front: true, keyGenerator: (c) => name + c.req.path })
    shop.app.get('/x', keyed('shop'), (c) => c.text('the shop’s', 200, fields))
    office.get('/x', keyed('office'), (c) => c.text('the office’s', 200, fields))
    const [open, closed] = [front(shop.app.fetch, { cache }), front(office.fetch, { cache })]
    const ask = async (fetch: typeof open) => (await fetch(new Request('http://localhost/x'))).text()
    for (const _ of [1, 2, 3]) assert.equal(await ask(closed), 'the office’s')
    for (const _ of [1, 2, 3]) assert.equal(await ask(open), 'the shop’s')
  })

  it('does not take the URL within a mounted app for one of its own', async () => {
    const { app, cached, ask, warm } = hitResponder()
    const inner = new Hono().get('/x', cached({ front: true }), (c) => c.text('inner', 200, fields))
    app.mount('/inner', inner.fetch)
    app.get('/x', (c) => c.text('outer'))
    await warm('/inner/x')
    assert.deepEqual(await pick(ask('/x')), [false, 'outer'])
  })

  it('passes on everything, unchanged, that is no plain GET', async () => {
    const seen: unknown[][] = []
    const { cache } = bed()
    const answer = new Response('x')
    const fetch = front(
      (...given) => {
        seen.push(given)
        return answer
      },
      { cache },
    )
    const request = new Request('http://localhost/x', { method: 'POST', body: 'x' })
    const [env, context] = [{ DB: 1 }, { waitUntil() {}, passThroughOnException() {}, props: {} }]
    assert.equal(fetch(request, env, context), answer)
    assert.equal(seen[0]?.[0], request)
    assert.equal(seen[0]?.[1], env)
    assert.equal(seen[0]?.[2], context)
  })

  const unlike: [string, string][] = [
    ['if-none-match', '"b"'],
    ['if-modified-since', 'Sun, 22 Nov 2026 10:00:00 GMT'],
    ['if-match', '"a"'],
    ['if-unmodified-since', 'Sun, 22 Nov 2026 12:00:00 GMT'],
    ['range', 'bytes=0-0'],
    ['cache-control', 'max-stale'],
    ['authorization', 'Bearer x'],
    ['upgrade', 'h2c'],
  ]
  for (const [name, value] of unlike) {
    it(`leaves a request with ${name} to the middleware`, async () => {
      const { app, cached, ask, warm } = hitResponder()
      app.get(
        '/x',
        cached({ front: true }),
        counter({ ...fields, 'cache-control': 'public, max-age=10' }).handler,
      )
      await warm('/x')
      assert.equal((await ask('/x')).byFront, true)
      assert.equal((await ask('/x', { headers: { [name]: value } })).byFront, false)
    })
  }

  it('leaves Pragma to the middleware where the route lets clients decide, and heeds it nowhere else', async () => {
    for (const clientControl of [false, true]) {
      const { app, cached, ask, warm } = hitResponder()
      app.get('/x', cached({ front: true, clientControl }), counter(fields).handler)
      await warm('/x')
      const { byFront } = await ask('/x', { headers: { pragma: 'no-cache' } })
      assert.equal(byFront, !clientControl)
    }
  })

  it('answers requests with cookies and fields that nothing was selected by', async () => {
    const { app, cached, ask, warm } = hitResponder()
    app.get('/x', cached({ front: true }), counter(fields).handler)
    await warm('/x')
    assert.equal((await ask('/x', { headers: { cookie: 'a=1', accept: 'x/y' } })).byFront, true)
  })

  for (const method of ['HEAD', 'POST', 'OPTIONS', 'DELETE']) {
    it(`leaves ${method} to the app`, async () => {
      const { app, cached, ask, warm } = hitResponder()
      app.all('/x', cached({ front: true }), counter(fields).handler)
      await warm('/x')
      assert.equal((await ask('/x', { method })).byFront, false)
    })
  }

  it('does not serve what was invalidated, by key, by tag or by a write', async () => {
    const { app, cached, cache, ask, warm } = hitResponder()
    const { handler } = counter({ ...fields, 'cache-tag': 'a' })
    app.all('/x', cached({ front: true, keyGenerator: () => 'x' }), handler)
    let last = 1
    for (const invalidate of [
      () => cache.delete('x'),
      () => cache.invalidateTags(['a']),
      () => cache.clear(),
    ]) {
      await warm('/x')
      assert.equal((await ask('/x')).text, String(last))
      const done = invalidate()
      const { byFront, text } = await ask('/x') // from the call on, not from its promise on
      assert.deepEqual([byFront, text], [false, String(++last)])
      await done
    }
    await warm('/x')
    await ask('/x', { method: 'POST' })
    assert.equal((await ask('/x')).byFront, false)
  })

  it('leaves what is stale to the middleware', async () => {
    const { app, cached, clock, ask, warm, settled } = hitResponder()
    app.get(
      '/x',
      cached({ front: true, targetedControl: 'max-age=10, stale-while-revalidate=60' }),
      counter().handler,
    )
    await warm('/x')
    clock.ms += 9999
    assert.equal((await ask('/x')).byFront, true)
    clock.ms += 1
    const { byFront, response } = await ask('/x')
    assert.deepEqual([byFront, response.headers.get('cache-status')], [false, 'hitrate; hit; ttl=0'])
    await settled()
  })

  it('leaves what varies to the middleware, also when it did not before', async () => {
    const { app, cached, ask, warm, known } = hitResponder()
    let vary: Record<string, string> = {}
    let calls = 0
    app.get('/x', cached({ front: true, clientControl: true }), (c) =>
      c.text(String(++calls), 200, { ...fields, ...vary }),
    )
    await warm('/x')
    assert.equal((await ask('/x')).byFront, true)
    vary = { vary: 'accept' }
    assert.equal((await ask('/x', { headers: { 'cache-control': 'no-cache', accept: 'a' } })).text, '2')
    for (const accept of ['a', 'b', 'a', 'b']) {
      const { byFront, text } = await ask('/x', { headers: { accept } })
      assert.deepEqual([byFront, text], [false, accept === 'a' ? '2' : '3'])
    }
    assert.equal(known('/x')?.responder.hasVariants('http://localhost/x'), true)
  })

  it('does not remember what has always varied', async () => {
    const { app, cached, warm, known } = hitResponder()
    app.get('/x', cached({ front: true }), counter({ ...fields, vary: 'accept' }).handler)
    await warm('/x')
    assert.equal(known('/x'), undefined)
  })

  it('does not learn it from who has Authorization, which may have been checked before', async () => {
    const { app, cached, warm, known } = hitResponder()
    const shared = { 'cache-control': 'public, max-age=60' }
    app.get('/x', cached({ front: true }), counter(shared).handler)
    await warm('/x', { headers: { authorization: 'Bearer x' } })
    assert.equal(known('/x'), undefined)
    await warm('/x')
    assert.notEqual(known('/x'), undefined)
  })

  it('leaves to the middleware what someone else keeps under the key', async () => {
    const { app, cached, cache, ask, warm } = hitResponder()
    app.get('/x', cached({ front: true, keyGenerator: () => 'x' }), counter(fields).handler)
    const ofOneClient = new StoredResponse({
      status: 200,
      fields: {},
      ours: {},
      cookies: [],
      body: 'for a',
      selecting: { accept: 'a' },
      isTagOurs: false,
    })
    for (const kept of ['data', null, undefined, ofOneClient]) {
      await warm('/x')
      assert.equal((await ask('/x')).byFront, true)
      await cache.write('x', kept, { ttlMs: 1000 })
      assert.equal((await ask('/x')).byFront, false)
    }
  })

  it('keeps the answers of hosts and queries apart as the key does', async () => {
    const { app, cached, ask, warm } = hitResponder()
    app.get('/own', cached({ front: true }), (c) => c.text(c.req.url, 200, fields))
    app.get('/shared', cached({ front: true, keyGenerator: (c) => c.req.path }), (c) =>
      c.text(c.req.url, 200, fields),
    )
    for (const url of ['http://a/own', 'http://b/own', 'http://a/own?x=1', 'http://a/own?x=2']) {
      await warm(url)
      assert.deepEqual(await pick(ask(url)), [true, url])
    }
    for (const url of ['http://a/shared', 'http://b/shared?x=1']) {
      await warm(url)
      assert.deepEqual(await pick(ask(url)), [true, 'http://a/shared'])
    }
  })

  it('answers nothing while the cache is off', async () => {
    const around = bed({ enabled: false })
    around.app.get('/x', around.cached({ front: true }), counter(fields).handler)
    const fetch = front(around.app.fetch, { cache: around.cache })
    for (const text of ['1', '2', '3']) {
      assert.equal(await (await fetch(new Request('http://localhost/x'))).text(), text)
    }
  })

  it('gives each client an answer of its own', async () => {
    const { app, cached, ask, warm } = hitResponder()
    app.get('/x', cached({ front: true }), counter(fields).handler)
    await warm('/x')
    const one = await ask('/x')
    one.response.headers.set('x-mine', '1')
    one.response.headers.delete('etag')
    const other = await ask('/x')
    assert.equal(other.byFront, true)
    assert.deepEqual(
      [other.response.headers.get('x-mine'), other.response.headers.get('etag')],
      [null, '"a"'],
    )
  })

  it('answers with cookies where they may be kept', async () => {
    const { app, cached, ask, warm } = hitResponder()
    app.get('/x', cached({ front: true, storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'a=1')
      c.header('set-cookie', 'b=2', { append: true })
      return c.text('x', 200, fields)
    })
    await warm('/x')
    for (const _ of [1, 2]) {
      const { byFront, response } = await ask('/x')
      assert.deepEqual([byFront, response.headers.getSetCookie()], [true, ['a=1', 'b=2']])
    }
  })
})

describe('a key', () => {
  const urlOnly: Record<string, (c: Context) => string> = {
    'a parameter': (c) => `k${c.req.param('id')}`,
    'the path': (c) => c.req.path,
    'the query': (c) => `k${c.req.query('x')}${c.req.queries('x')?.length}`,
    'the raw request’s URL and method': (c) => c.req.raw.method + c.req.raw.url,
  }
  for (const [what, keyGenerator] of Object.entries(urlOnly)) {
    it(`made of ${what} lets the front answer`, async () => {
      const { app, cached, ask, warm } = hitResponder()
      app.get('/x/:id', cached({ front: true, keyGenerator }), counter(fields).handler)
      await warm('/x/1?x=a')
      assert.equal((await ask('/x/1?x=a')).byFront, true)
      assert.equal((await ask('/x/2?x=b')).byFront, false)
    })
  }

  let times = 0
  const ofMore: Record<string, (c: Context) => string | Promise<string>> = {
    'a header': (c) => `k${c.req.header('accept-language')}`,
    'whether there is a header': (c) => `k${c.req.raw.headers.has('cookie')}`,
    'all headers': (c) => `k${[...c.req.raw.headers].length > 99}`,
    'the fields of a copy': (c) => `k${new Request(c.req.raw).headers.get('accept-language')}`,
    'what middleware has set': (c) => `k${c.get('who' as never)}`,
    'the variables': (c) => `k${'who' in c.var}`,
    'the environment': (c) => `k${(c.env as { a?: string } | undefined)?.a}`,
    'something that waits': async (c) => c.req.path,
    'something that changes': () => `k${times++ % 2}`,
  }
  for (const [what, keyGenerator] of Object.entries(ofMore)) {
    it(`made of ${what} keeps the front away`, async () => {
      const { app, cached, ask } = hitResponder()
      app.get('/x', cached({ front: true, keyGenerator }), counter(fields).handler)
      for (let i = 0; i < 5; i++) assert.equal((await ask('/x')).byFront, false)
    })
  }

  it('made of a header is one language for each, behind a front', async () => {
    const { app, cached, ask } = hitResponder()
    const language = (c: Context) => c.req.header('accept-language') ?? ''
    app.get('/x', cached({ front: true, keyGenerator: (c) => `x ${language(c)}` }), (c) =>
      c.text(language(c), 200, fields),
    )
    for (const asked of ['de', 'en', 'de', 'en', 'de', 'en']) {
      assert.equal((await ask('/x', { headers: { 'accept-language': asked } })).text, asked)
    }
  })
})

describe('onRequest', () => {
  it('is told of every answer of the front, with the route’s pattern, and of no other', async () => {
    const ends: End[] = []
    let ms = 0
    const { app, cached, ask, warm } = hitResponder({
      onRequest: (end) => ends.push(end),
      timer: () => (ms += 5),
    })
    app.get('/in/:id', cached({ front: true }), (c) => c.text('x', 404, { 'cache-control': 'max-age=10' }))
    await warm('/in/1')
    assert.deepEqual(ends, [])
    await ask('/in/1')
    await ask('/in/1', { headers: { range: 'bytes=0-' } })
    assert.deepEqual(ends, [{ method: 'GET', route: '/in/:id', status: 404, durationMs: 5 }])
  })

  it('may throw without harm to the client', async () => {
    let told = 0
    const { app, cached, ask, warm } = hitResponder({
      onRequest() {
        told++
        throw new Error('broken')
      },
    })
    app.get('/x', cached({ front: true }), counter(fields).handler)
    await warm('/x')
    const { byFront, text } = await ask('/x')
    assert.deepEqual([byFront, text, told], [true, '1', 1])
  })
})

describe('what front() cannot work with', () => {
  const { cache, app } = bed()
  const wrong: [string, unknown, unknown, RegExp][] = [
    ['an app instead of its fetch', app, { cache }, /first argument/],
    ['no cache', app.fetch, {}, /cache/],
    ['no options', app.fetch, undefined, /cache/],
    ['a field that is no function', app.fetch, { cache, field: {} }, /field/],
    ['an onRequest that is no function', app.fetch, { cache, onRequest: 'x' }, /onRequest/],
  ]
  for (const [what, fetch, options, message] of wrong) {
    it(`is refused at once: ${what}`, () => {
      assert.throws(() => front(fetch as never, options as never), { name: 'TypeError', message })
    })
  }
})

describe('a purge through the front', () => {
  it('reaches the cache behind it', async () => {
    const { app, cached, cache, ask, warm } = hitResponder()
    const { handler, calls } = counter(fields)
    app.get('/x', cached({ front: true }), handler)
    const fetch = front(app.fetch, { cache })
    const admin = new Hono().post('/purge', purge({ cache, fetch }))
    await warm('/x')
    const body = JSON.stringify({ urls: ['http://localhost/x'] })
    const headers = { 'content-type': 'application/json' }
    const answer = await admin.request('/purge', { method: 'POST', body, headers })
    assert.deepEqual(await answer.json(), { urls: 1, tags: 0, all: false, unreached: [] })
    await ask('/x')
    assert.equal(calls(), 2)
  })
})

describe('the fields of a request', () => {
  it('are read as the option says, where the server has them at hand', async () => {
    const { app, cached, ask, warm } = hitResponder({
      field: (_, env, name) => (env as Record<string, string>)[name],
    })
    app.get('/x', cached({ front: true }), counter(fields).handler)
    await warm('/x')
    const headers = { range: 'unseen' }
    assert.equal((await ask('/x', { headers })).byFront, true)
    assert.equal((await ask('/x', { headers, env: { range: '' } })).byFront, false)
  })
})

describe('the index of the front', () => {
  const responder: HitResponder = {
    obeysPragma: false,
    hasVariants: () => false,
    toResponse: () => new Response(),
  }
  const about = { method: 'GET', route: '/' }

  it('forgets the oldest beyond so many URLs', () => {
    const index = createUrlIndex(Number.POSITIVE_INFINITY, 3)
    for (const url of ['a', 'b', 'a', 'c', 'd']) index.add(url, { key: url, about, responder })
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((url) => index.get(url)?.key),
      ['a', undefined, 'c', 'd'],
    )
  })

  it('forgets the oldest beyond so many characters, whatever is learnt', () => {
    const index = createUrlIndex(1000, Number.POSITIVE_INFINITY)
    for (let i = 0; i < 1000; i++) index.add(`${i}`.padEnd(90), { key: `${i}`.padEnd(10), about, responder })
    const known = Array.from({ length: 1000 }, (_, i) => index.get(`${i}`.padEnd(90))).filter(Boolean)
    assert.deepEqual(
      known.map((one) => one?.key.trim()),
      Array.from({ length: 10 }, (_, i) => `${990 + i}`),
    )
    index.add('x', { key: 'y'.repeat(2000), about, responder }) // alone it is too long
    assert.equal(index.get('x'), undefined)
  })
})

async function pick(asked: Promise<{ byFront: boolean; text: string }>): Promise<[boolean, string]> {
  const { byFront, text } = await asked
  return [byFront, text]
}
