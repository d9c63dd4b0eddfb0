/** Quantiles of histograms with classic buckets, as PromQL's `histogram_quantile` computes them. */
import type { Quantiles } from './dashboard-data.ts'

/** Observations by bucket. */
export interface Buckets {
  /** Upper bounds, ascending, without `+Inf`. At least one. */
  readonly bounds: readonly number[]
  /** Observations in each bucket, not cumulative; the last bucket is that above all bounds. */
  readonly counts: readonly number[]
}

/** Returns the median and the 99th percentile; `undefined` without observations. */
export function quantilesOf(buckets: Buckets | undefined): Quantiles | undefined {
  if (buckets === undefined) return undefined
  const count = countOf(buckets)
  if (count === 0) return undefined
  return { count, p50: quantileOf(buckets, 0.5), p99: quantileOf(buckets, 0.99) }
}

/**
 * Returns the quantiles of the observations between two snapshots; `undefined` if there are none, or if one of the counts has become
 * smaller because a process has ended.
 */
export function quantilesBetween(
  older: Buckets | undefined,
  newer: Buckets | undefined,
): Quantiles | undefined {
  if (newer === undefined || older === undefined) return quantilesOf(newer)
  if (older.bounds.length !== newer.bounds.length) return undefined // merged with a source of other bounds
  const counts = newer.counts.map((count, bucket) => count - (older.counts[bucket] ?? 0))
  return counts.some((count) => count < 0) ? undefined : quantilesOf({ bounds: newer.bounds, counts })
}

/**
 * Returns a quantile, interpolated within its bucket. The lowest bucket begins at 0; a quantile above all bounds is the highest
 * bound. NaN without observations.
 */
export function quantileOf(buckets: Buckets, quantile: number): number {
  const { bounds, counts } = buckets
  let rank = quantile * countOf(buckets)
  if (rank === 0) return Number.NaN
  for (const [bucket, bound] of bounds.entries()) {
    const count = counts[bucket] ?? 0
    if (count > 0 && rank <= count) {
      const start = bounds[bucket - 1] ?? Math.min(bound, 0)
      return start + (bound - start) * (rank / count)
    }
    rank -= count
  }
  return bounds.at(-1) ?? Number.NaN
}

function countOf({ counts }: Buckets): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
