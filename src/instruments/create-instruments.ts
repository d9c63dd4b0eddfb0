/** Every metric we expose: its name, help, labels and buckets, and how events become counts. */
import type { Cache } from '../cache/cache.ts'
import { type CacheEvent, type Outcome, outcomes } from '../cache/events.ts'
import {
  type Counter,
  declareProcessMetrics,
  type Histogram,
  type ProcessReaders,
  type ReadSeries,
  type Registry,
} from '../metrics/index.ts'

/** Seconds. From a hit in memory (microseconds) to a load that has given up. */
const READ_BUCKETS = [
  1e-6, 5e-6, 25e-6, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]
const REQUEST_BUCKETS = [
  5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** What an average and an error rate are taken over: everything but a bypass. */
const COUNTED = ['hit', 'stale', 'miss', 'coalesced', 'error'] as const satisfies readonly Outcome[]

const MAX_CACHES = 16

/** The methods that have routes; whatever else a client makes up is `other`. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const
type Method = (typeof METHODS)[number]

export interface InstrumentsOptions {
  registry: Registry
  version: string
  runtime: string
  process?: ProcessReaders
}

export interface RequestEnd {
  method: string
  /** The route's pattern, never a path. */
  route: string
  status: number
  durationMs: number
}

export interface Instruments {
  onCacheEvent(event: CacheEvent): void
  onRequestStart(): void
  onRequestEnd(end: RequestEnd): void
  /** A request that was answered at once: it has not been started, and was never in flight. */
  onRequest(end: RequestEnd): void
  /** Shows what a cache's memory tier holds, from the next scrape on. At most one cache. */
  watch(cache: Cache): void
}

/** Declares every metric of the service in the registry. @throws when one of the names is taken there. */
export function createInstruments({
  registry,
  version,
  runtime,
  process = {},
}: InstrumentsOptions): Instruments {
  const reads = declareReads(registry)
  const loads = declareLoads(registry)
  const tiers = declareTiers(registry)
  const requests = declareRequests(registry)
  declareProcessMetrics(registry, process)
  declareThreadRestarts(registry)
  registry.info({
    name: 'hitrate_build_info',
    help: 'Which version runs, and on what.',
    labels: { version, runtime },
  })

  return {
    onCacheEvent(event) {
      switch (event.type) {
        case 'read':
          reads.count(event)
          return tiers.read(event)
        case 'load':
          return loads.count(event)
        case 'tier':
          return tiers.count(event)
        case 'eviction':
          return tiers.evict(event)
        case 'invalidation':
        case 'warning':
        case 'bus':
          return
        default:
          return event satisfies never
      }
    },
    onRequestStart: requests.start,
    onRequestEnd: requests.end,
    onRequest: requests.count,
    watch: tiers.watch,
  }
}

type EventOf<T extends CacheEvent['type']> = CacheEvent & { type: T }

