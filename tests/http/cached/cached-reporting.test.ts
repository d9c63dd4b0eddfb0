/** Reports about a request: Cache-Status and Server-Timing for clients, events for listeners. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { counter, gate, testApp } from '../../support/test-app.ts'

const responseHeaders = { 'cache-control': 'max-age=60' }
const timing = async (response: Response | Promise<Response>) => (await response).headers.get('server-timing')
const status = async (response: Response | Promise<Response>) => (await response).headers.get('cache-status')

describe('Server-Timing', () => {
  it('Server-Timing shows the outcome, and the duration of the request’s own load', async () => {
    const { app, cached, clock, get } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60, stale-while-revalidate=60' })
    app.get('/x', cached({ serverTiming: true }), async (c) => {
      if (calls() === 0) await opened
      return handler(c)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    const [first, second] = await Promise.all(concurrent)
    assert.match((await timing(first ?? assert.fail())) ?? '', /^cache;desc=miss;dur=\d+\.\d$/)
    assert.equal(await timing(second ?? assert.fail()), 'cache;desc=coalesced')
    assert.equal(await timing(get('/x')), 'cache;desc=hit')
    clock.ms += 61_000
    assert.equal(await timing(get('/x')), 'cache;desc=stale')
  })

  it('Server-Timing is part of a 304, HEAD, 206, 504, an own response, and a stale response after an error', async () => {
    const { app, cached, clock, get, request } = testApp()
    let isBroken = false
    app.get('/x', cached({ serverTiming: true }), (c) => {
      if (isBroken) throw new Error('broken')
      return c.text('abc', 200, { 'cache-control': 'max-age=60, stale-if-error=60', etag: '"a"' })
    })
    app.get('/own', cached({ serverTiming: true }), (c) => c.text('own'))
    app.onError((_, c) => c.text('error', 500))
    assert.match((await timing(get('/x'))) ?? '', /^cache;desc=miss;dur=/)
    assert.equal(await timing(get('/x', { 'if-none-match': '"a"' })), 'cache;desc=hit')
    assert.equal(await timing(get('/x', { range: 'bytes=0-0' })), 'cache;desc=hit')
    assert.equal(await timing(request('HEAD', '/x')), 'cache;desc=hit')
    assert.match((await timing(get('/own'))) ?? '', /^cache;desc=miss;dur=/)
    assert.equal(await timing(get('/none', { 'cache-control': 'only-if-cached' })), null)
    assert.equal(await timing(get('/own', { 'cache-control': 'only-if-cached' })), 'cache;desc=miss')
    clock.ms += 61_000
    isBroken = true
    assert.match((await timing(get('/x'))) ?? '', /^cache;desc=stale;dur=/)
  })

  it('Server-Timing of the cache is appended to that of the handler, and neither is stored', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ serverTiming: true }), (c) =>
      c.text('x', 200, { ...responseHeaders, 'server-timing': 'db;dur=5' }),
    )
    assert.match((await timing(get('/x'))) ?? '', /^db;dur=5, cache;desc=miss;dur=/)
    for (const _ of [1, 2]) assert.equal(await timing(get('/x')), 'cache;desc=hit')
  })

  it('Server-Timing is absent without the option serverTiming', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, responseHeaders))
    for (const _ of [1, 2]) assert.equal(await timing(get('/x')), null)
  })
})

describe('key in Cache-Status', () => {
  it('Cache-Status shows the key with the option debug', async () => {
    const { app, cached, get, request } = testApp()
    app.get('/x', cached({ debug: true }), (c) => c.text('x', 200, responseHeaders))
    app.put('/x', cached({ debug: true }), (c) => c.text('x'))
    const key = 'key="http://localhost/x?a=1"'
    assert.equal(await status(get('/x?a=1')), `hitrate; fwd=uri-miss; ttl=60; stored; ${key}`)
    assert.equal(await status(get('/x?a=1')), `hitrate; hit; ttl=60; ${key}`)
    assert.equal(await status(request('PUT', '/x?a=1')), `hitrate; fwd=method; ${key}`)
    assert.equal(
      await status(get('/x?a=1', { 'cache-control': 'only-if-cached' })),
      `hitrate; detail=only-if-cached; ${key}`,
    )
  })

  it('the key in Cache-Status is a valid Structured Field string', async () => {
    const cases: [key: string, escaped: string][] = [
      ['say "hi"', String.raw`say \"hi\"`],
      [String.raw`a\b`, String.raw`a\\b`],
      ['naïve', 'na%C3%AFve'],
      ['鍵 🔑', '%E9%8D%B5 %F0%9F%94%91'],
      ['a\r\nb\0', 'a%0D%0A%0Ab%00'],
      ['\ud800', '%EF%BF%BD'],
      [' ', ' '],
    ]
    for (const [key, escaped] of cases) {
      const { app, cached, get } = testApp()
      app.get('/x', cached({ debug: true, keyGenerator: () => key }), (c) =>
        c.text('x', 200, responseHeaders),
      )
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        assert.equal(await status(get('/x')), `hitrate; ${outcome}; key="${escaped}"`)
      }
    }
  })

  it('Cache-Status of a hit shows the key of the variant', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ debug: true }), (c) => c.text('x', 200, { ...responseHeaders, vary: 'x-user' }))
    await get('/x', { 'x-user': 'ann' })
    assert.equal(
      await status(get('/x', { 'x-user': 'ann' })),
      'hitrate; hit; ttl=60; key="http://localhost/x%0Ax-user%00ann"',
    )
  })

  it('Cache-Status shows the key of the own variant after waiting for the load of another variant', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached({ debug: true }), async (c) => {
      await opened
      return c.text('x', 200, { ...responseHeaders, vary: 'x-user' })
    })
    const concurrent = ['ann', 'bob'].map((user) => get('/x', { 'x-user': user }))
    open()
    const [, second] = await Promise.all(concurrent.map(status))
    assert.equal(second, 'hitrate; fwd=uri-miss; ttl=60; stored; key="http://localhost/x%0Ax-user%00bob"')
  })

  it('Cache-Status shows no key without the option debug', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, responseHeaders))
    for (const _ of [1, 2]) assert.doesNotMatch((await status(get('/x'))) ?? '', /key/)
  })
})

describe('events', () => {
  it('events carry the method and the route pattern, never a path', async () => {
    const { app, cached, clock, events, get, request, settled } = testApp()
    const api = new Hono()
    const cache = cached()
    const responseHeaders = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }
    api.get('/users/:id', cache, (c) => c.text('x', 200, responseHeaders))
    api.put('/users/:id', cache, (c) => c.text('x'))
    app.route('/api', api)
    await get('/api/users/1')
    await get('/api/users/1')
    await request('HEAD', '/api/users/1')
    clock.ms += 11_000
    await get('/api/users/1')
    await settled()
    await request('PUT', '/api/users/1')
    const reports = events.flatMap((event) =>
      event.type === 'read' || event.type === 'load'
        ? [
            `${event.type} ${event.type === 'read' ? event.outcome : event.result} ${event.method} ${event.route}`,
          ]
        : [],
    )
    const route = '/api/users/:id'
    assert.deepEqual(reports, [
      `load ok GET ${route}`,
      `read miss GET ${route}`,
      `read hit GET ${route}`,
      `read hit HEAD ${route}`,
      `read stale GET ${route}`,
      `load ok GET ${route}`,
      `read bypass PUT ${route}`,
    ])
  })

  it('events carry the pattern of the matched route where cached() covers many routes', async () => {
    const { app, cached, events, get } = testApp()
    app.use(cached())
    app.get('/a/:id', (c) => c.text('x', 200, responseHeaders))
    await get('/a/1')
    await get('/none')
    const routes = events.flatMap((event) => (event.type === 'read' ? [event.route] : []))
    assert.deepEqual(routes, ['/a/:id', '/*'])
  })
})

describe('Server-Timing of an immutable response', () => {
  it('Response.error() gets no Server-Timing', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ serverTiming: true }), () => Response.error())
    assert.equal((await get('/x')).type, 'error')
  })
})

describe('counts of reads', () => {
  it('every read is counted once, for any mix of directives, methods and errors', async () => {
    const { app, cached, responses: stored, clock, events, get, outcomes, request, settled } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached({ clientControl: true }), async (c) => {
      const kind = calls++ % 5
      if (kind === 3) await opened
      if (kind === 0) throw new Error('broken')
      if (kind === 1) return c.text('x', 500)
      if (kind === 2) return c.text('x', 200, { 'cache-control': 'private' })
      return c.text('x', 200, {
        'cache-control': 'max-age=5, stale-while-revalidate=5, stale-if-error=9',
        vary: 'x',
      })
    })
    app.onError((_, c) => c.text('error', 500))
    const controls = ['no-cache', 'no-store', 'only-if-cached', 'max-stale', 'max-age=1', 'min-fresh=3', '']
    const responses: Promise<Response>[] = []
    for (let i = 0; i < 300; i++) {
      const requestHeaders = {
        'cache-control': controls[i % 7] ?? '',
        x: String(i % 2),
        'if-none-match': i % 3 ? '"a"' : '*',
      }
      responses.push(i % 4 ? get('/x', requestHeaders) : request('HEAD', '/x', requestHeaders))
      if (i % 20 === 0)
        await responses
          .at(-1)
          ?.catch(() => {})
          .then(
            () => {},
            () => {},
          )
      if (i % 3 === 0) clock.ms += 1000
      if (i === 0) open()
      if (i % 50 === 0) await stored.deleteMany(['http://localhost/x'])
    }
    await Promise.all(responses)
    await settled()
    assert.equal(outcomes.length, 300)
    assert.equal(events.filter(({ type }) => type === 'read').length, 300)
    const loads = events.filter(({ type }) => type === 'load')
    assert.equal(loads.length, calls)
  })
})
