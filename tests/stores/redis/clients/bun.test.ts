/** A `Bun.RedisClient` that gave up is connected again; one that the application closed is not. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { startRedis } from '../../../servers/redis-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { skipUnless } from '../../../support/installed.ts'
import { until } from '../../contract/namespaces.ts'

const skip =
  (process.versions.bun === undefined && 'Bun.RedisClient is on Bun alone') || skipUnless('redis-server')
const isTrue = () => true
const isFalse = () => false

describe('Bun.RedisClient', { skip, timeout: 20_000 }, () => {
  let server: RunningServer

  before(async () => {
    server = await startRedis()
  })
  after(() => server?.end())

  async function open(port: number) {
    const { RedisClient } = await import('bun')
    const client = new RedisClient(`redis://127.0.0.1:${port}`)
    return { client, store: redisStore({ client }) }
  }

  it('a client is used again after a reply that was not of the protocol', async () => {
    const page: Server = createServer((socket) => {
      socket.on('error', () => {}) // the client closes it
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
    const address = page.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { client, store } = await open(port)
    await assert.rejects(store.ping())
    await assert.rejects(store.ping())
    await new Promise((resolve) => page.close(resolve))
    const redis = await startRedis({ port })
    await until(() => store.ping().then(isTrue, isFalse))
    client.close()
    await redis.end()
  })

  it('a client is used again after the server required a password for a while', async () => {
    const redis = await startRedis()
    const { RedisClient } = await import('bun')
    const admin = new RedisClient(`redis://127.0.0.1:${redis.port}`)
    await admin.send('PING', [])
    const { client, store } = await open(redis.port)
    await store.ping()
    await admin.send('CONFIG', ['SET', 'requirepass', 'secret'])
    await admin.send('CLIENT', ['KILL', 'TYPE', 'normal'])
    for (let i = 0; i < 3; i++) await store.ping().then(isTrue, isFalse)
    await admin.send('CONFIG', ['SET', 'requirepass', ''])
    await until(() => store.ping().then(isTrue, isFalse))
    for (const each of [client, admin]) each.close()
    await redis.end()
  })

  it('a client that the application closed stays closed', async () => {
    const { client, store } = await open(server.port)
    await store.ping()
    client.close()
    for (let i = 0; i < 3; i++) await assert.rejects(store.ping())
    assert.equal(client.connected, false)
  })

  it('a listener for connections that the application set is called too', async () => {
    const { RedisClient } = await import('bun')
    const client = new RedisClient(`redis://127.0.0.1:${server.port}`)
    let connections = 0
    client.onconnect = () => {
      connections++
    }
    await redisStore({ client }).ping()
    await until(() => connections === 1)
    client.close()
  })
})
