/** Middleware before the cache that answers before the handler, such as `hono/timeout`: the response of the handler is kept. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler, type Next } from 'hono'
import { every, some } from 'hono/combine'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { timeout } from 'hono/timeout'
import { flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'

/** Rejects when the gate opens. */
const rejecting = async (opened: Promise<void>): Promise<never> => {
  await opened
  throw new HTTPException(504, { message: 'too late' })
}

/** Middlewares that answer when the gate opens, if the handler has not. */
const answering: Record<string, (opened: Promise<void>) => MiddlewareHandler> = {
  'throws, as hono/timeout': (opened) => async (_, next) => {
    await Promise.race([next(), rejecting(opened)])
  },
  'returns a response': (opened) => async (c, next) => {
    const winner = await Promise.race([next(), opened.then(() => c.text('too late', 504))])
    return winner instanceof Response ? winner : undefined
  },
  'sets c.res': (opened) => async (c, next) => {
    const isLate = await Promise.race([next(), opened.then(() => true)])
    if (isLate === true) c.res = new Response('too late', { status: 504 })
  },
  'catches its own error': (opened) => async (c, next) => {
    try {
      await Promise.race([next(), rejecting(opened)])
    } catch {
      return c.text('too late', 504)
    }
  },
  'throws within some()': (opened) =>
    some(async (_, next) => void (await Promise.race([next(), rejecting(opened)]))),
  'throws within every()': (opened) =>
    every(async (_: Context, next: Next) => void (await Promise.race([next(), rejecting(opened)]))),
}

/** Middleware for requests with `x-early` alone. */
function forEarly(middleware: MiddlewareHandler): MiddlewareHandler {
  return (c, next) => (c.req.header('x-early') === undefined ? next() : middleware(c, next))
}

const EARLY = { 'x-early': '1' }

function outerApp(place: (test: ReturnType<typeof testApp>, middleware: MiddlewareHandler) => void) {
  const test = testApp()
  const handler = { calls: 0, ...gate() }
  const early = gate()
  const errors: string[] = []
  test.app.onError((error, c) => {
    errors.push(error.message)
    return error instanceof HTTPException ? c.text(error.message, error.status) : c.text('error', 500)
  })
  return {
    ...test,
    handler,
    errors,
    early,
    place: (make: (opened: Promise<void>) => MiddlewareHandler) => {
      place(test, forEarly(make(early.opened)))
      test.app.get('/x', async (c) => {
        const call = ++handler.calls
        await handler.opened
        return c.text(`good ${call}`)
      })
    },
  }
}

const control = { targetedControl: 'max-age=60' }

for (const [label, make] of Object.entries(answering)) {
  describe(`outer middleware that ${label}`, () => {
    const places: Record<string, (test: ReturnType<typeof testApp>, middleware: MiddlewareHandler) => void> =
      {
        'before the cache': ({ app, cached }, middleware) => {
          app.use('/x', middleware)
          app.get('/x', cached(control))
        },
        'with more middleware around and between': ({ app, cached }, middleware) => {
          const touching: MiddlewareHandler = async (c, next) => {
            c.header('x-before', '1')
            await next()
            await c.res.clone().text()
            c.header('x-after', '1')
          }
          app.use('/x', touching, middleware, touching, cached(control))
        },
        'in one every() with the cache': ({ app, cached }, middleware) => {
          app.use('/x', every(middleware, cached(control)))
        },
      }
    for (const [where, place] of Object.entries(places)) {
      it(`the response of the handler is stored and given to a client in time: ${where}`, async () => {
        const test = outerApp(place)
        test.place(make)
        const leader = test.get('/x', EARLY)
        const waiting = test.get('/x')
        await flush()
        test.early.open()
        const late = await leader
        assert.deepEqual([late.status, await late.text()], [504, 'too late'])
        await flush()
        test.handler.open()
        assert.deepEqual(await statusAndBody(waiting), [
          'hitrate; fwd=uri-miss; ttl=60; stored; collapsed',
          'good 1',
        ])
        await flush()
        assert.deepEqual(await statusAndBody(test.get('/x')), ['hitrate; hit; ttl=60', 'good 1'])
        assert.equal(test.handler.calls, 1)
        assert.ok(test.errors.length <= 1, test.errors.join())
      })

      it(`a waiting request that is answered early disturbs no other one: ${where}`, async () => {
        const test = outerApp(place)
        test.place(make)
        const leader = test.get('/x')
        await flush()
        const waiting = test.get('/x', EARLY)
        await flush()
        test.early.open()
        assert.equal((await waiting).status, 504)
        await flush()
        test.handler.open()
        assert.equal(await (await leader).text(), 'good 1')
        await flush()
        assert.equal(test.handler.calls, 1)
        assert.ok(test.errors.length <= 1, test.errors.join())
      })
    }
  })
}

