/** Clients that the Redis store accepts, and those that it refuses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Redis as Upstash } from '@upstash/redis'
import type { RedisClient as BunClient } from 'bun'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { connectionOf } from '../../../../src/stores/redis/clients/redis-client.ts'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'

const unchecked = (options: unknown) => redisStore(options as never)
const upstash = () => new Upstash({ url: 'http://127.0.0.1:1', token: 'token' })

describe('the client of a Redis store', () => {
  it('a client of each accepted package is told apart', () => {
    const lazy = { lazyConnect: true }
    const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], lazy)
    const rootNodes = [{ socket: { host: '127.0.0.1', port: 1 } }]
    const kindOf = ({ isCluster, isOrdered, subscribe }: ReturnType<typeof connectionOf>) => [
      isCluster ? 'cluster' : 'server',
      isOrdered ? 'ordered' : 'unordered',
      subscribe ? 'messages' : 'none',
    ]
    assert.deepEqual(kindOf(connectionOf(new Redis(lazy))), ['server', 'ordered', 'messages'])
    assert.deepEqual(kindOf(connectionOf(new Valkey(lazy))), ['server', 'ordered', 'messages'])
    assert.deepEqual(kindOf(connectionOf(cluster)), ['cluster', 'unordered', 'messages'])
    assert.deepEqual(kindOf(connectionOf(createClient())), ['server', 'ordered', 'messages'])
    assert.deepEqual(kindOf(connectionOf(createCluster({ rootNodes }))), ['cluster', 'unordered', 'messages'])
    assert.deepEqual(kindOf(connectionOf(upstash())), ['server', 'unordered', 'none'])
  })

  it('a client of Bun is accepted by its type', () => {
    // Checked by tsc.
    const accepted = [
      (client: BunClient) => redisStore({ client }),
      (client: BunClient) => redisStore({ client: upstash(), subscriber: client }),
      // @ts-expect-error the client of Upstash receives no messages
      () => redisStore({ client: upstash(), subscriber: upstash() }),
      // @ts-expect-error no method of a client
      () => redisStore({ client: { get: async () => null } }),
    ]
    assert.equal(accepted.length, 4)
  })

  it('a client without the methods is a TypeError that names the option', () => {
    const sentinel = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })
    for (const client of [{}, null, 5, 'redis://', () => {}, createClientPool(), sentinel]) {
      assert.throws(() => unchecked({ client }), /^TypeError: redisStore: client must be a client of ioredis/)
    }
  })

  it('a subscriber without messages is a TypeError that names the option', () => {
    const client = new Redis({ lazyConnect: true })
    for (const subscriber of [{}, 5, upstash()]) {
      assert.throws(
        () => unchecked({ client, subscriber }),
        /^TypeError: redisStore: subscriber must be a client of ioredis/,
      )
    }
  })

  it('a store through the client of Upstash has no subscription, unless it gets a subscriber', () => {
    const open = { namespace: 'name', leaseMs: 1000 }
    assert.equal(redisStore({ client: upstash() }).open(open).subscribe, undefined)
    const subscriber = new Redis({ lazyConnect: true })
    assert.equal(typeof redisStore({ client: upstash(), subscriber }).open(open).subscribe, 'function')
  })
})
