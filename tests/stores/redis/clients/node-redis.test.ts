/** A client of node-redis whose connection returned a reply that is not of the protocol. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClient } from 'redis'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { FaultProxy } from '../../../servers/fault-proxy.ts'
import { startRedis } from '../../../servers/redis-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { skipUnless } from '../../../support/installed.ts'
import { until } from '../../contract/namespaces.ts'

const isTrue = () => true
const isFalse = () => false

describe('node-redis', { skip: skipUnless('redis-server'), timeout: 20_000 }, () => {
  let server: RunningServer
  let proxy: FaultProxy

  before(async () => {
    server = await startRedis()
    proxy = await FaultProxy.start(server.port)
  })
  after(async () => {
    await proxy?.end()
    await server?.end()
  })

  it('a client gets a new connection after a reply that was not of the protocol', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${proxy.port}` })
    client.on('error', () => {}) // each command rejects by itself
    await client.connect()
    const store = redisStore({ client })
    await store.ping()
    await proxy.set({ kind: 'garbage' })
    await assert.rejects(store.ping())
    await proxy.set({ kind: 'pass' })
    await until(() => store.ping().then(isTrue, isFalse))
    // The replies belong to their commands again.
    const texts = await Promise.all(['a', 'b', 'c'].map((text) => client.sendCommand(['ECHO', text])))
    assert.deepEqual(texts.map(String), ['a', 'b', 'c'])
    client.destroy()
  })
})
