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
   * Resolution of the sum: each observation is rounded to whole units of `1 / scale`. A whole number from 1. Default: by
   * the unit, or the last part of the name: 1e9 for seconds and ratios, 1e6 for milliseconds, 1e3 for microseconds, 1 for
   * nanoseconds, bytes and bits. For any other unit a power of ten from 1 to 1e9, by the smallest positive bound: a
   * millionth of it or less. A sum above 2^63 units is no longer exact; it is rounded like any double.
   */
  readonly scale?: number
}

/**
 * @throws when the buckets, the schema or the scale are not as `HistogramShape` requires, or there are neither classic
 * nor native buckets
 */
export function checkShape(
  metric: string,
  { buckets, native = false, scale: given, unit }: HistogramShape & { readonly unit?: string | undefined },
): Pick<Declaration, 'buckets' | 'scale' | 'schema'> {
  if (buckets === undefined && native === false) {
    throw new TypeError(`${metric}: a histogram needs buckets, native or both`)
  }
  if (buckets !== undefined) checkBounds(metric, buckets)
  if (given !== undefined) checkScale(metric, given)
  const scale = given ?? scales.get(unit ?? lastPart(metric)) ?? scaleFor(buckets)
  const shape = { buckets: [...(buckets ?? [])], scale }
  if (native === false) return shape
  const schema = native === true ? 3 : native.schema
  if (!Number.isInteger(schema) || schema < 0 || schema > 8) {
    throw new RangeError(`${metric}: native.schema must be a whole number from 0 to 8, got ${String(schema)}`)
  }
  return { ...shape, schema }
}

/** @throws {RangeError} when the scale is not a whole number from 1 */
export function checkScale(metric: string, scale: number): void {
  if (Number.isSafeInteger(scale) && scale >= 1) return
  throw new RangeError(`${metric}: scale must be a whole number from 1, got ${scale}`)
}

/** The default scales of units. */
const scales: ReadonlyMap<string, number> = new Map([
  ['seconds', 1e9],
  ['milliseconds', 1e6],
  ['microseconds', 1e3],
  ['nanoseconds', 1],
  ['bytes', 1],
  ['bits', 1],
  ['ratio', 1e9],
])

/** The last part of the name, which is the unit by convention. */
function lastPart(metric: string): string {
  return metric.slice(metric.lastIndexOf('_') + 1)
}

/** The default scale of an unknown unit: such that the smallest positive bound is at least a million units. */
function scaleFor(buckets: readonly number[] = []): number {
  const smallest = buckets.find((bound) => bound > 0)
  if (smallest === undefined) return 1e9
  const exponent = Number(smallest.toExponential().split('e')[1])
  return 10 ** Math.max(0, Math.min(9, 6 - exponent))
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
