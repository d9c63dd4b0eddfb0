/** Metrics of loads: their number and duration. */
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { cacheDurationBuckets } from './duration-buckets.ts'
import { perCache } from './per-cache.ts'

export function declareLoads(registry: Registry) {
  const loads = registry.counter({
    name: 'cache_loads_total',
    help: 'Loads by result, including background refreshes.',
    labels: { cache: cacheLabel, result: ['ok', 'error'] },
  })
  const durations = registry.histogram({
    name: 'cache_load_duration_seconds',
    help: 'Duration of loads.',
    unit: 'seconds',
    labels: { cache: cacheLabel },
    buckets: cacheDurationBuckets,
  })
  const seriesOf = perCache((cache) => ({
    ok: loads.with({ cache, result: 'ok' }),
    error: loads.with({ cache, result: 'error' }),
    duration: durations.with({ cache }),
  }))

  return {
    /** Makes the series of a cache, so that they are shown as 0. */
    show: seriesOf,
    count({ cache, result, durationMs }: CacheEvent & { type: 'load' }): void {
      const series = seriesOf(cache)
      series[result].inc()
      series.duration.observe(durationMs / 1000)
    },
  }
}
