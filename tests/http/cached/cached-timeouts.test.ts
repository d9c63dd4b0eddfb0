/** Handlers that hang or are slow: `softTimeoutMs`, `hardTimeoutMs` and `failurePauseMs`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { flush, statusAndBody, testApp } from '../../support/test-app.ts'
import { virtualClock } from '../../support/test-cache.ts'

type Options = Omit<CachedOptions, 'cache'>

/** A call of the handler, which ends when the test says so. */
interface Call {
  c: Context
  respond(body: string, headers?: Record<string, string>, status?: 200 | 503): Promise<void>
  fail(error: Error): Promise<void>
}

/** An app with a virtual clock, whose handler responds when the test says so. */
function slowApp(options: Options = {}, cacheOptions: CacheOptions = {}) {
  const clock = virtualClock(Date.UTC(2026, 10, 22, 12))
  const test = testApp({ now: clock.now, schedule: clock.schedule, random: () => 0.999999, ...cacheOptions })
  const calls: Call[] = []
  const errors: string[] = []
  test.app.onError((error, c) => {
    errors.push(error.message)
    return c.text(error.message, 500)
  })
  const cached = test.cached({ targetedControl: 'max-age=60, stale-if-error=600', ...options })
  test.app.all('/*', cached, async (c) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    calls.push({
      c,
      async respond(body, headers, status = 200) {
        resolve(c.text(body, status, headers))
        await flush()
      },
      async fail(error) {
        reject(error)
        await flush()
      },
    })
    return promise
  })

  return {
    ...test,
    clock,
    calls,
    errors,
    /** The n-th call of the handler, from 1. */
    nth(n: number): Call {
      const call = calls[n - 1]
      if (call === undefined) throw new Error(`call ${n} of ${calls.length}`)
      return call
    },
    /** Stores a response, and lets it become stale. */
    async makeStale(path = '/x'): Promise<void> {
      const pending = test.get(path)
      await flush()
      await calls.splice(0)[0]?.respond('old')
      await pending
      clock.advance(61_000)
    },
    async advance(ms: number): Promise<void> {
      await flush()
      clock.advance(ms)
      await flush()
    },
  }
}

async function result(response: Promise<Response>): Promise<string> {
  const { status, headers } = await response
  return `${status} ${headers.get('cache-status')}`
}

