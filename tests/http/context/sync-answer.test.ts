import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context, MiddlewareHandler, Next } from 'hono'
import { every } from 'hono/combine'
import { setsNoHeaders } from '../../../src/http/context/sets-no-headers.ts'
import { trySyncAnswer, withSyncAnswer } from '../../../src/http/context/sync-answer.ts'
import { front } from '../../../src/http/front/front.ts'
import { measured } from '../../../src/http/measured.ts'
import { type Bed, bed, counter, told } from '../../support/test-app.ts'

const fields = { 'cache-control': 'max-age=60' }

/** Asks what stands behind it for its answer, and notes whether there was one. */
function asking() {
  const seen: boolean[] = []
  const self = setsNoHeaders(async function ask(c: Context, next: Next): Promise<Response | undefined> {
    const answer = trySyncAnswer(c, self)
    seen.push(answer !== undefined)
    if (answer === undefined) await next()
    return answer
  })
  return { self, seen }
}

describe('a hit', () => {
  it('is answered at once to what stands right before the cache', async () => {
    const { app, cached, get, outcomes, events } = bed()
    const { self, seen } = asking()
    app.use(self)
    app.get('/x', cached(), counter(fields).handler)
    for (const status of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60', 'hit; ttl=60']) {
      assert.deepEqual(await told(get('/x')), [`hitrate; ${status}`, '1'])
    }
    assert.deepEqual(seen, [false, true, true])
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit'])
    const about = events.map((event) => event.type === 'read' && [event.method, event.route])
    assert.deepEqual(about.at(-1), ['GET', '/x'])
  })

  it('is told to the front in that way too', async () => {
    const { app, cache, cached } = bed()
    const { self, seen } = asking()
    app.use(self)
    app.get('/x', cached({ front: true }), counter(fields).handler)
    const fetch = front(app.fetch, { cache })
    for (const _ of [1, 2, 3]) await (await fetch(new Request('http://localhost/x'))).text()
    assert.deepEqual(seen, [false, true]) // the third did not come here
  })

  const others: [what: string, mount: (made: Bed, self: MiddlewareHandler) => void][] = [
    [
      'with a key of the user’s own, which is made once',
      ({ app, cached }, self) => {
        let keys = 0
        const keyGenerator = (c: Context) => {
          keys++
          return c.req.url
        }
        app.use(self)
        app.get('/x', cached({ keyGenerator }), counter(fields).handler)
        app.get('/keys', (c) => c.text(String(keys)))
      },
    ],
    [
      'where others stand between',
      ({ app, cached }, self) => {
        app.use(self, async (_, next) => next())
        app.get('/x', cached(), counter(fields).handler)
      },
    ],
    [
      'where others stand before, who may have set fields',
      ({ app, cached }, self) => {
        app.use(async (_, next) => next(), self)
        app.get('/x', cached(), counter(fields).handler)
      },
    ],
    [
      'put together with others',
      ({ app, cached }, self) => {
        app.use(every(self, async (_, next) => next()))
        app.get('/x', cached(), counter(fields).handler)
      },
    ],
  ]
  for (const [what, mount] of others) {
    it(`goes the longer way ${what}`, async () => {
      const made = bed()
      const { self, seen } = asking()
      mount(made, self)
      for (const _ of [1, 2]) assert.equal(await (await made.get('/x')).text(), '1')
      assert.deepEqual(made.outcomes, ['miss', 'hit'])
      assert.deepEqual(seen.slice(0, 2), [false, false])
      if (what.includes('key')) assert.equal(await (await made.get('/keys')).text(), '2')
    })
  }

  it('goes the longer way for all but a plain GET', async () => {
    const { app, cached, request } = bed()
    const { self, seen } = asking()
    app.use(self)
    app.get('/x', cached({ clientControl: true }), counter(fields).handler)
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
    assert.deepEqual(seen, [false, false, false, false, false, false])
  })
})

describe('measured()', () => {
  it('waits for nothing where what is behind it answers at once, and counts it as any other', async () => {
    const { app, get } = bed()
    const story: string[] = []
    const later = withSyncAnswer(
      async (c: Context) => c.text('later'),
      (c) => c.text('at once', 203),
    )
    app.use(
      measured({
        onStart: () => story.push('start'),
        onEnd: ({ method, route, status }) => story.push(`${method} ${route} ${status}`),
      }),
    )
    app.get('/x/:id', later)
    assert.equal(await (await get('/x/1')).text(), 'at once')
    assert.deepEqual(story, ['start', 'GET /x/:id 203'])
  })

  it('tells the end also of what throws when it is asked at once', async () => {
    const { app, get } = bed()
    const story: string[] = []
    const broken = () => {
      throw new Error('broken')
    }
    app.use(
      measured({ onStart: () => story.push('start'), onEnd: ({ status }) => story.push(`end ${status}`) }),
    )
    app.get('/x', withSyncAnswer(broken, broken))
    app.onError((error, c) => c.text(error.message, 503))
    assert.equal(await (await get('/x')).text(), 'broken')
    assert.deepEqual(story, ['start', 'end 503'])
  })
})
