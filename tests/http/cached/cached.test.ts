/** The main path of `cached()`: miss, hit, shared load, and responses that must not be stored. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('cached() with a lifetime in the response', () => {
  it('the first request of a response with max-age is a miss, later ones are hits until it expires', async () => {
    const { app, cached, clock, get, outcomes } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), handler)

    const first = await get('/x')
    assert.equal(first.headers.get('age'), null)
    assert.equal(first.headers.get('date'), 'Sun, 22 Nov 2026 12:00:00 GMT')
    assert.deepEqual(await statusAndBody(first), ['hitrate; fwd=uri-miss; ttl=60; stored', '1'])

    clock.ms += 12_345
    const second = await get('/x')
    assert.equal(second.headers.get('age'), '12')
    assert.equal(second.headers.get('date'), 'Sun, 22 Nov 2026 12:00:00 GMT')
    assert.equal(second.headers.get('cache-control'), 'max-age=60')
    assert.deepEqual(await statusAndBody(second), ['hitrate; hit; ttl=47', '1'])

    clock.ms += 47_655
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=60; stored', '2'])
    assert.equal(calls(), 2)
    assert.deepEqual(outcomes, ['miss', 'hit', 'miss'])
  })

  it('concurrent requests for one URL share one load', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    const [first, second] = await Promise.all(concurrent)
    assert.equal(second?.headers.get('age'), '0')
    assert.deepEqual(first && (await statusAndBody(first)), ['hitrate; fwd=uri-miss; ttl=60; stored', '1'])
    assert.deepEqual(second && (await statusAndBody(second)), [
      'hitrate; fwd=uri-miss; ttl=60; stored; collapsed',
      '1',
    ])
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes.sort(), ['coalesced', 'miss'])
  })

  it('a thousand concurrent requests for one URL call the handler once', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const all = Array.from({ length: 1000 }, () => get('/x'))
    open()
    for (const response of await Promise.all(all)) assert.equal(await response.text(), '1')
    assert.equal(calls(), 1)
    assert.equal(outcomes.length, 1000)
    assert.equal(outcomes.filter((outcome) => outcome === 'coalesced').length, 999)
  })

  it('a stored response keeps its status and headers, without hop-by-hop headers', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.body('gone', 410, {
        'cache-control': 'max-age=60',
        'content-type': 'text/x',
        'x-own': 'a, b',
        connection: 'x-hop, close',
        'x-hop': '1',
        'keep-alive': '1',
        'transfer-encoding': 'x',
      }),
    )
    for (const _ of [1, 2]) {
      const { status, headers } = await get('/x')
      assert.equal(status, 410)
      assert.equal(headers.get('content-type'), 'text/x')
      assert.equal(headers.get('x-own'), 'a, b')
      for (const name of ['connection', 'x-hop', 'keep-alive', 'transfer-encoding']) {
        assert.equal(headers.get(name), null, name)
      }
    }
  })

  it('the Age of the handler’s response shortens the remaining lifetime', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', age: '20' }))
    for (const status of ['hitrate; fwd=uri-miss; ttl=40; stored', 'hitrate; hit; ttl=40']) {
      const { headers } = await get('/x')
      assert.equal(headers.get('age'), '20')
      assert.equal(headers.get('cache-status'), status)
    }
  })

  it('Cache-Status of hitrate is appended to the Cache-Status of the handler', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('', 200, { 'cache-control': 'max-age=60', 'cache-status': 'origin; hit' }),
    )
    app.get('/y', cached(), (c) => c.text('', 200, { 'cache-status': 'origin; hit' }))
    assert.deepEqual(await statusAndBody(get('/x')), [
      'origin; hit, hitrate; fwd=uri-miss; ttl=60; stored',
      '',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['origin; hit, hitrate; hit; ttl=60', ''])
    assert.deepEqual(await statusAndBody(get('/y')), [
      'origin; hit, hitrate; fwd=uri-miss; detail=no-lifetime',
      '',
    ])
  })
})

describe('cached() with a response that must not be stored', () => {
  const cases: [reason: string, headers: Record<string, string>, status?: number][] = [
    ['no-lifetime', {}],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }],
    ['private', { 'cache-control': 'private, max-age=60' }],
    ['no-cache', { 'cache-control': 'no-cache, max-age=60' }],
    ['set-cookie', { 'cache-control': 'max-age=60', 'set-cookie': 'a=1' }],
    ['vary-any', { 'cache-control': 'max-age=60', vary: '*' }],
    ['vary-any', { 'cache-control': 'max-age=60', vary: 'not a name' }],
    ['expired', { 'cache-control': 'max-age=0' }],
    ['status', { 'cache-control': 'max-age=60' }, 206],
  ]
  for (const [reason, headers, status = 200] of cases) {
    it(`a response that must not be stored comes from the handler each time, detail=${reason} (${JSON.stringify(headers)})`, async () => {
      const { app, cached, get, outcomes } = testApp()
      let calls = 0
      app.get('/x', cached(), (c) => c.text(String(++calls), status as 200, headers))
      for (const body of ['1', '2']) {
        const response = await get('/x')
        assert.equal(response.status, status)
        for (const [name, value] of Object.entries(headers)) assert.equal(response.headers.get(name), value)
        assert.deepEqual(await statusAndBody(response), [`hitrate; fwd=uri-miss; detail=${reason}`, body])
      }
      assert.deepEqual(outcomes, ['miss', 'miss'])
    })
  }

  it('a response that must not be stored removes the stale entry before it', async () => {
    const { app, cached, clock, get } = testApp()
    let control = 'max-age=1, stale-if-error=60'
    app.get('/x', cached(), (c) =>
      control === '' ? c.text('broken', 500) : c.text(control, 200, { 'cache-control': control }),
    )
    await get('/x')
    clock.ms += 2000
    control = 'private'
    assert.equal((await get('/x')).status, 200)
    control = ''
    assert.equal((await get('/x')).status, 500)
  })
})
