/** From configuration to the cache. */
import type { Cache } from '../../cache/cache.ts'
import { createCache } from '../../cache/create-cache.ts'
import type { CacheListener } from '../../cache/events.ts'
import type { Siblings } from '../../cache/invalidation/invalidation-bus.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import type { Config } from './config.ts'

export interface OpenCacheOptions {
  config: Config['cache']
  onEvent: CacheListener
  /** May requests share a promise? Not on Workers. */
  coalesce: boolean
  /** The caches of the other threads. */
  siblings?: Siblings | undefined
}

export function openCache({ config, onEvent, coalesce, siblings }: OpenCacheOptions): Cache {
  const { enabled, maxBytes, maxEntries } = config
  const memory = memoryStore({ maxBytes, ...(maxEntries === undefined ? {} : { maxEntries }) })
  return createCache({ memory, enabled, coalesce, onEvent, ...(siblings === undefined ? {} : { siblings }) })
}
