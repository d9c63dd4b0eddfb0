/** Vary: variants of one URL. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getCookie } from 'hono/cookie'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('Vary', () => {
  function varyingApp(options = {}) {
    const test = testApp()
    let calls = 0
    test.app.get('/x', test.cached(options), (c) =>
      c.text(`${c.req.header('accept')} ${++calls}`, 200, { 'cache-control': 'max-age=60', vary: 'Accept' }),
    )
    test.app.all('/x', test.cached(), (c) => c.text('ok'))
    return { ...test, calls: () => calls }
  }

  it('variants of one URL are stored side by side', async () => {
    const { get, calls, outcomes } = varyingApp()
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), [
      'hitrate; fwd=uri-miss; ttl=60; stored',
      'a 1',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'b' })), [
      'hitrate; fwd=vary-miss; ttl=60; stored',
      'b 2',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=vary-miss; ttl=60; stored',
      'undefined 3',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), ['hitrate; hit; ttl=60', 'a 1'])
    assert.deepEqual(await statusAndBody(get('/x', { accept: ' b ' })), ['hitrate; hit; ttl=60', 'b 2'])
    assert.deepEqual(await statusAndBody(get('/x', { other: 'x' })), ['hitrate; hit; ttl=60', 'undefined 3'])
    assert.equal(calls(), 3)
    assert.deepEqual(outcomes, ['miss', 'miss', 'miss', 'hit', 'hit', 'hit'])
  })

  it('maxVariants limits the variants of a URL: the oldest one is removed', async () => {
    const { cache, get, settled } = varyingApp({ maxVariants: 2 })
    for (const accept of ['a', 'b', 'c']) await get('/x', { accept })
    await settled()
    assert.equal(cache.stats().entries, 2)
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'b' })), ['hitrate; hit; ttl=60', 'b 2'])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'c' })), ['hitrate; hit; ttl=60', 'c 3'])
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), [
      'hitrate; fwd=vary-miss; ttl=60; stored',
      'a 4',
    ])
  })

  it('an empty option vary adds no Vary header', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached({ vary: '' }), handler)
    assert.equal((await get('/x')).headers.get('vary'), null)
  })

  it('the option vary adds header names to the handler’s Vary', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', vary: 'Accept' })
    app.get('/x', cached({ vary: ['accept', 'x-a, x-b'] }), handler)
    for (const [requestHeaders, body] of [
      [{}, '1'],
      [{ 'x-a': '1' }, '2'],
      [{ 'x-b': '1' }, '3'],
      [{ 'x-b': '1' }, '3'],
      [{ accept: '1' }, '4'],
    ] as const) {
      const response = await get('/x', requestHeaders)
      assert.equal(response.headers.get('vary'), 'Accept, x-a, x-b')
      assert.equal(await response.text(), body)
    }
    assert.equal(calls(), 4)
  })

  it('several Vary headers count as one list', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => {
      c.header('vary', 'x-a', { append: true })
      c.header('vary', 'x-b', { append: true })
      return c.text(`${c.req.header('x-a')} ${c.req.header('x-b')}`, 200, { 'cache-control': 'max-age=60' })
    })
    for (const requestHeaders of [{ 'x-a': '1' }, { 'x-b': '1' }, { 'x-a': '1', 'x-b': '1' }]) {
      const body = await (await get('/x', requestHeaders)).text()
      assert.equal(await (await get('/x', requestHeaders)).text(), body)
      assert.equal(body, `${requestHeaders['x-a']} ${requestHeaders['x-b']}`)
    }
  })

  it('variants never mix while Vary changes from response to response', async () => {
    const { app, cached, clock, get } = testApp()
    const vary = ['x-a', 'x-a, x-b', 'X-B, x-c, X-A']
    let calls = 0
    app.get('/x', cached(), (c) =>
      c.text(`${c.req.header('x-a')} ${c.req.header('x-b')}`, 200, {
        'cache-control': 'max-age=60',
        vary: vary[calls++ % 3] ?? '',
      }),
    )
    for (let i = 0; i < 200; i++) {
      const requestHeaders = { 'x-a': String(i % 3), 'x-b': 'same' }
      assert.equal(await (await get('/x', requestHeaders)).text(), `${i % 3} same`)
      clock.ms += i % 7 === 0 ? 61_000 : 0
    }
  })

  it('a response whose Vary names other headers than before is stored at once', async () => {
    const { app, cached, clock, get } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) =>
      c.text(String(++calls), 200, { 'cache-control': 'max-age=60', vary: calls === 1 ? 'x-a' : 'x-b' }),
    )
    await get('/x')
    clock.ms += 61_000
    await get('/x')
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '2'])
  })

  it('an unsafe request invalidates every variant', async () => {
    const { get, request } = varyingApp()
    for (const accept of ['a', 'b']) await get('/x', { accept })
    await request('PUT', '/x')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], 'a 3')
    assert.equal((await statusAndBody(get('/x', { accept: 'b' })))[1], 'b 4')
    await request('DELETE', '/x', { accept: 'z' })
    assert.equal((await statusAndBody(get('/x', { accept: 'b' })))[1], 'b 5')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], 'a 6')
  })
})

describe('a URL that stops varying', () => {
  it('an unsafe request invalidates a response that was stored before and after Vary disappeared', async () => {
    const { app, cached, clock, get, request } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) =>
      c.text(String(++calls), 200, {
        'cache-control': 'max-age=60',
        ...(calls === 1 ? { vary: 'accept' } : {}),
      }),
    )
    app.put('/x', cached(), (c) => c.text('ok'))
    await get('/x', { accept: 'a' })
    clock.ms += 61_000
    await get('/x', { accept: 'a' })
    assert.deepEqual(await statusAndBody(get('/x', { accept: 'a' })), ['hitrate; hit; ttl=60', '2'])
    await request('PUT', '/x')
    assert.equal((await statusAndBody(get('/x', { accept: 'a' })))[1], '3')
  })
})

describe('Vary from other places', () => {
  it('Vary of outer middleware selects the variant', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('vary', 'cookie')
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => c.text(getCookie(c, 'user') ?? 'nobody'))
    for (const user of ['ann', 'bob', 'ann']) {
      const response = await get('/x', { cookie: `user=${user}` })
      assert.equal(response.headers.get('vary'), 'cookie')
      assert.equal(await response.text(), user)
    }
  })

  it('Vary selects the variant although private="vary" names it', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text(c.req.header('x-user') ?? '', 200, {
        vary: 'x-user',
        'cache-control': 'max-age=60, private="vary"',
      }),
    )
    for (const user of ['ann', 'bob']) {
      assert.equal(await (await get('/x', { 'x-user': user })).text(), user)
    }
  })
})
