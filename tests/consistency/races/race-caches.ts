/** Caches on one real Redis, each a process of its own for the engine: with its own client, proxy and memory. */
import assert from 'node:assert/strict'
import type { Redis } from 'ioredis'
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { redisStore } from '../../../src/exports/stores/redis.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { FaultProxy } from '../../servers/fault-proxy.ts'
import { type RedisServerOptions, startRedis } from '../../servers/redis-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { openIoredis } from '../../stores/redis/redis-clients.ts'

export interface RaceCache {
  readonly cache: Cache
  readonly proxy: FaultProxy
  readonly client: Redis
  readonly events: readonly CacheEvent[]
}

/** Long enough for a busy machine: no race depends on it. */
const PATIENCE_MS = 2000

export class RaceCaches {
  #server: RunningServer
  readonly #options: RedisServerOptions
  readonly #closers: (() => Promise<void>)[] = []

  private constructor(server: RunningServer, options: RedisServerOptions) {
    this.#server = server
    this.#options = options
  }

  static async start(options: RedisServerOptions = {}): Promise<RaceCaches> {
    return new RaceCaches(await startRedis(options), options)
  }

  /** Opens a cache with a client of its own. Default: without memory, so that every read asks Redis. */
  async open({
    hasMemory = false,
    ...options
  }: CacheOptions & { hasMemory?: boolean } = {}): Promise<RaceCache> {
    const proxy = await FaultProxy.start(this.#server.port)
    const { client, close } = await openIoredis(proxy.port)
    const events: CacheEvent[] = []
    const cache = createCache({
      remote: redisStore({ client }),
      ...(hasMemory && { memory: memoryStore() }),
      remoteTimeoutMs: PATIENCE_MS,
      maxUnsyncedMs: 300,
      jitter: 0,
      ...options,
      onEvent: (event) => events.push(event),
    })
    this.#closers.push(async () => {
      await proxy.set({ kind: 'cut' })
      await cache.close()
      await close()
      await proxy.end()
    })
    // A memory tier stores what it reads without a time limit only while messages arrive.
    await until(() => cache.stats().busUp === true)
    return { cache, proxy, client, events }
  }

  /** Runs a command on a connection of its own. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const { client, close } = await openIoredis(this.#server.port)
    try {
      return await client.call(name, ...args)
    } finally {
      await close()
    }
  }

  /** Kills the server and starts it again on its port, with its snapshot if there is one. */
  async restart(): Promise<void> {
    await this.#server.end()
    this.#server = await startRedis({ ...this.#options, port: this.#server.port })
  }

  async end(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()))
    await this.#server.end()
  }
}

/** Resolves when the condition holds. @throws when it does not for so long that it never will. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it was never true that ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Loads a value, and waits until Redis has stored it. */
export async function fill(
  { cache, events }: RaceCache,
  key: string,
  value: unknown,
  tags: readonly string[] = [],
): Promise<void> {
  const before = events.length
  await cache.read(key, () => value, { ...LONG, tags: [...tags] })
  await until(() => events.slice(before).some((event) => event.type === 'lease' && event.result === 'stored'))
}

/** Options of an entry that only an invalidation ends. */
export const LONG = { ttlMs: 600_000 }

/** A load that the test ends. */
export function heldLoad<T>() {
  const begun = Promise.withResolvers<void>()
  const { promise, resolve } = Promise.withResolvers<T>()
  return {
    /** Resolves when the loader has been called. */
    begun: begun.promise,
    load: () => {
      begun.resolve()
      return promise
    },
    end: resolve,
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
