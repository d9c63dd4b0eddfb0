/** The rules by which two values of a gauge become one. */
import type { MergeRule, Weighted } from '../series/family.ts'

type Combine = (a: Weighted, b: Weighted) => Weighted

/** For each rule, a function whose result does not depend on the order of its arguments. */
export const combinations: Record<MergeRule, Combine> = {
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
