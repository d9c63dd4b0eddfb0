/** Sums that stay finite, the earliest of creation times, and the latest of exemplars. */
import type { Exemplar } from '../series/family.ts'

/** Returns the sum of two values of a counter, which must be finite: the largest number if the sum exceeds it. */
export function finiteSum(one: number, other: number): number {
  return Math.min(one + other, Number.MAX_VALUE)
}

/**
 * Returns the earlier creation time.
 * @param merged the earliest so far; undefined at first
 * @param created 0 or undefined if unknown. Then the result is 0: the counts may be older than all known times.
 */
export function earliest(merged: number | undefined, created = 0): number {
  return merged === undefined ? created : Math.min(merged, created)
}

/** Returns the later exemplar; of two with the same time, the one with the greater value. */
export function latestExemplar(
  merged: Exemplar | undefined,
  exemplar: Exemplar | undefined,
): Exemplar | undefined {
  if (merged === undefined || exemplar === undefined) return merged ?? exemplar
  const difference = exemplar.timestamp - merged.timestamp || exemplar.value - merged.value
  return difference > 0 ? exemplar : merged
}
