/** Caches with a memory tier and Redis, each with the options for failures that its documentation offers. */
import { createKeyvNonBlocking } from '@keyv/redis'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Cacheable } from 'cacheable'
import { Redis } from 'ioredis'
import { composeStorage, createBlobStorage, createMemoryStorage, defineCachedFunction } from 'ocache'
import { createCache } from '../../src/cache/create-cache.ts'
import { loaded } from '../../src/cache/lifetime.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { version } from '../../src/version.ts'
import { connect } from '../../tests/consistency/stores/connect.ts'
import type { Address } from '../../tests/consistency/stores/kind/address.ts'
import { versionOf } from '../version-of.ts'

/** Values are times of their load, in ms since the epoch. */
export type Load = (key: string) => Promise<number>

export interface ReadOptions {
  tags?: string[]
  /** Default: {@link FRESH_MS}. */
  ttlMs?: number
}

export interface OpenedCache {
  read(key: string, options?: ReadOptions): Promise<number | undefined>
  /** The stored value, from all tiers and without a load. */
  find(key: string): Promise<number | undefined>
  invalidateTag?(tag: string): Promise<unknown>
}

export interface OutageCache {
  title: string
  /** The options that matter here, for the report. */
  options: string
  /** True if it needs Redis. */
  needsRedis: boolean
  open(address: Address, load: Load): Promise<OpenedCache>
}

/** Lifetime of the values. */
export const FRESH_MS = 500

/** The stale value replaces a load that takes longer. */
const SOFT_MS = 200

/** A load that takes longer fails, if there is no stale value. */
const HARD_MS = 500

const STALE_MS = 3_600_000

const HOUR = 3600

/** Options of ioredis for a cache without a time limit of its own. */
const impatient = { commandTimeout: 50, maxRetriesPerRequest: 0, enableOfflineQueue: false }

const impatience = 'ioredis with commandTimeout 50, maxRetriesPerRequest 0, enableOfflineQueue false'

const stated = `lifetime ${FRESH_MS} ms, stale for 1 h, soft deadline ${SOFT_MS} ms, hard ${HARD_MS} ms`

const hitrate: OutageCache = {
  title: `hitrate ${version}`,
  options: `ttlMs, staleIfErrorMs, softTimeoutMs, hardTimeoutMs (${stated}); ioredis with its defaults`,
  needsRedis: false,
  async open(address, load) {
    const { remote } = await connect(address)
    const cache = createCache({
      memory: memoryStore(),
      remote,
      ttlMs: FRESH_MS,
      staleIfErrorMs: STALE_MS,
      softTimeoutMs: SOFT_MS,
      hardTimeoutMs: HARD_MS,
    })
    return {
      async read(key, { tags = [], ttlMs = FRESH_MS } = {}) {
        const work = async () => loaded(await load(key), { tags })
        return (await cache.read(key, work, { ttlMs })).value
      },
      find: (key) => cache.get(key),
      invalidateTag: (tag) => cache.invalidateTags([tag]),
    }
  },
}

const bentocache: OutageCache = {
  title: `bentocache ${versionOf('bentocache')}`,
  options: `ttl, grace, timeout, hardTimeout (${stated}); l2CircuitBreakerDuration 1s; ${impatience}`,
  needsRedis: true,
  async open(address, load) {
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: 100_000 }))
      .useL2Layer(redisDriver({ connection: await connected(address) }))
      .useBus(redisBusDriver({ connection: { host: '127.0.0.1', port: redisPort(address) } }))
    const cache = new BentoCache({
      default: 'store',
      stores: { store },
      grace: STALE_MS,
      timeout: SOFT_MS,
      hardTimeout: HARD_MS,
      suppressL2Errors: true,
      l2CircuitBreakerDuration: '1s',
    })
    return {
      read: (key, { tags = [], ttlMs: ttl = FRESH_MS } = {}) =>
        cache.getOrSet({ key, factory: () => load(key), tags, ttl }),
      find: (key) => cache.get<number>({ key }),
      invalidateTag: (tag) => cache.deleteByTag({ tags: [tag] }),
    }
  },
}

