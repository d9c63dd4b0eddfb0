/** The rule of a gauge for `merge`, and the weights of its values. */
import type { Combination, Declaration } from '../series/declaration.ts'
import type { MergeRule } from '../series/family.ts'

const rules: readonly string[] = ['sum', 'max', 'min', 'mean', 'latest'] satisfies MergeRule[]

/**
 * Returns the part of a gauge's declaration with its rule: `merge`, else `threads`, else `mean` for a ratio and `sum`
 * for any other name. Empty if the rule is the combination in threads.
 * @throws {TypeError} when `merge` is no rule
 */
export function mergeRuleOf({
  name,
  threads,
  merge,
}: Pick<Declaration, 'name' | 'threads' | 'merge'>): Pick<Declaration, 'merge'> {
  if (merge !== undefined && !rules.includes(merge)) {
    throw new TypeError(`${name}: merge must be sum, max, min, mean or latest, got ${JSON.stringify(merge)}`)
  }
  const rule = merge ?? threads ?? (name.endsWith('_ratio') ? 'mean' : 'sum')
  return rule === (threads ?? 'sum') ? {} : { merge: rule }
}

/**
 * Returns the weight of each value for `merge`, as in `ScalarSnapshot`; undefined if all weights are 1.
 * @param stamps for `max` gauges 1 and for `latest` gauges a ticket; 0 if the value was never set
 * @param now seconds since 1970
 */
export function weightsOf(
  rule: MergeRule,
  threads: Combination,
  { values, stamps }: { readonly values: readonly number[]; readonly stamps?: ArrayLike<number> },
  now: number,
): number[] | undefined {
  if (rule === 'sum') return undefined
  if (rule !== 'latest') return stamps && Array.from(stamps, (stamp) => (stamp > 0 ? 1 : 0))
  if (threads === 'latest' && stamps) return Array.from(stamps, (microseconds) => microseconds / 1e6)
  return values.map((_, i) => (stamps?.[i] === 0 ? 0 : now))
}
