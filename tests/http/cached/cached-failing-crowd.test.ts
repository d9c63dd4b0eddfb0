/** A crowd of requests for one URL whose handler fails: how often the handler runs, and the response of each client. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { flush, gate, testApp } from '../../support/test-app.ts'

const CROWD = 1000

interface CrowdOptions {
  options?: Omit<CachedOptions, 'cache'>
  /** Number of requests. Default: 1,000. */
  size?: number
  headersOf?: (i: number) => Record<string, string>
}

/** An app whose handler fails in this way, and a function that sends a crowd to it. */
function crowdApp(
  fail: (c: Context, call: number) => Response | Promise<Response>,
  crowd: CrowdOptions = {},
) {
  const { options, size = CROWD, headersOf = () => ({}) } = crowd
  const test = testApp({ random: () => 0.999 })
  const state = { calls: 0, isGood: false, closed: gate() }
  test.app.get(
    '/x',
    test.cached({ targetedControl: 'max-age=10, stale-if-error=600', ...options }),
    async (c) => {
      const call = ++state.calls
      if (state.isGood) return c.text('good')
      await state.closed.opened
      return fail(c, call)
    },
  )
  test.app.onError((error, c) => {
    if (!(error instanceof HTTPException)) return c.text(error.message, 500)
    const response = error.getResponse()
    return c.newResponse(response.body, response)
  })

  async function send(): Promise<{ calls: number; responses: Record<string, number> }> {
    state.calls = 0
    state.closed = gate()
    const pending = Array.from({ length: size }, (_, i) => test.get('/x', headersOf(i)))
    for (let i = 0; i < 3; i++) await flush()
    state.closed.open()
    const responses: Record<string, number> = {}
    for (const response of await Promise.all(pending)) {
      const { status, headers } = response
      const body = await response.text().catch(() => 'failed body')
      const line = `${status} ${body} | ${headers.get('cache-status')}`
      responses[line] = (responses[line] ?? 0) + 1
    }
    return { calls: state.calls, responses }
  }

  /** Stores a good response, and lets it become stale. */
  async function makeStale(): Promise<void> {
    state.isGood = true
    await test.get('/x')
    state.isGood = false
    test.clock.ms += 20_000
  }

  return { ...test, send, makeStale }
}

