/** Merges gauges of the same name by their rule. */
import type { FamilyHead, MergeRule, ScalarSnapshot, Weighted } from '../series/family.ts'
import { type Listed, withSeries } from '../series/series-list.ts'
import { combinations } from './combinations.ts'
import { SeriesTable } from './series-table.ts'

/** @param families all gauges of one name, with the same rule */
export function mergeGauges(
  head: FamilyHead,
  rule: MergeRule,
  families: readonly Listed<ScalarSnapshot>[],
): Listed {
  const table = new SeriesTable(families)
  const combine = combinations[rule]
  const merged: Weighted[] = []
  for (const family of families) {
    for (const [i, row] of table.rowsOf(family).entries()) {
      const one = { value: family.values[i] ?? 0, weight: family.weights?.[i] ?? 1 }
      const earlier = merged[row]
      merged[row] = earlier === undefined ? one : combine(earlier, one)
    }
  }
  const hasWeights = rule === 'mean' || families.some(({ weights }) => weights !== undefined)
  const fields = {
    ...head,
    type: 'gauge',
    labelNames: table.labelNames,
    merge: rule,
    values: merged.map(({ value }) => value),
    ...(hasWeights ? { weights: merged.map(({ weight }) => weight) } : {}),
  } as const
  return withSeries(fields, table.list)
}
