/** The contract of a remote store, through every client with a real server. */

import { redisStore } from '../../../src/stores/redis/redis-store.ts'
import type { RemoteStore } from '../../../src/stores/store.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { skipUnless } from '../../support/installed.ts'
import { describeFailingClient, describeRemoteStore, type OpenedStore } from '../contract.ts'
import { type ClientKind, clientKinds, openIoredis } from './redis-clients.ts'

const noServer = skipUnless('redis-server')

for (const kind of clientKinds) {
  const modelSteps = kind.hasMessages ? 300 : 150
  describeRemoteStore(`Redis through ${kind.name}`, () => openStore(kind), {
    skip: kind.skip || noServer,
    shortLifetime: 50,
    modelSteps,
  })
}

const unused = () => {}
const kinds: Record<string, (fail: () => Promise<never>) => object> = {
  ioredis: (fail) => ({ call: fail, duplicate: fail, on: unused, off: unused, isCluster: false }),
  'node-redis': (fail) => ({ sendCommand: fail, duplicate: fail, on: unused, off: unused, watch: fail }),
  'Bun.RedisClient': (fail) => ({ send: fail, connect: fail, duplicate: fail, onconnect: null }),
  '@upstash/redis': (fail) => ({ exec: fail, evalsha: fail }),
}
for (const [name, client] of Object.entries(kinds)) {
  describeFailingClient(
    `Redis through ${name}`,
    (fail): RemoteStore => redisStore({ client: client(fail) as never }),
  )
}

async function openStore({ open }: ClientKind): Promise<OpenedStore> {
  const server = await startRedis()
  const clients = await Promise.all([open(server.port), open(server.port)])
  const [one, two] = clients.map(({ client }) => redisStore({ client }))
  const admin = await openIoredis(server.port)
  if (one === undefined || two === undefined) throw new Error('no clients')

  return {
    store: one,
    other: two,
    /** Deletes any key, as eviction does, or all of them. */
    async loseState(random) {
      if (random() < 0.2) await admin.client.flushall()
      const key = await admin.client.randomkey()
      if (key !== null) await admin.client.del(key)
    },
    async loseTags() {
      const tables = await admin.client.keys('{tags *')
      if (tables.length > 0) await admin.client.del(tables)
    },
    async loseServer() {
      await server.end()
      while (await one.ping().then(isTrue, isFalse)) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
      await admin.close()
      await server.end()
    },
  }
}

const isTrue = () => true
const isFalse = () => false
