import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler, type Next } from 'hono'
import { type AnswerWatch, AnswerWatches } from '../../../src/http/context/answer-watch.ts'
import { flush, gate } from '../../support/test-app.ts'

async function loaded(watch: AnswerWatch, next: Next): Promise<void> {
  watch.startLoad()
  await next()
  watch.endLoad()
}

/** Calls `inner` in a watched load, behind `outer`. */
function watchedApp(
  inner: (c: Context) => Promise<Response>,
  outer: MiddlewareHandler = (_, next) => next(),
) {
  const app = new Hono()
  const watches = new AnswerWatches()
  const seen: { watch?: AnswerWatch; c?: Context } = {}
  const ended = gate()
  app.use(outer)
  app.use(async (c, next) => {
    const watch = watches.start(c, true)
    Object.assign(seen, { watch, c })
    await watch.run(() => loaded(watch, next))
    watch.close()
    ended.open()
  })
  app.get('/', inner)
  return { app, seen, ended: ended.opened }
}

/** Outer middleware that answers when the gate opens. */
const early = (opened: Promise<void>): MiddlewareHandler => {
  return async (c, next) => {
    const isLate = await Promise.race([next(), opened.then(() => true)])
    if (isLate === true) c.res = new Response('early')
  }
}

describe('AnswerWatch', () => {
  it('a response of the handler is no early answer', async () => {
    const { app, seen } = watchedApp(async (c) => c.text('x'))
    assert.equal(await (await app.request('/')).text(), 'x')
    assert.deepEqual(
      [seen.watch?.isAnswered, seen.watch?.isTaken, seen.watch?.hasCalled],
      [false, false, true],
    )
  })

  it('an error of the handler is no early answer', async () => {
    const { app, seen } = watchedApp(() => Promise.reject(new Error('broken')))
    app.onError((error, c) => c.text(error.message, 500))
    assert.equal(await (await app.request('/')).text(), 'broken')
    assert.equal(seen.watch?.isAnswered, false)
    assert.equal(seen.c?.error?.message, 'broken')
  })

  it('after an early answer, the context is reset for the handler, and its response is in the context', async () => {
    const answer = gate()
    const handler = gate()
    const { app, seen, ended } = watchedApp(async (c) => {
      await handler.opened
      return c.text('late')
    }, early(answer.opened))
    const response = app.request('/')
    answer.open()
    assert.equal(await (await response).text(), 'early')
    await flush()
    assert.deepEqual([seen.watch?.isAnswered, seen.watch?.isTaken, seen.c?.finalized], [true, true, false])
    handler.open()
    await ended
    assert.equal(await seen.c?.res.text(), 'late')
  })

  it('a request that answers by itself before its load has ended keeps the answer apart from the load', async () => {
    const app = new Hono()
    const watches = new AnswerWatches()
    const handler = gate()
    const late = Promise.withResolvers<string>()
    app.use(async (c, next) => {
      const watch = watches.start(c, false)
      const load = loaded(watch, next)
      watch.answer(() => {
        c.res = new Response('stale', { headers: { 'x-stale': '1' } })
      })
      void load.then(async () =>
        late.resolve(`${watch.isTaken} ${c.res.headers.get('x-stale')} ${await c.res.text()}`),
      )
    })
    app.get('/', async (c) => {
      await handler.opened
      return c.text('late')
    })
    assert.equal(await (await app.request('/')).text(), 'stale')
    await flush()
    handler.open()
    assert.equal(await late.promise, 'true null late')
  })

  it('a request without a load is answered, but its context is never reset', async () => {
    const app = new Hono()
    const watches = new AnswerWatches()
    const seen: { watch?: AnswerWatch; c?: Context } = {}
    app.get('/', (c) => {
      const watch = watches.start(c, true)
      Object.assign(seen, { watch, c })
      c.res = new Response('outer')
      return c.res
    })
    assert.equal(await (await app.request('/')).text(), 'outer')
    await flush()
    assert.deepEqual(
      [seen.watch?.isAnswered, seen.watch?.isTaken, seen.watch?.hasCalled],
      [true, false, false],
    )
    assert.equal(seen.c?.finalized, true)
  })
})
