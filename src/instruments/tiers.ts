/** Metrics of the tiers: their operations, evictions, availability and size. */
import type { Cache } from '../cache/cache.ts'
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheDurationBuckets } from './duration-buckets.ts'

export function declareTiers(registry: Registry) {
  const operations = registry.counter({
    name: 'cache_tier_operations_total',
    help: 'Operations on each tier by result.',
    // Open labels (`max`), because closed ones would show every combination, including those that cannot occur.
    labels: { tier: { max: 2 }, operation: { max: 8 }, result: { max: 16 } },
  })
  const evictions = registry.counter({
    name: 'cache_evictions_total',
    help: 'Entries that the memory tier removed by itself, for lack of room or because they had expired.',
    labels: { reason: ['capacity', 'expired'] },
  })
  const durations = registry.histogram({
    name: 'cache_tier_operation_duration_seconds',
    help: 'Duration of operations on the remote tier.',
    unit: 'seconds',
    labels: { tier: { max: 2 }, operation: { max: 8 } },
    buckets: cacheDurationBuckets,
  })
  const memoryHit = operations.with({ tier: 'memory', operation: 'get', result: 'hit' })
  const memoryMiss = operations.with({ tier: 'memory', operation: 'get', result: 'miss' })

  let watched: Cache | undefined
  declareTierState(registry, () => watched)

  return {
    /** Counts a read as a hit or a miss of the memory tier. A bypass reads no tier, so it is not counted. */
    countRead({ outcome, tier }: CacheEvent & { type: 'read' }): void {
      if (tier === 'memory') memoryHit.inc()
      else if (outcome !== 'bypass') memoryMiss.inc()
    },
    countOperation({ tier, operation, result, durationMs }: CacheEvent & { type: 'tier' }): void {
      operations.with({ tier, operation, result }).inc()
      if (durationMs !== undefined) durations.with({ tier, operation }).observe(durationMs / 1000)
    },
    countEviction({ reason }: CacheEvent & { type: 'eviction' }): void {
      evictions.with({ reason }).inc()
    },
    watch(cache: Cache): void {
      watched = cache
    },
  }
}

/** Declares gauges for the state of the watched cache. They are computed at each scrape. */
function declareTierState(registry: Registry, watched: () => Cache | undefined): void {
  registry.gauge({
    name: 'cache_tier_up',
    help: '1 while the tier is available, 0 while its circuit breaker is open.',
    labels: { tier: ['memory', 'remote'] },
    *values() {
      const cache = watched()
      if (cache === undefined) return
      yield [{ tier: 'memory' }, 1]
      const { remoteUp } = cache.stats()
      if (remoteUp !== undefined) yield [{ tier: 'remote' }, remoteUp ? 1 : 0]
    },
  })
  registry.gauge({
    name: 'cache_entries',
    help: 'Entries in the memory tier.',
    value: () => watched()?.stats().entries ?? 0,
    threads: 'sum',
  })
  registry.gauge({
    name: 'cache_size_bytes',
    help: 'Estimated size of the memory tier, in bytes.',
    unit: 'bytes',
    value: () => watched()?.stats().bytes ?? 0,
    threads: 'sum',
  })
  registry.gauge({
    name: 'cache_max_size_bytes',
    help: 'Maximum size of the memory tier, in bytes.',
    unit: 'bytes',
    value: () => watched()?.stats().maxBytes ?? 0,
    threads: 'sum',
  })
}
