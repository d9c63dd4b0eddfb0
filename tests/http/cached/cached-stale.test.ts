/** Answers past their time: while they are refreshed, and when the handler fails. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HTTPException } from 'hono/http-exception'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('stale-while-revalidate', () => {
  const fields = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }

  it('answers at once with what is kept, and refreshes it behind', async () => {
    const { app, cached, clock, events, get, outcomes, settled } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter(fields)
    app.get('/x', cached(), async (c) => {
      if (calls() > 0) await opened
      return handler(c)
    })
    await get('/x')
    clock.ms += 11_000
    for (const _ of [1, 2, 3]) {
      const stale = await get('/x')
      assert.equal(stale.headers.get('age'), '11')
      assert.deepEqual(await statusAndBody(stale), ['hitrate; hit; ttl=-1', '1'])
    }
    open()
    await settled()
    assert.equal(calls(), 2)
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '2'])
    assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'stale', 'hit'])
    const loads = events.flatMap((event) => (event.type === 'load' ? [[event.result, event.background]] : []))
    assert.deepEqual(loads, [
      ['ok', false],
      ['ok', true],
    ])
  })

  it('is over when its time is', async () => {
    const { app, cached, clock, get } = testApp()
    const { handler } = counter(fields)
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 70_000
    assert.equal((await statusAndBody(get('/x')))[1], '2')
  })

  it('asks the handler for the whole, without the client’s conditions', async () => {
    const { app, cached, clock, request, settled } = testApp()
    const asked: (string | undefined)[][] = []
    app.get('/x', cached(), (c) => {
      asked.push([c.req.method, c.req.header('if-none-match'), c.req.header('range'), c.req.header('x-own')])
      return c.text(String(asked.length), 200, fields)
    })
    await request('GET', '/x')
    for (const method of ['GET', 'HEAD']) {
      clock.ms += 11_000
      const stale = await request(method, '/x', { 'if-none-match': '*', range: 'bytes=0-0', 'x-own': '1' })
      assert.equal(stale.status, 304)
      assert.equal(stale.headers.get('cache-status'), 'hitrate; hit; ttl=-1')
      await settled()
    }
    assert.deepEqual(asked.slice(1), [
      ['GET', undefined, undefined, '1'],
      ['GET', undefined, undefined, '1'],
    ])
    assert.deepEqual(await statusAndBody(request('GET', '/x')), ['hitrate; hit; ttl=10', '3'])
  })

  it('asks for the whole also after a refresh that was refused', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const asked: (string | undefined)[][] = []
    let status: 200 | 429 = 200
    app.get('/x', cached(), (c) => {
      asked.push([c.req.header('if-none-match'), c.req.header('range')])
      return c.text(String(asked.length), status, status === 200 ? fields : {})
    })
    await get('/x')
    clock.ms += 11_000
    status = 429
    await get('/x')
    await settled()
    status = 200
    assert.equal((await get('/x', { 'if-none-match': '"other"', range: 'bytes=0-0' })).status, 206)
    await settled()
    assert.deepEqual(asked, [
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '3'])
  })

  it('keeps the client’s answer whole, however long the middleware around is busy with it', async () => {
    for (const handlerWaits of [false, true]) {
      const { app, cached, clock, get, settled } = testApp()
      const { open, opened } = gate()
      const { handler, calls } = counter(fields)
      let busy = false
      const seen: (string | null)[] = []
      app.use(async (c, next) => {
        await next()
        if (!busy) return
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0))
        seen.push(c.res.headers.get('cache-status'))
        c.header('x-late', '1')
      })
      app.get('/x', cached(), async (c) => {
        if (handlerWaits && calls() > 0) await opened
        return handler(c)
      })
      await get('/x')
      clock.ms += 11_000
      busy = true
      const stale = await get('/x')
      assert.equal(stale.status, 200)
      assert.equal(stale.headers.get('x-late'), '1')
      assert.deepEqual(await statusAndBody(stale), ['hitrate; hit; ttl=-1', '1'])
      assert.deepEqual(seen, ['hitrate; hit; ttl=-1'])
      busy = false
      open()
      await settled()
      const fresh = await get('/x')
      assert.equal(fresh.headers.get('x-late'), null)
      assert.deepEqual(await statusAndBody(fresh), ['hitrate; hit; ttl=10', '2'])
    }
  })

  it('refreshes even if the middleware around then fails', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const { handler } = counter(fields)
    let broken = false
    app.use(async (_, next) => {
      await next()
      if (broken) throw new Error('around')
    })
    app.get('/x', cached(), handler)
    app.onError((error, c) => c.text(error.message, 500))
    await get('/x')
    clock.ms += 11_000
    broken = true
    assert.equal(await (await get('/x')).text(), 'around')
    broken = false
    await settled()
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '2'])
  })

  it('lets nothing of the stale answer into the fresh one', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) => c.text('x'.repeat(++calls), 200, { ...fields, [`x-${calls}`]: '1' }))
    const old = await get('/x')
    clock.ms += 11_000
    await get('/x')
    await settled()
    const { headers } = await get('/x')
    assert.equal(headers.get('x-1'), null)
    assert.equal(headers.get('x-2'), '1')
    assert.equal(headers.get('content-length'), '2')
    assert.notEqual(headers.get('etag'), old.headers.get('etag'))
    assert.equal(headers.get('age'), '0')
  })

  it('keeps the stale entry when the refresh fails, and tries again', async () => {
    for (const fail of ['throws', 'answers 500']) {
      const { app, cached, clock, events, get, outcomes, settled } = testApp()
      let failing = false
      let calls = 0
      const errors: string[] = []
      app.get('/x', cached(), (c) => {
        calls++
        if (failing && fail === 'throws') throw new Error('broken')
        return failing ? c.text('failed', 500) : c.text(String(calls), 200, fields)
      })
      app.onError((error, c) => {
        errors.push(error.message)
        return c.text('error', 500)
      })
      await get('/x')
      clock.ms += 11_000
      failing = true
      for (const _ of [1, 2]) {
        assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=-1', '1'])
        await settled()
      }
      assert.equal(calls, 3, fail)
      assert.equal(errors.length, fail === 'throws' ? 2 : 0)
      failing = false
      await get('/x')
      await settled()
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', '4'])
      assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'stale', 'hit'])
      const results = events.flatMap((event) => (event.type === 'load' ? [event.result] : []))
      assert.deepEqual(results, ['ok', 'error', 'error', 'ok'])
    }
  })

  it('ends where a refresh brings what may not be kept', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let control = 'max-age=10, stale-while-revalidate=60'
    app.get('/x', cached(), (c) => c.text(control, 200, { 'cache-control': control }))
    await get('/x')
    clock.ms += 11_000
    control = 'private'
    assert.match(await (await get('/x')).text(), /^max-age/)
    await settled()
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; detail=private', 'private'])
  })

  it('works where promises are not shared, and without a waitUntil', async () => {
    let kept = 0
    const { app, cached, clock } = testApp({
      coalesce: false,
      onEvent: (event) => void (event.type === 'tier' && event.operation === 'set' && kept++),
    })
    const { handler, calls } = counter(fields)
    app.get('/x', cached(), handler)
    await app.request('/x')
    clock.ms += 11_000
    const stale = await Promise.all([app.request('/x'), app.request('/x')])
    for (const answer of stale) assert.deepEqual(await statusAndBody(answer), ['hitrate; hit; ttl=-1', '1'])
    while (kept < 2) await new Promise((resolve) => setTimeout(resolve, 0))
    assert.deepEqual(await statusAndBody(app.request('/x')), ['hitrate; hit; ttl=10', '2'])
    assert.equal(calls(), 2)
  })

  it('is not what only-if-cached sets in motion', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const { handler, calls } = counter(fields)
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 11_000
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; hit; ttl=-1',
      '1',
    ])
    await settled()
    assert.equal(calls(), 1)
  })
})

/** A handler that works once and then fails in this way. */
function failing(
  control: string,
  fail: 'throws' | number,
  options = {},
  fields = {},
  status: 200 | 404 = 200,
) {
  const made = testApp()
  let calls = 0
  made.app.get('/x', made.cached(options), (c) => {
    calls++
    if (calls === 1) return c.text('good', status, { 'cache-control': control, ...fields })
    if (fail === 'throws') throw new Error('broken')
    return c.text('failed', fail as 500)
  })
  const errors: string[] = []
  made.app.onError((error, c) => {
    errors.push(error.message)
    return c.text('error', 500, { 'cache-control': 'no-store' })
  })
  return { ...made, errors, calls: () => calls }
}