describe('hono/timeout before the cache', () => {
  it('the late response of the handler is stored, onError is called once, and the next request is a hit', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { open, opened } = gate()
    const errors: string[] = []
    app.onError((error, c) => {
      errors.push(error.message)
      return c.text('late', 504)
    })
    app.get('/x', timeout(5), cached(control), async (c) => {
      await opened
      return c.text('good', 200, { 'x-a': '1' })
    })
    assert.equal((await get('/x')).status, 504)
    await flush()
    open()
    await flush()
    const hit = await get('/x')
    assert.deepEqual(
      [hit.status, hit.headers.get('cache-status'), hit.headers.get('x-a'), await hit.text()],
      [200, 'hitrate; hit; ttl=60', '1', 'good'],
    )
    assert.deepEqual(errors, ['Gateway Timeout'])
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('a crowd behind a timeout that has passed for the first request causes one call, and all others get the response', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    const errors: string[] = []
    let calls = 0
    app.onError((error, c) => {
      errors.push(error.message)
      return c.text('late', 504)
    })
    app.get('/x', forEarly(timeout(5)), cached(control), async (c) => {
      calls++
      await opened
      return c.text('good')
    })
    const leader = get('/x', EARLY)
    const crowd = Array.from({ length: 999 }, () => get('/x'))
    assert.equal((await leader).status, 504)
    await flush()
    open()
    const bodies = await Promise.all((await Promise.all(crowd)).map((response) => response.text()))
    assert.deepEqual([calls, errors, new Set(bodies)], [1, ['Gateway Timeout'], new Set(['good'])])
  })

  it('the 504 of the error handler leaves no header in the stored response', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.onError((_, c) =>
      c.text('late', 504, { 'x-error': '1', 'cache-control': 'no-store', 'set-cookie': 'a=1' }),
    )
    app.get('/x', timeout(5), cached(control), async (c) => {
      await opened
      return c.text('good')
    })
    await get('/x')
    await flush()
    open()
    await flush()
    const { headers } = await get('/x')
    assert.equal(headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(
      [headers.get('x-error'), headers.get('cache-control'), headers.get('set-cookie')],
      [null, null, null],
    )
  })

  it('the status and the headers that the error handler sets in the context do not reach the late response', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.onError((_, c) => {
      c.status(504)
      c.header('x-error', '1')
      return c.body('late')
    })
    app.get('/x', timeout(5), cached({ targetedControl: { 203: 'max-age=60' } }), async (c) => {
      c.header('x-early', '1')
      c.status(203)
      await opened
      c.header('x-late', '1')
      return c.body('good')
    })
    const early = await get('/x')
    assert.deepEqual([early.status, early.headers.get('x-error')], [504, '1'])
    await flush()
    open()
    await flush()
    const { status, headers } = await get('/x')
    assert.equal(headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(
      [status, headers.get('x-error'), headers.get('x-early'), headers.get('x-late')],
      [203, null, '1', '1'],
    )
  })

  it('a handler that uses the context before the early answer has left the chain is not shared', async () => {
    const uses: ((c: Context) => unknown)[] = [
      (c) => c.header('cache-control', 'private'),
      (c) => setCookie(c, 'id', '1'),
      (c) => c.res.headers.set('cache-control', 'private'),
    ]
    for (const use of uses) {
      const { app, cached, get } = testApp()
      const inChain = gate()
      const held = gate()
      const end = gate()
      let calls = 0
      app.use(async (c, next) => {
        await next()
        if (c.error === undefined) return
        inChain.open()
        await held.opened
      })
      app.get(
        '/x',
        forEarly(timeout(5)),
        cached({ ...control, cacheableStatusCodes: [200, 203] }),
        async (c) => {
          const call = ++calls
          await inChain.opened
          use(c)
          await end.opened
          return c.text(`for ${call}`)
        },
      )
      const leader = get('/x', EARLY)
      const waiting = get('/x')
      await inChain.opened
      await flush()
      held.open()
      assert.equal((await leader).status, 504)
      await flush()
      end.open()
      assert.equal(await (await waiting).text(), 'for 2')
    }
  })

  it('a late error of the handler reaches those who wait', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.onError((error, c) => c.text(error.message, error instanceof HTTPException ? error.status : 500))
    app.get('/x', forEarly(timeout(5)), cached(control), async () => {
      await opened
      throw new Error('broken')
    })
    const leader = get('/x', EARLY)
    const waiting = get('/x')
    assert.equal((await leader).status, 504)
    await flush()
    open()
    const response = await waiting
    assert.deepEqual([response.status, await response.text()], [500, 'broken'])
  })

  it('a late private response reaches nobody else', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', forEarly(timeout(5)), cached(control), async (c) => {
      const call = ++calls
      await opened
      return c.text(`for ${call}`, 200, { 'cache-control': 'private' })
    })
    const leader = get('/x', EARLY)
    const waiting = get('/x')
    await leader
    await flush()
    open()
    assert.equal(await (await waiting).text(), 'for 2')
  })

  it('a handler that ends before the early answer has left the chain is called again by those who wait', async () => {
    for (const slow of ['the error handler', 'outer middleware']) {
      const { app, cached, get } = testApp()
      const handler = gate()
      const inChain = gate()
      const held = gate()
      const errors: string[] = []
      let calls = 0
      app.onError(async (error, c) => {
        errors.push(error.message)
        if (slow === 'the error handler') {
          inChain.open()
          await held.opened
        }
        return c.text('late', 504)
      })
      app.use(async (c, next) => {
        await next()
        if (slow !== 'outer middleware' || c.error === undefined) return
        inChain.open()
        await held.opened
      })
      app.get('/x', forEarly(timeout(5)), cached(control), async (c) => {
        const call = ++calls
        await handler.opened
        return c.text(`good ${call}`)
      })
      const leader = get('/x', EARLY)
      const waiting = get('/x')
      await inChain.opened
      handler.open()
      assert.equal(await (await waiting).text(), 'good 2', slow)
      held.open()
      const response = await leader
      assert.deepEqual([response.status, await response.text()], [504, 'late'], slow)
      assert.deepEqual(errors, ['Gateway Timeout'], slow)
    }
  })

  it('a timed-out request that would have to call the handler itself does not', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', forEarly(timeout(5)), cached(control), async (c) => {
      calls++
      await opened
      return c.text('mine', 200, { 'cache-control': 'private' })
    })
    const leader = get('/x')
    await flush()
    assert.equal((await get('/x', EARLY)).status, 504)
    open()
    await leader
    await flush()
    assert.equal(calls, 1)
  })

  it('a nested app with its own onError answers the timeout, and the late response is stored', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    const sub = new Hono()
    sub.onError((_, c) => c.text('sub', 504))
    sub.get('/x', timeout(5), cached(control), async (c) => {
      await opened
      return c.text('good')
    })
    app.route('/', sub)
    assert.equal(await (await get('/x')).text(), 'sub')
    await flush()
    open()
    await flush()
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', 'good'])
  })

  it('a timeout behind the cache is a failure of the handler: a stale response stands in', async () => {
    const { app, cached, get, clock } = testApp()
    const { opened } = gate()
    let calls = 0
    app.get('/x', cached({ targetedControl: 'max-age=60, stale-if-error=600' }), timeout(5), async (c) => {
      if (++calls > 1) await opened
      return c.text('good')
    })
    await get('/x')
    clock.ms += 61_000
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=stale; fwd-status=504; ttl=-1; detail=stale-if-error',
      'good',
    ])
  })

  it('two nested caches behind a timeout both keep working', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    let calls = 0
    const errors: string[] = []
    app.onError((error, c) => {
      errors.push(error.message)
      return c.text('late', 504)
    })
    app.get(
      '/x',
      timeout(5),
      cached(control),
      cached({ ...control, keyGenerator: () => 'inner' }),
      async (c) => {
        calls++
        await opened
        return c.text('good')
      },
    )
    assert.equal((await get('/x')).status, 504)
    await flush()
    open()
    await flush()
    await flush()
    assert.equal(await (await get('/x')).text(), 'good')
    assert.deepEqual([calls, errors], [1, ['Gateway Timeout']])
  })
})
