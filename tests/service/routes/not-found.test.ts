import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { measured } from '../../../src/http/measured/measured.ts'
import { notFound } from '../../../src/service/routes/not-found.ts'

function routed(): Hono {
  const app = new Hono()
  app.use(async (_, next) => next())
  app.get('/a', (c) => c.text('x'))
  app.put('/a', (c) => c.text('x'))
  app.post('/b/:id', (c) => c.text('x'))
  app.route(
    '/in',
    new Hono().delete('/*', (c) => c.text('x')),
  )
  app.notFound(notFound(app))
  return app
}

describe('a request that matches no route', () => {
  const cases: [method: string, path: string, status: number, allow: string | null][] = [
    ['GET', '/', 404, null],
    ['POST', '/nothing', 404, null],
    ['OPTIONS', '/nothing', 404, null],
    ['HEAD', '/nothing', 404, null],
    ['GET', '/b', 404, null],
    ['POST', '/a', 405, 'GET, HEAD, PUT, OPTIONS'],
    ['DELETE', '/a', 405, 'GET, HEAD, PUT, OPTIONS'],
    ['M-SEARCH', '/a', 405, 'GET, HEAD, PUT, OPTIONS'],
    ['OPTIONS', '/a', 204, 'GET, HEAD, PUT, OPTIONS'],
    ['GET', '/b/1', 405, 'POST, OPTIONS'],
    ['HEAD', '/b/1', 405, 'POST, OPTIONS'],
    ['OPTIONS', '/b/1', 204, 'POST, OPTIONS'],
    ['GET', '/in/x/y', 405, 'DELETE, OPTIONS'],
  ]
  for (const [method, path, status, allow] of cases) {
    it(`gets ${status}: ${method} ${path}`, async () => {
      const response = await routed().request(path, { method })
      assert.equal(response.status, status)
      assert.equal(response.headers.get('allow'), allow)
      const text = await response.text()
      if (status === 204 || method === 'HEAD') assert.equal(text, '')
      else assert.equal(JSON.parse(text).status, status)
    })
  }

  const routes: [method: string, path: string, route: string][] = [
    ['GET', '/nothing', '/*'],
    ['OPTIONS', '/nothing', '/*'],
    ['POST', '/a', '/a'],
    ['M-SEARCH', '/a', '/a'],
    ['OPTIONS', '/b/1', '/b/:id'],
    ['HEAD', '/b/1', '/b/:id'],
    ['GET', '/in/x/y', '/in/*'],
  ]
  for (const [method, path, route] of routes) {
    it(`is counted under ${route}: ${method} ${path}`, async () => {
      const seen: string[] = []
      const app = new Hono().use(measured({ onEnd: (end) => seen.push(end.route) })).route('/', routed())
      app.notFound(notFound(app))
      await app.request(path, { method })
      assert.deepEqual(seen, [route])
    })
  }

  it('gets a problem that names the method', async () => {
    const response = await routed().request('/a', { method: 'DELETE' })
    assert.equal(((await response.json()) as { error: string }).error, 'DELETE is not allowed here')
  })
})
