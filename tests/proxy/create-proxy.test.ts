/** The proxy in process, with a function in place of the upstream. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { createProxy } from '../../src/proxy/create-proxy.ts'
import type { UpstreamRequest } from '../../src/proxy/upstream/send.ts'
import { UpstreamError } from '../../src/proxy/upstream/upstream-error.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: string | ReadableStream
}

interface Settings {
  upstream?: string
  ttlMs?: number
  staleIfErrorMs?: number
  stripCookies?: boolean
  trustForwarded?: boolean
}

function testProxy(answer: (request: UpstreamRequest) => Answer, settings: Settings = {}) {
  const requests: UpstreamRequest[] = []
  const errors: unknown[] = []
  let now = Date.UTC(2026, 11, 1)
  const cache = createCache({ memory: memoryStore(), now: () => now, timer: () => now })
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test' })
  const { fetch } = createProxy({
    ...{ cache, registry, instruments, version: '1.2.3', runtime: 'test' },
    config: {
      upstream: settings.upstream ?? 'http://origin.example/',
      ttlMs: settings.ttlMs,
      staleIfErrorMs: settings.staleIfErrorMs,
      stripCookies: settings.stripCookies ?? false,
      trustForwarded: settings.trustForwarded ?? false,
      maxBodyBytes: 1024,
      pseudonym: 'hitrate-test',
    },
    async send(request) {
      requests.push(request)
      const { status = 200, headers = {}, body = 'page' } = answer(request)
      const hasBody = request.method !== 'HEAD' && status !== 304
      return { status, headers: new Headers(headers), body: hasBody ? new Response(body).body : null }
    },
    clientOf: () => '192.0.2.7',
    access: (_, next) => next(),
    phase: () => 'ready',
    uptimeSeconds: () => 5,
    onError: (error) => void errors.push(error),
  })
  return {
    requests,
    errors,
    later(ms: number) {
      now += ms
    },
    async get(path: string, headers: Record<string, string> = {}, method = 'GET') {
      const response = await fetch(new Request(`http://shop.example${path}`, { method, headers }))
      return { status: response.status, headers: response.headers, text: await response.text() }
    },
    async post(path: string, body: string) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(
        new Request(`http://shop.example${path}`, { method: 'POST', headers, body }),
      )
      return { status: response.status, text: await response.text() }
    },
  }
}

/** How often the upstream is asked for two equal requests. */
async function loads(
  headers: Record<string, string>,
  request: Record<string, string> = {},
  settings: Settings = {},
  status = 200,
) {
  const proxy = testProxy(() => ({ headers, status }), settings)
  for (let i = 0; i < 2; i++) await proxy.get('/', request)
  return proxy.requests.length
}

describe('paths of the upstream', () => {
  for (const [upstream, path, url] of [
    ['http://origin.example', '/', 'http://origin.example/'],
    ['http://origin.example/', '/a/b?c=d&e', 'http://origin.example/a/b?c=d&e'],
    ['http://origin.example/api', '/x', 'http://origin.example/api/x'],
    ['http://origin.example/api/', '/x', 'http://origin.example/api/x'],
    ['http://origin.example', '//evil.example/x', 'http://origin.example//evil.example/x'],
    ['http://origin.example/api', '//evil.example/x', 'http://origin.example/api//evil.example/x'],
    ['http://origin.example', '/%7e%2F%zz?q=%41+b%20', 'http://origin.example/%7e%2F%zz?q=%41+b%20'],
    ['http://origin.example', '/http://evil.example/', 'http://origin.example/http://evil.example/'],
    ['http://origin.example', '/a?', 'http://origin.example/a?'],
  ] as const) {
    it(`${path} is ${url} behind ${upstream}`, async () => {
      const proxy = testProxy(() => ({}), { upstream })
      await proxy.get(path)
      assert.deepEqual(
        proxy.requests.map((request) => request.url),
        [url],
      )
    })
  }
})

