/** Metrics of the leases of the shared tier, and of the reads that wait for the lease of another process. */
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { cacheDurationBuckets } from './duration-buckets.ts'
import { perCache } from './per-cache.ts'

export function declareLeases(registry: Registry) {
  const leases = registry.counter({
    name: 'cache_leases_total',
    help: 'Leases of the shared tier that began (granted, taken-over) or ended (stored, released, lost).',
    labels: { cache: cacheLabel, result: ['granted', 'taken-over', 'stored', 'released', 'lost'] },
  })
  const waits = registry.counter({
    name: 'cache_lease_waits_total',
    help: 'Reads that waited for the load of another process, by result.',
    labels: { cache: cacheLabel, result: ['value', 'none', 'left'] },
  })
  const durations = registry.histogram({
    name: 'cache_lease_wait_duration_seconds',
    help: 'Duration of the waits of reads for the load of another process.',
    unit: 'seconds',
    labels: { cache: cacheLabel },
    buckets: cacheDurationBuckets,
  })
  // The first lease of a cache shows all its series, so that rates include the first event of each of them. A cache
  // without leases has none.
  const seriesOf = perCache((cache) => ({
    leases: {
      granted: leases.with({ cache, result: 'granted' }),
      'taken-over': leases.with({ cache, result: 'taken-over' }),
      stored: leases.with({ cache, result: 'stored' }),
      released: leases.with({ cache, result: 'released' }),
      lost: leases.with({ cache, result: 'lost' }),
    },
    waits: {
      value: waits.with({ cache, result: 'value' }),
      none: waits.with({ cache, result: 'none' }),
      left: waits.with({ cache, result: 'left' }),
    },
    duration: durations.with({ cache }),
  }))

  return {
    count({ cache, result }: CacheEvent & { type: 'lease' }): void {
      seriesOf(cache).leases[result].inc()
    },
    countWait({ cache, result, durationMs }: CacheEvent & { type: 'lease-wait' }): void {
      const { waits, duration } = seriesOf(cache)
      waits[result].inc()
      duration.observe(durationMs / 1000)
    },
  }
}
