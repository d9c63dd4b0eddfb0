/** Metrics of loads: their number and duration. */
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel, serviceCacheName } from './cache-label.ts'
import { cacheDurationBuckets } from './duration-buckets.ts'

export function declareLoads(registry: Registry) {
  const loads = registry.counter({
    name: 'cache_loads_total',
    help: 'Loads by result, including background refreshes.',
    labels: { cache: cacheLabel, result: ['ok', 'error'] },
  })
  for (const result of ['ok', 'error'] as const) loads.with({ cache: serviceCacheName, result })
  const durations = registry.histogram({
    name: 'cache_load_duration_seconds',
    help: 'Duration of loads.',
    unit: 'seconds',
    labels: { cache: cacheLabel },
    buckets: cacheDurationBuckets,
  })
  return {
    count({ cache, result, durationMs }: CacheEvent & { type: 'load' }): void {
      loads.with({ cache, result }).inc()
      durations.with({ cache }).observe(durationMs / 1000)
    },
  }
}
