import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { frontedServices } from '../../support/fronted-service.ts'

const readToken = 'a-token-for-reads'
const apiToken = 'a-token-for-writes'
const USER = '/api/user/user_001'
const paths = [USER, '/api/user/unknown', '/api/users', '/api/users?ids=user_001,user_002', '/api/nothing']

const withToken = (token: string, headers: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${token}`, ...headers },
})

for (const [name, start] of frontedServices) {
  describe(`a read token, on ${name}`, () => {
    it('is needed for every read, also of a stored response, and a refused request is no read', async (t) => {
      const { send, outcomes, frontHits } = await start(t, { readToken, apiToken })
      for (let i = 0; i < 3; i++) await (await send(USER, withToken(readToken))).text()
      const before = [...outcomes]
      for (const path of paths) {
        for (const method of ['GET', 'HEAD']) {
          for (const authorization of [
            undefined,
            'Bearer other',
            `Basic ${readToken}`,
            readToken,
            'Bearer ',
          ]) {
            const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
            const response = await send(path, { method, headers })
            const subject = `${method} ${path} ${authorization}`
            assert.equal(response.status, 401, subject)
            assert.equal(response.headers.get('www-authenticate'), 'Bearer', subject)
            assert.equal(response.headers.get('content-type'), 'application/problem+json', subject)
            const text = await response.text()
            assert.match(text, method === 'HEAD' ? /^$/ : /"detail":"Reads need the read token"/, subject)
            assert.equal(response.headers.get('cache-status'), null, subject)
          }
        }
      }
      assert.deepEqual(outcomes, before)
      assert.equal(frontHits(), 0)
    })

    it('lets the cache store responses, which no other cache may share', async (t) => {
      const { send, outcomes } = await start(t, { readToken, apiToken })
      for (const path of paths.slice(0, 4)) {
        const outcomesOf: string[][] = []
        for (const token of [readToken, readToken, apiToken]) {
          const response = await send(path, withToken(token))
          assert.equal(response.headers.get('cache-control'), 'private, max-age=0', path)
          assert.equal(response.headers.get('hitrate-cache-control'), null)
          assert.equal(response.headers.get('vary'), null)
          await response.text()
          outcomesOf.push(outcomes.splice(0))
        }
        const [first = [], ...later] = outcomesOf
        assert.ok(first.length > 0, path)
        for (const ofOne of later)
          assert.ok(
            ofOne.every((outcome) => outcome === 'hit'),
            `${path}: ${ofOne}`,
          )
      }
    })

    it('makes a 304 and the response to HEAD private too', async (t) => {
      const { send } = await start(t, { readToken })
      const first = await send(USER, withToken(readToken))
      await first.text()
      const again = await send(
        USER,
        withToken(readToken, { 'if-none-match': first.headers.get('etag') ?? '' }),
      )
      assert.deepEqual([again.status, again.headers.get('cache-control')], [304, 'private, max-age=0'])
      const head = await send(USER, { ...withToken(readToken), method: 'HEAD' })
      assert.deepEqual([head.status, head.headers.get('cache-control')], [200, 'private, max-age=0'])
    })

    it('is not needed for writes, health, metrics and OPTIONS', async (t) => {
      const { send } = await start(t, { readToken })
      for (const path of ['/health', '/health/ready', '/metrics'])
        assert.equal((await send(path)).status, 200)
      assert.equal((await send('/nothing')).status, 404)
      assert.equal((await send(USER, { method: 'DELETE' })).status, 204)
      const options = await send(USER, { method: 'OPTIONS' })
      assert.deepEqual(
        [options.status, options.headers.get('allow')],
        [204, 'GET, HEAD, PUT, DELETE, OPTIONS'],
      )
    })

    it('does not keep a purge from the entry of a URL', async (t) => {
      const { send, outcomes } = await start(t, { readToken, adminToken: 'a-token-for-purges' })
      await (await send(USER, withToken(readToken))).text()
      const { headers } = withToken('a-token-for-purges', { 'content-type': 'application/json' })
      const body = JSON.stringify({ urls: [USER] })
      const purged = (await (await send('/admin/purge', { method: 'POST', headers, body })).json()) as object
      assert.deepEqual({ ...purged, confirmed: true }, { ...purged, urls: 1, unreached: [], unmatched: [] })
      await (await send(USER, withToken(readToken))).text()
      assert.deepEqual(outcomes, ['miss', 'miss'])
    })

    it('does not exist by default: reads are public, and the front serves them', async (t) => {
      const { send, frontHits } = await start(t)
      for (let i = 0; i < 3; i++) {
        const response = await send(USER)
        assert.equal(response.headers.get('cache-control'), 'public, max-age=0')
        await response.text()
      }
      assert.equal(frontHits(), 1)
    })
  })
}
