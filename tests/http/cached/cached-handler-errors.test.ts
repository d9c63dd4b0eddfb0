/** Handlers that throw, return a 5xx or return nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('a handler that throws', () => {
  const errorResponses: [label: string, makeResponse: () => Response][] = [
    ['c.text()', () => new Response('set below')],
    ['new Response()', () => new Response('sorry', { status: 500, headers: { 'x-by': 'onError' } })],
  ]
  for (const [label, makeResponse] of errorResponses) {
    it(`app.onError makes the response of each waiting request after one throwing load: ${label}`, async () => {
      const { app, cached, get, outcomes } = testApp()
      const { open, opened } = gate()
      let calls = 0
      let errors = 0
      app.get('/x', cached(), async () => {
        calls++
        await opened
        throw new Error('broken')
      })
      app.onError((error, c) => {
        errors++
        assert.equal(error.message, 'broken')
        return label === 'c.text()' ? c.text('sorry', 500, { 'x-by': 'onError' }) : makeResponse()
      })
      const responses = [get('/x'), get('/x'), get('/x')]
      open()
      const cacheStatuses = [
        'hitrate; fwd=uri-miss',
        'hitrate; fwd=uri-miss; collapsed',
        'hitrate; fwd=uri-miss; collapsed',
      ]
      for (const [i, response] of (await Promise.all(responses)).entries()) {
        assert.equal(response.status, 500)
        assert.equal(response.headers.get('x-by'), 'onError')
        assert.equal(await response.text(), 'sorry')
        // Hono's rule: headers that middleware set are not added to a plain Response from onError.
        if (i === 0 || label === 'c.text()')
          assert.equal(response.headers.get('cache-status'), cacheStatuses[i])
      }
      assert.equal(calls, 1)
      assert.equal(errors, 3)
      assert.deepEqual(outcomes, ['error', 'error', 'error'])
      assert.equal((await get('/x')).status, 500)
      assert.equal(calls, 2)
    })
  }

  it('an error is not stored: the next request calls the handler again', async () => {
    const { app, cached, get, outcomes } = testApp()
    let broken = true
    app.get('/x', cached(), (c) => {
      if (broken) throw new Error('broken')
      return c.text('good', 200, { 'cache-control': 'max-age=60' })
    })
    app.onError((_, c) => c.text('error', 503, { 'cache-control': 'max-age=60' }))
    for (const _ of [1, 2]) assert.equal((await get('/x')).status, 503)
    broken = false
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'good'])
    assert.deepEqual(outcomes, ['error', 'error', 'miss'])
  })

  it('the response of a thrown HTTPException reaches the client and is not stored', async () => {
    const { app, cached, get, outcomes } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), () => {
      const res = new Response('pay first', { status: 402, headers: { 'x-price': '1' } })
      throw new HTTPException(402, { res })
    })
    for (const _ of [1, 2]) {
      const response = await get('/x')
      assert.equal(response.status, 402)
      assert.equal(response.headers.get('x-price'), '1')
      assert.deepEqual(await statusAndBody(response), ['hitrate; fwd=uri-miss; detail=thrown', 'pay first'])
    }
    assert.deepEqual(outcomes, ['miss', 'miss'])
  })

  it('each waiting request gets its own response when the handler throws an HTTPException below 500', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      await opened
      throw new HTTPException(403, { message: `not for ${c.req.header('x-user')}` })
    })
    const concurrent = [get('/x', { 'x-user': 'ann' }), get('/x', { 'x-user': 'bob' })]
    open()
    const bodies = await Promise.all((await Promise.all(concurrent)).map((response) => response.text()))
    assert.deepEqual(bodies, ['not for ann', 'not for bob'])
    assert.deepEqual(outcomes, ['miss', 'miss'])
  })

  it('a thrown value that is not an Error reaches the caller unchanged', async () => {
    for (const thrown of ['a string', 0, null, undefined, { error: 1 }]) {
      const { app, cached, outcomes, request } = testApp()
      const handler = () => {
        throw thrown
      }
      app.get('/x', cached({ targetedControl: 'max-age=60' }), handler)
      app.put('/x', cached({ targetedControl: 'max-age=60' }), handler)
      for (const method of ['GET', 'HEAD', 'PUT']) {
        const caught = await request(method, '/x').then(
          () => assert.fail('answered'),
          (error: unknown) => ({ error }),
        )
        assert.equal(caught.error, thrown)
      }
      assert.deepEqual(outcomes, ['error', 'error', 'bypass'])
    }
  })

  it('the error response has no headers of a response whose body broke off', async () => {
    const { app, cached, get, outcomes } = testApp()
    app.get('/x', cached(), () => {
      const stream = new ReadableStream({
        pull(controller) {
          controller.error(new Error('broke off'))
        },
      })
      return new Response(stream, {
        headers: { 'cache-control': 'max-age=60', 'content-length': '100', etag: '"a"', 'cache-tag': 'a' },
      })
    })
    app.onError((error, c) => c.text(error.message, 500))
    const [response, waiter] = await Promise.all([get('/x'), get('/x')])
    assert.equal(response?.status, 500)
    for (const name of ['cache-control', 'content-length', 'etag', 'cache-tag']) {
      assert.equal(response?.headers.get(name), null, name)
    }
    assert.deepEqual(await statusAndBody(response ?? assert.fail()), ['hitrate; fwd=uri-miss', 'broke off'])
    assert.deepEqual(await statusAndBody(waiter ?? assert.fail()), [
      'hitrate; fwd=uri-miss; collapsed',
      'broke off',
    ])
    assert.deepEqual(outcomes, ['error', 'error'])
  })

  it('a throwing unsafe request calls app.onError once and invalidates nothing', async () => {
    const { app, cached, get, outcomes, request } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    let errors = 0
    app.get('/x', cached(), handler)
    app.put('/x', cached(), () => {
      throw new Error('broken')
    })
    app.onError((_, c) => {
      errors++
      return c.text('error', 500)
    })
    await get('/x')
    assert.deepEqual(await statusAndBody(request('PUT', '/x')), ['hitrate; fwd=method', 'error'])
    await get('/x')
    assert.equal(calls(), 1)
    assert.equal(errors, 1)
    assert.deepEqual(outcomes, ['miss', 'bypass', 'hit'])
  })

  it('a waiting request shares a 503 that the load of another request returned', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
      const call = ++calls
      await opened
      return c.text(`failed ${call}`, 503)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    const bodies = await Promise.all((await Promise.all(concurrent)).map((response) => response.text()))
    assert.deepEqual(bodies, ['failed 1', 'failed 1'])
    assert.deepEqual(outcomes, ['error', 'error'])
  })

  it('a 503 with max-age is stored', async () => {
    const { app, cached, get, outcomes } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) => c.text(`failed ${++calls}`, 503, { 'cache-control': 'max-age=60' }))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'failed 1'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'failed 1'])
    assert.deepEqual(outcomes, ['error', 'hit'])
  })
})

describe('an HTTPException with a response', () => {
  it('an HTTPException’s response reaches only its own request', async () => {
    const users = ['alice', 'bob', 'carol']
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    app.get('/mine', cached({ cache, targetedControl: 'max-age=60' }), async (c) => {
      await released
      const user = c.req.header('cookie') ?? ''
      throw new HTTPException(503, {
        res: new Response(user, { status: 503, headers: { 'set-cookie': `sid=${user}` } }),
      })
    })
    const pending = users.map((cookie) => app.request('/mine', { headers: { cookie } }))
    release()
    const responses = await Promise.all(pending)
    for (const [i, name] of users.entries()) {
      const response = responses[i]
      assert.deepEqual([response?.status, await response?.text()], [503, name])
      assert.equal(response?.headers.get('set-cookie'), `sid=${name}`)
    }
  })
})

describe('a handler that returns nothing', () => {
  for (const [where, expected] of [
    ['as the only handler', { status: 404, errors: 0, outcome: 'miss' }],
    ['behind middleware', { status: 500, errors: 3, outcome: 'error' }],
  ] as const) {
    it(`a handler that returns nothing gets ${expected.status} as without a cache, ${where}`, async () => {
      const { app, cache, cached, outcomes, request } = testApp()
      const errors: string[] = []
      if (expected.errors > 0) {
        app.use(async (_, next) => {
          await next()
        })
      }
      app.all('/x', cached({ targetedControl: 'max-age=60' }), (() => {}) as never)
      app.onError((error, c) => {
        errors.push(error.message)
        return c.text('error', 500)
      })
      for (const method of ['GET', 'HEAD', 'PUT'])
        assert.equal((await request(method, '/x')).status, expected.status, method)
      assert.equal(errors.length, expected.errors)
      assert.equal(cache.stats().entries, 0)
      assert.deepEqual(outcomes, [expected.outcome, expected.outcome, 'bypass'])
    })
  }
})
