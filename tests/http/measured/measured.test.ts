import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { type MeasuredOptions, measured } from '../../../src/http/measured/measured.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { consoleErrors } from '../../support/console-errors.ts'

type End = Parameters<MeasuredOptions['onEnd']>[0]
type Ended = Pick<End, 'method' | 'route' | 'status' | 'durationMs'>

function measuredApp() {
  const events: (Ended | 'start')[] = []
  let ms = 0
  const app = new Hono()
  const middleware = measured({
    onStart: () => events.push('start'),
    onEnd: ({ method, route, status, durationMs }) => events.push({ method, route, status, durationMs }),
    timer: () => ms,
  })
  app.use(middleware)
  app.get('/users/:id', (c) => {
    ms += 5
    return c.text('x')
  })
  app.post('/users', (c) => c.text('x', 201))
  app.get('/throws', () => {
    ms += 7
    throw new Error('broken')
  })
  app.get('/throws-a-string', () => {
    throw 'broken'
  })
  app.route(
    '/in',
    new Hono().get('/:a/:b', (c) => c.text('x', 404)),
  )
  app.onError((_, c) => c.text('error', 503))
  return { app, events }
}

describe('measured()', () => {
  const cases: [method: string, path: string, end: Ended][] = [
    ['GET', '/users/1', { method: 'GET', route: '/users/:id', status: 200, durationMs: 5 }],
    ['HEAD', '/users/1?x=1', { method: 'HEAD', route: '/users/:id', status: 200, durationMs: 5 }],
    ['POST', '/users', { method: 'POST', route: '/users', status: 201, durationMs: 0 }],
    ['PUT', '/users', { method: 'PUT', route: '/*', status: 404, durationMs: 0 }],
    ['GET', '/unknown/route', { method: 'GET', route: '/*', status: 404, durationMs: 0 }],
    ['GET', '/in/x/y', { method: 'GET', route: '/in/:a/:b', status: 404, durationMs: 0 }],
    ['GET', '/throws', { method: 'GET', route: '/throws', status: 503, durationMs: 7 }],
  ]
  for (const [method, path, end] of cases) {
    it(`reports the route pattern, status and duration of ${method} ${path}`, async () => {
      const { app, events } = measuredApp()
      await app.request(path, { method })
      assert.deepEqual(events, ['start', end])
    })
  }

  it('reports status 500 for an error that no error handler handles', async () => {
    const { app, events } = measuredApp()
    await assert.rejects(
      async () => app.request('/throws-a-string'),
      (error) => error === 'broken',
    )
    assert.deepEqual(events, [
      'start',
      { method: 'GET', route: '/throws-a-string', status: 500, durationMs: 0 },
    ])
  })

  it('reports status 500 for a handler that returns no response', async () => {
    for (const result of ['text', { a: 1 }, undefined]) {
      const ends: End[] = []
      const app = new Hono()
      app.use(measured({ onEnd: (end) => ends.push(end) }))
      app.get('/x', (() => result) as never)
      await Promise.resolve(app.request('/x')).catch(() => {}) // the server sees what Hono returns, or its error
      assert.deepEqual([ends.length, ends[0]?.status, ends[0]?.route], [1, 500, '/x'])
    }
  })

  it('passes the details of a response to onEnd, of a plain one, a stored one and an error', async () => {
    const ends: unknown[] = []
    const app = new Hono()
    const details = (c: Context) => `${c.req.path} ${c.res.status} ${c.res.headers.get('cache-status')}`
    app.use(measured({ onEnd: (end) => ends.push(end.details), details }))
    const cache = createCache({ memory: memoryStore(), now: () => 1e12 })
    app.get('/stored', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.text('x'))
    app.get('/plain', (c) => c.text('x'))
    for (const path of ['/plain', '/stored', '/stored', '/none']) await app.request(path)
    assert.deepEqual(ends, [
      '/plain 200 null',
      '/stored 200 hitrate; fwd=uri-miss; ttl=60; stored',
      '/stored 200 hitrate; hit; ttl=60',
      '/none 404 null',
    ])
  })

  it('reports a failure of details, and the request without them', async () => {
    const ends: unknown[] = []
    const reports: unknown[] = []
    const app = new Hono()
    const details = () => assert.fail('broken')
    const onError = (_: unknown, callback: string) => reports.push(callback)
    app.use(measured({ onEnd: (end) => ends.push([end.status, end.details]), details, onError }))
    app.get('/x', (c) => c.text('x'))
    for (const _ of [1, 2]) assert.equal((await app.request('/x')).status, 200)
    assert.deepEqual(
      [ends, reports],
      [
        [
          [200, undefined],
          [200, undefined],
        ],
        ['details'],
      ],
    )
  })

  it('works without onStart and timer', async () => {
    const ends: End[] = []
    const app = new Hono()
    app.use(measured({ onEnd: (end) => ends.push(end) }))
    app.get('/', (c) => c.text('x'))
    await app.request('/')
    assert.equal(ends.length, 1)
    assert.ok(ends[0] && ends[0].durationMs >= 0)
  })

  it('does not report requests that skip selects', async () => {
    const seen: string[] = []
    const app = new Hono()
    const skip = (c: Context) => c.req.path === '/health'
    app.use(measured({ onStart: () => seen.push('start'), onEnd: ({ route }) => seen.push(route), skip }))
    app.get('/health', (c) => c.text('up'))
    app.get('/x', (c) => c.text('x'))
    assert.equal(await (await app.request('/health')).text(), 'up')
    await app.request('/x')
    assert.deepEqual(seen, ['start', '/x'])
  })

  describe('with callbacks that fail', () => {
    const fail = () => {
      throw new Error('sync')
    }
    const reject = () => Promise.reject(new Error('async'))
    const failing: [name: string, options: Partial<MeasuredOptions>, reports: string[]][] = [
      ['onStart throws', { onStart: fail }, ['onStart sync']],
      ['onStart rejects', { onStart: reject }, ['onStart async']],
      ['onEnd throws', { onEnd: fail }, ['onEnd sync']],
      ['onEnd rejects', { onEnd: reject as never }, ['onEnd async']],
      ['onHit throws', { onHit: fail }, ['onHit sync']],
      ['onHit rejects', { onHit: reject as never }, ['onHit async']],
      ['skip throws', { skip: fail }, ['skip sync']],
      ['timer throws', { timer: fail }, ['timer sync']],
      [
        'timer returns nonsense',
        { timer: () => 'x' as never },
        ['timer timer must return a number of ms, got a value of type string'],
      ],
      [
        'timer rejects',
        { timer: reject as never },
        ['timer timer must return a number of ms, got a value of type object'],
      ],
      ['skip rejects', { skip: reject as never }, ['skip skip must return a boolean, got a promise']],
    ]
    for (const [name, options, reports] of failing) {
      it(`leaves every response as it is and reports once: ${name}`, async () => {
        const seen: string[] = []
        const ends: End[] = []
        const cache = createCache({ memory: memoryStore() })
        const app = new Hono()
        const onError = (error: unknown, callback: string) =>
          seen.push(`${callback} ${(error as Error).message}`)
        app.use(measured({ onEnd: (end) => ends.push(end), ...options, onError }))
        app.get('/sync', (c) => c.text('sync'))
        app.get('/async', async (c) => c.text('async', 201))
        app.get('/hit', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.text('hit'))
        app.get('/throws', fail)
        app.onError((_, c) => c.text('error', 503))
        const answers: string[] = []
        for (const path of ['/sync', '/async', '/hit', '/hit', '/hit', '/throws', '/unknown']) {
          const response = await app.request(path)
          answers.push(`${response.status} ${await response.text()}`)
        }
        await new Promise((resolve) => setImmediate(resolve))
        const expected = [
          '200 sync',
          '201 async',
          '200 hit',
          '200 hit',
          '200 hit',
          '503 error',
          '404 404 Not Found',
        ]
        assert.deepEqual(answers, expected)
        assert.deepEqual(seen, reports)
        assert.ok(ends.every(({ durationMs }) => durationMs >= 0))
        assert.ok(ends.length > 0 || 'onEnd' in options)
      })
    }

    it('writes one line to console.error without onError', async () => {
      const app = new Hono()
      app.use(measured({ onEnd: fail }))
      app.get('/', (c) => c.text('x'))
      const lines = await consoleErrors(async () => {
        for (const _ of [1, 2]) assert.equal((await app.request('/')).status, 200)
      })
      assert.deepEqual(lines, ['measured: onEnd failed, reported once: Error: sync'])
    })
  })

  const invalid: [options: unknown, message: string][] = [
    [undefined, 'measured: onEnd must be a function, got undefined'],
    [{}, 'measured: onEnd must be a function, got undefined'],
    [null, 'measured: options must be an object, got null'],
    [{ onEnd: 'x' }, 'measured: onEnd must be a function, got "x"'],
    [{ onEnd() {}, onstart() {} }, 'measured: unknown option "onstart"; did you mean "onStart"?'],
    [{ onEnd() {}, onError: 1 }, 'measured: onError must be a function, got 1'],
    [{ onEnd() {}, timer: 5 }, 'measured: timer must be a function, got 5'],
  ]
  for (const [options, message] of invalid) {
    it(`rejects invalid options: ${message}`, () => {
      assert.throws(() => measured(options as never), { name: 'TypeError', message })
    })
  }
})