describe('hardTimeoutMs', () => {
  for (const coalesce of [true, false]) {
    it(`all requests that wait for a hanging handler get 504, and the next one starts a call (coalesce: ${coalesce})`, async () => {
      const { get, advance, calls, nth, outcomes, errors } = slowApp({}, { coalesce })
      const pending = [get('/x'), get('/x'), get('/x')]
      await advance(29_999)
      await advance(1)
      const [first, ...others] = await Promise.all(pending.map(result))
      assert.equal(first, '504 hitrate; fwd=uri-miss; detail=timeout')
      const collapsed = coalesce ? '; collapsed' : ''
      for (const other of others) assert.equal(other, `504 hitrate; fwd=uri-miss${collapsed}; detail=timeout`)
      assert.deepEqual(outcomes, ['error', 'error', 'error'])
      const started = calls.length
      const next = get('/x')
      await flush()
      assert.equal(calls.length, started + 1)
      await nth(started + 1).respond('good')
      assert.deepEqual(await statusAndBody(next), ['hitrate; fwd=uri-miss; ttl=60; stored', 'good'])
      assert.deepEqual(errors, [])
    })
  }

  it('the 504 is a problem response', async () => {
    const { get, advance } = slowApp()
    const pending = get('/x')
    await advance(30_000)
    const response = await pending
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    const detail = 'The handler did not respond in time'
    assert.deepEqual(await response.json(), {
      type: 'about:blank',
      title: 'Gateway Timeout',
      status: 504,
      detail,
      error: detail,
    })
  })

  it('a stale response stands in after the timeout, and a pause begins', async () => {
    const { get, advance, makeStale, calls, clock } = slowApp({ hardTimeoutMs: 5000 })
    await makeStale()
    const pending = [get('/x'), get('/x')]
    await advance(5000)
    assert.deepEqual(await Promise.all(pending.map(result)), [
      '200 hitrate; fwd=stale; ttl=-6; detail=timeout',
      '200 hitrate; fwd=stale; ttl=-6; collapsed; detail=timeout',
    ])
    assert.equal(calls.length, 1)
    for (const _ of [1, 2, 3]) assert.equal(await result(get('/x')), '200 hitrate; hit; ttl=-6')
    assert.equal(calls.length, 1, 'during the pause')
    clock.advance(1000)
    const probe = get('/x')
    await flush()
    assert.equal(calls.length, 2, 'one probe after the pause')
    for (const _ of [1, 2, 3]) assert.equal(await result(get('/x')), '200 hitrate; hit; ttl=-7')
    assert.equal(calls.length, 2, 'while the probe runs')
    await advance(5000)
    assert.equal(await result(probe), '200 hitrate; fwd=stale; ttl=-12; detail=timeout')
  })

  it('with staleOnThrow a stored 200 without stale-if-error stands in, and a stored 503 never does', async () => {
    for (const [status, expected] of [
      [200, 200],
      [503, 504],
    ] as const) {
      const targetedControl = { 200: 'max-age=60', 503: 'max-age=60, stale-if-error=600' }
      const { get, clock, advance, nth } = slowApp({ targetedControl, staleOnThrow: true })
      const first = get('/x')
      await flush()
      await nth(1).respond('stored', {}, status)
      await first
      clock.advance(61_000)
      const second = get('/x')
      await advance(30_000)
      assert.equal((await second).status, expected)
    }
  })

  it('the late response of an abandoned call is stored if nothing newer was, and nobody gets it', async () => {
    const { get, advance, nth, errors } = slowApp({ hardTimeoutMs: 1000 })
    const pending = get('/x')
    await advance(1000)
    assert.equal((await pending).status, 504)
    await nth(1).respond('late')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'late'])
    assert.deepEqual(errors, [])
  })

  it('the late response of an abandoned call does not replace a newer one', async () => {
    const { get, advance, nth } = slowApp({ hardTimeoutMs: 1000 })
    void get('/x')
    await advance(1000)
    const second = get('/x')
    await flush()
    await nth(2).respond('new')
    await second
    await nth(1).respond('late')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'new'])
  })

  it('the late response of an abandoned call does not undo an invalidation', async () => {
    const { get, advance, nth, calls, cache } = slowApp({ hardTimeoutMs: 1000 })
    void get('/x')
    await advance(1000)
    await cache.clear()
    await nth(1).respond('late')
    void get('/x')
    await flush()
    assert.equal(calls.length, 2)
  })

  it('the late response is not mixed with the 504: it has none of its headers', async () => {
    const { get, advance, nth } = slowApp({ hardTimeoutMs: 1000 })
    const pending = get('/x')
    await advance(1000)
    const timedOut = await pending
    await nth(1).respond('late', { 'x-late': '1' })
    assert.equal(timedOut.headers.get('x-late'), null)
    const { headers } = await get('/x')
    assert.match(headers.get('content-type') ?? '', /^text\/plain/)
    assert.equal(headers.get('x-late'), '1')
  })

  it('a late error of the handler reaches no client', async () => {
    const { get, advance, nth, calls, events } = slowApp({ hardTimeoutMs: 1000 })
    void get('/x')
    await advance(1000)
    await nth(1).fail(new Error('late'))
    const loads = events.filter((event) => event.type === 'load')
    assert.deepEqual(
      loads.map(({ result, error }) => [result, (error as Error).message]),
      [['error', 'late']],
    )
    void get('/x')
    await flush()
    assert.equal(calls.length, 2)
  })

  it('the signal of the handler aborts at the timeout, also for conditional requests and those that are not shared', async () => {
    for (const [headers, options] of [
      [{}, {}],
      [{ 'if-none-match': '"a"' }, {}],
      [{ 'cache-control': 'no-store' }, { clientControl: true }],
    ] as [Record<string, string>, Options][]) {
      const { get, advance, nth } = slowApp({ hardTimeoutMs: 1000, ...options })
      const pending = get('/x', headers)
      await flush()
      const { signal } = nth(1).c.req.raw
      assert.equal(signal.aborted, false)
      await advance(1000)
      assert.equal((await pending).status, 504)
      assert.equal(signal.aborted, true)
      assert.equal((signal.reason as Error).name, 'TimeoutError')
    }
  })

  it('requests that bypass the cache, and those of hit-for-miss, time out too', async () => {
    const { get, advance, nth, outcomes } = slowApp({ hardTimeoutMs: 1000, clientControl: true })
    const bypass = get('/x', { 'cache-control': 'no-store' })
    await advance(1000)
    assert.equal(await result(bypass), '504 hitrate; fwd=bypass; detail=timeout')
    const first = get('/x')
    await flush()
    await nth(2).respond('mine', { 'cache-control': 'private' })
    await first
    const pending = [get('/x'), get('/x')]
    await advance(1000)
    for (const one of pending) assert.equal(await result(one), '504 hitrate; fwd=uri-miss; detail=timeout')
    assert.deepEqual(outcomes, ['bypass', 'miss', 'error', 'error'])
  })

  it('unsafe methods have no timeout', async () => {
    const { request, advance, nth } = slowApp({ hardTimeoutMs: 1000 })
    const pending = request('POST', '/x')
    await advance(100_000)
    await nth(1).respond('done')
    assert.equal(await (await pending).text(), 'done')
  })

  it('a background refresh that hangs ends at the timeout, and another one starts after the pause', async () => {
    const { get, advance, calls, clock, settled } = slowApp({
      hardTimeoutMs: 5000,
      targetedControl: 'max-age=10, stale-while-revalidate=6000',
    })
    const first = get('/x')
    await flush()
    await calls[0]?.respond('old')
    await first
    clock.advance(11_000)
    for (const _ of [1, 2]) assert.equal(await (await get('/x')).text(), 'old')
    await flush()
    await flush()
    assert.equal(calls.length, 2)
    await advance(5000)
    await settled()
    await get('/x')
    await flush()
    assert.equal(calls.length, 2, 'during the pause')
    clock.advance(1000)
    await get('/x')
    await flush()
    await flush()
    assert.equal(calls.length, 3)
  })

  it('a timeout above 30 s is not cut, and Infinity is no timeout', async () => {
    for (const [hardTimeoutMs, ms] of [
      [90_000, 89_999],
      [Infinity, 10 ** 9],
    ] as const) {
      const { get, advance, nth, calls } = slowApp({ hardTimeoutMs })
      const pending = [get('/x')]
      await advance(29_000)
      pending.push(get('/x'))
      await advance(ms - 29_000)
      if (hardTimeoutMs < Infinity) pending.push(get('/x'))
      await flush()
      assert.equal(calls.length, 1)
      await nth(1).respond('good')
      for (const one of pending) assert.equal(await (await one).text(), 'good')
    }
  })

  it('a handler that answers in time leaves no timer', async () => {
    const { get, nth, clock } = slowApp()
    const pending = get('/x')
    await flush()
    assert.equal(clock.pendingTimers(), 1)
    await nth(1).respond('good')
    await pending
    assert.equal(clock.pendingTimers(), 0)
  })

  it('a body that stops in the middle times out while it is buffered', async () => {
    const clock = virtualClock(0)
    const { app, cached, get } = testApp({ now: clock.now, schedule: clock.schedule })
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('half')),
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), () => {
      return new Response(body, { headers: { 'content-length': '8' } })
    })
    const pending = [get('/x'), get('/x')]
    await flush()
    clock.advance(30_000)
    for (const one of pending) assert.equal((await one).status, 504)
  })

  it('conditions of the client apply to a stale response after the timeout', async () => {
    const { get, advance, makeStale } = slowApp({ hardTimeoutMs: 1000 })
    await makeStale()
    const known = get('/x')
    await advance(1000)
    const etag = (await known).headers.get('etag') ?? ''
    await advance(60_000)
    const pending = [get('/x', { 'if-none-match': etag })]
    await advance(1000)
    assert.equal((await pending[0])?.status, 304)
  })
})

