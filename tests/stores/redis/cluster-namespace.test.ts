/** The contract of a remote store on a Redis Cluster. */
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import type { RedisClient } from '../../../src/stores/redis/clients/redis-client.ts'
import { redisStore } from '../../../src/stores/redis/redis-store.ts'
import { startRedisCluster } from '../../servers/redis-cluster.ts'
import { skipUnless } from '../../support/installed.ts'
import { describeRemoteStore, type OpenedStore } from '../contract.ts'

interface OpenedCluster {
  client: RedisClient
  close(): void
}

const kinds: Record<string, (ports: number[]) => Promise<OpenedCluster>> = {
  async ioredis(ports) {
    const client = new Cluster(
      ports.map((port) => ({ host: '127.0.0.1', port })),
      { lazyConnect: true, enableOfflineQueue: false, redisOptions: { maxRetriesPerRequest: 0 } },
    )
    client.on('error', () => {}) // each command rejects by itself
    await client.connect()
    return { client, close: () => client.disconnect() }
  },
  async 'node-redis'(ports) {
    const client = createCluster({
      rootNodes: ports.map((port) => ({ socket: { host: '127.0.0.1', port } })),
      defaults: { disableOfflineQueue: true, socket: { reconnectStrategy: 50 } },
    })
    client.on('error', () => {}) // as above
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

for (const [name, open] of Object.entries(kinds)) {
  describeRemoteStore(`Redis Cluster through ${name}`, () => openStore(open), {
    skip: skipUnless('redis-server'),
    shortLifetime: 50,
  })
}

async function openStore(open: (ports: number[]) => Promise<OpenedCluster>): Promise<OpenedStore> {
  const cluster = await startRedisCluster()
  const clients = [await open(cluster.ports), await open(cluster.ports)]
  const admin = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
  admin.on('error', () => {}) // as above
  const [one, two] = clients.map(({ client }) => redisStore({ client }))
  if (one === undefined || two === undefined) throw new Error('no clients')
  const masters = () => admin.nodes('master')

  return {
    store: one,
    other: two,
    /** Deletes any key, as eviction does, or all keys of a node. */
    async loseState(random) {
      const node = masters()[Math.floor(random() * masters().length)]
      if (random() < 0.2) await node?.flushall()
      const key = await node?.randomkey()
      if (key) await node?.del(key)
    },
    async loseTags() {
      for (const node of masters()) for (const key of await node.keys('{tags *')) await node.del(key)
    },
    async loseServer() {
      admin.disconnect()
      await cluster.end()
      while (await one.ping().then(isTrue, isFalse)) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async close() {
      for (const client of clients) client.close()
      admin.disconnect()
      await cluster.end()
    },
  }
}

const isTrue = () => true
const isFalse = () => false
