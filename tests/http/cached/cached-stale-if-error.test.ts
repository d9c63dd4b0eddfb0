/** Stale responses that are served in place of an error (RFC 5861 §4). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HTTPException } from 'hono/http-exception'
import { gate, statusAndBody, testApp } from '../../support/test-app.ts'

/** A handler that returns `good` once and fails afterwards. */
function failingApp(
  control: string,
  failure: 'throws' | number,
  options = {},
  headers = {},
  status: 200 | 404 = 200,
) {
  const test = testApp()
  let calls = 0
  test.app.get('/x', test.cached(options), (c) => {
    calls++
    if (calls === 1) return c.text('good', status, { 'cache-control': control, ...headers })
    if (failure === 'throws') throw new Error('broken')
    return c.text('failed', failure as 500)
  })
  const errors: string[] = []
  test.app.onError((error, c) => {
    errors.push(error.message)
    return c.text('error', 500, { 'cache-control': 'no-store' })
  })
  return { ...test, errors, calls: () => calls }
}

describe('stale-if-error', () => {
  it('stale-if-error serves the stale response when the handler throws, until its window ends', async () => {
    const { clock, get, outcomes, errors } = failingApp('max-age=10, stale-if-error=60', 'throws')
    await get('/x')
    clock.ms += 12_000
    const stale = await get('/x')
    assert.equal(stale.status, 200)
    assert.equal(stale.headers.get('age'), '12')
    assert.equal(stale.headers.get('cache-control'), 'max-age=10, stale-if-error=60')
    assert.deepEqual(await statusAndBody(stale), [
      'hitrate; fwd=stale; fwd-status=500; ttl=-2; detail=stale-if-error',
      'good',
    ])
    assert.deepEqual(outcomes, ['miss', 'stale'])
    assert.deepEqual(errors, ['broken'])
    clock.ms += 59_000
    assert.equal((await get('/x')).status, 500)
  })

  for (const status of [500, 502, 503, 504]) {
    it(`stale-if-error serves the stale response when the handler returns ${status}`, async () => {
      const { clock, get, outcomes } = failingApp('max-age=10, stale-if-error=60', status)
      await get('/x')
      clock.ms += 12_000
      const cacheStatus = `hitrate; fwd=stale; fwd-status=${status}; ttl=-2; detail=stale-if-error`
      assert.deepEqual(await statusAndBody(get('/x')), [cacheStatus, 'good'])
      assert.deepEqual(outcomes, ['miss', 'stale'])
    })
  }

  it('a stale response after an error answers conditions and HEAD', async () => {
    const { clock, get, request } = failingApp('max-age=10, stale-if-error=60', 'throws')
    const etag = (await get('/x')).headers.get('etag') ?? ''
    clock.ms += 12_000
    const notModified = await get('/x', { 'if-none-match': etag })
    assert.equal(notModified.status, 304)
    const cacheStatus = (ttl: number) =>
      `hitrate; fwd=stale; fwd-status=500; ttl=${ttl}; detail=stale-if-error`
    assert.equal(notModified.headers.get('cache-status'), cacheStatus(-2))
    clock.ms += 1000 // ends the pause after the failure
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '4')
    assert.equal(head.headers.get('cache-status'), cacheStatus(-3))
  })

  it('stale-if-error does not replace a 404, returned or thrown', async () => {
    for (const thrown of [false, true]) {
      const { app, cached, clock, get, outcomes } = testApp()
      let isGone = false
      app.get('/x', cached(), (c) => {
        if (isGone && thrown) throw new HTTPException(404, { message: 'gone' })
        return isGone
          ? c.text('gone', 404)
          : c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60' })
      })
      await get('/x')
      clock.ms += 12_000
      isGone = true
      const response = await get('/x')
      assert.equal(response.status, 404)
      assert.deepEqual(await statusAndBody(response), [
        `hitrate; fwd=stale; detail=${thrown ? 'thrown' : 'no-lifetime'}`,
        'gone',
      ])
      assert.deepEqual(outcomes, ['miss', 'miss'])
    }
  })

  for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=10']) {
    it(`${directive} forbids stale-if-error, even with staleOnThrow`, async () => {
      for (const failure of ['throws', 500] as const) {
        const { clock, get, outcomes } = failingApp(`max-age=10, stale-if-error=60, ${directive}`, failure, {
          staleOnThrow: true,
        })
        await get('/x')
        clock.ms += 12_000
        assert.equal((await get('/x')).status, 500)
        assert.deepEqual(outcomes, ['miss', 'error'])
      }
    })
  }

  it('the handler’s own must-revalidate forbids a stale-if-error of targetedControl', async () => {
    for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=1']) {
      const { clock, get, outcomes } = failingApp(`max-age=1, ${directive}`, 'throws', {
        targetedControl: 'max-age=10, stale-if-error=60',
      })
      await get('/x')
      clock.ms += 5000
      assert.equal((await get('/x')).status, 200)
      clock.ms += 7000
      assert.equal((await get('/x')).status, 500)
      assert.deepEqual(outcomes, ['miss', 'hit', 'error'])
    }
  })

  it('an error is not replaced by a stale response without stale-if-error', async () => {
    for (const failure of ['throws', 500] as const) {
      const { clock, get, outcomes } = failingApp('max-age=10', failure)
      await get('/x')
      clock.ms += 12_000
      const failed = await get('/x')
      assert.equal(failed.status, 500)
      const cacheStatus =
        failure === 'throws' ? 'hitrate; fwd=stale' : 'hitrate; fwd=stale; detail=no-lifetime'
      assert.equal(failed.headers.get('cache-status'), cacheStatus)
      assert.deepEqual(outcomes, ['miss', 'error'])
    }
  })

  for (const [period, headers, minutes] of [
    ['ten minutes', {}, 10],
    ['a day where it has validators', { etag: '"a"' }, 24 * 60],
  ] as const) {
    it(`staleOnThrow serves a stale response for ${period} without stale-if-error`, async () => {
      const { clock, get } = failingApp('max-age=10', 'throws', { staleOnThrow: true }, headers)
      await get('/x')
      clock.ms += 10_000 + minutes * 60_000 - 1
      assert.equal(await (await get('/x')).text(), 'good')
      clock.ms += 1
      assert.equal((await get('/x')).status, 500)
    })
  }

  it('staleOnThrow does not serve a stale 404', async () => {
    const { clock, get } = failingApp('max-age=10', 'throws', { staleOnThrow: true }, {}, 404)
    assert.equal((await get('/x')).status, 404)
    clock.ms += 10_001
    assert.equal((await get('/x')).status, 500)
  })

  it('stale-if-error never serves an invalidated response', async () => {
    for (const invalidate of ['PUT', 'tag'] as const) {
      const { app, cache, cached, clock, get, request } = testApp()
      let broken = false
      app.get('/x', cached(), (c) => {
        if (broken) throw new Error('broken')
        return c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60', 'cache-tag': 'a' })
      })
      app.put('/x', cached(), (c) => c.text('ok'))
      app.onError((_, c) => c.text('error', 500))
      await get('/x')
      clock.ms += 12_000
      broken = true
      if (invalidate === 'PUT') await request('PUT', '/x')
      else await cache.invalidateTags(['a'])
      assert.equal((await get('/x')).status, 500, invalidate)
    }
  })

  it('stale-if-error does not serve a response that was invalidated during the failing load', async () => {
    const { app, cache, cached, clock, get } = testApp()
    const { open, opened } = gate()
    let broken = false
    app.get('/x', cached(), async (c) => {
      if (broken) {
        await opened
        throw new Error('broken')
      }
      return c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60', 'cache-tag': 'a' })
    })
    app.onError((_, c) => c.text('error', 500))
    await get('/x')
    clock.ms += 12_000
    broken = true
    const pending = get('/x')
    await cache.invalidateTags(['a'])
    open()
    assert.equal((await pending).status, 500)
  })
})

