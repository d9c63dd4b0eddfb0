import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RedisClient as BunClient } from 'bun'
import { type Cluster, Redis } from 'ioredis'
import { type RedisClient, redisStore } from '../../src/stores/redis.ts'
import { startRedis } from '../servers/redis-server.ts'
import { skipUnless } from '../support/installed.ts'
import { describeFailingClient, describeRemoteStore, type OpenedStore } from './contract.ts'

const skip = skipUnless('redis-server')
const notBun = process.versions.bun === undefined && 'Bun.RedisClient is on Bun alone'

describeRemoteStore('Redis through ioredis', openWithIoredis, { skip, shortLifetime: 50 })
describeRemoteStore('Redis through Bun.RedisClient', openWithBun, { skip: notBun || skip, shortLifetime: 50 })
describeFailingClient('Redis', (fail) =>
  redisStore({ client: { getBuffer: fail, set: fail, del: fail, ping: fail } }),
)

type Sets = Parameters<RedisClient['set']>[]

describe('redisStore', () => {
  it('a Redis store accepts the clients of ioredis and Bun, and no client that returns text', () => {
    // Checked by tsc.
    const accepted = [
      (client: Redis) => redisStore({ client }),
      (client: Cluster) => redisStore({ client }),
      (client: BunClient) => redisStore({ client }),
      // @ts-expect-error a string does not preserve bytes
      () => redisStore({ client: { ...recorder([]), getBuffer: async () => 'text' } }),
      // @ts-expect-error getBuffer is missing
      () => redisStore({ client: { get: async () => null, set: async () => 'OK' } }),
    ]
    assert.equal(accepted.length, 5)
  })

  it('a Redis store has the name redis', () => {
    assert.equal(redisStore({ client: recorder([]) }).name, 'redis')
  })

  it('a Redis store sets whole milliseconds, at least one', async () => {
    const sets: Sets = []
    const store = redisStore({ client: recorder(sets) })
    for (const ttlMs of [1, 0.2, 0, -5, 1.5, 59_999.0001, 86_400_000]) {
      await store.set('k', Uint8Array.of(), ttlMs)
    }
    assert.deepEqual(
      sets.map(([, , ...rest]) => rest),
      [1, 1, 1, 1, 2, 60_000, 86_400_000].map((ms) => ['PX', ms]),
    )
  })

  it('a Redis store passes a Buffer of the same memory and the unchanged key to the client', async () => {
    const sets: Sets = []
    const bytes = Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)
    await redisStore({ client: recorder(sets) }).set('{a}:b"', bytes, 1)
    const [key, value] = sets[0] ?? assert.fail('nothing was set')
    assert.equal(key, '{a}:b"')
    assert.ok(value instanceof Uint8Array && Buffer.isBuffer(value))
    assert.deepEqual([...value], [1, 2, 3])
    assert.equal(value.buffer, bytes.buffer)
  })
})

async function openWithIoredis(): Promise<OpenedStore> {
  const server = await startRedis()
  const client = new Redis({
    host: '127.0.0.1',
    port: server.port,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  })
  client.on('error', () => {}) // each command rejects by itself
  await client.connect()
  return {
    store: redisStore({ client }),
    async loseServer() {
      const noticed = new Promise((resolve) => client.once('end', resolve))
      await Promise.all([noticed, server.end()])
    },
    async close() {
      client.disconnect()
      await server.end()
    },
  }
}

async function openWithBun(): Promise<OpenedStore> {
  const { RedisClient } = await import('bun')
  const server = await startRedis()
  const client = new RedisClient(`redis://127.0.0.1:${server.port}`, {
    autoReconnect: false,
    enableOfflineQueue: false,
  })
  await client.connect()
  return {
    store: redisStore({ client }),
    async loseServer() {
      const noticed = new Promise<void>((resolve) => {
        client.onclose = () => resolve()
      })
      await Promise.all([noticed, server.end()])
    },
    async close() {
      client.close()
      await server.end()
    },
  }
}

/** A client that records the arguments of every set. */
function recorder(sets: Sets): RedisClient {
  return {
    getBuffer: async () => null,
    set: async (...args) => sets.push(args),
    del: async () => 0,
    ping: async () => 'PONG',
  }
}
