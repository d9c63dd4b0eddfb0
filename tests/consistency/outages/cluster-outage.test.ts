/** A Redis Cluster that loses one of its nodes, and gets it back without its data. HITRATE_MATRIX=all: each of its nodes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Cluster } from 'ioredis'
import { createCache } from '../../../src/cache/create-cache.ts'
import { redisStore } from '../../../src/exports/stores/redis.ts'
import { startRedisCluster } from '../../servers/redis-cluster.ts'
import { skipUnless } from '../../support/installed.ts'
import { until } from '../races/race-caches.ts'

/** Enough for every node to have some. */
const KEYS = 30
const keys = Array.from({ length: KEYS }, (_, i) => `key-${i}`)

describe('a cluster that loses a node', { skip: skipUnless('redis-server'), timeout: 120_000 }, () => {
  for (const lost of process.env.HITRATE_MATRIX === 'all' ? [0, 1, 2] : [0]) {
    it(`no read fails without node ${lost}, and none is old when it is back`, async () => {
      const cluster = await startRedisCluster()
      const clients = [0, 1].map(() => {
        const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
        client.on('error', () => {}) // each command rejects by itself
        return client
      })
      const caches = clients.map((client) => createCache({ remote: redisStore({ client }), jitter: 0 }))
      const [A, B] = caches
      if (A === undefined || B === undefined) throw new Error('no caches')
      const readAll = (cache: typeof A, value: string) =>
        Promise.all(keys.map(async (key) => cache.read(key, () => value, { ttlMs: 600_000 })))
      const isShared = async (cache: typeof A) =>
        (await readAll(cache, 'old')).every(({ tier }) => tier === 'remote')

      try {
        await until(() => isShared(A))
        await until(() => isShared(B))
        await cluster.endNode(lost)
        for (let round = 0; round < 20; round++) {
          for (const { value } of await readAll(A, 'old')) assert.equal(value, 'old')
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        await A.deleteMany(keys)
        for (const { value } of await readAll(A, 'new')) assert.equal(value, 'new')
        await cluster.restartNode(lost)
        // Unconfirmed deletions are repeated until every node has them; then no process reads an old value.
        await until(async () => (await A.deleteMany(keys)).confirmed)
        for (const cache of [A, B]) {
          for (const { value } of await readAll(cache, 'new')) assert.equal(value, 'new')
        }
        await until(async () => (await readAll(B, 'new')).every(({ tier }) => tier === 'remote'))
      } finally {
        await Promise.all(caches.map((cache) => cache.close()))
        for (const client of clients) client.disconnect()
        await cluster.end()
      }
    })
  }
})