const cacheable: OutageCache = {
  title: `cacheable ${versionOf('cacheable')}`,
  options: `nonBlocking, with createKeyvNonBlocking of @keyv/redis ${versionOf('@keyv/redis')}; lifetime ${FRESH_MS} ms; it has no stale values and no deadlines`,
  needsRedis: true,
  async open(address, load) {
    const secondary = createKeyvNonBlocking(`redis://127.0.0.1:${redisPort(address)}`)
    secondary.on('error', () => {})
    const cache = new Cacheable({ secondary, nonBlocking: true, ttl: FRESH_MS })
    cache.on('error', () => {})

    /** `getOrSet` takes no tags. */
    async function readTagged(key: string, tags: string[], ttl: number): Promise<number> {
      const stored = await cache.get<number>(key)
      if (stored !== undefined) return stored
      const value = await load(key)
      await cache.set(key, value, { tags, ttl })
      return value
    }
    return {
      read: (key, { tags, ttlMs = FRESH_MS } = {}) =>
        tags === undefined
          ? cache.getOrSet(key, () => load(key), { ttl: ttlMs })
          : readTagged(key, tags, ttlMs),
      /** A read that does not block looks into Redis afterwards, so the second one has the value. */
      async find(key) {
        await cache.get(key)
        await new Promise((resolve) => setTimeout(resolve, 10))
        return cache.get<number>(key)
      },
      invalidateTag: (tag) => cache.tags.invalidateTag(tag),
    }
  },
}

const ocache: OutageCache = {
  title: `ocache ${versionOf('ocache')}`,
  options: `composeStorage of memory and Redis; maxAge, swr, staleMaxAge, maxResolveTime (lifetime ${FRESH_MS} ms, stale for 1 h, deadline ${HARD_MS} ms); ${impatience}`,
  needsRedis: true,
  async open(address, load) {
    const client = await connected(address)
    const storage = composeStorage(
      [
        createMemoryStorage({ maxSize: 100_000 }),
        createBlobStorage({
          get: (key) => client.getBuffer(key),
          async set(key, value, { ttl = HOUR } = {}) {
            if (value === null) await client.del(key)
            else await client.set(key, Buffer.from(value), 'EX', Math.ceil(ttl))
          },
        }),
      ],
      { onError() {} },
    )
    const cachedRead = defineCachedFunction(
      (key: string, mayLoad: boolean) => (mayLoad ? load(key) : Promise.reject(new Error('not stored'))),
      {
        name: 'read',
        getKey: (key) => key,
        maxAge: FRESH_MS / 1000,
        swr: true,
        staleMaxAge: HOUR,
        maxResolveTime: HARD_MS / 1000,
        storage,
        onError() {},
      },
    )
    return {
      read: (key) => cachedRead(key, true),
      find: (key) => cachedRead(key, false).catch(() => undefined),
    }
  },
}

const bentocacheByDefault: OutageCache = {
  ...bentocache,
  title: `bentocache ${versionOf('bentocache')}, defaults`,
  options: `its defaults; ttl ${FRESH_MS}`,
  async open(address, load) {
    const connection = { host: '127.0.0.1', port: redisPort(address) }
    const store = bentostore()
      .useL1Layer(memoryDriver())
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection }))
    const cache = new BentoCache({ default: 'store', ttl: FRESH_MS, stores: { store } })
    return {
      read: (key) => cache.getOrSet({ key, factory: () => load(key) }),
      find: (key) => cache.get<number>({ key }),
    }
  },
}

const caches = {
  hitrate,
  bentocache,
  cacheable,
  ocache,
  'bentocache defaults': bentocacheByDefault,
} satisfies Record<string, OutageCache>

export type CacheName = keyof typeof caches

/** @throws {TypeError} for another name. */
export function cacheNamesIn(flag: string): CacheName[] {
  return flag.split(',').map((name) => {
    if (Object.hasOwn(caches, name)) return name as CacheName
    throw new TypeError(`--libraries must name ${Object.keys(caches).join(', ')}, got ${name}`)
  })
}

export function cacheNamed(name: CacheName): OutageCache {
  return caches[name]
}

async function connected(address: Address): Promise<Redis> {
  const client = new Redis(redisPort(address), '127.0.0.1', impatient)
  client.on('error', () => {}) // each command rejects by itself
  await new Promise<void>((resolve) => client.once('ready', resolve))
  return client
}

/** @throws {TypeError} for another store. */
function redisPort(address: Address): number {
  if (address.store === 'redis') return address.port
  throw new TypeError(`this library needs Redis, got ${address.store}`)
}
