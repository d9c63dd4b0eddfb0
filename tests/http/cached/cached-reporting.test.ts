/** What a cache tells: clients by Cache-Status and Server-Timing, its listeners by events. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { counter, gate, testApp } from '../../support/test-app.ts'

const fields = { 'cache-control': 'max-age=60' }
const timing = async (answer: Response | Promise<Response>) => (await answer).headers.get('server-timing')
const status = async (answer: Response | Promise<Response>) => (await answer).headers.get('cache-status')

describe('Server-Timing', () => {
  it('says how the read ended, and how long a load of its own took', async () => {
    const { app, cached, clock, get } = testApp()
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60, stale-while-revalidate=60' })
    app.get('/x', cached({ serverTiming: true }), async (c) => {
      if (calls() === 0) await opened
      return handler(c)
    })
    const together = [get('/x'), get('/x')]
    open()
    const [first, second] = await Promise.all(together)
    assert.match((await timing(first ?? assert.fail())) ?? '', /^cache;desc=miss;dur=\d+\.\d$/)
    assert.equal(await timing(second ?? assert.fail()), 'cache;desc=coalesced')
    assert.equal(await timing(get('/x')), 'cache;desc=hit')
    clock.ms += 61_000
    assert.equal(await timing(get('/x')), 'cache;desc=stale')
  })

  it('is on 304, HEAD, a part, an answer that is not kept, a 504, and what stands in for a failure', async () => {
    const { app, cached, clock, get, request } = testApp()
    let broken = false
    app.get('/x', cached({ serverTiming: true }), (c) => {
      if (broken) throw new Error('broken')
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
    broken = true
    assert.match((await timing(get('/x'))) ?? '', /^cache;desc=stale;dur=/)
  })

  it('is one more member beside those of others, and is never kept', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ serverTiming: true }), (c) =>
      c.text('x', 200, { ...fields, 'server-timing': 'db;dur=5' }),
    )
    assert.match((await timing(get('/x'))) ?? '', /^db;dur=5, cache;desc=miss;dur=/)
    for (const _ of [1, 2]) assert.equal(await timing(get('/x')), 'db;dur=5, cache;desc=hit')
  })

  it('is not there unless it is asked for', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, fields))
    for (const _ of [1, 2]) assert.equal(await timing(get('/x')), null)
  })
})

describe('the key', () => {
  it('is said in debug, on misses, hits and what is not kept', async () => {
    const { app, cached, get, request } = testApp()
    app.get('/x', cached({ debug: true }), (c) => c.text('x', 200, fields))
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

  it('is a string of a Structured Field, whatever it is made of', async () => {
    const odd: [key: string, said: string][] = [
      ['say "hi"', String.raw`say \"hi\"`],
      [String.raw`a\b`, String.raw`a\\b`],
      ['naïve', 'na%C3%AFve'],
      ['鍵 🔑', '%E9%8D%B5 %F0%9F%94%91'],
      ['a\r\nb\0', 'a%0D%0A%0Ab%00'],
      ['\ud800', '%EF%BF%BD'],
      [' ', ' '],
    ]
    for (const [key, said] of odd) {
      const { app, cached, get } = testApp()
      app.get('/x', cached({ debug: true, keyGenerator: () => key }), (c) => c.text('x', 200, fields))
      for (const how of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        assert.equal(await status(get('/x')), `hitrate; ${how}; key="${said}"`)
      }
    }
  })

  it('is the variant’s, where the answer varies', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ debug: true }), (c) => c.text('x', 200, { ...fields, vary: 'x-user' }))
    await get('/x', { 'x-user': 'ann' })
    assert.equal(
      await status(get('/x', { 'x-user': 'ann' })),
      'hitrate; hit; ttl=60; key="http://localhost/x%0Ax-user%00ann"',
    )
  })

  it('is the variant’s too for who waited for another’s answer first', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached({ debug: true }), async (c) => {
      await opened
      return c.text('x', 200, { ...fields, vary: 'x-user' })
    })
    const together = ['ann', 'bob'].map((user) => get('/x', { 'x-user': user }))
    open()
    const [, second] = await Promise.all(together.map(status))
    assert.equal(second, 'hitrate; fwd=uri-miss; ttl=60; stored; key="http://localhost/x%0Ax-user%00bob"')
  })

  it('is nobody’s business otherwise', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) => c.text('x', 200, fields))
    for (const _ of [1, 2]) assert.doesNotMatch((await status(get('/x'))) ?? '', /key/)
  })
})

describe('fwd-status', () => {
  it('is what the handler answered, where the client gets something else', async () => {
    const { app, cached, clock, get } = testApp()
    let answer = 200
    app.get('/x', cached(), (c) => {
      if (answer === 304) return c.body(null, 304)
      return c.text('abc', answer as 200, { 'cache-control': 'max-age=10, stale-if-error=60', etag: '"a"' })
    })
    const stale = async (next: number, headers = {}) => {
      clock.ms += 11_000
      answer = next
      return status(get('/x', headers))
    }
    assert.equal(await status(get('/x')), 'hitrate; fwd=uri-miss; ttl=10; stored')
    assert.equal(await stale(200), 'hitrate; fwd=stale; ttl=10; stored')
    assert.equal(await stale(304), 'hitrate; fwd=stale; fwd-status=304; ttl=10; stored')
    const same = { 'if-none-match': '"a"' }
    assert.equal(await stale(200, same), 'hitrate; fwd=stale; fwd-status=200; ttl=10; stored')
    assert.equal(await stale(304, same), 'hitrate; fwd=stale; fwd-status=304; ttl=10; stored')
    assert.equal(await stale(503), 'hitrate; fwd=stale; fwd-status=503; ttl=-1; detail=stale-if-error')
  })
})

describe('events', () => {
  it('carry the method and the pattern of the route, never a path', async () => {
    const { app, cached, clock, events, get, request, settled } = testApp()
    const api = new Hono()
    const cache = cached()
    const stale = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }
    api.get('/users/:id', cache, (c) => c.text('x', 200, stale))
    api.put('/users/:id', cache, (c) => c.text('x'))
    app.route('/api', api)
    await get('/api/users/1')
    await get('/api/users/1')
    await request('HEAD', '/api/users/1')
    clock.ms += 11_000
    await get('/api/users/1')
    await settled()
    await request('PUT', '/api/users/1')
    const told = events.flatMap((event) =>
      event.type === 'read' || event.type === 'load'
        ? [
            `${event.type} ${event.type === 'read' ? event.outcome : event.result} ${event.method} ${event.route}`,
          ]
        : [],
    )
    const route = '/api/users/:id'
    assert.deepEqual(told, [
      `load ok GET ${route}`,
      `read miss GET ${route}`,
      `read hit GET ${route}`,
      `read hit HEAD ${route}`,
      `read stale GET ${route}`,
      `load ok GET ${route}`,
      `read bypass PUT ${route}`,
    ])
  })

  it('carry the pattern also where the cache stands around many routes', async () => {
    const { app, cached, events, get } = testApp()
    app.use(cached())
    app.get('/a/:id', (c) => c.text('x', 200, fields))
    await get('/a/1')
    await get('/none')
    const routes = events.flatMap((event) => (event.type === 'read' ? [event.route] : []))
    assert.deepEqual(routes, ['/a/:id', '/*'])
  })
})
