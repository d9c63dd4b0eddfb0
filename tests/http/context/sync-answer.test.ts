import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context, MiddlewareHandler, Next } from 'hono'
import { every } from 'hono/combine'
import { setsNoHeaders } from '../../../src/http/context/sets-no-headers.ts'
import { trySyncAnswer, withSyncAnswer } from '../../../src/http/context/sync-answer.ts'
import { front } from '../../../src/http/front/front.ts'
import { type MeasuredOptions, measured } from '../../../src/http/measured/measured.ts'
import { counter, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

const responseHeaders = { 'cache-control': 'max-age=60' }

/** A middleware that tries a synchronous response, and records whether there was one. */
function tryingMiddleware() {
  const wasSync: boolean[] = []
  const self = setsNoHeaders(async function trySync(c: Context, next: Next): Promise<Response | undefined> {
    const response = trySyncAnswer(c, c.req.matchedRoutes, self)?.response
    wasSync.push(response !== undefined)
    if (response === undefined) await next()
    return response
  })
  return { self, wasSync }
}

describe('trySyncAnswer()', () => {
  it('returns a hit to the middleware directly before the cache', async () => {
    const { app, cached, get, outcomes, events } = testApp()
    const { self, wasSync } = tryingMiddleware()
    app.use(self)
    app.get('/x', cached(), counter(responseHeaders).handler)
    for (const status of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60', 'hit; ttl=60']) {
      assert.deepEqual(await statusAndBody(get('/x')), [`hitrate; ${status}`, '1'])
    }
    assert.deepEqual(wasSync, [false, true, true])
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit'])
    const about = events.map((event) => event.type === 'read' && [event.method, event.route])
    assert.deepEqual(about.at(-1), ['GET', '/x'])
  })

  it('adds the URL to the index of the front, as an asynchronous hit does', async () => {
    const { app, cache, cached } = testApp()
    const { self, wasSync } = tryingMiddleware()
    app.use(self)
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    const fetch = front(app.fetch, { cache })
    for (const _ of [1, 2, 3]) await (await fetch(new Request('http://localhost/x'))).text()
    assert.deepEqual(wasSync, [false, true]) // the front serves the third request
  })

  const asynchronous: [description: string, mount: (made: TestApp, self: MiddlewareHandler) => void][] = [
    [
      'with a keyGenerator, which is called once',
      ({ app, cached }, self) => {
        let keys = 0
        const keyGenerator = (c: Context) => {
          keys++
          return c.req.url
        }
        app.use(self)
        app.get('/x', cached({ keyGenerator }), counter(responseHeaders).handler)
        app.get('/keys', (c) => c.text(String(keys)))
      },
    ],
    [
      'with another middleware in between',
      ({ app, cached }, self) => {
        app.use(self, async (_, next) => next())
        app.get('/x', cached(), counter(responseHeaders).handler)
      },
    ],
    [
      'after a middleware that may have set headers',
      ({ app, cached }, self) => {
        app.use(async (_, next) => next(), self)
        app.get('/x', cached(), counter(responseHeaders).handler)
      },
    ],
    [
      'combined with others by every()',
      ({ app, cached }, self) => {
        app.use(every(self, async (_, next) => next()))
        app.get('/x', cached(), counter(responseHeaders).handler)
      },
    ],
  ]
  for (const [description, mount] of asynchronous) {
    it(`returns undefined ${description}`, async () => {
      const made = testApp()
      const { self, wasSync } = tryingMiddleware()
      mount(made, self)
      for (const _ of [1, 2]) assert.equal(await (await made.get('/x')).text(), '1')
      assert.deepEqual(made.outcomes, ['miss', 'hit'])
      assert.deepEqual(wasSync.slice(0, 2), [false, false])
      if (description.includes('key')) assert.equal(await (await made.get('/keys')).text(), '2')
    })
  }

  it('returns undefined for a request that is not a plain GET', async () => {
    const { app, cached, request } = testApp()
    const { self, wasSync } = tryingMiddleware()
    app.use(self)
    app.get('/x', cached({ clientControl: true }), counter(responseHeaders).handler)
    const etag = (await request('GET', '/x')).headers.get('etag') ?? assert.fail()
    const statuses: number[] = []
    for (const [method, headers] of [
      ['HEAD', {}],
      ['GET', { 'if-none-match': etag }],
      ['GET', { range: 'bytes=0-0' }],
      ['GET', { 'cache-control': 'no-cache' }],
      ['GET', { upgrade: 'websocket' }],
    ] as const) {
      statuses.push((await request(method, '/x', headers)).status)
    }
    assert.deepEqual(statuses, [200, 304, 206, 200, 200])
    assert.deepEqual(wasSync, [false, false, false, false, false, false])
  })
})

describe('measured() before a synchronous handler', () => {
  it('reports the synchronous response', async () => {
    const { app, get } = testApp()
    const events: string[] = []
    const later = withSyncAnswer(
      async (c: Context) => c.text('later'),
      (c) => ({ response: c.text('synchronous', 203), route: '/:app/:id', bytes: 11, durationMs: 2 }),
    )
    const onStart = () => events.push('start')
    const report = (name: string) => (end: Parameters<MeasuredOptions['onEnd']>[0]) =>
      events.push(`${name} ${end.method} ${end.route} ${end.status} ${end.durationMs}`)
    let ms = 0
    const timer = () => ms++
    const options: MeasuredOptions[] = [
      { onStart, onEnd: report('end') },
      { onStart, onEnd: report('end'), timer },
      { onStart, onEnd: report('end'), onHit: report('hit') },
    ]
    for (const [i, one] of options.entries()) app.use(`/${i}/*`, measured(one))
    app.get('/:app/:id', later)
    for (const i of options.keys()) assert.equal(await (await get(`/${i}/1`)).text(), 'synchronous')
    assert.deepEqual(events, [
      ...['start', 'end GET /:app/:id 203 2'],
      ...['start', 'end GET /:app/:id 203 1'],
      'hit GET /:app/:id 203 2',
    ])
  })

  it('reports a hit of cached() once, with the duration of its read', async () => {
    const { app, cached, get, events } = testApp()
    const calls: string[] = []
    const durations: number[] = []
    app.use(
      measured({
        onStart: () => calls.push('start'),
        onEnd: () => calls.push('end'),
        onHit({ method, route, status, durationMs }) {
          calls.push(`hit ${method} ${route} ${status}`)
          durations.push(durationMs)
        },
      }),
    )
    app.get('/x/:id', cached(), counter(responseHeaders).handler)
    for (const _ of [1, 2]) await get('/x/1')
    await get('/x/1', { 'if-none-match': '*' }) // takes the way through next()
    assert.deepEqual(calls, ['start', 'end', 'hit GET /x/:id 200', 'start', 'end'])
    const reads = events.filter((event) => event.type === 'read')
    assert.deepEqual(durations, [reads[1]?.durationMs])
  })

  it('reports the end when the synchronous function throws', async () => {
    const { app, get } = testApp()
    const events: string[] = []
    const broken = () => {
      throw new Error('broken')
    }
    app.use(
      measured({ onStart: () => events.push('start'), onEnd: ({ status }) => events.push(`end ${status}`) }),
    )
    app.get('/x', withSyncAnswer(broken, broken))
    app.onError((error, c) => c.text(error.message, 503))
    assert.equal(await (await get('/x')).text(), 'broken')
    assert.deepEqual(events, ['start', 'end 503'])
  })
})