describe('a 5xx status that RFC 5861 does not name', () => {
  it('501 and 505 reach the client, count as errors and leave the stale entry in place', async () => {
    const { app, cached, clock, get, outcomes } = testApp()
    const statuses = [200, 501, 505, 503]
    app.get('/x', cached({ targetedControl: 'max-age=10, stale-if-error=600' }), () => {
      return new Response('x', { status: statuses.shift() ?? 0 })
    })
    await get('/x')
    clock.ms += 11_000
    const responses = [await get('/x'), await get('/x'), await get('/x')]
    assert.deepEqual(
      responses.map(({ status }) => status),
      [501, 505, 200],
    )
    assert.deepEqual(outcomes, ['miss', 'error', 'error', 'stale'])
  })
})

describe('a response about the client', () => {
  const responseHeaders = { 'cache-control': 'max-age=10, stale-if-error=600' }

  for (const status of [401, 403, 429]) {
    it(`a ${status} leaves the stale entry in place for other requests`, async () => {
      const { app, cached, clock, get } = testApp()
      let respond = () => new Response('for all', { headers: responseHeaders })
      app.get('/x', cached(), () => respond())
      await get('/x')
      clock.ms += 11_000
      respond = () => new Response('refused', { status })
      assert.equal((await get('/x')).status, status)
      respond = () => new Response('broken', { status: 500 })
      assert.equal((await statusAndBody(get('/x')))[1], 'for all')
    })
  }

  it('a response to Authorization leaves the stale entry in place; a private response removes it', async () => {
    for (const [headers, expectedBody] of [
      [responseHeaders, 'for all'],
      [{ 'cache-control': 'private' }, 'broken'],
    ] as const) {
      const { app, cached, clock, get } = testApp()
      let respond = () => new Response('for all', { headers: responseHeaders })
      app.get('/x', cached(), () => respond())
      await get('/x')
      clock.ms += 11_000
      respond = () => new Response('for one', { headers })
      assert.equal((await statusAndBody(get('/x', { authorization: 'Bearer x' })))[1], 'for one')
      respond = () => new Response('broken', { status: 500 })
      assert.equal((await statusAndBody(get('/x')))[1], expectedBody)
    }
  })

  it('a 304 to a request with Authorization leaves the stale entry in place', async () => {
    const { app, cached, clock, get } = testApp()
    let respond = () => new Response('for all', { headers: { ...responseHeaders, etag: '"1"' } })
    app.get('/x', cached(), () => respond())
    await get('/x')
    clock.ms += 11_000
    respond = () => new Response(null, { status: 304 })
    const confirmed = await statusAndBody(get('/x', { authorization: 'Bearer x' }))
    assert.deepEqual(confirmed, ['hitrate; fwd=stale; fwd-status=304; detail=authorization', 'for all'])
    respond = () => new Response('broken', { status: 500 })
    assert.equal((await statusAndBody(get('/x')))[1], 'for all')
  })
})
