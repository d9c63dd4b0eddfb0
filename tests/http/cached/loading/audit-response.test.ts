/** Audits of hits of `cached()`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import type { CacheOptions } from '../../../../src/cache/cache.ts'
import type { CacheEvent } from '../../../../src/cache/events.ts'
import { type CachedOptions, cached } from '../../../../src/http/cached/cached.ts'
import { front } from '../../../../src/http/front/front.ts'
import { measured } from '../../../../src/http/measured/measured.ts'
import { fakeRemoteStore } from '../../../support/fake-remote-store.ts'
import { testApp } from '../../../support/test-app.ts'

type AuditEvent = CacheEvent & { type: 'audit' }

const AUDIT = { share: 1, maxPerSecond: Infinity, graceMs: 0 }

/** An app whose route `/x` calls `answer`, which a test replaces. */
function auditedApp(options: Partial<CachedOptions> = {}, cacheOptions: CacheOptions = {}) {
  const test = testApp({ audit: AUDIT, jitter: 0, ...cacheOptions })
  const route = {
    calls: 0,
    answer: (c: Context): Response | Promise<Response> => c.text('old'),
  }
  test.app.onError((_, c) => c.text('error', 500))
  const middleware = test.cached({ targetedControl: 'max-age=60', ...options })
  test.app.get('/x', middleware, (c) => {
    route.calls++
    return route.answer(c)
  })
  const audits = () => test.events.filter((event): event is AuditEvent => event.type === 'audit')
  return { ...test, route, audits, results: () => audits().map(({ result }) => result) }
}

type TestOfAudit = ReturnType<typeof auditedApp>

/** Gets a miss, then a hit whose handler gives the new answer, and lets the audit end. */
async function auditOf(
  test: TestOfAudit,
  answer: TestOfAudit['route']['answer'],
  headers: Record<string, string> = {},
): Promise<Response> {
  await test.get('/x')
  test.route.answer = answer
  test.clock.ms += 5000
  const hit = await test.get('/x', headers)
  await test.settled()
  return hit
}

