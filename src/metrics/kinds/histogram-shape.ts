/** The options of a histogram besides its name, help and labels: classic buckets, native buckets, and the scale of the sum. */
import type { Declaration } from '../series/declaration.ts'

/** Classic buckets, native buckets, or both; and the scale of the sum. */
export type HistogramShape = {
  /**
   * Upper bounds of the classic buckets: at least one, finite, ascending, in base units (seconds for durations). The
   * bucket `+Inf` is added.
   */
  readonly buckets?: readonly number[]
  /**
   * Native (exponential) buckets: `true` for schema 3, or a schema from 0 to 8. Default: no native buckets. Each bucket
   * is 2^(2^-schema) times as wide as the previous one, so schema 3 has an error of at most 9 %. Only the protobuf
   * format shows native buckets.
   */
  readonly native?: boolean | { readonly schema: number }
  /**
   * Resolution of the sum: each observation is rounded to whole units of `1 / scale`. A whole number from 1. Default:
   * 1e9, which sums durations in nanoseconds if they are observed in seconds. Use 1 for sizes in bytes.
   */
  readonly scale?: number
}

/**
 * @throws when the buckets, the schema or the scale are not as `HistogramShape` requires, or there are neither classic
 * nor native buckets
 */
export function checkShape(
  metric: string,
  { buckets, native = false, scale = 1e9 }: HistogramShape,
): Pick<Declaration, 'buckets' | 'scale' | 'schema'> {
  if (buckets === undefined && native === false) {
    throw new TypeError(`${metric}: a histogram needs buckets, native or both`)
  }
  if (buckets !== undefined) checkBounds(metric, buckets)
  if (!Number.isSafeInteger(scale) || scale < 1) {
    throw new RangeError(`${metric}: scale must be a whole number from 1, got ${scale}`)
  }
  const shape = { buckets: [...(buckets ?? [])], scale }
  if (native === false) return shape
  const schema = native === true ? 3 : native.schema
  if (!Number.isInteger(schema) || schema < 0 || schema > 8) {
    throw new RangeError(`${metric}: native.schema must be a whole number from 0 to 8, got ${String(schema)}`)
  }
  return { ...shape, schema }
}

function checkBounds(metric: string, bounds: readonly number[]): void {
  if (bounds.length === 0) throw new RangeError(`${metric}: buckets is empty`)
  let previous = Number.NEGATIVE_INFINITY
  for (const bound of bounds) {
    if (!Number.isFinite(bound)) {
      throw new RangeError(`${metric}: buckets must be finite numbers, got ${String(bound)}`)
    }
    if (bound <= previous) {
      throw new RangeError(`${metric}: buckets must ascend, got ${bound} after ${previous}`)
    }
    previous = bound
  }
}