describe('a crowd at a handler that hangs', () => {
  const CROWD = 1000

  it('1,000 requests at a cold URL cause one call, and all get 504', async () => {
    const { get, advance, calls } = slowApp()
    const crowd = Array.from({ length: CROWD }, () => get('/x'))
    await advance(30_000)
    const statuses = (await Promise.all(crowd)).map(({ status }) => status)
    assert.deepEqual([calls.length, new Set(statuses)], [1, new Set([504])])
  })

  it('1,000 requests at a stale URL cause one call, and all get the stale response', async () => {
    for (const options of [{}, { softTimeoutMs: 100 }]) {
      const { get, advance, calls, makeStale } = slowApp(options)
      await makeStale()
      const crowd = Array.from({ length: CROWD }, () => get('/x'))
      await advance(options.softTimeoutMs ?? 30_000)
      const bodies = await Promise.all((await Promise.all(crowd)).map((response) => response.text()))
      assert.deepEqual([calls.length, new Set(bodies)], [1, new Set(['old'])])
    }
  })
})

describe('abandoned calls of one URL', () => {
  it('a handler that never ends is called again at once, one call after the other, for ever', async () => {
    const { get, advance, calls } = slowApp({ hardTimeoutMs: 1000 })
    for (let n = 1; n <= 20; n++) {
      const pending = [get('/x'), get('/x')]
      await flush()
      assert.equal(calls.length, n)
      await advance(1000)
      for (const one of pending) assert.equal((await one).status, 504)
    }
    const recovered = get('/x')
    await flush()
    await calls.at(-1)?.respond('good')
    assert.equal(await (await recovered).text(), 'good')
  })

  it('requests that are not shared get 504 at once while four abandoned calls run, until one ends or is lost', async () => {
    const { get, advance, calls, nth } = slowApp({ hardTimeoutMs: 1000, clientControl: true })
    const bypass = () => get('/x', { 'cache-control': 'no-store' })
    const crowd = Array.from({ length: 4 }, bypass)
    await advance(1000)
    await Promise.all(crowd)
    assert.equal(await result(bypass()), '504 hitrate; fwd=bypass; detail=timeout')
    assert.equal(calls.length, 4)
    await nth(1).respond('late')
    const next = bypass()
    await flush()
    assert.equal(calls.length, 5)
    assert.equal((await bypass()).status, 504, 'the probe counts')
    await nth(5).respond('good')
    assert.equal(await (await next).text(), 'good')
    const many = Array.from({ length: 9 }, bypass)
    await flush()
    assert.equal(calls.length, 14, 'a call that ended in time ends the limit')
    await advance(1000)
    await Promise.all(many)
    assert.equal((await bypass()).status, 504)
    await advance(3000)
    void bypass()
    await flush()
    assert.equal(calls.length, 15, 'abandoned calls count as lost after three more timeouts')
  })

  it('a flood of URLs with endless handlers stops at 1,000 abandoned calls, and ends with them', async () => {
    const { get, advance, calls, makeStale } = slowApp({ hardTimeoutMs: 1000, failurePauseMs: 0 })
    await makeStale('/stale')
    const flood = Array.from({ length: 1000 }, (_, i) => get(`/${i}`))
    await advance(1000)
    for (const one of await Promise.all(flood)) assert.equal(one.status, 504)
    assert.equal(calls.length, 1000)
    assert.equal(await result(get('/other')), '504 hitrate; fwd=uri-miss; detail=timeout')
    assert.match(await result(get('/stale')), /^200 hitrate; fwd=stale; ttl=-\d; detail=timeout$/)
    assert.equal(calls.length, 1000)
    await calls[0]?.respond('late')
    const next = get('/other')
    await flush()
    assert.equal(calls.length, 1001)
    await calls[1000]?.respond('good')
    assert.equal(await (await next).text(), 'good')
  })
})

