import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { type Context, Hono } from 'hono'
import { whenResponseTaken } from '../../../src/http/context/response-taken.ts'

const aWhile = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

/** An app whose handler tells when its answer is taken, with this middleware around. */
function telling(around: (c: Context, next: () => Promise<void>) => Promise<void>) {
  const story: string[] = []
  const app = new Hono()
  let context: Context | undefined
  app.use(async (c, next) => {
    await around(c, next)
    story.push('left')
  })
  app.get('/x', (c) => {
    context = c
    whenResponseTaken(c).then(() => story.push('taken'))
    return c.text('x')
  })
  return { app, story, context: () => context as unknown as Context }
}

describe('an answer is taken', () => {
  const arounds: [what: string, around: (c: Context, next: () => Promise<void>) => Promise<void>][] = [
    ['lets it pass', (_, next) => next()],
    [
      'looks at it',
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
      'changes it',
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
  for (const [what, around] of arounds) {
    it(`when the last middleware has left, not before, though one ${what}`, async () => {
      const { app, story } = telling(around)
      assert.equal(await (await app.request('/x')).text(), 'x')
      await aWhile()
      assert.deepEqual(story, ['left', 'taken'])
    })
  }

  it('from an app within an app, too', async () => {
    const { app: inner, story } = telling(async (_, next) => {
      await next()
      await aWhile()
    })
    inner.onError((_, c) => c.text('error', 500))
    const app = new Hono()
    app.use(async (_, next) => {
      await next()
      await aWhile()
      story.push('left the outer')
    })
    app.route('/in', inner)
    await app.request('/in/x')
    await aWhile()
    assert.deepEqual(story, ['left', 'left the outer', 'taken'])
  })

  it('when an error has taken its place', async () => {
    const { app, story } = telling(async (_, next) => {
      await next()
      throw new Error('around')
    })
    app.onError((error, c) => c.text(error.message, 500))
    assert.equal(await (await app.request('/x')).text(), 'around')
    await aWhile()
    assert.deepEqual(story, ['taken'])
  })

  it('and the context is as it was', async () => {
    const { app, context } = telling((_, next) => next())
    await app.request('/x')
    await aWhile()
    const c = context()
    assert.equal(Object.hasOwn(c, 'res'), false)
    const finalized = { value: true, writable: true, enumerable: true, configurable: true }
    assert.deepEqual(Object.getOwnPropertyDescriptor(c, 'finalized'), finalized)
    assert.equal(c.res.status, 200)
  })

  it('after ten seconds at the latest, for want of any sign', { skip: withoutMockTimers() }, async () => {
    const { app, story } = telling((_, next) =>
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
      assert.deepEqual(story, [])
      mock.timers.tick(1)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(story, ['taken'])
    } finally {
      mock.timers.reset()
    }
  })
})

function withoutMockTimers(): string | false {
  return typeof Bun === 'undefined' ? false : 'mock.timers is missing in Bun'
}
