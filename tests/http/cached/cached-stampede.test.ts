/** Bursts of requests for one URL: one handler call where the response can be shared, and no waiting where it cannot. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { flush, gate, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

interface BurstApp extends TestApp {
  /** Handler calls that are running now, their maximum, and all of them. */
  running: { now: number; most: number; calls: number }
  /** Sends all requests at once, and lets the handlers respond when all that can start have started. */
  burst(headersOf?: (i: number) => Record<string, string>): Promise<Burst>
}

interface Burst {
  calls: number
  /** The maximum of concurrent handler calls. */
  most: number
  responses: {
    body: string
    status: string | null
    cookies: string[]
    requestHeaders: Record<string, string>
  }[]
}

const THOUSAND = 1000

function burstApp(respond: (c: Context) => Response, size = THOUSAND): BurstApp {
  const test = testApp()
  const running = { now: 0, most: 0, calls: 0 }
  let currentGate = gate()
  const cached = test.cached({ ignoredHeaders: ['x-user'] })
  test.app.put('/x', cached, (c) => c.text('changed'))
  test.app.get('/x', cached, async (c) => {
    running.calls++
    running.most = Math.max(running.most, ++running.now)
    await currentGate.opened
    running.now--
    return respond(c)
  })

  return {
    ...test,
    running,
    async burst(headersOf = () => ({})) {
      currentGate = gate()
      Object.assign(running, { most: 0, calls: 0 })
      const requestHeaders = Array.from({ length: size }, (_, i) => headersOf(i))
      const pending = requestHeaders.map((headers) => test.get('/x', headers))
      for (let i = 0; i < 5; i++) await flush()
      currentGate.open()
      const responses = await Promise.all(
        pending.map(async (response, i) => {
          const { headers } = await response
          const body = await (await response).text()
          const status = headers.get('cache-status')
          return { body, status, cookies: headers.getSetCookie(), requestHeaders: requestHeaders[i] ?? {} }
        }),
      )
      return { calls: running.calls, most: running.most, responses }
    },
  }
}

const userHeaders = (i: number) => ({ 'x-user': String(i) })
const bodyFor = (c: Context) => `for ${c.req.header('x-user')}`

