import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono, type MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { bearerAuth } from 'hono/bearer-auth'
import { csrf } from 'hono/csrf'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { ipRestriction } from 'hono/ip-restriction'
import { jwk } from 'hono/jwk'
import { jwt } from 'hono/jwt'
import { testApp } from '../../../support/test-app.ts'

const control = { 'cache-control': 'max-age=60' }

/** The warnings after one request for each of two URLs and two requests for the first. */
async function warningsOf(...middleware: MiddlewareHandler[]): Promise<string[]> {
  const { app, cached, get, events } = testApp()
  app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('failed', 500)))
  app.get('/:id', cached(), ...(middleware as [MiddlewareHandler]), (c) => c.text('x', 200, control))
  for (const path of ['/1', '/1', '/2']) await get(path)
  return events.flatMap((event) => (event.type === 'warning' ? [`${event.warning} ${event.route}`] : []))
}

const warning = 'access-check-behind-cache /:id'

describe('the warning of an access check behind the cache', () => {
  const known: Record<string, MiddlewareHandler> = {
    'basicAuth()': basicAuth({ username: 'a', password: 'b' }),
    'bearerAuth()': bearerAuth({ token: 'a' }),
    'ipRestriction()': ipRestriction(() => '1.2.3.4', { denyList: ['5.6.7.8'] }),
    'jwk()': jwk({ keys: [], alg: ['RS256'] }),
    'jwt()': jwt({ secret: 'a', alg: 'HS256' }),
  }
  for (const [label, middleware] of Object.entries(known)) {
    it(`is emitted once for a known one: ${label}`, async () => {
      assert.deepEqual(await warningsOf(etag(), middleware), [warning])
    })
  }

  for (const status of [401, 403, 407, 429] as const) {
    it(`is emitted once for any other that refuses with ${status}`, async () => {
      assert.deepEqual(await warningsOf((c) => Promise.resolve(c.text('no', status))), [warning])
    })
  }

  it('is emitted if the middleware throws its refusal', async () => {
    const refuse = () => {
      throw new HTTPException(403, { message: 'no' })
    }
    assert.deepEqual(await warningsOf(refuse), [warning])
  })

  it('is emitted for a known one of an app with its own error handler', async () => {
    const { app, cached, get, events } = testApp()
    const sub = new Hono()
    sub.onError((_, c) => c.text('failed', 500))
    sub.get('/x', cached(), bearerAuth({ token: 'a' }), (c) => c.text('x', 200, control))
    app.route('/', sub)
    await get('/x')
    assert.equal(events.filter(({ type }) => type === 'warning').length, 1)
  })

  it('is not emitted for other middleware, for that before the cache, and for a refusal by the handler', async () => {
    assert.deepEqual(await warningsOf(etag(), csrf(), async (_, next) => next()), [])
    const { app, cached, get, events } = testApp()
    app.use(bearerAuth({ token: 'a' }))
    app.get('/x', cached(), (c) => c.text('no', 401))
    await get('/x')
    await get('/x', { authorization: 'Bearer a' })
    assert.deepEqual(
      events.filter(({ type }) => type === 'warning'),
      [],
    )
  })
})
