import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { ownAccess } from '../../../src/proxy/process/own-access.ts'

const token = 'a-token-of-the-proxy'

async function status(
  config: { host: string; token?: string },
  url: string,
  headers: Record<string, string> = {},
) {
  const app = new Hono().use(ownAccess({ token: undefined, ...config })).all('*', (c) => c.text('page'))
  return (await app.request(url, { headers })).status
}

describe('ownAccess', () => {
  it('is open on loopback, but not for the name of another site and not through a proxy', async () => {
    const local = { host: '127.0.0.1' }
    assert.equal(await status(local, 'http://localhost:8080/__hitrate'), 200)
    assert.equal(await status(local, 'http://evil.example/__hitrate'), 403)
    assert.equal(await status(local, 'http://localhost/__hitrate', { 'x-forwarded-for': '192.0.2.1' }), 403)
  })

  it('is closed on another address without a token', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.5'])
      assert.equal(await status({ host }, 'http://localhost/__hitrate'), 403)
  })

  it('with a token, needs it everywhere', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const url = 'http://proxy.example/__hitrate'
      assert.equal(await status({ host, token }, url), 401)
      assert.equal(await status({ host, token }, url, { authorization: 'Bearer other' }), 401)
      assert.equal(await status({ host, token }, url, { authorization: `Bearer ${token}` }), 200)
    }
  })
})
