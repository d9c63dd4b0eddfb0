import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { type Context, Hono } from 'hono'
import { whenResponseTaken } from '../../../src/http/context/response-taken.ts'

const aWhile = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

/** An app whose handler records when its response is taken. @param middleware runs around the handler. */
function recordingApp(middleware: (c: Context, next: () => Promise<void>) => Promise<void>) {
  const events: string[] = []
  const app = new Hono()
  let context: Context | undefined
  app.use(async (c, next) => {
    await middleware(c, next)
    events.push('returned')
  })
  app.get('/x', (c) => {
    context = c
    void whenResponseTaken(c).then(() => events.push('taken'))
    return c.text('x')
  })
  return { app, events, context: () => context as unknown as Context }
}

describe('whenResponseTaken()', () => {
  const middlewares: [
    description: string,
    middleware: (c: Context, next: () => Promise<void>) => Promise<void>,
  ][] = [
    ['passes the response on', (_, next) => next()],
    [
      'reads the response',
      async (c, next) => {
        await next()
        assert.equal(c.res.status, 200)
        await aWhile()
        assert.equal(c.finalized, true)
        await aWhile()
        assert.equal(await c.res.clone().text(), 'x')
        await aWhile()
      },
    ],
    [
      'replaces the response',
      async (c, next) => {
        await next()
        await aWhile()
        c.res.headers.set('x-own', '1')
        c.header('x-other', '2')
        await aWhile()
        c.res = new Response(c.res.body, c.res)
        await aWhile()
      },
    ],
  ]
  for (const [description, middleware] of middlewares) {
    it(`resolves after the last middleware has returned, also if one ${description}`, async () => {
      const { app, events } = recordingApp(middleware)
      assert.equal(await (await app.request('/x')).text(), 'x')
      await aWhile()
      assert.deepEqual(events, ['returned', 'taken'])
    })
  }

  it('resolves after the middleware of an outer app, for a response of a nested app', async () => {
    const { app: inner, events } = recordingApp(async (_, next) => {
      await next()
      await aWhile()
    })
    inner.onError((_, c) => c.text('error', 500))
    const app = new Hono()
    app.use(async (_, next) => {
      await next()
      await aWhile()
      events.push('outer returned')
    })
    app.route('/in', inner)
    await app.request('/in/x')
    await aWhile()
    assert.deepEqual(events, ['returned', 'outer returned', 'taken'])
  })

  it('resolves when the response of an error handler replaces the first one', async () => {
    const { app, events } = recordingApp(async (_, next) => {
      await next()
      throw new Error('thrown by the middleware')
    })
    app.onError((error, c) => c.text(error.message, 500))
    assert.equal(await (await app.request('/x')).text(), 'thrown by the middleware')
    await aWhile()
    assert.deepEqual(events, ['taken'])
  })

  it('restores the properties of the context', async () => {
    const { app, context } = recordingApp((_, next) => next())
    await app.request('/x')
    await aWhile()
    const c = context()
    assert.equal(Object.hasOwn(c, 'res'), false)
    const finalized = { value: true, writable: true, enumerable: true, configurable: true }
    assert.deepEqual(Object.getOwnPropertyDescriptor(c, 'finalized'), finalized)
    assert.equal(c.res.status, 200)
  })

  it('resolves after ten seconds if Hono never takes the response', {
    skip: withoutMockTimers(),
  }, async () => {
    const { app, events } = recordingApp((_, next) =>
      next().then(() => {
        throw 'no Error'
      }),
    )
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      await assert.rejects(
        async () => app.request('/x'),
        (error) => error === 'no Error',
      )
      mock.timers.tick(9999)
      await null
      assert.deepEqual(events, [])
      mock.timers.tick(1)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(events, ['taken'])
    } finally {
      mock.timers.reset()
    }
  })
})

function withoutMockTimers(): string | false {
  return typeof Bun === 'undefined' ? false : 'mock.timers is missing in Bun'
}
