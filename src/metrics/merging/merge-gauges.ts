/** Merges gauges of the same name by their rule. */
import type { FamilyHead, MergeRule, ScalarSnapshot } from '../series/family.ts'
import { type Listed, withSeries } from '../series/series-list.ts'
import { SeriesTable } from './series-table.ts'

/** A value with its weight, as in `ScalarSnapshot`. */
type Weighted = { readonly value: number; readonly weight: number }

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

type Combine = (a: Weighted, b: Weighted) => Weighted

const combinations: Record<MergeRule, Combine> = {
  sum: (a, b) => ({ value: a.value + b.value, weight: Math.max(a.weight, b.weight) }),
  max: ofThoseSet(greater),
  min: ofThoseSet((a, b) => ({ value: Math.min(a.value, b.value), weight: Math.max(a.weight, b.weight) })),
  mean: ofThoseSet((a, b) => {
    const weight = a.weight + b.weight
    return { value: (a.value * a.weight + b.value * b.weight) / weight, weight }
  }),
  latest(a, b) {
    if (a.weight === b.weight) return greater(a, b) // any choice that does not depend on the order
    return a.weight > b.weight ? a : b
  },
}

function greater(a: Weighted, b: Weighted): Weighted {
  return { value: Math.max(a.value, b.value), weight: Math.max(a.weight, b.weight) }
}

/** Ignores a value with the weight 0 beside others. Of two such values, the greater remains. */
function ofThoseSet(combine: Combine): Combine {
  return (a, b) => {
    if (a.weight > 0 && b.weight > 0) return combine(a, b)
    if (a.weight === b.weight) return greater(a, b)
    return a.weight > 0 ? a : b
  }
}
