/** Metrics of the tiers: their operations, evictions, availability and size. */
import type { CacheStats } from '../cache/cache.ts'
import type { CacheEvent } from '../cache/events.ts'
import type { Counter, Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { cacheDurationBuckets } from './duration-buckets.ts'
import { perCache } from './per-cache.ts'
import type { WatchedCaches } from './watched-caches.ts'

const sizes = ['0.5x', '1x', '2x', '4x'] as const

type MemoryReads = { readonly hit: Counter; readonly miss: Counter }

export function declareTiers(registry: Registry, watched: WatchedCaches) {
  // Open labels (`max`), because closed ones would show every combination, including those that cannot occur.
  const labels = { cache: cacheLabel, tier: { max: 2 }, operation: { max: 16 } } as const
  const operations = registry.counter({
    name: 'cache_tier_operations_total',
    help: 'Operations on each tier by result.',
    labels: { ...labels, result: { max: 16 } },
  })
  const evictions = registry.counter({
    name: 'cache_evictions_total',
    help: 'Entries that the memory tier removed by itself, for lack of room or because they had expired.',
    labels: { cache: cacheLabel, reason: ['capacity', 'expired'] },
  })
  const durations = registry.histogram({
    name: 'cache_tier_operation_duration_seconds',
    help: 'Duration of operations on the remote tier.',
    unit: 'seconds',
    labels,
    buckets: cacheDurationBuckets,
  })
  declareTierState(registry, watched)
  const evictionsOf = perCache((cache) => ({
    capacity: evictions.with({ cache, reason: 'capacity' }),
    expired: evictions.with({ cache, reason: 'expired' }),
  }))

  return {
    /** Makes the series of the evictions of a cache, so that they are shown as 0. */
    show: evictionsOf,
    /** Makes the series of reads of the memory tier, with this value of the label `cache`. */
    bindReads(cache: string): MemoryReads {
      const read = { cache, tier: 'memory', operation: 'get' }
      return {
        hit: operations.with({ ...read, result: 'hit' }),
        miss: operations.with({ ...read, result: 'miss' }),
      }
    },
    /** Counts a read as a hit or a miss of the memory tier. A bypass reads no tier, so it is not counted. */
    countRead(reads: MemoryReads, { outcome, tier }: CacheEvent & { type: 'read' }): void {
      if (tier === 'memory') reads.hit.inc()
      else if (outcome !== 'bypass') reads.miss.inc()
    },
    countOperation({ cache, tier, operation, result, durationMs }: CacheEvent & { type: 'tier' }): void {
      operations.with({ cache, tier, operation, result }).inc()
      if (durationMs !== undefined) durations.with({ cache, tier, operation }).observe(durationMs / 1000)
    },
    countEviction({ cache, reason }: CacheEvent & { type: 'eviction' }): void {
      evictionsOf(cache)[reason].inc()
    },
  }
}

/** Declares gauges for the state of the watched caches. They are computed at each scrape. */
function declareTierState(registry: Registry, watched: WatchedCaches): void {
  registry.gauge({
    name: 'cache_tier_up',
    help: '1 while the tier is available, 0 while its circuit breaker is open.',
    labels: { cache: cacheLabel, tier: ['memory', 'remote'] },
    merge: 'min',
    *values() {
      for (const [cache, up] of watched.up(() => true)) yield [{ cache, tier: 'memory' }, up]
      for (const [cache, up] of watched.up(({ remoteUp }) => remoteUp)) yield [{ cache, tier: 'remote' }, up]
    },
  })

  registry.gauge({
    name: 'cache_predicted_hit_ratio',
    help: 'Hit ratio that the memory tier would have with 0.5, 1, 2 or 4 times its room. 1x is the counted ratio.',
    unit: 'ratio',
    labels: { cache: cacheLabel, size: sizes },
    *values() {
      for (const [cache, { predictedHitRatio }] of watched.named()) {
        if (predictedHitRatio === undefined) continue
        for (const size of sizes) yield [{ cache, size }, predictedHitRatio[size]]
      }
    },
  })

  /** A gauge in the shape that adds up over all threads. */
  function sumOf(value: (stats: CacheStats) => number) {
    return {
      labels: { cache: cacheLabel },
      threads: 'sum',
      *values() {
        for (const [cache, stats] of watched.stats()) yield [{ cache }, value(stats)] as const
      },
    } as const
  }
  registry.gauge({
    name: 'cache_entries',
    help: 'Entries in the memory tier.',
    ...sumOf(({ entries }) => entries),
  })
  registry.gauge({
    name: 'cache_size_bytes',
    help: 'Estimated size of the memory tier, in bytes.',
    unit: 'bytes',
    ...sumOf(({ bytes }) => bytes),
  })
  registry.gauge({
    name: 'cache_max_size_bytes',
    help: 'Maximum size of the memory tier, in bytes.',
    unit: 'bytes',
    ...sumOf(({ maxBytes }) => maxBytes),
  })
}
