import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type Next } from 'hono'
import { every } from 'hono/combine'
import { measured } from '../../../src/http/measured.ts'
import { bed, counter } from '../../support/test-app.ts'

const fields = { 'cache-control': 'max-age=60' }

/** Sets a field that is this request's own. */
async function outspoken(c: Context, next: Next): Promise<void> {
  c.header('x-own', c.req.header('x-asked'))
  await next()
}

describe('a field that middleware before the cache sets', () => {
  const places: Record<string, (app: Hono, cached: ReturnType<typeof bed>['cached']) => void> = {
    'on its own': (app, cached) => app.get('/x', outspoken, cached(), counter(fields).handler),
    'behind one that is quiet': (app, cached) => {
      app.use(measured({ onEnd() {} }), outspoken)
      app.get('/x', cached(), counter(fields).handler)
    },
    'put together with the cache': (app, cached) =>
      app.get('/x', every(outspoken, cached()), counter(fields).handler),
    'put together with the cache, behind another cache': (app, cached) => {
      app.get('/x', cached({ keyGenerator: () => 'outer' }), every(outspoken, cached()))
      app.get('/x', counter({ 'cache-control': 'no-store' }).handler)
    },
    'in an app with an error handler of its own': (app, cached) => {
      const inner = new Hono().onError((_, c) => c.text('failed', 500))
      inner.get('/x', outspoken, cached(), counter(fields).handler)
      app.route('/', inner)
    },
  }

  for (const [place, mount] of Object.entries(places)) {
    it(`is on every hit, and each time its own: ${place}`, async () => {
      const { app, cached, get } = bed()
      mount(app, cached)
      for (const asked of ['1', '2', '3']) {
        const answer = await get('/x', { 'x-asked': asked })
        assert.equal(answer.headers.get('x-own'), asked)
      }
    })
  }
})
