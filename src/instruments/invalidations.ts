/** Metrics of invalidations. */
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { perCache } from './per-cache.ts'

export function declareInvalidations(registry: Registry) {
  const invalidations = registry.counter({
    name: 'cache_invalidations_total',
    help: 'Keys and tags that calls invalidated or made stale, and calls for all entries (scope all).',
    labels: { cache: cacheLabel, scope: ['key', 'tags', 'all'] },
  })
  const seriesOf = perCache((cache) => ({
    key: invalidations.with({ cache, scope: 'key' }),
    tags: invalidations.with({ cache, scope: 'tags' }),
    all: invalidations.with({ cache, scope: 'all' }),
  }))

  return {
    /** Makes the series of a cache, so that they are shown as 0. */
    show: seriesOf,
    /** Counts the keys or tags of a call, not the call: one call can delete thousands of keys. */
    count({ cache, scope, count }: CacheEvent & { type: 'invalidation' }): void {
      seriesOf(cache)[scope].inc(count)
    },
  }
}
