/** The public names of `hitrate/stores/redis`. */

import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import { redisStore as openRedisStore, type RedisStoreOptions } from '../../stores/redis/redis-store.ts'

export type { RedisClient, RedisSubscriber } from '../../stores/redis/clients/redis-client.ts'
export type { RedisStoreOptions } from '../../stores/redis/redis-store.ts'

/**
 * Makes a shared tier in Redis or Valkey, over a client of ioredis (`Redis`, `Cluster`), iovalkey, node-redis, Bun or
 * `@upstash/redis`. The application makes the client and closes it after the cache.
 *
 * @throws {TypeError} for an unknown option, or a `client` of another kind.
 * @example
 * const remote = redisStore({ client: new Redis('redis://127.0.0.1:6379') })
 * const cache = createCache({ memory: memoryStore(), remote })
 */
export function redisStore(options: RedisStoreOptions): SharedTier {
  return sharedTier(openRedisStore(options))
}
