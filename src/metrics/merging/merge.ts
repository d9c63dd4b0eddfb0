/** Merges the snapshots of several registries, processes or isolates into one. */
import { anArray, anObject, invalid, requireValid } from '../../options.ts'
import { namesOf } from '../series/declaration.ts'
import type {
  FamilyHead,
  FamilySnapshot,
  HistogramSnapshot,
  MergeRule,
  ScalarSnapshot,
  Snapshot,
} from '../series/family.ts'
import { type Listed, listed } from '../series/series-list.ts'
import { mergeCounters, mergeInfos } from './merge-counters.ts'
import { mergeGauges } from './merge-gauges.ts'
import { mergeHistograms } from './merge-histograms.ts'

/**
 * Returns a snapshot with the metrics of all snapshots, in the order in which they are first seen. Metrics of the same
 * name become one, and so do their series with the same labels:
 *
 * - Counters are added. Their creation time is the earliest, their exemplar the latest.
 * - Histograms are added: classic buckets by their bounds, native buckets by their indexes. If the bounds differ, only
 *   the common ones remain; the coarsest schema and the widest zero bucket are used for all.
 * - Gauges follow their rule (`merge` in the declaration): `sum`, `max`, `min`, `mean` or `latest`.
 * - Infos are united.
 *
 * The result does not depend on grouping, nor on the order of the snapshots, except for the order of metrics and series
 * and the help text, which is the first. The snapshots are not changed.
 *
 * @throws {TypeError} when `snapshots` is not an array of snapshots
 * @throws when two metrics of one name have different types, units or rules, or when an exposition format derives the
 * same name from two metrics; the message names the metric and the difference
 * @example
 * const total = merge([registry.collect(), snapshotOfWorker])
 */
export function merge(snapshots: readonly Snapshot[]): Snapshot {
  requireValid('merge: snapshots', snapshots, anArray)
  const families = new Map<string, [Listed, ...Listed[]]>()
  const owners = new Map<string, string>()
  for (const [i, snapshot] of snapshots.entries()) {
    for (const family of familiesOf(snapshot, i)) {
      const same = families.get(family.name)
      if (same !== undefined) {
        checkSame(same[0], family)
        same.push(listed(family))
      } else {
        claimNames(owners, family)
        families.set(family.name, [listed(family)])
      }
    }
  }
  return { families: Array.from(families.values(), mergeFamilies) }
}

function familiesOf(snapshot: Snapshot, i: number): readonly FamilySnapshot[] {
  const expected = 'a snapshot such as registry.collect() returns'
  if (!anObject.isValid(snapshot)) throw invalid(`merge: snapshots[${i}]`, expected, snapshot)
  const { families } = snapshot
  if (!Array.isArray(families)) throw invalid(`merge: snapshots[${i}]`, expected, snapshot)
  for (const [j, family] of families.entries()) {
    if (!isFamily(family))
      throw invalid(`merge: snapshots[${i}].families[${j}]`, 'a metric with series', family)
  }
  return families
}

/** A snapshot may come from a message of another version. Does not read `series`, which may be an accessor. */
function isFamily(family: unknown): boolean {
  if (!anObject.isValid(family)) return false
  const { name, type, labelNames, values, bounds } = family as Partial<HistogramSnapshot>
  const lists = [labelNames, values, ...(type === 'histogram' ? [bounds] : [])]
  const isKnown = ['counter', 'gauge', 'histogram', 'info'].includes(type ?? '')
  return typeof name === 'string' && isKnown && lists.every(Array.isArray) && 'series' in (family as object)
}

function mergeFamilies(families: readonly [Listed, ...Listed[]]): FamilySnapshot {
  const [first] = families
  if (families.length === 1) return first
  const { name, help, labelNames } = first
  const head: FamilyHead = { name, help, labelNames, unit: families.find(({ unit }) => unit)?.unit }
  // The casts below are safe, because `checkSame` has compared the types.
  const scalars = families as readonly Listed<ScalarSnapshot>[]
  switch (first.type) {
    case 'counter':
      return mergeCounters(head, scalars)
    case 'gauge':
      return mergeGauges(head, ruleOf(first), scalars)
    case 'info':
      return mergeInfos(head, scalars)
    case 'histogram':
      return mergeHistograms(head, families as readonly Listed<HistogramSnapshot>[])
  }
}

/** @throws when the metrics cannot be merged */
function checkSame(one: FamilySnapshot, other: FamilySnapshot): void {
  if (one.type !== other.type) throw differs(one, 'type', one.type, other.type)
  // A unit is only a comment on the name, which contains it, so one snapshot may lack it.
  if (one.unit && other.unit && one.unit !== other.unit) throw differs(one, 'unit', one.unit, other.unit)
  if (ruleOf(one) !== ruleOf(other)) throw differs(one, 'merge', ruleOf(one), ruleOf(other))
}

/** The rule of a gauge. Other metrics have none, and all get the same one here. */
function ruleOf(family: FamilySnapshot): MergeRule {
  return (family.type === 'gauge' && family.merge) || 'sum'
}

function differs({ name }: FamilySnapshot, field: string, one: string, other: string): Error {
  return new Error(`merge: ${name} has the ${field} ${one} in one snapshot, and ${other} in another`)
}

/** @throws when another metric has one of the names that the exposition formats derive from this one */
function claimNames(owners: Map<string, string>, { type, name }: FamilySnapshot): void {
  for (const derived of namesOf({ type, name })) {
    const owner = owners.get(derived)
    if (owner !== undefined) throw new Error(`merge: ${name}: the name ${derived} is taken by ${owner}`)
    owners.set(derived, name)
  }
}