describe('a thousand concurrent requests for a URL that is not stored', () => {
  it('a thousand concurrent requests call the handler once', async () => {
    const { burst, outcomes } = burstApp((c) => c.text('same', 200, { 'cache-control': 'max-age=60' }))
    const { calls, responses } = await burst()
    assert.equal(calls, 1)
    assert.ok(responses.every(({ body }) => body === 'same'))
    assert.equal(outcomes.filter((outcome) => outcome === 'coalesced').length, THOUSAND - 1)
    assert.equal((await burst()).calls, 0)
  })

  const notShared: [label: string, responseHeaders: Record<string, string>][] = [
    ['private', { 'cache-control': 'private, max-age=60' }],
    ['no-store', { 'cache-control': 'no-store' }],
    ['Vary: *', { 'cache-control': 'max-age=60', vary: '*' }],
  ]
  for (const [label, responseHeaders] of notShared) {
    it(`a thousand concurrent requests call the handler each when the response is ${label}; later ones do not wait`, async () => {
      const { burst, outcomes } = burstApp((c) => c.text(bodyFor(c), 200, responseHeaders))
      const first = await burst(userHeaders)
      assert.equal(first.calls, THOUSAND)
      const second = await burst(userHeaders)
      assert.deepEqual([second.calls, second.most], [THOUSAND, THOUSAND], 'all at the same time')
      for (const { responses } of [first, second]) {
        for (const [i, { body, status }] of responses.entries()) {
          assert.equal(body, `for ${i}`)
          assert.doesNotMatch(status ?? '', /; (hit|stored|collapsed)/)
        }
      }
      assert.ok(outcomes.every((outcome) => outcome === 'miss'))
    })
  }

  for (const [label, responseHeaders] of [
    ['too large by its Content-Length', { 'cache-control': 'max-age=60', 'content-length': String(2 ** 21) }],
    ['stored with no-cache', { 'cache-control': 'no-cache', etag: '"a"' }],
  ] as const) {
    it(`a thousand concurrent requests call the handler each when the response is ${label}; later ones do not wait`, async () => {
      const { burst } = burstApp((c) => c.text(bodyFor(c), 200, responseHeaders))
      for (const most of [THOUSAND - 1, THOUSAND]) {
        const { responses, calls, most: running } = await burst(userHeaders)
        assert.deepEqual([calls, running], [THOUSAND, most])
        for (const [i, { body }] of responses.entries()) assert.equal(body, `for ${i}`)
      }
    })
  }

  it('a thousand concurrent requests get their own cookie each', async () => {
    const { burst } = burstApp((c) => {
      c.header('set-cookie', `sid=${c.req.header('x-user')}`)
      return c.text(bodyFor(c), 200, { 'cache-control': 'public, max-age=60' })
    })
    for (const _ of [1, 2]) {
      const { responses, calls } = await burst(userHeaders)
      assert.equal(calls, THOUSAND)
      for (const [i, { cookies }] of responses.entries()) assert.deepEqual(cookies, [`sid=${i}`])
    }
  })

  it('a thousand concurrent requests call the handler once for each variant', async () => {
    const { burst } = burstApp((c) =>
      c.text(`in ${c.req.header('x-tongue')}`, 200, { 'cache-control': 'max-age=60', vary: 'x-tongue' }),
    )
    const languageHeaders = (i: number) => ({ 'x-tongue': i % 2 === 0 ? 'en' : 'cy' })
    const { responses, calls } = await burst(languageHeaders)
    assert.equal(calls, 2)
    for (const { body, requestHeaders } of responses) assert.equal(body, `in ${requestHeaders['x-tongue']}`)
    assert.equal((await burst(languageHeaders)).calls, 0)
  })

  it('a thousand concurrent requests call the handler once for each known, stale variant', async () => {
    const { burst, clock } = burstApp((c) =>
      c.text(`in ${c.req.header('x-tongue')}`, 200, { 'cache-control': 'max-age=60', vary: 'x-tongue' }),
    )
    const languageHeaders = (i: number) => ({ 'x-tongue': i % 2 === 0 ? 'en' : 'cy' })
    await burst(languageHeaders)
    clock.ms += 61_000
    const { responses, calls } = await burst(languageHeaders)
    assert.equal(calls, 2)
    for (const { body, requestHeaders } of responses) assert.equal(body, `in ${requestHeaders['x-tongue']}`)
  })

  it('concurrent requests whose variant key is too long get their own responses', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      await opened
      return c.text(`for ${c.req.header('x-user')?.length}`, 200, {
        'cache-control': 'max-age=60',
        vary: 'x-user',
      })
    })
    const pending = ['a', 'b'.repeat(9000), 'c'.repeat(9000)].map((user) => get('/x', { 'x-user': user }))
    open()
    const responses = await Promise.all(pending.map(statusAndBody))
    assert.deepEqual(responses, [
      ['hitrate; fwd=uri-miss; ttl=60; stored', 'for 1'],
      ['hitrate; fwd=uri-miss; detail=key-too-long', 'for 9000'],
      ['hitrate; fwd=uri-miss; detail=key-too-long', 'for 9000'],
    ])
  })

  it('requests with Authorization in a burst get their own responses, and do not wait the next time', async () => {
    const { burst } = burstApp((c) => {
      const authorization = c.req.header('authorization')
      return c.text(authorization === undefined ? 'for all' : `for ${authorization}`, 200, {
        'cache-control': 'max-age=60',
        vary: 'authorization',
      })
    })
    const authorizationHeaders = (i: number): Record<string, string> =>
      i % 100 === 50 ? { authorization: `user ${i}` } : {}
    const first = await burst(authorizationHeaders)
    for (const { body, requestHeaders } of first.responses)
      assert.equal(body, `for ${requestHeaders.authorization ?? 'all'}`)
    assert.equal(
      first.calls,
      1 + 10,
      'one call for all without Authorization, and one for each request with it',
    )
    const second = await burst(authorizationHeaders)
    assert.deepEqual([second.calls, second.most], [10, 10], 'later ones do not wait')
    for (const { body, requestHeaders } of second.responses)
      assert.equal(body, `for ${requestHeaders.authorization ?? 'all'}`)
  })
})

