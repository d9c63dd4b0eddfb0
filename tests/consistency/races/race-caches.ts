/** Caches on one real store, each a process of its own for the engine: with its own client and memory. */
import assert from 'node:assert/strict'
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import type { Lifetime } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { RedisServerOptions } from '../../servers/redis-server.ts'
import type { RaceLink, RaceStore } from '../stores/kind/race-store.ts'
import { type RedisRaceLink, RedisRaceStore } from '../stores/redis/redis-races.ts'

export interface RaceCache {
  readonly cache: Cache
  readonly events: readonly CacheEvent[]
}

/** A cache and its way to Redis. */
export type RedisRaceCache = RaceCache & RedisRaceLink

/** Long enough for a busy machine: no race depends on it. */
const PATIENCE_MS = 2000

export class RaceCaches<Link extends RaceLink, Store extends RaceStore<Link>> {
  readonly store: Store
  readonly #closers: (() => Promise<void>)[] = []

  constructor(store: Store) {
    this.store = store
  }

  /** Opens a cache with a client of its own. Default: without memory, so that every read asks the store. */
  async open({
    hasMemory = false,
    ...options
  }: CacheOptions & { hasMemory?: boolean } = {}): Promise<RaceCache & Link> {
    const link = await this.store.openLink()
    const events: CacheEvent[] = []
    const cache = createCache({
      remote: link.remote,
      ...(hasMemory && { memory: memoryStore() }),
      remoteTimeoutMs: PATIENCE_MS,
      maxUnsyncedMs: 300,
      jitter: 0,
      ...options,
      onEvent: (event) => events.push(event),
    })
    this.#closers.push(async () => {
      await link.cutOff?.()
      await cache.close()
      await link.close()
    })
    // A memory tier stores what it reads without a time limit only while messages arrive.
    await until(() => cache.stats().busUp !== false)
    return { ...link, cache, events }
  }

  async end(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()))
    await this.store.end()
  }
}

export type RedisRaceCaches = RaceCaches<RedisRaceLink, RedisRaceStore>

export async function startRedisRaces(options?: RedisServerOptions): Promise<RedisRaceCaches> {
  return new RaceCaches(await RedisRaceStore.start(options))
}

/** Resolves when the condition holds. @throws when it does not for so long that it never will. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it was never true that ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/**
 * Loads a value, and waits until the store has it. This tries again, because a store that has not seen a tag before may refuse the
 * first value with it, and because a read on a busy machine may find the tier too slow and load without a lease.
 */
export async function fill(
  { cache, events }: RaceCache,
  key: string,
  value: unknown,
  tags: readonly string[] = [],
  lifetime: Lifetime = LONG,
): Promise<void> {
  for (let attempt = 0; attempt < 8; attempt++) {
    const before = events.length
    const strategy = attempt === 0 ? 'refresh' : 'invalidate'
    await cache.read(key, () => value, { ...lifetime, tags: [...tags], strategy })
    const end = () => events.slice(before).find(isEndOfLease)?.result
    await until(() => end() !== undefined, 2000).catch(() => {})
    if (end() === 'stored') return
  }
  throw new Error(`the value of ${key} was not stored`)
}

function isEndOfLease(event: CacheEvent): event is CacheEvent & { type: 'lease' } {
  return event.type === 'lease' && (event.result === 'stored' || event.result === 'lost')
}

/** Options of an entry that only an invalidation ends. */
export const LONG = { ttlMs: 600_000 }

/** A load that the test ends. */
export function heldLoad<T>() {
  const begun = Promise.withResolvers<void>()
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return {
    /** Resolves when the loader has been called. */
    begun: begun.promise,
    load: () => {
      begun.resolve()
      return promise
    },
    end: resolve,
    fail: reject,
  }
}

/** Reads a key and asserts its value and, if given, the tier that had it. */
export async function assertReads(
  { cache }: RaceCache,
  key: string,
  expected: unknown,
  tier?: 'memory' | 'remote' | 'none',
): Promise<void> {
  const read = await cache.read<unknown>(key, () => expected, LONG)
  assert.equal(read.value, expected, `${key} was served old: ${read.outcome} from ${read.tier}`)
  if (tier !== undefined) assert.equal(read.tier ?? 'none', tier)
}
