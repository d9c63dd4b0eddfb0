import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { respondWithList } from '../../../../src/service/routes/lists/respond-with-list.ts'
import type { UserList } from '../../../../src/service/routes/lists/user-lists.ts'
import type { Selection } from '../../../../src/service/routes/user-requests.ts'

const ada = { id: 'ada', name: 'Ada', email: 'ada@example.com' }
const byId: UserList = {
  body: { users: [ada], missing: [] },
  reads: [{ value: ada, outcome: 'hit', ageMs: 5000, expiresInMs: 55_000, kept: true }],
}
const page = (next: string | null): UserList => ({
  body: { users: [ada], total: 9, next },
  reads: byId.reads,
})

function respond(list: UserList, selection: Selection, init: RequestInit = {}): Response | Promise<Response> {
  const app = new Hono()
  app.get('/api/users', (c) =>
    respondWithList(c, list, { status: { hit: true, ttlMs: 55_000 }, selection, now: 0 }),
  )
  return app.request('/api/users', init)
}

describe('respondWithList', () => {
  it('has a body with its length, age, a strong ETag and Cache-Status', async () => {
    const response = await respond(byId, { ids: ['ada'] })
    assert.deepEqual(await response.json(), byId.body)
    assert.deepEqual(Object.fromEntries(response.headers), {
      'accept-ranges': 'bytes',
      age: '5',
      'cache-control': 'public, max-age=0',
      'cache-status': 'hitrate; hit; ttl=55',
      'content-length': '76',
      'content-type': 'application/json',
      etag: response.headers.get('etag'),
      'x-content-type-options': 'nosniff',
    })
    assert.match(response.headers.get('etag') ?? '', /^"[\w-]{22}"$/)
  })

  it('has the same ETag for the same body only', async () => {
    const etag = async (list: UserList) => (await respond(list, { ids: ['ada'] })).headers.get('etag')
    assert.equal(await etag(byId), await etag({ ...byId, reads: byId.reads.slice() }))
    assert.notEqual(await etag(byId), await etag({ ...byId, body: { users: [], missing: ['ada'] } }))
  })

  it('is a 304 without a body for If-None-Match with its ETag', async () => {
    const etag = (await respond(byId, { ids: ['ada'] })).headers.get('etag') ?? ''
    for (const condition of [etag, `"x", W/${etag}`, '*']) {
      const response = await respond(byId, { ids: ['ada'] }, { headers: { 'if-none-match': condition } })
      assert.deepEqual([response.status, await response.text()], [304, ''], condition)
      assert.equal(response.headers.get('etag'), etag)
      assert.equal(response.headers.get('content-length'), null)
    }
    const other = await respond(byId, { ids: ['ada'] }, { headers: { 'if-none-match': '"x"' } })
    assert.equal(other.status, 200)
  })

  it('has no body for HEAD, and a part of it for a range', async () => {
    const head = await respond(byId, { ids: ['ada'] }, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text(), head.headers.get('content-length')], [200, '', '76'])
    const part = await respond(byId, { ids: ['ada'] }, { headers: { range: 'bytes=0-8' } })
    assert.deepEqual([part.status, await part.text()], [206, '{"users":'])
  })

  it('links a page to the next and to the first one', async () => {
    const link = async (list: UserList, after?: string) =>
      (await respond(list, { limit: 20, after })).headers.get('link')
    const first = '</api/users?limit=20>; rel="first"'
    const next = '</api/users?limit=20&after=ada>; rel="next"'
    assert.equal(await link(page('ada')), next)
    assert.equal(await link(page('ada'), 'aaa'), `${next}, ${first}`)
    assert.equal(await link(page(null), 'aaa'), first)
    assert.equal(await link(page(null)), null)
    assert.equal((await respond(byId, { ids: ['ada'] })).headers.get('link'), null)
  })
})
