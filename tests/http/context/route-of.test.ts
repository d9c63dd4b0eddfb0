import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { routeOf } from '../../../src/http/context/route-of.ts'

describe('routeOf', () => {
  it('the pattern is the handler’s, also when middleware around it asks', async () => {
    const patterns: string[] = []
    const app = new Hono()
    app.use(async (c, next) => {
      patterns.push(routeOf(c.req.matchedRoutes))
      await next()
    })
    app.get('/users/:id', (c) => {
      patterns.push(routeOf(c.req.matchedRoutes))
      return c.body(null)
    })
    await app.request('/users/1')
    assert.deepEqual(patterns, ['/users/:id', '/users/:id'])
  })

  it('the pattern is /* if no handler matched', async () => {
    let pattern = ''
    const app = new Hono()
    app.use(async (c, next) => {
      pattern = routeOf(c.req.matchedRoutes)
      await next()
    })
    await app.request('/unknown')
    assert.equal(pattern, '/*')
    assert.equal(routeOf([]), '/*')
  })
})
