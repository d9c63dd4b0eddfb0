import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { type MeasuredOptions, measured } from '../../src/http/measured.ts'

type End = Parameters<MeasuredOptions['onEnd']>[0]

function measuredApp() {
  const events: (End | 'start')[] = []
  let ms = 0
  const app = new Hono()
  const middleware = measured({
    onStart: () => events.push('start'),
    onEnd: (end) => events.push(end),
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
  const cases: [method: string, path: string, end: End][] = [
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

  it('works without onStart and timer', async () => {
    const ends: End[] = []
    const app = new Hono()
    app.use(measured({ onEnd: (end) => ends.push(end) }))
    app.get('/', (c) => c.text('x'))
    await app.request('/')
    assert.equal(ends.length, 1)
    assert.ok(ends[0] && ends[0].durationMs >= 0)
  })

  const invalid: [options: unknown, message: string][] = [
    [undefined, 'measured: onEnd must be a function, got undefined'],
    [{}, 'measured: onEnd must be a function, got undefined'],
    [null, 'measured: options must be an object, got null'],
    [{ onEnd: 'x' }, 'measured: onEnd must be a function, got "x"'],
    [{ onEnd() {}, onstart() {} }, 'measured: unknown option "onstart"; did you mean "onStart"?'],
    [{ onEnd() {}, timer: 5 }, 'measured: timer must be a function, got 5'],
  ]
  for (const [options, message] of invalid) {
    it(`rejects invalid options: ${message}`, () => {
      assert.throws(() => measured(options as never), { name: 'TypeError', message })
    })
  }
})
