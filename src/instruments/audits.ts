/** Metrics of audits: whether a load returned the stored value, and how old it was if not. */
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { perCache } from './per-cache.ts'

/** Buckets in seconds, from the delay of an invalidation to the longest lifetimes. */
const AGES = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600]

export function declareAudits(registry: Registry) {
  const audits = registry.counter({
    name: 'cache_audit_total',
    help: 'Hits whose value was loaded once more and compared, by result.',
    labels: { cache: cacheLabel, result: ['same', 'different', 'failed'] },
  })
  const ages = registry.histogram({
    name: 'cache_audit_different_age_seconds',
    help: 'Age of the served values that differed from the loaded ones.',
    unit: 'seconds',
    labels: { cache: cacheLabel },
    buckets: AGES,
  })
  // The first audit of a cache shows all its series. A cache without audits has none.
  const seriesOf = perCache((cache) => ({
    same: audits.with({ cache, result: 'same' }),
    different: audits.with({ cache, result: 'different' }),
    failed: audits.with({ cache, result: 'failed' }),
    age: ages.with({ cache }),
  }))

  return {
    count({ cache, result, ageMs }: CacheEvent & { type: 'audit' }): void {
      const series = seriesOf(cache)
      series[result].inc()
      if (result === 'different') series.age.observe(ageMs / 1000)
    },
  }
}
