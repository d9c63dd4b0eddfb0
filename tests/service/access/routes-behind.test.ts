import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { routesBehind } from '../../../src/service/access/routes-behind.ts'

describe('routesBehind', () => {
  const page = new Hono()
  page.get('/', (c) => c.text('page'))
  page.get('/data', (c) => c.text('data'))
  page.post('/data', (c) => c.text('posted'))
  const app = new Hono()
  app.get('/before', (c) => c.text('before'))
  app.route(
    '/',
    routesBehind(async (c, next) => (c.req.query('key') === 'right' ? next() : c.text('refused', 403)), page),
  )
  app.get('/after', (c) => c.text('after'))

  const answer = async (path: string, method = 'GET') => {
    const response = await app.request(path, { method })
    return [response.status, await response.text()]
  }

  it('lets every request through that the middleware lets through', async () => {
    assert.deepEqual(await answer('/?key=right'), [200, 'page'])
    assert.deepEqual(await answer('/data?key=right'), [200, 'data'])
    assert.deepEqual(await answer('/data?key=right', 'POST'), [200, 'posted'])
    assert.deepEqual(await answer('/?key=right', 'HEAD'), [200, ''])
  })

  it('refuses the others, with any method', async () => {
    for (const path of ['/', '/data']) {
      for (const method of ['GET', 'POST', 'DELETE'])
        assert.deepEqual(await answer(path, method), [403, 'refused'], `${method} ${path}`)
      assert.deepEqual(await answer(path, 'HEAD'), [403, ''])
    }
  })

  it('leaves the routes of other apps and unknown paths alone', async () => {
    assert.deepEqual(await answer('/before'), [200, 'before'])
    assert.deepEqual(await answer('/after'), [200, 'after'])
    assert.equal((await answer('/elsewhere'))[0], 404)
    assert.equal((await answer('/data/deeper'))[0], 404)
  })
})