describe('an audit of a response', () => {
  it('calls the handler after the hit has left, and the hit is as without an audit', async () => {
    const test = auditedApp()
    const plain = auditedApp({ audit: false })
    const seen: string[] = []
    const [hit, other] = await Promise.all(
      [test, plain].map(async (one) => {
        await one.get('/x')
        one.route.answer = (c) => {
          seen.push('handler')
          return c.text('new')
        }
        one.clock.ms += 5000
        const response = await one.get('/x')
        return { status: response.status, headers: [...response.headers], body: await response.text() }
      }),
    )
    assert.deepEqual(seen, [])
    assert.deepEqual(hit, other)
    assert.equal(hit?.body, 'old')
    await test.settled()
    await plain.settled()
    assert.deepEqual(seen, ['handler'])
    assert.deepEqual(plain.audits(), [])
    assert.deepEqual(test.audits(), [
      { type: 'audit', cache: 'hitrate', result: 'different', ageMs: 5000, method: 'GET', route: '/x' },
    ])
    assert.deepEqual(test.outcomes, ['miss', 'hit'])
    assert.equal(test.events.filter(({ type }) => type === 'load').length, 1)
    assert.equal(await (await test.get('/x')).text(), 'old') // nothing was stored
    await test.settled()
  })

  const cases: [name: string, answer: (c: Context) => Response, result: string | undefined][] = [
    ['the same response', (c) => c.text('old'), 'same'],
    ['another Date and ETag', (c) => c.text('old', 200, { date: 'x', etag: '"2"', age: '3' }), 'same'],
    ['another body', (c) => c.text('new'), 'different'],
    ['a longer body', (c) => c.text('older'), 'different'],
    ['another status', (c) => c.text('old', 201), 'different'],
    ['a 404 without a lifetime', (c) => c.text('gone', 404), 'different'],
    ['another type', (c) => c.body('old', 200, { 'content-type': 'text/html' }), 'different'],
    ['another Location', (c) => c.text('old', 200, { location: '/y' }), 'same'], // none was stored
    ['a body too large to be stored', (c) => c.text('x'.repeat(2_000_000)), 'different'],
    ['a 500', (c) => c.text('broken', 500), 'failed'],
    [
      'a throw',
      () => {
        throw new Error('broken')
      },
      'failed',
    ],
    ['no-store', (c) => c.text('new', 200, { 'cache-control': 'no-store' }), undefined],
    ['private', (c) => c.text('new', 200, { 'cache-control': 'private' }), undefined],
    ['Set-Cookie', (c) => c.text('new', 200, { 'set-cookie': 'a=1' }), undefined],
    ['a 401', (c) => c.text('who?', 401), undefined],
    ['a 429', (c) => c.text('slow down', 429), undefined],
    ['another coding', (c) => c.body('old', 200, { 'content-encoding': 'br' }), undefined],
    ['an undeclared header', (c) => c.text(`new ${c.req.header('x-tenant')}`), undefined],
    [
      'an undeclared header, read for the body',
      (c) => c.body(streamOf(() => `new ${c.req.header('x-tenant')}`)),
      undefined,
    ],
    [
      'a stream',
      (c) =>
        c.body(
          streamOf(() => 'old'),
          200,
          { 'content-type': 'text/plain; charset=UTF-8' },
        ),
      'same',
    ],
    ['another stream', (c) => c.body(streamOf(() => 'new')), 'different'],
  ]
  for (const [name, answer, result] of cases) {
    it(`${name} is ${result ?? 'not counted'}`, async () => {
      const test = auditedApp()
      const hit = await auditOf(test, answer, { 'x-tenant': 'a' })
      assert.equal(await hit.text(), 'old')
      assert.deepEqual(test.results(), result === undefined ? [] : [result])
      assert.equal(test.route.calls, 2)
    })
  }

  it('compares Location and the status of a redirect', async () => {
    const test = auditedApp({ targetedControl: { 301: 'max-age=60' } })
    test.route.answer = (c) => c.redirect('/a', 301)
    await auditOf(test, (c) => c.redirect('/b', 301))
    assert.deepEqual(test.results(), ['different'])
  })

  it('compares bytes, and a body that is missing', async () => {
    for (const [one, other, result] of [
      [new Uint8Array([255, 0]), new Uint8Array([255, 0]), 'same'],
      [new Uint8Array([255, 0]), new Uint8Array([255, 1]), 'different'],
      [null, null, 'same'],
      [null, new Uint8Array([1]), 'different'],
    ] as const) {
      const test = auditedApp()
      test.route.answer = (c) => c.body(one as null)
      await auditOf(test, (c) => c.body(other as null))
      assert.deepEqual(test.results(), [result])
    }
  })

  it('cancels a body that does not end within the limit', { timeout: 10_000 }, async () => {
    const test = auditedApp({ hardTimeoutMs: 20 })
    const cancelled = Promise.withResolvers<void>()
    await auditOf(test, (c) =>
      c.body(
        new ReadableStream({
          pull: (controller) => {
            controller.enqueue(new Uint8Array(1))
            return new Promise((resolve) => setTimeout(resolve, 1))
          },
          cancel: () => cancelled.resolve(),
        }),
      ),
    )
    await cancelled.promise
    assert.deepEqual(test.results(), ['failed'])
  })

  it('cancels a body that is larger than the stored ones, which is different', async () => {
    const test = auditedApp({ maxBodyBytes: 10 })
    const cancelled = Promise.withResolvers<void>()
    const endless = {
      pull: (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(4)),
      cancel: () => cancelled.resolve(),
    }
    await auditOf(test, (c) => c.body(new ReadableStream(endless)))
    await cancelled.promise
    assert.deepEqual(test.results(), ['different'])
  })

  it('fails if the compare function returns no boolean', async () => {
    const audit = (() => {}) as unknown as () => boolean
    const test = auditedApp({ audit })
    await auditOf(test, (c) => c.text('new'))
    assert.deepEqual(test.results(), ['failed'])
    assert.match(String(test.audits()[0]?.error), /the result of audit must be a boolean, got undefined/)
  })

  it('a response for an authorised client is not counted, unless it is public', async () => {
    const test = auditedApp()
    await auditOf(test, (c) => c.text('new'), { authorization: 'Bearer a' })
    assert.deepEqual(test.results(), [])
    test.route.answer = (c) => c.text('new', 200, { 'cache-control': 'public' })
    await test.get('/x', { authorization: 'Bearer a' })
    await test.settled()
    assert.deepEqual(test.results(), ['different'])
  })

  it('the handler gets a complete GET: not the conditions, the range or the method of the client', async () => {
    const test = auditedApp()
    const got: unknown[] = []
    await test.get('/x')
    const etag = (await test.get('/x')).headers.get('etag') ?? ''
    await test.settled()
    test.route.answer = (c) => {
      got.push([c.req.raw.method, c.req.header('if-none-match'), c.req.header('range')])
      return c.text('old')
    }
    assert.equal((await test.get('/x', { 'if-none-match': etag })).status, 304)
    await test.settled()
    assert.equal((await test.get('/x', { range: 'bytes=1-' })).status, 206)
    await test.settled()
    assert.equal((await test.request('HEAD', '/x')).status, 200)
    await test.settled()
    assert.deepEqual(got, Array(3).fill(['GET', undefined, undefined]))
    assert.deepEqual(test.results(), ['same', 'same', 'same', 'same'])
  })

  it('of a variant calls the handler with the headers that select it', async () => {
    const test = auditedApp()
    test.route.answer = (c) =>
      c.text(`in ${c.req.header('accept-language')}`, 200, { vary: 'accept-language' })
    for (const language of ['de', 'en']) await test.get('/x', { 'accept-language': language })
    for (const language of ['de', 'en']) {
      await test.get('/x', { 'accept-language': language })
      await test.settled()
    }
    assert.deepEqual(test.results(), ['same', 'same'])
    assert.equal(test.route.calls, 4)
  })

  it('is void after a purge, a write or an unsafe request', async () => {
    const test = auditedApp()
    test.app.post('/x', test.cached(), (c) => c.text('done'))
    await test.get('/x')
    test.route.answer = async (c) => {
      await test.request('POST', '/x')
      return c.text('new')
    }
    await test.get('/x')
    await test.settled()
    assert.equal(test.route.calls, 2)
    assert.deepEqual(test.results(), [])
  })

  it('only-if-cached and a stale response cause none', async () => {
    const test = auditedApp({ targetedControl: 'max-age=60, stale-while-revalidate=60' })
    await test.get('/x')
    assert.equal((await test.get('/x', { 'cache-control': 'only-if-cached' })).status, 200)
    await test.settled()
    test.clock.ms += 61_000
    await test.get('/x')
    await test.settled()
    assert.deepEqual(test.results(), [])
    assert.deepEqual(test.outcomes, ['miss', 'hit', 'stale'])
  })

  it('runs outer middleware once, and keeps its headers out of the comparison', async () => {
    const test = testApp({ audit: AUDIT })
    let outer = 0
    test.app.use(async (c, next) => {
      outer++
      c.header('x-request', String(outer))
      await next()
      c.header('x-after', String(outer))
    })
    test.app.get('/y', test.cached({ targetedControl: 'max-age=60' }), (c) => c.text('old'))
    await test.get('/y')
    const hit = await test.get('/y')
    assert.deepEqual([hit.headers.get('x-request'), hit.headers.get('x-after')], ['2', '2'])
    await test.settled()
    assert.equal(outer, 2)
    assert.deepEqual(
      test.events.flatMap((event) => (event.type === 'audit' ? [event.result] : [])),
      ['same'],
    )
  })

  it('works with a handler inside cached(), and with measured() around it', async () => {
    const test = testApp({ audit: AUDIT })
    const ends: number[] = []
    let body = 'old'
    test.app.use(measured({ onEnd: ({ status }: { status: number }) => void ends.push(status) }))
    const { cache } = test
    test.app.get(
      '/y',
      cached({ cache, targetedControl: 'max-age=60' }, (c) => c.text(body)),
    )
    await test.get('/y')
    body = 'new'
    assert.equal(await (await test.get('/y')).text(), 'old')
    await test.settled()
    assert.deepEqual(ends, [200, 200])
    assert.deepEqual(
      test.events.flatMap((event) => (event.type === 'audit' ? [event.result] : [])),
      ['different'],
    )
  })
})