/** The six of the original, and the two families they are computed from: one pass over both, so all always agree. */
function declareReads(registry: Registry) {
  const byCache = new Map<string, Record<Outcome, { count: Counter; duration: Histogram }>>()

  function seriesOf(cacheName: string) {
    const name = cacheName.toWellFormed() // as the registry writes it: two names may be one there
    // Above the maximum all caches share one series, as they do in the registry, and the six count it too.
    const cache = byCache.has(name) || byCache.size < MAX_CACHES ? name : 'other'
    let series = byCache.get(cache)
    if (series === undefined) {
      const bind = (outcome: Outcome) => ({
        count: reads.with({ cache, outcome }),
        duration: durations.with({ cache, outcome }),
      })
      series = {
        hit: bind('hit'),
        stale: bind('stale'),
        miss: bind('miss'),
        coalesced: bind('coalesced'),
        error: bind('error'),
        bypass: bind('bypass'),
      }
      byCache.set(cache, series)
    }
    return series
  }

  /** The reads of every cache, in every thread, that ended in one of these ways. */
  function sum(read: ReadSeries, ...of: Outcome[]): number {
    let total = 0
    for (const [{ outcome }, count] of read.each(reads)) if (of.some((one) => one === outcome)) total += count
    return total
  }

  const hits = (read: ReadSeries) => sum(read, 'hit', 'stale')
  const misses = (read: ReadSeries) => sum(read, 'miss', 'coalesced')
  const errors = (read: ReadSeries) => sum(read, 'error')
  const share = (part: number, all: number) => (all === 0 ? 0 : part / all)

  registry.counter({
    name: 'cache_hits_total',
    help: 'Reads that an entry answered, fresh or stale.',
    value: hits,
  })
  registry.counter({
    name: 'cache_misses_total',
    help: 'Reads that a load answered, or that found nothing and wanted no load.',
    value: misses,
  })
  registry.counter({
    name: 'cache_errors_total',
    help: 'Reads whose load failed, or that a tier which is out should have answered.',
    value: errors,
  })
  registry.gauge({
    name: 'cache_hit_rate',
    help: 'Hits among hits and misses, from 0 to 1; 0 before the first.',
    value: (read) => share(hits(read), hits(read) + misses(read)),
  })
  registry.gauge({
    name: 'cache_error_rate',
    help: 'Errors among hits, misses and errors, from 0 to 1; 0 before the first.',
    value: (read) => share(errors(read), hits(read) + misses(read) + errors(read)),
  })
  registry.gauge({
    name: 'cache_avg_latency_us',
    help: 'Mean duration of hits, misses and errors in microseconds, a load included; 0 before the first.',
    value(read) {
      let seconds = 0
      let count = 0
      for (const [{ outcome }, totals] of read.each(durations)) {
        if (!COUNTED.some((one) => one === outcome)) continue
        seconds += totals.sum
        count += totals.count
      }
      return share(seconds * 1e6, count)
    },
  })

  const reads = registry.counter({
    name: 'cache_reads_total',
    help: 'Reads by how they ended. Each read is counted once, when it settles.',
    labels: { cache: { max: MAX_CACHES }, outcome: outcomes },
  })
  const durations = registry.histogram({
    name: 'cache_read_duration_seconds',
    help: 'How long reads took, a load included, by how they ended.',
    unit: 'seconds',
    labels: { cache: { max: MAX_CACHES }, outcome: outcomes },
    buckets: READ_BUCKETS,
  })
  // The service's own cache: its series are there, with 0, before its first read. Few services have another.
  let lastName = 'hitrate'
  let last = seriesOf(lastName)

  return {
    count({ cache, outcome, durationMs }: EventOf<'read'>): void {
      if (cache !== lastName) {
        last = seriesOf(cache)
        lastName = cache
      }
      const series = last[outcome]
      series.count.inc()
      series.duration.observe(durationMs / 1000)
    },
  }
}

function declareLoads(registry: Registry) {
  const loads = registry.counter({
    name: 'cache_loads_total',
    help: 'Loads from behind the cache, refreshes in the background included.',
    labels: { cache: { max: MAX_CACHES }, result: ['ok', 'error'] },
  })
  for (const result of ['ok', 'error'] as const) loads.with({ cache: 'hitrate', result })
  const durations = registry.histogram({
    name: 'cache_load_duration_seconds',
    help: 'How long loads took.',
    unit: 'seconds',
    labels: { cache: { max: MAX_CACHES } },
    buckets: READ_BUCKETS,
  })
  return {
    count({ cache, result, durationMs }: EventOf<'load'>): void {
      loads.with({ cache, result }).inc()
      durations.with({ cache }).observe(durationMs / 1000)
    },
  }
}

