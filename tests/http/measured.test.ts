import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { type MeasuredOptions, measured } from '../../src/http/measured.ts'

type End = Parameters<MeasuredOptions['onEnd']>[0]

function measuredApp() {
  const story: (End | 'start')[] = []
  let ms = 0
  const app = new Hono()
  const around = measured({
    onStart: () => story.push('start'),
    onEnd: (end) => story.push(end),
    timer: () => ms,
  })
  app.use(around)
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
  return { app, story }
}

describe('every request', () => {
  const cases: [method: string, path: string, end: End][] = [
    ['GET', '/users/1', { method: 'GET', route: '/users/:id', status: 200, durationMs: 5 }],
    ['HEAD', '/users/1?x=1', { method: 'HEAD', route: '/users/:id', status: 200, durationMs: 5 }],
    ['POST', '/users', { method: 'POST', route: '/users', status: 201, durationMs: 0 }],
    ['PUT', '/users', { method: 'PUT', route: '/*', status: 404, durationMs: 0 }],
    ['GET', '/nobody/knows', { method: 'GET', route: '/*', status: 404, durationMs: 0 }],
    ['GET', '/in/x/y', { method: 'GET', route: '/in/:a/:b', status: 404, durationMs: 0 }],
    ['GET', '/throws', { method: 'GET', route: '/throws', status: 503, durationMs: 7 }],
  ]
  for (const [method, path, end] of cases) {
    it(`is told with the route’s pattern, status and duration: ${method} ${path}`, async () => {
      const { app, story } = measuredApp()
      await app.request(path, { method })
      assert.deepEqual(story, ['start', end])
    })
  }

  it('ends, even with an error that nobody answers', async () => {
    const { app, story } = measuredApp()
    await assert.rejects(
      async () => app.request('/throws-a-string'),
      (error) => error === 'broken',
    )
    assert.deepEqual(story, [
      'start',
      { method: 'GET', route: '/throws-a-string', status: 500, durationMs: 0 },
    ])
  })

  it('needs no onStart and no timer', async () => {
    const ends: End[] = []
    const app = new Hono()
    app.use(measured({ onEnd: (end) => ends.push(end) }))
    app.get('/', (c) => c.text('x'))
    await app.request('/')
    assert.equal(ends.length, 1)
    assert.ok(ends[0] && ends[0].durationMs >= 0)
  })
})
