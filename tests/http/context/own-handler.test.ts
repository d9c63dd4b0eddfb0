/** `cached(options, handler)`: the handler runs as it does behind `cached(options)`, wherever the app calls it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler, type Next } from 'hono'
import { every } from 'hono/combine'
import { HTTPException } from 'hono/http-exception'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { TrieRouter } from 'hono/router/trie-router'
import type { Cache } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { measured } from '../../../src/http/measured/measured.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { gate } from '../../support/test-app.ts'

type Handle = (c: Context, next: Next) => Promise<Response | undefined>

/** Adds a handler behind `cached()` to an app. */
type Add = (app: Hono, path: string, handle: Handle) => void

interface Placement {
  name: string
  /** Returns the app that gets the requests, with the routes that `addRoutes` adds somewhere in it. */
  place(addRoutes: (app: Hono) => void, onError: (error: Error, c: Context) => Response): Hono
}

const placements: Placement[] = [
  { name: 'alone', place: (addRoutes, onError) => withRoutes(new Hono(), addRoutes).onError(onError) },
  ...Object.entries({ TrieRouter, LinearRouter, PatternRouter }).map(([name, Router]) => ({
    name: `alone, ${name}`,
    place: (addRoutes: (app: Hono) => void, onError: (error: Error, c: Context) => Response) =>
      withRoutes(new Hono({ router: new Router() }), addRoutes).onError(onError),
  })),
  ...Object.entries({ RegExpRouter: undefined, TrieRouter }).map(([name, Router]) => ({
    name: `behind other middleware, ${name}`,
    place: (addRoutes: (app: Hono) => void, onError: (error: Error, c: Context) => Response) => {
      const app = Router === undefined ? new Hono() : new Hono({ router: new Router() })
      app.use(measured({ onEnd: () => {} }), async (c, next) => {
        c.header('x-outer', '1')
        await next()
      })
      return withRoutes(app, addRoutes).onError(onError)
    },
  })),
  {
    name: 'mounted',
    place: (addRoutes, onError) => new Hono().route('/', withRoutes(new Hono(), addRoutes)).onError(onError),
  },
  {
    name: 'mounted, with an error handler of its own',
    place: (addRoutes, onError) => {
      const inner = withRoutes(new Hono(), addRoutes).onError(onError)
      return new Hono().route('/', new Hono().route('/', inner).onError(unexpected)).onError(unexpected)
    },
  },
  {
    name: 'mounted behind other middleware, with an error handler of its own',
    place: (addRoutes, onError) => {
      const inner = withRoutes(new Hono(), addRoutes).onError(onError)
      return new Hono()
        .use(measured({ onEnd: () => {} }))
        .route('/', inner)
        .onError(unexpected)
    },
  },
]

const addBefore =
  (options: CachedOptions): Add =>
  (app, path, handle) =>
    void app.all(path, cached(options), handle as MiddlewareHandler)

const addAround =
  (options: CachedOptions): Add =>
  (app, path, handle) =>
    void app.all(path, cached(options, handle) as MiddlewareHandler)

describe('cached(options, handler)', () => {
  for (const { name, place } of placements) {
    it(`responds as cached(options) before the handler does: ${name}`, async () => {
      const before = await transcriptOf(place, addBefore)
      assert.deepEqual(await transcriptOf(place, addAround), before)
      assert.ok(before.some((line) => line.startsWith('GET /value/1: 200 hitrate; hit; ttl=60 | 1')))
    })
  }

  it('returns a hit without a promise if the route has no other middleware', async () => {
    const app = new Hono()
    app.get(
      '/x',
      cached({ cache: testCache(), targetedControl: 'max-age=60' }, (c) => c.text('x')),
    )
    await app.request('/x')
    const response = app.fetch(new Request('http://localhost/x'))
    assert.ok(response instanceof Response)
    assert.match(response.headers.get('cache-status') ?? '', /hit/)
  })

  it('serves a hit behind marked middleware without a call of next()', async () => {
    const app = new Hono()
    let isOver = false
    app.use(
      measured({
        onEnd() {
          isOver = true
        },
      }),
    )
    app.get(
      '/x',
      cached({ cache: testCache(), targetedControl: 'max-age=60' }, (c) => c.text('x')),
    )
    await app.request('/x')
    isOver = false
    const response = app.request('/x')
    assert.equal(isOver, true)
    assert.match((await response).headers.get('cache-status') ?? '', /hit/)
  })

  it('caches nothing where other code calls it, and its errors reach the app', async () => {
    const app = new Hono()
    let calls = 0
    const handler = cached({ cache: testCache(), targetedControl: 'max-age=60' }, (c, _next) => {
      if (c.req.query('throws') !== undefined) throw new Error('thrown')
      return c.text(String(++calls))
    })
    app.onError((error, c) => c.text(error.message, 500))
    app.get('/combined', every(handler as unknown as MiddlewareHandler))
    app.get('/wrapped', (c, next) => handler(c, next))
    for (const [path, body] of Object.entries({ '/combined': '1', '/wrapped': '2' })) {
      const response = await app.request(path)
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=bypass; detail=not-registered')
      assert.equal(await response.text(), body)
      const failed = await app.request(`${path}?throws`)
      assert.equal(failed.status, 500)
      assert.equal(await failed.text(), 'thrown')
    }
  })

  it('may be the handler of another cached(): the outer one caches', async () => {
    const cache = testCache()
    const app = new Hono()
    const inner = cached({ cache, targetedControl: 'max-age=60', keyGenerator: () => 'inner' }, (c) =>
      c.text('x'),
    )
    app.get('/x', cached({ cache, targetedControl: 'max-age=60' }, inner))
    await app.request('/x')
    const response = await app.request('/x')
    assert.equal(await response.text(), 'x')
    assert.match(response.headers.get('cache-status') ?? '', /; hit; ttl=\d+$/)
  })

  it('an asynchronous keyGenerator reaches the error handler too', async () => {
    const app = new Hono()
    const keyGenerator = async () => 'key'
    app.onError((error, c) => c.text(error.message, 404))
    app.get(
      '/x',
      cached({ cache: testCache(), keyGenerator }, () => Promise.reject(new Error('thrown'))),
    )
    const response = await app.request('/x')
    assert.equal(response.status, 404)
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=thrown')
  })

  it('throws a TypeError when the handler is no function', () => {
    assert.throws(() => cached({ cache: testCache() }, 1 as unknown as Handle), {
      name: 'TypeError',
      message: 'cached: handler must be a function, got 1',
    })
  })
})