describe('what the proxy stores', () => {
  const fresh = { 'cache-control': 'max-age=60' }
  const ttl = { ttlMs: 60_000 }

  for (const [title, headers, request, settings, status] of [
    ['a response with a lifetime', fresh],
    ['a response without one, with --ttl', {}, {}, ttl],
    ['a permanent redirect without one, with --ttl', { location: '/x' }, {}, ttl, 301],
    [
      'a public response to a request with credentials',
      { 'cache-control': 'public, max-age=60' },
      { authorization: 'Basic x', cookie: 'a=1' },
    ],
    [
      'a response that varies by Cookie, for the same cookie',
      { ...fresh, vary: 'Cookie' },
      { cookie: 'a=1' },
    ],
    [
      'a response to a request with a cookie, with --strip-cookies',
      fresh,
      { cookie: 'a=1' },
      { stripCookies: true },
    ],
    [
      'a response that sets a cookie, with --strip-cookies',
      { ...fresh, 'set-cookie': 'a=1' },
      {},
      { stripCookies: true },
    ],
  ] as [string, Record<string, string>, Record<string, string>?, Settings?, number?][]) {
    it(`${title} is`, async () => assert.equal(await loads(headers, request, settings, status), 1))
  }

  for (const [title, headers, request, settings, status] of [
    ['a response without a lifetime', {}],
    ['no-store, with --ttl', { 'cache-control': 'no-store' }, {}, ttl],
    [
      'private, with --ttl and --stale-if-error',
      { 'cache-control': 'private, max-age=60' },
      {},
      { ...ttl, staleIfErrorMs: 60_000 },
    ],
    ['no-cache, with --ttl', { 'cache-control': 'no-cache' }, {}, ttl],
    ['an empty Cache-Control, with --ttl', { 'cache-control': '' }, {}, ttl],
    ['Expires in the past, with --ttl', { expires: '0' }, {}, ttl],
    ['Pragma, with --ttl', { pragma: 'no-cache' }, {}, ttl],
    ['a targeted field without lifetime, with --ttl', { 'cdn-cache-control': 'no-store' }, {}, ttl],
    ['Set-Cookie', { ...fresh, 'set-cookie': 'a=1' }],
    ['Set-Cookie, with --ttl', { 'set-cookie': 'a=1' }, {}, ttl],
    ['Vary: *', { ...fresh, vary: '*' }],
    ['Vary: *, with --ttl', { vary: '*' }, {}, ttl],
    ['a request with a cookie', fresh, { cookie: 'a=1' }],
    ['a request with a cookie, with --ttl', {}, { cookie: 'a=1' }, ttl],
    ['a request with a cookie, with s-maxage', { 'cache-control': 's-maxage=60' }, { cookie: 'a=1' }],
    ['a request with Authorization', fresh, { authorization: 'Basic x' }],
    ['a request with Authorization, with --ttl', {}, { authorization: 'Basic x' }, ttl],
    [
      'a request with Authorization, with --strip-cookies',
      fresh,
      { authorization: 'Basic x' },
      { stripCookies: true },
    ],
    ['an error, with --ttl', {}, {}, ttl, 500],
    ['not found, with --ttl', {}, {}, ttl, 404],
    ['a temporary redirect, with --ttl', { location: '/x' }, {}, ttl, 302],
    ['events', { ...fresh, 'content-type': 'text/event-stream' }],
    [
      'private as a field of Connection',
      { connection: 'cache-control', 'cache-control': 'private, max-age=60' },
      {},
      ttl,
    ],
  ] as [string, Record<string, string>, Record<string, string>?, Settings?, number?][]) {
    it(`${title} is not stored`, async () => assert.equal(await loads(headers, request, settings, status), 2))
  }

  it('the response to a POST is not stored, and a successful one removes what is stored', async () => {
    const proxy = testProxy(({ method }) => ({ body: method }), ttl)
    const bodies = []
    for (const method of ['GET', 'GET', 'POST', 'GET']) bodies.push((await proxy.get('/', {}, method)).text)
    assert.deepEqual(bodies, ['GET', 'GET', 'POST', 'GET'])
    assert.deepEqual(
      proxy.requests.map(({ method }) => method),
      ['GET', 'POST', 'GET'],
    )
  })

  it('a cookie is neither sent nor answered with --strip-cookies, except with a POST', async () => {
    const proxy = testProxy(() => ({ headers: { 'set-cookie': 'a=1' } }), { stripCookies: true })
    const seen = []
    for (const method of ['GET', 'HEAD', 'POST']) {
      const { headers } = await proxy.get('/', { cookie: 'b=2' }, method)
      seen.push([method, proxy.requests.at(-1)?.headers.get('cookie') ?? null, headers.get('set-cookie')])
    }
    assert.deepEqual(seen, [
      ['GET', null, null],
      ['HEAD', null, null],
      ['POST', 'b=2', 'a=1'],
    ])
  })

  it('two hosts have two entries, and two of a trusted proxy as well', async () => {
    const proxy = testProxy(
      ({ headers }) => ({ headers: fresh, body: headers.get('x-forwarded-host') ?? '' }),
      { trustForwarded: true },
    )
    const bodies = []
    for (const host of ['a.example', 'b.example', 'a.example'])
      bodies.push((await proxy.get('/', { 'x-forwarded-host': host })).text)
    assert.deepEqual(bodies, ['a.example', 'b.example', 'a.example'])
    assert.equal(proxy.requests.length, 2)
  })

  it('a host that a client claims reaches nobody, and no stored response', async () => {
    const proxy = testProxy(({ headers }) => ({
      headers: fresh,
      body: headers.get('x-forwarded-host') ?? '',
    }))
    await proxy.get('/', { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' })
    assert.equal((await proxy.get('/')).text, 'shop.example')
    assert.equal(proxy.requests.length, 1)
  })
})

describe('stale responses and revalidation', () => {
  it('--stale-if-error serves a stored response while the upstream fails, for as long as it says', async () => {
    let isDown = false
    const proxy = testProxy(
      () => {
        if (isDown) throw new UpstreamError(502, 'The upstream refuses connections')
        return { headers: { 'cache-control': 'max-age=10' } }
      },
      { staleIfErrorMs: 60_000 },
    )
    await proxy.get('/')
    isDown = true
    proxy.later(30_000)
    const stale = await proxy.get('/')
    assert.deepEqual([stale.status, stale.text], [200, 'page'])
    assert.match(stale.headers.get('cache-status') ?? '', /stale-if-error/)
    proxy.later(60_000)
    const failed = await proxy.get('/')
    assert.equal(failed.status, 502)
    assert.match(failed.text, /"detail":"The upstream refuses connections"/)
    assert.equal(proxy.errors.length, 2)
  })

  for (const control of [
    'max-age=10, must-revalidate',
    'max-age=10, proxy-revalidate',
    's-maxage=10',
    'max-age=10, stale-if-error=0',
  ]) {
    it(`--stale-if-error does not override ${control}, whether the upstream answers 503 or not at all`, async () => {
      let failure: 'none' | 'answer' | 'connection' = 'none'
      const proxy = testProxy(
        () => {
          if (failure === 'connection') throw new UpstreamError(502, 'The upstream refuses connections')
          return { status: failure === 'none' ? 200 : 503, headers: { 'cache-control': control } }
        },
        { staleIfErrorMs: 60_000 },
      )
      await proxy.get('/')
      proxy.later(30_000)
      failure = 'connection'
      assert.equal((await proxy.get('/')).status, 502)
      failure = 'answer'
      proxy.later(5_000)
      assert.equal((await proxy.get('/')).status, 503)
    })
  }

  it('the conditions sent to the upstream are those of the cache, not those of the client', async () => {
    const headers = { etag: '"7"', 'cache-control': 'max-age=10' }
    const proxy = testProxy(({ headers: sent }) => ({
      status: sent.get('if-none-match') === '"7"' ? 304 : 200,
      headers,
    }))
    await proxy.get('/', { 'if-none-match': '"old"', range: 'bytes=0-1' })
    proxy.later(30_000)
    const { status, text } = await proxy.get('/')
    assert.deepEqual([status, text], [200, 'page'])
    assert.deepEqual(
      proxy.requests.map(({ headers: sent }) => [sent.get('if-none-match'), sent.get('range')]),
      [
        [null, null],
        ['"7"', null],
      ],
    )
  })
})

describe('requests that are not forwarded', () => {
  it('a body of GET and HEAD reaches the upstream neither with its bytes nor with its length', async () => {
    const proxy = testProxy(() => ({}))
    for (const method of ['GET', 'HEAD']) await proxy.get(`/${method}`, { 'content-length': '38' }, method)
    assert.deepEqual(
      proxy.requests.map(({ body, headers }) => [body, headers.get('content-length')]),
      [
        [null, null],
        [null, null],
      ],
    )
  })

  it('upgrades to WebSockets, TRACE and loops are refused with a reason', async () => {
    const proxy = testProxy(() => ({}))
    const socket = await proxy.get('/', { upgrade: 'websocket', connection: 'upgrade' })
    assert.equal(socket.status, 501)
    assert.match(socket.text, /does not forward WebSockets/)
    assert.equal((await proxy.get('/', { via: '1.1 hitrate-test' })).status, 508)
    assert.equal((await proxy.get('/', { via: '1.1 hitrate-other' })).status, 200)
    assert.equal(proxy.requests.length, 1)
  })

  it('no path below /__hitrate reaches the upstream', async () => {
    const proxy = testProxy(() => ({}), { ttlMs: 60_000 })
    for (const path of [
      '/__hitrate',
      '/__hitrate/',
      '/__hitrate/x',
      '/__hitrate/metrics',
      '/__hitrate/health',
      '/__hitrate/health/ready',
    ]) {
      const { status, headers } = await proxy.get(path)
      assert.ok(status === 200 || status === 404, `${path}: ${status}`)
      assert.equal(headers.get('cache-control'), 'no-store', path)
      await proxy.get(path, {}, 'POST')
    }
    assert.equal(proxy.requests.length, 0)
  })

  it('a URL is purged', async () => {
    const proxy = testProxy(() => ({}), { ttlMs: 60_000 })
    await proxy.get('/a')
    await proxy.get('/a')
    assert.equal(proxy.requests.length, 1)
    const { status, text } = await proxy.post('/__hitrate/purge', '{"urls":["/a"]}')
    assert.equal(status, 200, text)
    await proxy.get('/a')
    assert.equal(proxy.requests.length, 2)
  })

  it('the body of a 205 is ended, so that its connection is free again', async () => {
    let isEnded = false
    const body = new ReadableStream({
      cancel() {
        isEnded = true
      },
    })
    const response = await testProxy(() => ({ status: 205, body })).get('/')
    assert.deepEqual([response.status, response.text, isEnded], [205, '', true])
  })

  it('a status outside HTTP is a 502', async () => {
    const { status, text } = await testProxy(() => ({ status: 999 })).get('/')
    assert.equal(status, 502)
    assert.match(text, /The upstream sent the status 999/)
  })
})