describe('a crowd at a cold URL whose handler fails', () => {
  for (const status of [404, 500, 501, 502, 503, 504, 599] as const) {
    it(`1,000 requests share one ${status} without a lifetime, and so does the next crowd`, async () => {
      const { send, outcomes, clock } = crowdApp((c, call) => c.text(`failed ${call}`, status as 500))
      for (const _ of [1, 2]) {
        assert.deepEqual(await send(), {
          calls: 1,
          responses: {
            [`${status} failed 1 | hitrate; fwd=uri-miss; detail=no-lifetime`]: 1,
            [`${status} failed 1 | hitrate; fwd=uri-miss; collapsed`]: CROWD - 1,
          },
        })
        clock.ms += 1000
      }
      const expected = status === 404 ? { miss: 2, coalesced: 2 * CROWD - 2 } : { error: 2 * CROWD }
      assert.deepEqual(countOf(outcomes), expected)
    })
  }

  const kinds: [label: string, fail: (c: Context) => Response, line: string][] = [
    [
      'throws',
      () => {
        throw new Error('broken')
      },
      '500 broken | hitrate; fwd=uri-miss',
    ],
    [
      'throws an HTTPException of status 503',
      () => {
        throw new HTTPException(503, { message: 'busy' })
      },
      '503 busy | hitrate; fwd=uri-miss',
    ],
    [
      'throws an HTTPException of status 404',
      () => {
        throw new HTTPException(404, { message: 'none' })
      },
      '404 none | hitrate; fwd=uri-miss; detail=thrown',
    ],
    [
      'throws an HTTPException with a response of its own',
      () => {
        throw new HTTPException(503, { res: new Response('own', { status: 503 }) })
      },
      '503 own | hitrate; fwd=uri-miss; detail=thrown',
    ],
    [
      'returns a 503 with max-age=0',
      (c) => c.text('busy', 503, { 'cache-control': 'max-age=0' }),
      '503 busy | hitrate; fwd=uri-miss; detail=expired',
    ],
    [
      'returns a 503 with max-age=0 and an ETag',
      (c) => c.text('busy', 503, { 'cache-control': 'max-age=0', etag: '"a"' }),
      '503 busy | hitrate; fwd=uri-miss; ttl=0; stored',
    ],
  ]
  for (const [label, fail, line] of kinds) {
    it(`1,000 requests call a handler once that ${label}`, async () => {
      const { send } = crowdApp(fail)
      const waiting = line.replace(/; (detail|ttl)=.*/, '').concat('; collapsed')
      const { calls, responses } = await send()
      assert.equal(calls, 1)
      assert.deepEqual(
        Object.keys(responses).map((one) => one.replace('; ttl=0; stored; collapsed', '; collapsed')),
        [line, waiting],
      )
    })
  }

  const notShared: [label: string, headers: Record<string, string>, options?: CrowdOptions][] = [
    ['sets a cookie', { 'set-cookie': 'sid=1' }],
    ['is private', { 'cache-control': 'private' }],
    ['has no-store', { 'cache-control': 'no-store' }],
    ['has no-cache', { 'cache-control': 'no-cache' }],
    ['has Vary: *', { vary: '*' }],
    [
      'has Vary that differs between the requests',
      { vary: 'x-user' },
      { headersOf: (i) => ({ 'x-user': `${i}` }) },
    ],
    ['is an event stream', { 'content-type': 'text/event-stream' }],
    ['answers Authorization', {}, { headersOf: () => ({ authorization: 'a' }) }],
    ['is larger than bufferBytes', {}, { options: { bufferBytes: 3 } }],
    [
      'has a larger Content-Length than bufferBytes',
      { 'content-length': '8' },
      { options: { bufferBytes: 7 } },
    ],
  ]
  for (const status of [404, 503] as const) {
    for (const [label, headers, crowd] of notShared) {
      it(`each request gets its own ${status} if the response ${label}`, async () => {
        const { send } = crowdApp((c, call) => c.text(`failed ${call}`.padEnd(8), status, headers), {
          ...crowd,
          size: 4,
        })
        const { calls, responses } = await send()
        assert.equal(calls, 4)
        assert.deepEqual(
          Object.keys(responses).map((line) => line.replace(/\|.*/, '').trim()),
          [1, 2, 3, 4].map((call) => `${status} failed ${call}`),
        )
      })
    }

    it(`each request gets its own ${status} if the handler reads a cookie that Vary does not name`, async () => {
      const { send } = crowdApp((c) => c.text(`for ${c.req.header('cookie')}`, status), {
        size: 3,
        headersOf: (i) => ({ cookie: `id=${i}` }),
      })
      const { responses } = await send()
      assert.deepEqual(
        Object.keys(responses).map((line) => line.slice(0, 12)),
        [0, 1, 2].map((i) => `${status} for id=${i}`),
      )
    })

    it(`requests that select different variants share one ${status} for each variant`, async () => {
      const languages = ['en', 'cy', 'de']
      const { send } = crowdApp(
        (c) => c.text(`none in ${c.req.header('accept-language')}`, status, { vary: 'accept-language' }),
        { size: 99, headersOf: (i) => ({ 'accept-language': languages[i % 3] ?? '' }) },
      )
      for (const _ of [1, 2]) {
        const { calls, responses } = await send()
        assert.equal(calls, 3)
        const bodies = Object.keys(responses).map((line) => line.slice(4, 14))
        assert.deepEqual(new Set(bodies), new Set(languages.map((one) => `none in ${one}`)))
      }
    })
  }

  for (const status of [200, 201, 302, 400, 410] as const) {
    it(`each request gets its own ${status} without a lifetime`, async () => {
      const { send } = crowdApp((c, call) => c.body(`${call}`, status), {
        options: { targetedControl: undefined as never },
        size: 4,
      })
      assert.equal((await send()).calls, 4)
    })
  }

  it('a failure whose Vary differs from that of the stored variants does not remove them', async () => {
    const { app, get, cached, clock } = testApp()
    let isFailing = false
    app.get('/x', cached(), (c) =>
      isFailing
        ? c.text('failed', 503, { vary: 'origin' })
        : c.text(`in ${c.req.header('x-tongue')}`, 200, { 'cache-control': 'max-age=60', vary: 'x-tongue' }),
    )
    await get('/x', { 'x-tongue': 'en' })
    clock.ms += 10_000
    isFailing = true
    await get('/x', { 'x-tongue': 'cy' })
    const response = await get('/x', { 'x-tongue': 'en' })
    assert.equal(response.headers.get('cache-status'), 'hitrate; hit; ttl=50')
  })

  it('the client whose request called the handler gets the handler’s own response, without added headers', async () => {
    const { app, get, cached } = testApp()
    app.get(
      '/x',
      cached(),
      () => new Response('down', { status: 503, headers: { 'content-type': 'text/x' } }),
    )
    const { headers } = await get('/x')
    assert.deepEqual([...headers.keys()].sort(), ['cache-status', 'content-type'])
  })

  it('HEAD requests that wait get the status and the headers of a shared failure', async () => {
    const { app, get, request, cached } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      await opened
      return c.text('failed', 503, { 'x-a': '1' })
    })
    const pending = [get('/x'), request('HEAD', '/x')]
    open()
    const [own, head] = await Promise.all(pending)
    assert.equal(await own?.text(), 'failed')
    assert.deepEqual([head?.status, head?.headers.get('x-a'), await head?.text()], [503, '1', ''])
  })

  it('a private 404 ends coalescing for a minute, and a shared 404 begins it again', async () => {
    let control = 'private'
    const { send } = crowdApp((c) => c.text('none', 404, { 'cache-control': control }), { size: 4 })
    assert.equal((await send()).calls, 4)
    control = 'x'
    assert.equal((await send()).calls, 4)
    assert.equal((await send()).calls, 1)
  })

  it('a shared 503 does not end hit-for-miss, because it does not predict the next response', async () => {
    let status: 200 | 503 = 200
    const { send } = crowdApp(
      (c) => c.text('x', status, status === 200 ? { 'cache-control': 'private' } : {}),
      { size: 4 },
    )
    await send()
    status = 503
    assert.equal((await send()).calls, 4)
    assert.equal((await send()).calls, 4)
  })

  it('a body that fails in the middle fails for all, after one handler call', async () => {
    const { send } = crowdApp(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('half'))
              controller.error(new Error('connection lost'))
            },
          }),
          { status: 503 },
        ),
    )
    const { calls, responses } = await send()
    assert.equal(calls, 1)
    assert.deepEqual(responses, {
      '500 connection lost | hitrate; fwd=uri-miss': 1,
      '500 connection lost | hitrate; fwd=uri-miss; collapsed': CROWD - 1,
    })
  })

  it('a 503 after the first client has left is not shared, because the disconnection may have caused it', async () => {
    const { app, cached } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached(), async (c) => {
      const call = ++calls
      await opened
      return c.text(`failed ${call}`, 503)
    })
    const controller = new AbortController()
    const pending = [app.request('/x', { signal: controller.signal }), app.request('/x')]
    controller.abort()
    open()
    const bodies = await Promise.all(pending.map(async (response) => (await response).text()))
    assert.deepEqual(bodies, ['failed 1', 'failed 2'])
  })
})

