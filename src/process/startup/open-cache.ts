/** Opens the configured cache. */
import type { Cache } from '../../cache/cache.ts'
import { createCache } from '../../cache/create-cache.ts'
import type { CacheListener } from '../../cache/events.ts'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import type { CacheConfig } from './process-config.ts'

export interface OpenCacheOptions {
  config: CacheConfig
  onEvent: CacheListener
  /** True if requests may share a load. False on Workers, where requests cannot share promises. */
  coalesce: boolean
  /** Connects this cache with the caches of the other threads. */
  invalidationBus?: InvalidationBus | undefined
  /** The shared tier. Default: none. */
  remote?: SharedTier | undefined
}

export function openCache(options: OpenCacheOptions): Cache {
  const { config, onEvent, coalesce, invalidationBus, remote } = options
  const { enabled, maxBytes, maxEntries, audit, sharedTier, namespace } = config
  const memory = memoryStore({ maxBytes, ...(maxEntries === undefined ? {} : { maxEntries }) })
  return createCache({
    memory,
    enabled,
    coalesce,
    audit,
    onEvent,
    ...(namespace === undefined ? {} : { namespace }),
    ...(invalidationBus === undefined ? {} : { invalidationBus }),
    ...(remote === undefined ? {} : { remote }),
    ...(sharedTier === undefined ? {} : { remoteTimeoutMs: sharedTier.timeoutMs }),
  })
}