describe('stale-if-error', () => {
  it('answers with what is kept when the handler throws', async () => {
    const { clock, get, outcomes, errors } = failing('max-age=10, stale-if-error=60', 'throws')
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
    it(`answers with what is kept when the handler answers ${status}`, async () => {
      const { clock, get, outcomes } = failing('max-age=10, stale-if-error=60', status)
      await get('/x')
      clock.ms += 12_000
      const said = `hitrate; fwd=stale; fwd-status=${status}; ttl=-2; detail=stale-if-error`
      assert.deepEqual(await statusAndBody(get('/x')), [said, 'good'])
      assert.deepEqual(outcomes, ['miss', 'stale'])
    })
  }

  it('is met by conditions, and by HEAD', async () => {
    const { clock, get, request } = failing('max-age=10, stale-if-error=60', 'throws')
    const etag = (await get('/x')).headers.get('etag') ?? ''
    clock.ms += 12_000
    const same = await get('/x', { 'if-none-match': etag })
    assert.equal(same.status, 304)
    const said = 'hitrate; fwd=stale; fwd-status=500; ttl=-2; detail=stale-if-error'
    assert.equal(same.headers.get('cache-status'), said)
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '4')
    assert.equal(head.headers.get('cache-status'), said)
  })

  it('does not stand in for what the handler answers below 500, returned or thrown', async () => {
    for (const thrown of [false, true]) {
      const { app, cached, clock, get, outcomes } = testApp()
      let gone = false
      app.get('/x', cached(), (c) => {
        if (gone && thrown) throw new HTTPException(404, { message: 'gone' })
        return gone
          ? c.text('gone', 404)
          : c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=60' })
      })
      await get('/x')
      clock.ms += 12_000
      gone = true
      const answer = await get('/x')
      assert.equal(answer.status, 404)
      assert.deepEqual(await statusAndBody(answer), [
        `hitrate; fwd=stale; detail=${thrown ? 'thrown' : 'no-lifetime'}`,
        'gone',
      ])
      assert.deepEqual(outcomes, ['miss', 'miss'])
    }
  })

  for (const word of ['must-revalidate', 'proxy-revalidate', 's-maxage=10']) {
    it(`is forbidden by ${word}, even with staleOnThrow`, async () => {
      for (const fail of ['throws', 500] as const) {
        const { clock, get, outcomes } = failing(`max-age=10, stale-if-error=60, ${word}`, fail, {
          staleOnThrow: true,
        })
        await get('/x')
        clock.ms += 12_000
        assert.equal((await get('/x')).status, 500)
        assert.deepEqual(outcomes, ['miss', 'error'])
      }
    })
  }

  it('is forbidden by the handler’s own word also where our option gives the lifetime', async () => {
    for (const word of ['must-revalidate', 'proxy-revalidate', 's-maxage=1']) {
      const { clock, get, outcomes } = failing(`max-age=1, ${word}`, 'throws', {
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

  it('is not at all where nothing says so', async () => {
    for (const fail of ['throws', 500] as const) {
      const { clock, get, outcomes } = failing('max-age=10', fail)
      await get('/x')
      clock.ms += 12_000
      const failed = await get('/x')
      assert.equal(failed.status, 500)
      const said = fail === 'throws' ? 'hitrate; fwd=stale' : 'hitrate; fwd=stale; detail=no-lifetime'
      assert.equal(failed.headers.get('cache-status'), said)
      assert.deepEqual(outcomes, ['miss', 'error'])
    }
  })

  for (const [how, fields, minutes] of [
    ['ten minutes', {}, 10],
    ['a day where it has validators', { etag: '"a"' }, 24 * 60],
  ] as const) {
    it(`is what staleOnThrow allows where nothing says so, for ${how}`, async () => {
      const { clock, get } = failing('max-age=10', 'throws', { staleOnThrow: true }, fields)
      await get('/x')
      clock.ms += 10_000 + minutes * 60_000 - 1
      assert.equal(await (await get('/x')).text(), 'good')
      clock.ms += 1
      assert.equal((await get('/x')).status, 500)
    })
  }

  it('is not what staleOnThrow makes of a kept 404: what was absent may be there by now', async () => {
    const { clock, get } = failing('max-age=10', 'throws', { staleOnThrow: true }, {}, 404)
    assert.equal((await get('/x')).status, 404)
    clock.ms += 10_001
    assert.equal((await get('/x')).status, 500)
  })

  it('never brings back what was invalidated', async () => {
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

  it('does not bring back either what is invalidated while the load fails', async () => {
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
    const late = get('/x')
    await cache.invalidateTags(['a'])
    open()
    assert.equal((await late).status, 500)
  })
})

describe('a handler that throws', () => {
  const everyWay: [way: string, answer: () => Response][] = [
    ['c.text()', () => new Response('set below')],
    ['new Response()', () => new Response('sorry', { status: 500, headers: { 'x-by': 'onError' } })],
  ]
  for (const [way, answer] of everyWay) {
    it(`leaves the answers to app.onError, once for each who asked: ${way}`, async () => {
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
        return way === 'c.text()' ? c.text('sorry', 500, { 'x-by': 'onError' }) : answer()
      })
      const answers = [get('/x'), get('/x'), get('/x')]
      open()
      const said = [
        'hitrate; fwd=uri-miss',
        'hitrate; fwd=uri-miss; collapsed',
        'hitrate; fwd=uri-miss; collapsed',
      ]
      for (const [i, response] of (await Promise.all(answers)).entries()) {
        assert.equal(response.status, 500)
        assert.equal(response.headers.get('x-by'), 'onError')
        assert.equal(await response.text(), 'sorry')
        // A plain Response from onError knows nothing of what middleware has set: that is Hono's rule.
        if (i === 0 || way === 'c.text()') assert.equal(response.headers.get('cache-status'), said[i])
      }
      assert.equal(calls, 1)
      assert.equal(errors, 3)
      assert.deepEqual(outcomes, ['error', 'error', 'error'])
      assert.equal((await get('/x')).status, 500)
      assert.equal(calls, 2)
    })
  }

  it('is asked again by the next, and forgotten when it works', async () => {
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

  it('may say what to answer: an HTTPException with a response of its own', async () => {
    const { app, cached, get, outcomes } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), () => {
      const res = new Response('pay first', { status: 402, headers: { 'x-price': '1' } })
      throw new HTTPException(402, { res })
    })
    for (const _ of [1, 2]) {
      const answer = await get('/x')
      assert.equal(answer.status, 402)
      assert.equal(answer.headers.get('x-price'), '1')
      assert.deepEqual(await statusAndBody(answer), ['hitrate; fwd=uri-miss; detail=thrown', 'pay first'])
    }
    assert.deepEqual(outcomes, ['miss', 'miss'])
  })

  it('gives each who waited its own answer when it throws what is no failure', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      await opened
      throw new HTTPException(403, { message: `not for ${c.req.header('x-user')}` })
    })
    const both = [get('/x', { 'x-user': 'ann' }), get('/x', { 'x-user': 'bob' })]
    open()
    const bodies = await Promise.all((await Promise.all(both)).map((answer) => answer.text()))
    assert.deepEqual(bodies, ['not for ann', 'not for bob'])
    assert.deepEqual(outcomes, ['miss', 'miss'])
  })

  it('may throw anything, which then goes where it would have gone without a cache', async () => {
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

  it('leaves nothing of an answer that broke off on the error’s answer', async () => {
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

  it('in an unsafe method is answered by app.onError once, and forgets nothing', async () => {
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

  it('answers 5xx on its own account to each who asks', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached({ targetedControl: 'max-age=60' }), async (c) => {
      const call = ++calls
      await opened
      return c.text(`failed ${call}`, 503)
    })
    const both = [get('/x'), get('/x')]
    open()
    const bodies = await Promise.all((await Promise.all(both)).map((answer) => answer.text()))
    assert.deepEqual(bodies, ['failed 1', 'failed 2'])
    assert.deepEqual(outcomes, ['error', 'error'])
  })

  it('may say how long its failure is to be kept', async () => {
    const { app, cached, get, outcomes } = testApp()
    let calls = 0
    app.get('/x', cached(), (c) => c.text(`failed ${++calls}`, 503, { 'cache-control': 'max-age=60' }))
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=uri-miss; ttl=60; stored', 'failed 1'])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'failed 1'])
    assert.deepEqual(outcomes, ['error', 'hit'])
  })
})

describe('a status above 500 that RFC 5861 does not name', () => {
  it('is what the client gets, counts as an error, and leaves what was kept', async () => {
    const { app, cached, clock, get, outcomes } = testApp()
    const statuses = [200, 501, 505, 503]
    app.get('/x', cached({ targetedControl: 'max-age=10, stale-if-error=600' }), () => {
      return new Response('x', { status: statuses.shift() ?? 0 })
    })
    await get('/x')
    clock.ms += 11_000
    const answers = [await get('/x'), await get('/x'), await get('/x')]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [501, 505, 200],
    )
    assert.deepEqual(outcomes, ['miss', 'error', 'error', 'stale'])
  })
})

describe('an answer that is about who asks', () => {
  const fields = { 'cache-control': 'max-age=10, stale-if-error=600' }

  for (const status of [401, 403, 429]) {
    it(`does not end what is kept for others: ${status}`, async () => {
      const { app, cached, clock, get } = testApp()
      let answer = () => new Response('for all', { headers: fields })
      app.get('/x', cached(), () => answer())
      await get('/x')
      clock.ms += 11_000
      answer = () => new Response('refused', { status })
      assert.equal((await get('/x')).status, status)
      answer = () => new Response('broken', { status: 500 })
      assert.equal((await statusAndBody(get('/x')))[1], 'for all')
    })
  }

  it('does not end it either when it is to Authorization, though a private one does', async () => {
    for (const [headers, then] of [
      [fields, 'for all'],
      [{ 'cache-control': 'private' }, 'broken'],
    ] as const) {
      const { app, cached, clock, get } = testApp()
      let answer = () => new Response('for all', { headers: fields })
      app.get('/x', cached(), () => answer())
      await get('/x')
      clock.ms += 11_000
      answer = () => new Response('for one', { headers })
      assert.equal((await statusAndBody(get('/x', { authorization: 'Bearer x' })))[1], 'for one')
      answer = () => new Response('broken', { status: 500 })
      assert.equal((await statusAndBody(get('/x')))[1], then)
    }
  })

  it('does not end it when the handler has only confirmed it to Authorization', async () => {
    const { app, cached, clock, get } = testApp()
    let answer = () => new Response('for all', { headers: { ...fields, etag: '"1"' } })
    app.get('/x', cached(), () => answer())
    await get('/x')
    clock.ms += 11_000
    answer = () => new Response(null, { status: 304 })
    const confirmed = await statusAndBody(get('/x', { authorization: 'Bearer x' }))
    assert.deepEqual(confirmed, ['hitrate; fwd=stale; fwd-status=304; detail=authorization', 'for all'])
    answer = () => new Response('broken', { status: 500 })
    assert.equal((await statusAndBody(get('/x')))[1], 'for all')
  })
})
