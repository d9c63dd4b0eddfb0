/** Differences between samples of the history: the reads of each interval, and its quantiles. */
import type {
  CacheSample,
  History,
  HistorySample,
  Outcome,
  Quantiles,
  Reads,
} from '../../data/dashboard-data.ts'

/** The order of the layers in a chart, and of the rows beside it. */
export const OUTCOMES: readonly Outcome[] = ['hit', 'stale', 'coalesced', 'miss', 'error', 'bypass']

export interface Interval {
  /** Epoch ms. */
  readonly from: number
  readonly to: number
  /** Absent if the counts began again in between, or if the cache was not there before. */
  readonly reads?: Reads
  readonly bytes?: number
  readonly hit?: Quantiles
  readonly load?: Quantiles
}

/**
 * Returns at most about `maxIntervals` intervals of a cache, oldest first. Their bounds are multiples of a fixed step, so that an
 * interval stays as it is when newer samples arrive.
 */
export function intervalsOf({ samples, everyMs }: History, cache: string, maxIntervals: number): Interval[] {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return []
  const stepMs =
    Math.max(1, everyMs) * Math.ceil((last.at - first.at) / (Math.max(1, everyMs) * maxIntervals) || 1)
  const groups = Object.values(
    Object.groupBy(samples, ({ at }) => String(Math.floor(at / stepMs))),
  ) as HistorySample[][]
  const ordered = groups.toSorted(([a], [b]) => (a?.at ?? 0) - (b?.at ?? 0))
  return ordered.flatMap((group, index) => {
    const before = index === 0 ? group.slice(0, 1) : (ordered[index - 1]?.slice(-1) ?? [])
    return intervalBetween(before[0], index === 0 ? group.slice(1) : group, cache)
  })
}

/** @param group samples after `before`, which make one interval together. */
function intervalBetween(
  before: HistorySample | undefined,
  group: readonly HistorySample[],
  cache: string,
): Interval[] {
  const end = group.at(-1)
  if (before === undefined || end === undefined || end.at <= before.at) return []
  const inGroup = group.flatMap((sample) => sample.caches[cache] ?? [])
  const all = [before.caches[cache], ...group.map((sample) => sample.caches[cache])]
  const reads = hasReset(all) ? undefined : difference(all[0]?.reads, all.at(-1)?.reads)
  const bytes = inGroup.at(-1)?.bytes
  const hit = joined(inGroup.flatMap((sample) => sample.hit ?? []))
  const load = joined(inGroup.flatMap((sample) => sample.load ?? []))
  return [
    {
      from: before.at,
      to: end.at,
      ...(reads && { reads }),
      ...(bytes !== undefined && { bytes }),
      ...(hit && { hit }),
      ...(load && { load }),
    },
  ]
}

/** True if a count falls: then the process has restarted. */
function hasReset(samples: readonly (CacheSample | undefined)[]): boolean {
  return samples.some((sample, index) => {
    const before = samples[index - 1]?.reads
    const reads = sample?.reads
    return (
      before !== undefined &&
      reads !== undefined &&
      OUTCOMES.some((outcome) => reads[outcome] < before[outcome])
    )
  })
}

function difference(before: Reads | undefined, after: Reads | undefined): Reads | undefined {
  if (before === undefined || after === undefined) return undefined
  const { hit, stale, miss, coalesced, error, bypass } = after
  return {
    hit: hit - before.hit,
    stale: stale - before.stale,
    miss: miss - before.miss,
    coalesced: coalesced - before.coalesced,
    error: error - before.error,
    bypass: bypass - before.bypass,
  }
}

/** An estimate: the median weighted by observations, and the largest 99th percentile. */
function joined(quantiles: readonly Quantiles[]): Quantiles | undefined {
  const total = quantiles.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return undefined
  return {
    count: total,
    p50: quantiles.reduce((sum, { count, p50 }) => sum + p50 * count, 0) / total,
    p99: Math.max(...quantiles.map(({ p99 }) => p99)),
  }
}

/** As `cache_hit_rate`; `undefined` without a read that could have been a hit. */
export function hitRateOf({ hit, stale, miss, coalesced }: Reads): number | undefined {
  const all = hit + stale + miss + coalesced
  return all === 0 ? undefined : (hit + stale) / all
}

export function totalOf(reads: Reads): number {
  return OUTCOMES.reduce((sum, outcome) => sum + reads[outcome], 0)
}

/** Reads of the newest `ms`, and the time that they took; `undefined` without such an interval. */
export function newest(
  intervals: readonly Interval[],
  ms: number,
): { reads: Reads; seconds: number } | undefined {
  const end = intervals.at(-1)?.to ?? 0
  const recent = intervals.filter(({ from, reads }) => reads !== undefined && from >= end - ms)
  if (recent.length === 0) return undefined
  const sum = (outcome: Outcome) => recent.reduce((total, { reads }) => total + (reads?.[outcome] ?? 0), 0)
  return {
    reads: {
      hit: sum('hit'),
      stale: sum('stale'),
      miss: sum('miss'),
      coalesced: sum('coalesced'),
      error: sum('error'),
      bypass: sum('bypass'),
    },
    seconds: recent.reduce((total, { from, to }) => total + (to - from) / 1000, 0),
  }
}
