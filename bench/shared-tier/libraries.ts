/** Caches with a memory tier and a tier in Redis, each library with its defaults. */
import KeyvRedis from '@keyv/redis'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Cacheable } from 'cacheable'
import { Redis } from 'ioredis'
import { createCache } from '../../src/cache/create-cache.ts'
import { sharedTier } from '../../src/cache/remote/open-shared-tier.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import type { RemoteStore } from '../../src/stores/store.ts'
import { version } from '../../src/version.ts'
import { versionOf } from '../version-of.ts'

/** Values are numbers; no value is 0. */
export interface OpenedCache {
  read(key: string, load: () => Promise<number>): Promise<number | undefined>
  delete(key: string): Promise<unknown>
}

const ttlMs = 600_000

/** Each opens a cache as a process would, with a connection of its own to a server on a port of this machine. */
export const libraries = {
  hitrate: (port: number) => hitrate(redisStore({ client: connect(port) })),
  'hitrate without messages': (port: number) => hitrate(silent(redisStore({ client: connect(port) }))),

  bentocache(port: number): OpenedCache {
    const connection = { host: '127.0.0.1', port }
    const store = bentostore()
      .useL1Layer(memoryDriver())
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection }))
    const cache = new BentoCache({ default: 'store', ttl: ttlMs, stores: { store } })
    return {
      read: (key, factory) => cache.getOrSet({ key, factory }),
      delete: (key) => cache.delete({ key }),
    }
  },

  cacheable(port: number): OpenedCache {
    const cache = new Cacheable({ secondary: new KeyvRedis(`redis://127.0.0.1:${port}`), ttl: ttlMs })
    return { read: (key, load) => cache.getOrSet(key, load), delete: (key) => cache.delete(key) }
  },
}

export type LibraryName = keyof typeof libraries

export const titles: Record<LibraryName, string> = {
  hitrate: `hitrate ${version}`,
  'hitrate without messages': `hitrate ${version} without messages`,
  bentocache: `bentocache ${versionOf('bentocache')}`,
  cacheable: `cacheable ${versionOf('cacheable')}`,
}

function hitrate(store: RemoteStore): OpenedCache {
  const cache = createCache({ memory: memoryStore(), remote: sharedTier(store) })
  return {
    read: async (key, load) => (await cache.read(key, load, { ttlMs })).value,
    delete: (key) => cache.delete(key),
  }
}

/** A store without messages: memory tiers are bounded by `maxUnsyncedMs` alone. */
function silent(store: RemoteStore): RemoteStore {
  return {
    ...store,
    open(options) {
      const { announce: _, subscribe: __, ...namespace } = store.open(options)
      return namespace
    },
  }
}

function connect(port: number): Redis {
  const client = new Redis(port, '127.0.0.1')
  client.on('error', () => {}) // each command rejects by itself
  return client
}
