/**
 * Metrics of reads: two families by cache and outcome, and the six metrics of the service that this project replaces.
 * The six are computed from the two families.
 */
import { type CacheEvent, type Outcome, outcomes } from '../cache/events.ts'
import type {
  Counter,
  Histogram,
  LabelledCounter,
  LabelledHistogram,
  ReadSeries,
  Registry,
  Weighted,
} from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { cacheDurationBuckets } from './duration-buckets.ts'

/** The outcomes that the average duration and the error rate include: all but a bypass. */
const COUNTED = ['hit', 'stale', 'miss', 'coalesced', 'error'] as const satisfies readonly Outcome[]

const labels = { cache: cacheLabel, outcome: outcomes } as const

type ReadFamilies = {
  readonly reads: LabelledCounter<typeof labels>
  readonly durations: LabelledHistogram<typeof labels>
}

type ReadsOfCache = Record<Outcome, { readonly count: Counter; readonly duration: Histogram }>

export function declareReads(registry: Registry) {
  // The six metrics are declared first, so that they come first in the exposition. Their callbacks run only at a
  // scrape, after `families` is assigned.
  declareSummary(registry, () => families)
  const families: ReadFamilies = {
    reads: registry.counter({
      name: 'cache_reads_total',
      help: 'Reads by outcome. Each read is counted once, when it settles.',
      labels,
    }),
    durations: registry.histogram({
      name: 'cache_read_duration_seconds',
      help: 'Duration of reads by outcome, loads included.',
      unit: 'seconds',
      labels,
      buckets: cacheDurationBuckets,
    }),
  }
  function bindReads(cache: string): ReadsOfCache {
    const bind = (outcome: Outcome) => ({
      count: families.reads.with({ cache, outcome }),
      duration: families.durations.with({ cache, outcome }),
    })
    return {
      hit: bind('hit'),
      stale: bind('stale'),
      miss: bind('miss'),
      coalesced: bind('coalesced'),
      error: bind('error'),
      bypass: bind('bypass'),
    }
  }

  return {
    /** Makes the series with this value of the label `cache`. */
    bind: bindReads,
    count(reads: ReadsOfCache, { outcome, durationMs }: CacheEvent & { type: 'read' }): void {
      const series = reads[outcome]
      series.count.inc()
      series.duration.observe(durationMs / 1000)
    },
  }
}

/**
 * Declares the six metrics of the service that this project replaces: totals over all caches and threads. A scrape
 * computes all six from one snapshot, so they agree.
 */
function declareSummary(registry: Registry, families: () => ReadFamilies): void {
  const countOf =
    (...counted: Outcome[]) =>
    (read: ReadSeries) =>
      sumReads(read, families().reads, counted)
  const hits = countOf('hit', 'stale')
  const misses = countOf('miss', 'coalesced')
  const errors = countOf('error')

  registry.counter({
    name: 'cache_hits_total',
    help: 'Reads served from a stored entry, fresh or stale.',
    value: hits,
  })
  registry.counter({
    name: 'cache_misses_total',
    help: 'Reads served by a load, or that found no entry and allowed no load.',
    value: misses,
  })
  registry.counter({
    name: 'cache_errors_total',
    help: 'Reads whose load failed, or that needed a tier that is unavailable.',
    value: errors,
  })
  registry.gauge({
    name: 'cache_hit_rate',
    help: 'Hits divided by hits and misses, from 0 to 1; 0 before the first read.',
    merge: 'mean',
    value: (read) => ratio(hits(read), hits(read) + misses(read)),
  })
  registry.gauge({
    name: 'cache_error_rate',
    help: 'Errors divided by hits, misses and errors, from 0 to 1; 0 before the first read.',
    merge: 'mean',
    value: (read) => ratio(errors(read), hits(read) + misses(read) + errors(read)),
  })
  registry.gauge({
    name: 'cache_avg_latency_us',
    help: 'Mean duration of hits, misses and errors in microseconds, loads included; 0 before the first read.',
    merge: 'mean',
    value: (read) => meanMicroseconds(read, families().durations),
  })
}

function sumReads(read: ReadSeries, reads: ReadFamilies['reads'], counted: readonly Outcome[]): number {
  let total = 0
  for (const [{ outcome }, count] of read.each(reads)) {
    if (counted.some((one) => one === outcome)) total += count
  }
  return total
}

function meanMicroseconds(read: ReadSeries, durations: ReadFamilies['durations']): Weighted {
  let seconds = 0
  let count = 0
  for (const [{ outcome }, totals] of read.each(durations)) {
    if (!COUNTED.some((one) => one === outcome)) continue
    seconds += totals.sum
    count += totals.count
  }
  return ratio(seconds * 1e6, count)
}

/** A ratio with its total as weight, so that the mean of several processes is the ratio over all of them. */
function ratio(part: number, total: number): Weighted {
  return { value: total === 0 ? 0 : part / total, weight: total }
}