function declareTiers(registry: Registry) {
  const operations = registry.counter({
    name: 'cache_tier_operations_total',
    help: 'What was asked of each tier, and how it ended.',
    // Open sets, so that combinations that cannot be are not shown.
    labels: { tier: { max: 2 }, operation: { max: 8 }, result: { max: 16 } },
  })
  const evictions = registry.counter({
    name: 'cache_evictions_total',
    help: 'Entries that left the memory tier unasked: for want of room, or because they were dead.',
    labels: { reason: ['capacity', 'expired'] },
  })
  const durations = registry.histogram({
    name: 'cache_tier_operation_duration_seconds',
    help: 'How long the remote tier took for each operation.',
    unit: 'seconds',
    labels: { tier: { max: 2 }, operation: { max: 8 } },
    buckets: READ_BUCKETS,
  })
  const memoryHit = operations.with({ tier: 'memory', operation: 'get', result: 'hit' })
  const memoryMiss = operations.with({ tier: 'memory', operation: 'get', result: 'miss' })

  let watched: Cache | undefined
  registry.gauge({
    name: 'cache_tier_up',
    help: '1 while the tier answers, 0 while it is out.',
    labels: { tier: ['memory', 'remote'] },
    *values() {
      if (watched === undefined) return
      yield [{ tier: 'memory' }, 1]
      const { remoteUp } = watched.stats()
      if (remoteUp !== undefined) yield [{ tier: 'remote' }, remoteUp ? 1 : 0]
    },
  })
  registry.gauge({
    name: 'cache_entries',
    help: 'Entries in the memory tier.',
    value: () => watched?.stats().entries ?? 0,
    threads: 'sum',
  })
  registry.gauge({
    name: 'cache_size_bytes',
    help: 'Bytes that the memory tier takes, estimated.',
    unit: 'bytes',
    value: () => watched?.stats().bytes ?? 0,
    threads: 'sum',
  })
  registry.gauge({
    name: 'cache_max_size_bytes',
    help: 'Bytes that the memory tier may take.',
    unit: 'bytes',
    value: () => watched?.stats().maxBytes ?? 0,
    threads: 'sum',
  })

  return {
    /** A read that a tier answered, or that found nothing there; a bypass asks no tier. */
    read({ outcome, tier }: EventOf<'read'>): void {
      if (tier === 'memory') memoryHit.inc()
      else if (outcome !== 'bypass') memoryMiss.inc()
    },
    count({ tier, operation, result, durationMs }: EventOf<'tier'>): void {
      operations.with({ tier, operation, result }).inc()
      if (durationMs !== undefined) durations.with({ tier, operation }).observe(durationMs / 1000)
    },
    evict({ reason }: EventOf<'eviction'>): void {
      evictions.with({ reason }).inc()
    },
    watch(cache: Cache): void {
      watched = cache
    },
  }
}

function declareRequests(registry: Registry) {
  const durations = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took to be answered, by route pattern.',
    unit: 'seconds',
    labels: { method: METHODS, route: { max: 64 }, status: { max: 64 } },
    buckets: REQUEST_BUCKETS,
  })
  const inFlight = registry.gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that are being answered.',
  })

  /** What the last request was counted as: most requests are as the one before. */
  let last: { method: string; route: string; status: number; series: Histogram } | undefined

  function count({ method, route, status, durationMs }: RequestEnd): void {
    if (last === undefined || last.status !== status || last.route !== route || last.method !== method) {
      const labels = { method: isKnown(method) ? method : 'other', route, status: String(status) } as const
      last = { method, route, status, series: durations.with(labels) }
    }
    last.series.observe(durationMs / 1000)
  }

  return {
    start: () => inFlight.inc(),
    end(request: RequestEnd): void {
      inFlight.dec()
      count(request)
    },
    count,
  }
}

/** Counted by the thread that watches the others; shown, as 0, also where there is but one. */
export function declareThreadRestarts(registry: Registry): Counter {
  return registry.counter({
    name: 'hitrate_thread_restarts_total',
    help: 'Threads that ended unasked and were replaced.',
  })
}

function isKnown(method: string): method is Method {
  return METHODS.some((known) => known === method)
}
