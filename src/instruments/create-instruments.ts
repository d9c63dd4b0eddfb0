/** Declares every metric of the service, and turns cache events and requests into counts. */

import type { Cache } from '../cache/cache.ts'
import type { CacheEvent } from '../cache/events.ts'
import { type Counter, declareProcessMetrics, type ProcessReaders, type Registry } from '../metrics/index.ts'
import {
  anObject,
  aString,
  type OptionRules,
  requireOptions,
  validateOptions,
  withMethods,
} from '../options.ts'
import { declareAudits } from './audits.ts'
import { declareBus } from './bus.ts'
import { declareInvalidations } from './invalidations.ts'
import { declareLeases } from './leases.ts'
import { declareLoads } from './loads.ts'
import { perCache } from './per-cache.ts'
import { declareReads } from './reads.ts'
import { declareRequests, type RequestEnd } from './requests.ts'
import { declareTiers } from './tiers.ts'
import { declareWarnings } from './warnings.ts'
import { watchedCachesOf } from './watched-caches.ts'

export type { RequestEnd } from './requests.ts'

export interface InstrumentsOptions {
  registry: Registry
  /** Version of the service, for `hitrate_build_info`. */
  version: string
  /** Name of the runtime, for `hitrate_build_info`. */
  runtime: string
  /** Readers of the process metrics. Default: no process metrics. */
  process?: ProcessReaders
}

/** The part of a cache that `watch` uses. */
export type WatchedCache = Pick<Cache, 'name' | 'stats'> & Partial<Pick<Cache, 'enabled'>>

export interface Instruments {
  onCacheEvent(event: CacheEvent): void
  onRequestStart(): void
  onRequestEnd(end: RequestEnd): void
  /**
   * Counts a request that was answered synchronously. It was never in flight, so `onRequestStart` must not be called
   * for it.
   */
  onRequest(end: RequestEnd): void
  /**
   * Shows these caches from the next scrape on: the state of their tiers, and each of their counters, as 0 before its
   * first event. Without this, a cache is shown from its first event on, without the state of its tiers. A cache with
   * `enabled: false` has no tiers to show. A call replaces an earlier cache of the same name.
   *
   * @returns a function that ends it, for a cache that is closed before the process ends: its entries and sizes are shown
   *   as 0, the rest of the state of its tiers is not shown, and the cache is no longer referenced. Its counters stay.
   */
  watch(...caches: WatchedCache[]): () => void
}

/**
 * Declares every metric of the service in the registry. Several calls with one registry count in the same metrics, and the
 * caches that one of them watches are shown by all.
 * @throws {TypeError} when an option is unknown, missing or has the wrong type
 * @throws when one of the metric names is taken in the registry
 */
export function createInstruments(options: InstrumentsOptions): Instruments {
  validateOptions('createInstruments', options, rules)
  requireOptions('createInstruments', options, rules, ['registry', 'version', 'runtime'])
  const { registry, version, runtime, process = {} } = options
  const reads = declareReads(registry)
  const loads = declareLoads(registry)
  const watched = watchedCachesOf(registry)
  const tiers = declareTiers(registry, watched)
  const leases = declareLeases(registry)
  const bus = declareBus(registry, watched)
  const invalidations = declareInvalidations(registry)
  const warnings = declareWarnings(registry)
  const audits = declareAudits(registry)
  const requests = declareRequests(registry)
  declareProcessMetrics(registry, process, { activeTotals: false }) // promtool reports gauges whose names end in _total
  declareThreadRestarts(registry)
  registry.gauge({
    name: 'hitrate_threads',
    help: 'Running threads that serve requests.',
    threads: 'sum',
    value: () => 1,
  })
  registry.info({
    name: 'hitrate_build_info',
    help: 'Version of the service, and its runtime.',
    labels: { version, runtime },
  })

  // One lookup per read for both kinds of series, because most reads are hits in memory.
  const readSeriesOf = perCache((cache) => ({ reads: reads.bind(cache), memory: tiers.bindReads(cache) }))

  function watch(...caches: WatchedCache[]): () => void {
    for (const cache of caches) {
      readSeriesOf(cache.name)
      for (const { show } of [loads, tiers, invalidations, warnings]) show(cache.name)
      if (cache.enabled !== false) watched.add(cache)
    }
    return () => {
      for (const cache of caches) watched.remove(cache)
    }
  }

  return {
    onCacheEvent(event) {
      switch (event.type) {
        case 'read': {
          const series = readSeriesOf(event.cache)
          reads.count(series.reads, event)
          return tiers.countRead(series.memory, event)
        }
        case 'load':
          return loads.count(event)
        case 'tier':
          return tiers.countOperation(event)
        case 'eviction':
          return tiers.countEviction(event)
        case 'lease':
          return leases.count(event)
        case 'lease-wait':
          return leases.countWait(event)
        case 'bus-message':
          return bus.countMessage(event)
        case 'bus-gap':
          return bus.countGap(event)
        case 'bus':
          return bus.countError(event)
        case 'invalidation':
          return invalidations.count(event)
        case 'warning':
          return warnings.count(event)
        case 'audit':
          return audits.count(event)
        default:
          return event satisfies never
      }
    },
    onRequestStart: requests.start,
    onRequestEnd: requests.end,
    onRequest: requests.count,
    watch,
  }
}

const rules: OptionRules<InstrumentsOptions> = {
  registry: withMethods('a registry such as createRegistry()', 'counter', 'gauge', 'histogram', 'info'),
  version: aString,
  runtime: aString,
  process: anObject,
}

/**
 * Declares the counter of thread restarts. The thread that supervises the others increments it; a service of one thread
 * shows it as 0.
 */
export function declareThreadRestarts(registry: Registry): Counter {
  return registry.counter({
    name: 'hitrate_thread_restarts_total',
    help: 'Threads that ended unexpectedly and were replaced.',
  })
}
