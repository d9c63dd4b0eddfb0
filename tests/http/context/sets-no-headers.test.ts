import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type Next } from 'hono'
import { every } from 'hono/combine'
import { measured } from '../../../src/http/measured/measured.ts'
import { counter, testApp } from '../../support/test-app.ts'

const responseHeaders = { 'cache-control': 'max-age=60' }

/** Sets a response header that depends on the request. */
async function setsHeader(c: Context, next: Next): Promise<void> {
  c.header('x-own', c.req.header('x-value'))
  await next()
}

describe('a header that middleware before the cache sets', () => {
  const places: Record<string, (app: Hono, cached: ReturnType<typeof testApp>['cached']) => void> = {
    'as the only middleware': (app, cached) =>
      app.get('/x', setsHeader, cached(), counter(responseHeaders).handler),
    'after a middleware marked with setsNoHeaders': (app, cached) => {
      app.use(measured({ onEnd() {} }), setsHeader)
      app.get('/x', cached(), counter(responseHeaders).handler)
    },
    'combined with the cache by every()': (app, cached) =>
      app.get('/x', every(setsHeader, cached()), counter(responseHeaders).handler),
    'combined with the cache by every(), after another cache': (app, cached) => {
      app.get('/x', cached({ keyGenerator: () => 'outer' }), every(setsHeader, cached()))
      app.get('/x', counter({ 'cache-control': 'no-store' }).handler)
    },
    'in a nested app with its own error handler': (app, cached) => {
      const inner = new Hono().onError((_, c) => c.text('failed', 500))
      inner.get('/x', setsHeader, cached(), counter(responseHeaders).handler)
      app.route('/', inner)
    },
  }

  for (const [place, mount] of Object.entries(places)) {
    it(`is on every hit with the value of that request: ${place}`, async () => {
      const { app, cached, get } = testApp()
      mount(app, cached)
      for (const value of ['1', '2', '3']) {
        const response = await get('/x', { 'x-value': value })
        assert.equal(response.headers.get('x-own'), value)
      }
    })
  }
})
