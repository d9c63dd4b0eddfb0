import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { frontedServices } from '../../support/fronted-service.ts'

const json = { 'content-type': 'application/json' }

for (const [name, start] of frontedServices) {
  describe(`X-Content-Type-Options, on ${name}`, () => {
    it('is nosniff, once, on misses, on hits before and behind the front, and on parts of them', async (t) => {
      const { send, frontHits } = await start(t)
      const requests: [path: string, init?: RequestInit][] = [
        ['/api/user/user_001'],
        ['/api/user/user_001'],
        ['/api/user/user_001'],
        ['/api/user/user_001', { headers: { 'if-none-match': '*' } }],
        ['/api/user/user_001', { headers: { range: 'bytes=0-1' } }],
        ['/api/user/user_001', { method: 'HEAD' }],
        ['/api/user/unknown'],
        ['/api/user/unknown'],
        ['/api/users'],
        ['/api/users?ids=user_001,unknown'],
      ]
      for (const [path, init] of requests) {
        const response = await send(path, init)
        const { status, headers } = response
        assert.equal(headers.get('x-content-type-options'), 'nosniff', `${status} ${path}`)
        await response.text()
      }
      assert.equal(frontHits(), 1)
    })

    it('is nosniff on writes, refusals, health, metrics and errors', async (t) => {
      const repositoryError = new Error('broken')
      const { send } = await start(t, { adminToken: 'a-token-for-purges', apiToken: 'a-token-for-writes' })
      const authorized = { ...json, authorization: 'Bearer a-token-for-writes' }
      const body = JSON.stringify({ name: 'Al', email: 'al@example.com' })
      const statuses: number[] = []
      for (const [path, init] of [
        ['/api/user/user_001', { method: 'PUT', body, headers: authorized }],
        ['/api/user/user_001', { method: 'DELETE', headers: authorized }],
        ['/api/user/user_001', { method: 'DELETE' }],
        ['/api/user/a.b'],
        ['/api/user', { method: 'POST', body: '{', headers: authorized }],
        ['/admin/purge', { method: 'POST' }],
        ['/health'],
        ['/health/ready'],
        ['/metrics'],
        ['/nothing'],
        ['/health', { method: 'DELETE' }],
        ['/health', { method: 'OPTIONS' }],
      ] as [string, RequestInit?][]) {
        const response = await send(path, init)
        statuses.push(response.status)
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff', `${init?.method} ${path}`)
        await response.text()
      }
      assert.deepEqual(statuses, [200, 204, 401, 400, 400, 401, 200, 200, 200, 404, 405, 204])
      const failing = await start(t, {
        tiers: {},
        repository: new Proxy({} as never, {
          get: () => async () => {
            throw repositoryError
          },
        }),
      })
      const failed = await failing.send('/api/user/user_001')
      assert.deepEqual([failed.status, failed.headers.get('x-content-type-options')], [500, 'nosniff'])
    })
  })
}