function testCache(): Cache {
  return createCache({ memory: memoryStore() })
}

function withRoutes(app: Hono, addRoutes: (app: Hono) => void): Hono {
  addRoutes(app)
  return app
}

function unexpected(error: Error, c: Context): Response {
  return c.text(`not for this error handler: ${error.message}`, 500)
}

/** Sends the requests of the table to an app, and records the responses, the calls and the events. */
async function transcriptOf(
  place: Placement['place'],
  addWith: (options: CachedOptions) => Add,
): Promise<string[]> {
  const lines: string[] = []
  const work: Promise<unknown>[] = []
  let nowMs = Date.UTC(2026, 10, 22)
  const cache = createCache({
    memory: memoryStore(),
    now: () => nowMs,
    onEvent(event) {
      if (event.type === 'read') lines.push(`  read: ${event.outcome} ${event.method} ${event.route}`)
      if (event.type === 'load') lines.push(`  load: ${event.result} ${event.background}`)
    },
  })
  const add = addWith({ cache, targetedControl: 'max-age=60, stale-while-revalidate=60, stale-if-error=600' })
  const { handlers, fail, open } = createHandlers((line) => lines.push(`  ${line}`))

  function addRoutes(app: Hono): void {
    for (const [path, handler] of Object.entries(handlers)) add(app, path, handler)
    app.get('/next', (c) => c.text('next handler'))
  }

  const app = place(addRoutes, (error, c) => {
    lines.push(`  onError: ${error.message}, ${c.error?.message}`)
    if (error instanceof HTTPException) return error.getResponse()
    return error.message === 'absent' ? c.text('absent', 404) : c.text('sorry', 503, { 'x-by': 'onError' })
  })

  async function request(method: string, path: string, headers: Record<string, string> = {}): Promise<void> {
    const response = await app.request(path, { method, headers }, {}, executionCtx(work))
    const { status } = response
    const outer = response.headers.get('x-outer') ?? ''
    const by = response.headers.get('x-by') ?? ''
    const line = `${method} ${path}: ${status} ${response.headers.get('cache-status')} | ${await response.text()}`
    lines.push(`${line}${outer}${by}`)
    while (work.length > 0) await work.shift()
  }

  for (const path of ['/value/1', '/value/1', '/value/2', '/none', '/next', '/next'])
    await request('GET', path)
  await request('HEAD', '/value/1')
  await request('GET', '/value/1', { 'if-none-match': '*' })
  await request('GET', '/value/1', { range: 'bytes=0-0' })
  await request('POST', '/value/1')
  await request('GET', '/value/1')
  await request('OPTIONS', '/value/1')
  nowMs += 61_000
  await request('GET', '/value/1') // stale, renewed in the background
  await request('GET', '/value/1')
  fail('broken')
  nowMs += 61_000
  await request('GET', '/value/1') // the background refresh fails
  nowMs += 120_000
  await request('GET', '/value/1') // stale because of the error
  await request('GET', '/value/3')
  await request('POST', '/value/3')
  fail('absent')
  nowMs += 60_000
  await request('GET', '/value/1') // a 404 of the error handler is no failure
  fail('refused')
  await request('GET', '/value/4')
  const crowdAt = lines.length
  await Promise.all([
    ...['a', 'b', 'c'].map((user) => request('GET', '/crowd', { authorization: user })),
    openLater(open),
  ])
  lines.push(...lines.splice(crowdAt).sort()) // concurrent requests end in any order
  fail(undefined)
  await request('GET', '/value/4')
  return lines
}

async function openLater(open: () => void): Promise<void> {
  for (let i = 0; i < 20; i++) await null
  open()
}

function createHandlers(note: (line: string) => void) {
  let failure: string | undefined
  const { open, opened } = gate()
  const handlers: Record<string, Handle> = {
    async '/value/:id'(c) {
      note(`handler: ${c.req.method} ${c.req.path} ${c.req.param('id')} ${c.req.routeIndex > -1}`)
      if (failure === 'refused') throw new HTTPException(403, { message: 'refused' })
      if (failure !== undefined) throw new Error(failure)
      return c.text(c.req.param('id') ?? '')
    },
    '/none': async () => undefined,
    async '/next'(_, next) {
      await next()
      return undefined
    },
    async '/crowd'() {
      note('handler: crowd')
      await opened
      throw new Error('broken')
    },
  }
  function fail(message: string | undefined): void {
    failure = message
  }
  return { handlers, open, fail }
}

function executionCtx(work: Promise<unknown>[]) {
  return { waitUntil: (one: Promise<unknown>) => void work.push(one), passThroughOnException() {}, props: {} }
}
