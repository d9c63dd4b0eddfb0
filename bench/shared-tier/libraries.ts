/** Caches with a memory tier and a shared tier, each library with its defaults and what it has for several processes. */
import type { EventEmitter } from 'node:events'
import KeyvRedis from '@keyv/redis'
import { RedisMessageProvider } from '@qified/redis'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Cacheable } from 'cacheable'
import { Redis } from 'ioredis'
import { composeStorage, createBlobStorage, createMemoryStorage, defineCachedFunction } from 'ocache'
import { createCache } from '../../src/cache/create-cache.ts'
import { sharedTier } from '../../src/cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../src/cache/shared-tier.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import type { RemoteStore } from '../../src/stores/store.ts'
import { version } from '../../src/version.ts'
import { connect } from '../../tests/consistency/stores/connect.ts'
import type { Address, StoreName } from '../../tests/consistency/stores/kind/address.ts'
import { versionOf } from '../version-of.ts'

/** Values are numbers; no value is 0. */
export interface OpenedCache {
  read(key: string, load: () => Promise<number>): Promise<number | undefined>
  delete(key: string): Promise<unknown>
}

const ttlMs = 600_000

/** Opens a cache as a process would, with a connection of its own to a store of this machine. */
type Open = (address: Address) => Promise<OpenedCache>

export const libraries = {
  hitrate: async (address) => hitrate((await connect(address)).remote),
  'hitrate without messages': async (address) =>
    hitrate(sharedTier(silent(redisStore({ client: connectIoredis(redisPort(address)) })))),

  async bentocache(address) {
    const connection = { host: '127.0.0.1', port: redisPort(address) }
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

  async cacheable(address) {
    const uri = `redis://127.0.0.1:${redisPort(address)}`
    const qified = new RedisMessageProvider({ uri })
    // Without a listener, an error of its clients ends the process, and the package offers no public way to add one.
    const { pub, sub } = qified as unknown as Record<'pub' | 'sub', EventEmitter>
    for (const client of [pub, sub]) client.on('error', () => {})
    const secondary = new KeyvRedis(uri)
    secondary.on('error', () => {})
    const cache = new Cacheable({ secondary, ttl: ttlMs, sync: { qified } })
    cache.on('error', () => {})
    return { read: (key, load) => cache.getOrSet(key, load), delete: (key) => cache.delete(key) }
  },

  async ocache(address) {
    const client = connectIoredis(redisPort(address))
    const redis = createBlobStorage({
      get: (key) => client.getBuffer(key),
      async set(key, value, { ttl = ttlMs / 1000 } = {}) {
        if (value === null) await client.del(key)
        else await client.set(key, Buffer.from(value), 'EX', Math.ceil(ttl))
      },
    })
    const storage = composeStorage([{ storage: createMemoryStorage(), ttl: 1 }, redis]) // it has no messages
    const loads = new Map<string, () => Promise<number>>()
    const load = (key: string) => loads.get(key)?.() ?? Promise.reject(new Error('no load'))
    const cachedRead = defineCachedFunction(load, {
      name: 'read',
      getKey: (key) => key,
      maxAge: ttlMs / 1000,
      storage,
    })
    return {
      read(key, load) {
        loads.set(key, load)
        return cachedRead(key)
      },
      delete: (key) => cachedRead.invalidate(key),
    }
  },
} satisfies Record<string, Open>

export type LibraryName = keyof typeof libraries

/** Libraries of a flag such as `hitrate,bentocache`. The others have no tier but Redis. @throws {TypeError} for another name. */
export function librariesIn(flag: string, store: StoreName): LibraryName[] {
  const names = store === 'redis' ? flag.split(',') : ['hitrate']
  return names.map((name) => {
    if (Object.hasOwn(libraries, name)) return name as LibraryName
    throw new TypeError(`--libraries must name ${Object.keys(libraries).join(', ')}, got ${name}`)
  })
}

/** Title of a library in a table: with the name of the store if that is not Redis. */
export function titleOf(library: LibraryName, store: StoreName): string {
  return store === 'redis' ? titles[library] : `${titles[library]}, ${store}`
}

const titles: Record<LibraryName, string> = {
  hitrate: `hitrate ${version}`,
  'hitrate without messages': `hitrate ${version} without messages`,
  bentocache: `bentocache ${versionOf('bentocache')}`,
  cacheable: `cacheable ${versionOf('cacheable')} with CacheableSync`,
  ocache: `ocache ${versionOf('ocache')}`,
}

function hitrate(remote: SharedTier): OpenedCache {
  const cache = createCache({ memory: memoryStore(), remote })
  return {
    read: async (key, load) => (await cache.read(key, load, { ttlMs })).value,
    delete: (key) => cache.delete(key),
  }
}

/** @throws {TypeError} for another store. */
function redisPort(address: Address): number {
  if (address.store === 'redis') return address.port
  throw new TypeError(`this library needs Redis, got ${address.store}`)
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

function connectIoredis(port: number): Redis {
  const client = new Redis(port, '127.0.0.1')
  client.on('error', () => {}) // each command rejects by itself
  return client
}