describe('an audit of a hit in the shared tier', () => {
  it('compares the response that another process has stored', async () => {
    const remote = fakeRemoteStore()
    const [one, other] = [auditedApp({}, { remote }), auditedApp({}, { remote })]
    await one.get('/x')
    await one.settled()
    other.route.answer = (c) => c.text('new')
    const hit = await other.get('/x')
    assert.match(hit.headers.get('cache-status') ?? '', /^hitrate; hit/)
    assert.equal(await hit.text(), 'old')
    await other.settled()
    assert.deepEqual(other.outcomes, ['hit'])
    assert.deepEqual(other.results(), ['different'])
    await Promise.all([one.cache.close(), other.cache.close()])
  })
})

describe('the option audit of cached()', () => {
  it('is false or a function', () => {
    const { cached } = testApp()
    assert.throws(() => cached({ audit: true as never }), {
      name: 'TypeError',
      message: 'cached: audit must be false or a function, got true',
    })
  })

  it('a function compares two responses', async () => {
    const compared: unknown[] = []
    const audit = async (stored: Response, loaded: Response) => {
      const values = (await Promise.all([stored.json(), loaded.json()])) as { total: number }[]
      compared.push(values, [stored.status, loaded.headers.get('content-type')])
      return values[0]?.total === values[1]?.total
    }
    const test = auditedApp({ audit })
    test.route.answer = (c) => c.json({ total: 5, madeAt: 1 })
    await auditOf(test, (c) => c.json({ total: 5, madeAt: 2 }))
    test.route.answer = (c) => c.json({ total: 6, madeAt: 2 })
    await test.get('/x')
    await test.settled()
    test.route.answer = (c) => c.text('no JSON')
    await test.get('/x')
    await test.settled()
    assert.deepEqual(test.results(), ['same', 'different', 'failed'])
    assert.deepEqual(compared.slice(0, 2), [
      [
        { total: 5, madeAt: 1 },
        { total: 5, madeAt: 2 },
      ],
      [200, 'application/json'],
    ])
  })
})