describe('softTimeoutMs', () => {
  it('a stale response answers after the soft timeout, and the handler goes on and its response is stored', async () => {
    const { get, advance, makeStale, nth, calls, errors } = slowApp({ softTimeoutMs: 100 })
    await makeStale()
    const pending = [get('/x'), get('/x')]
    await advance(100)
    assert.deepEqual(await Promise.all(pending.map(result)), [
      '200 hitrate; fwd=stale; ttl=-2; detail=soft-timeout',
      '200 hitrate; fwd=stale; ttl=-2; collapsed; detail=soft-timeout',
    ])
    assert.equal(await result(get('/x')), '200 hitrate; hit; ttl=-2', 'later requests do not wait')
    await nth(1).respond('new')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'new'])
    assert.equal(calls.length, 1)
    assert.deepEqual(errors, [])
  })

  it('without a stale response, requests wait for the hard timeout', async () => {
    const { get, advance } = slowApp({ softTimeoutMs: 100, hardTimeoutMs: 1000 })
    const pending = get('/x')
    await advance(1000)
    assert.equal(await result(pending), '504 hitrate; fwd=uri-miss; detail=timeout')
  })

  it('a handler that answers before the soft timeout is used', async () => {
    const { get, advance, makeStale, nth, clock } = slowApp({ softTimeoutMs: 100 })
    await makeStale()
    const pending = get('/x')
    await advance(99)
    await nth(1).respond('new')
    assert.deepEqual(await statusAndBody(pending), ['hitrate; fwd=stale; ttl=60; stored', 'new'])
    assert.equal(clock.pendingTimers(), 0)
  })

  it('a handler that fails after the soft timeout starts a pause, and nobody gets its failure', async () => {
    const { get, advance, makeStale, nth, calls } = slowApp({ softTimeoutMs: 100 })
    await makeStale()
    const pending = get('/x')
    await advance(100)
    assert.equal((await pending).status, 200)
    await nth(1).fail(new Error('late'))
    assert.equal(await result(get('/x')), '200 hitrate; hit; ttl=-2')
    assert.equal(calls.length, 1)
  })
})

describe('failurePauseMs', () => {
  it('0 calls a failing handler for each request, and another number is the length of the first pause', async () => {
    for (const [failurePauseMs, ms, expected] of [
      [0, 0, 2],
      [5000, 4999, 1],
      [5000, 5000, 2],
    ] as const) {
      const { get, makeStale, nth, calls, clock } = slowApp({ failurePauseMs })
      await makeStale()
      const pending = get('/x')
      await flush()
      await nth(1).fail(new Error('down'))
      assert.equal((await pending).status, 200)
      clock.advance(ms)
      void get('/x')
      await flush()
      assert.equal(calls.length, expected, `${failurePauseMs} after ${ms}`)
    }
  })
})
