/** Metrics of invalidation buses: errors, and for that of the shared tier its messages, gaps and availability. */
import type { CacheEvent } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { perCache } from './per-cache.ts'
import type { WatchedCaches } from './watched-caches.ts'

export function declareBus(registry: Registry, watched: WatchedCaches) {
  const messages = registry.counter({
    name: 'cache_bus_messages_total',
    help: "Messages of the shared tier's invalidation bus, heartbeats included.",
    labels: { cache: cacheLabel, direction: ['sent', 'received'] },
  })
  const gaps = registry.counter({
    name: 'cache_bus_gaps_total',
    help: 'Gaps in the messages of the invalidation bus. Each of them emptied the memory tier.',
    labels: { cache: cacheLabel, reason: ['missing', 'publisher-lost'] },
  })
  const errors = registry.counter({
    name: 'cache_bus_errors_total',
    help: 'Failed operations of an invalidation bus. Other instances may have missed an invalidation.',
    labels: { cache: cacheLabel, operation: ['publish', 'renew'] },
  })
  registry.gauge({
    name: 'cache_bus_up',
    help: "1 while the shared tier's invalidation bus is connected, 0 while it is not.",
    labels: { cache: cacheLabel },
    merge: 'min',
    *values() {
      for (const [cache, up] of watched.up(({ busUp }) => busUp)) yield [{ cache }, up]
    },
  })
  // The first message of a cache shows all its series, so that rates include the first gap. A cache without a bus has
  // none.
  const seriesOf = perCache((cache) => ({
    sent: messages.with({ cache, direction: 'sent' }),
    received: messages.with({ cache, direction: 'received' }),
    missing: gaps.with({ cache, reason: 'missing' }),
    'publisher-lost': gaps.with({ cache, reason: 'publisher-lost' }),
  }))

  const errorsOf = perCache((cache) => ({
    publish: errors.with({ cache, operation: 'publish' }),
    renew: errors.with({ cache, operation: 'renew' }),
  }))

  return {
    countMessage({ cache, direction }: CacheEvent & { type: 'bus-message' }): void {
      seriesOf(cache)[direction].inc()
    },
    countGap({ cache, reason }: CacheEvent & { type: 'bus-gap' }): void {
      seriesOf(cache)[reason].inc()
    },
    countError({ cache, operation }: CacheEvent & { type: 'bus' }): void {
      errorsOf(cache)[operation].inc()
    },
  }
}