describe('an audit of a hit of a front', () => {
  it('sends the hit through the router, and later hits are served by the front again', async () => {
    const test = auditedApp({ front: true }, { audit: { ...AUDIT, maxPerSecond: 1 }, timer: () => 0 })
    const served: string[] = []
    const fetch = front(test.app.fetch, { cache: test.cache, onRequest: () => served.push('front') })
    const work: Promise<unknown>[] = []
    const executionCtx = {
      waitUntil: (one: Promise<unknown>) => void work.push(one),
      passThroughOnException() {},
      props: {},
    }
    const get = async () => {
      const response = await fetch(new Request('http://localhost/x'), {}, executionCtx)
      return response.text()
    }
    await get() // a miss
    test.route.answer = (c) => c.text('new')
    const bodies: string[] = []
    for (let i = 0; i < 4; i++) {
      bodies.push(await get())
      await Promise.all(work)
    }
    assert.deepEqual(bodies, Array(4).fill('old'))
    assert.deepEqual(test.results(), ['different'])
    // The first hit is audited. The second adds the URL to the front's index.
    assert.deepEqual(served, ['front', 'front'])
    assert.deepEqual(test.outcomes, ['miss', 'hit', 'hit', 'hit', 'hit'])
  })

  it('can audit each hit that the front has in its index', async () => {
    let draws = 0
    // The first hit is not audited, so that it adds the URL to the index.
    const random = () => (draws++ === 0 ? 0.9 : 0)
    const test = auditedApp({ front: true }, { audit: { ...AUDIT, share: 0.9 }, random })
    const work: Promise<unknown>[] = []
    const executionCtx = {
      waitUntil: (one: Promise<unknown>) => void work.push(one),
      passThroughOnException() {},
      props: {},
    }
    let frontHits = 0
    const fetch = front(test.app.fetch, { cache: test.cache, onRequest: () => frontHits++ })
    const get = async () => {
      await fetch(new Request('http://localhost/x'), {}, executionCtx)
      await Promise.all(work)
    }
    for (let i = 0; i < 5; i++) await get()
    assert.deepEqual(test.outcomes, ['miss', 'hit', 'hit', 'hit', 'hit'])
    assert.equal(test.results().length, 3)
    assert.equal(frontHits, 0)
  })
})

/** A stream whose content is made when it is read. */
function streamOf(make: () => string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode(make()))
      controller.close()
    },
  })
}