describe('hit-for-miss', () => {
  const FIFTY = 50

  /** A handler whose `Cache-Control` the test changes. */
  function changingApp(control: string) {
    const handler = { control }
    const test = burstApp((c) => c.text(bodyFor(c), 200, { 'cache-control': handler.control }), FIFTY)
    return { ...test, handler }
  }

  it('hit-for-miss ends after a minute, then concurrent requests share a load again', async () => {
    for (const [ms, calls] of [
      [59_999, FIFTY],
      [60_000, 1],
    ] as const) {
      const { handler, burst, clock } = changingApp('no-store')
      await burst(userHeaders)
      handler.control = 'max-age=5'
      clock.ms += ms
      assert.equal((await burst(userHeaders)).calls, calls, `after ${ms} ms`)
    }
  })

  it('hit-for-miss ends with the first response that can be shared', async () => {
    const { handler, burst, clock } = changingApp('private')
    await burst(userHeaders)
    handler.control = 'max-age=5'
    assert.equal((await burst(userHeaders)).most, FIFTY)
    clock.ms += 5000
    assert.equal((await burst(userHeaders)).calls, 1)
  })

  it('hit-for-miss ends when the URL is invalidated', async () => {
    const { handler, burst, request } = changingApp('private')
    await burst(userHeaders)
    await request('PUT', '/x')
    handler.control = 'max-age=60'
    assert.equal((await burst(userHeaders)).calls, 1)
  })

  it('hit-for-miss does not begin with a failed response', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    let failing = true
    let calls = 0
    app.get('/x', cached(), async (c) => {
      if (failing) return c.text('failed', 503)
      calls++
      await opened
      return c.text('good', 200, { 'cache-control': 'max-age=60' })
    })
    await get('/x')
    failing = false
    const pending = [get('/x'), get('/x'), get('/x')]
    open()
    await Promise.all(pending)
    assert.equal(calls, 1)
  })

  it('hit-for-miss is separate for requests with Authorization', async () => {
    const { burst, clock } = burstApp((c) => c.text('same', 200, { 'cache-control': 'max-age=5' }), FIFTY)
    const withAuthorization = () => ({ authorization: 'a' })
    assert.equal((await burst(withAuthorization)).calls, FIFTY)
    assert.equal((await burst(withAuthorization)).most, FIFTY)
    assert.equal((await burst()).calls, 1)
    clock.ms += 5000
    assert.equal((await burst(withAuthorization)).most, FIFTY)
    assert.equal((await burst()).calls, 1)
  })

  it('a hit-for-miss request passes its conditions and range to the handler', async () => {
    const { app, cached, get } = testApp()
    const received: (string | undefined)[][] = []
    app.get('/x', cached(), (c) => {
      received.push([c.req.header('if-none-match'), c.req.header('range')])
      return c.text('mine', 200, { 'cache-control': 'private', etag: '"a"' })
    })
    const requestHeaders = { 'if-none-match': '"b"', range: 'bytes=0-1' }
    await get('/x', requestHeaders)
    await get('/x', requestHeaders)
    assert.deepEqual(received, [
      [undefined, undefined],
      ['"b"', 'bytes=0-1'],
    ])
  })

  it('a 412 or 416 to a hit-for-miss request is not stored', async () => {
    for (const [name, status] of [
      ['if-match', 412],
      ['range', 416],
    ] as const) {
      const { app, cached, get } = testApp()
      let control = 'private'
      app.get('/x', cached(), (c) => {
        const isRefused = c.req.header(name) !== undefined
        return c.text(isRefused ? 'refused' : 'good', isRefused ? status : 200, { 'cache-control': control })
      })
      await get('/x')
      control = 'public, max-age=60'
      assert.deepEqual(await statusAndBody(get('/x', { [name]: 'bytes=9-' })), [
        'hitrate; fwd=uri-miss; detail=status',
        'refused',
      ])
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        assert.deepEqual(await statusAndBody(get('/x')), [`hitrate; ${outcome}`, 'good'])
      }
    }
  })

  it('a HEAD during hit-for-miss reaches the handler as HEAD, and its response is not stored', async () => {
    const { app, cached, get, request } = testApp()
    let control = 'private'
    const methods: string[] = []
    app.get('/x', cached(), (c) => {
      methods.push(c.req.method)
      return c.text('mine', 200, { 'cache-control': control })
    })
    await get('/x')
    control = 'max-age=60'
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=head')
    assert.equal(await head.text(), '')
    assert.equal(await (await get('/x')).text(), 'mine')
    assert.equal(await (await get('/x')).text(), 'mine')
    assert.deepEqual(methods, ['GET', 'HEAD', 'GET'])
  })

  it('hit-for-miss does not begin with a response that is too large for the memory tier', async () => {
    const { app, cached, get } = testApp({ memory: memoryStore({ maxBytes: 1000 }) })
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached(), async (c) => {
      calls++
      await opened
      return c.text('x'.repeat(2000), 200, { 'cache-control': 'max-age=60' })
    })
    for (const expected of [1, 2]) {
      const pending = [get('/x'), get('/x'), get('/x')]
      open()
      await Promise.all(pending)
      assert.equal(calls, expected, 'the load is shared, although the response is not stored')
    }
  })
})