describe('a crowd at a stale URL whose handler fails', () => {
  const kinds: [label: string, fail: (c: Context) => Response, status: number][] = [
    ['returns 503', (c) => c.text('failed', 503), 503],
    ['returns 503 with Set-Cookie', (c) => c.text('failed', 503, { 'set-cookie': 'a=1' }), 503],
    ['returns a private 503', (c) => c.text('failed', 503, { 'cache-control': 'private' }), 503],
    ['returns 503 with an empty body', (c) => c.body(null, 503), 503],
    [
      'throws',
      () => {
        throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })
      },
      500,
    ],
    [
      'throws an HTTPException with a response',
      () => {
        throw new HTTPException(502, { res: new Response('own', { status: 502 }) })
      },
      502,
    ],
  ]
  for (const [label, fail, status] of kinds) {
    it(`1,000 requests get the stale response after one call of a handler that ${label}`, async () => {
      const { send, makeStale, clock } = crowdApp(fail)
      await makeStale()
      assert.deepEqual(await send(), {
        calls: 1,
        responses: {
          [`200 good | hitrate; fwd=stale; fwd-status=${status}; ttl=-10; detail=stale-if-error`]: 1,
          '200 good | hitrate; hit; ttl=-10': CROWD - 1,
        },
      })
      assert.equal((await send()).calls, 0, 'during the pause')
      clock.ms += 1000
      assert.equal((await send()).calls, 1, 'one probe after the pause')
    })
  }
})

function countOf(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
