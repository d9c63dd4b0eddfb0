/** Reads figures from a snapshot of a registry: sums over the series that have some labels. */
import type { FamilySnapshot, HistogramSnapshot, ScalarSnapshot, Snapshot } from '../../metrics/index.ts'
import type { Buckets } from './quantiles.ts'

/** The labels that a series must have. */
export type Where = Readonly<Record<string, string>>

type Group<T> = { readonly labels: readonly string[]; readonly value: T }

export class SnapshotReader {
  readonly #families: ReadonlyMap<string, FamilySnapshot>

  constructor(snapshot: Snapshot) {
    this.#families = new Map(snapshot.families.map((family) => [family.name, family]))
  }

  /** Returns the sum of the series with these labels; `undefined` if there is none, or the sum is not a finite number. */
  number(name: string, where: Where = {}): number | undefined {
    return this.#numbers(name, [], where)[0]?.value
  }

  /** Returns the sums for each value of a label, in the order of the series; `undefined` if there is no series. */
  numbersBy(name: string, label: string, where: Where = {}): Record<string, number> | undefined {
    const groups = this.#numbers(name, [label], where)
    if (groups.length === 0) return undefined
    return Object.fromEntries(groups.map(({ labels: [value = ''], value: sum }) => [value, sum]))
  }

  /** Returns the sum of the classic buckets of the series with these labels; `undefined` if there are none. */
  buckets(name: string, where: Where = {}): Buckets | undefined {
    return this.bucketsBy(name, [], where)[0]?.value
  }

  /** As `buckets`, for each combination of the values of these labels, in the order of the series. */
  bucketsBy(name: string, labels: readonly string[], where: Where = {}): Group<Buckets>[] {
    const family = this.#families.get(name)
    if (family?.type !== 'histogram' || family.bounds.length === 0) return []
    return groupsOf(family, labels, where).map((group) => ({
      labels: group.labels,
      value: sumOfBuckets(family, group.value),
    }))
  }

  /** Returns the values of a label, in the order of the series. */
  valuesOf(name: string, label: string): readonly string[] {
    const family = this.#families.get(name)
    return family === undefined ? [] : groupsOf(family, [label], {}).map(({ labels: [value = ''] }) => value)
  }

  /** Returns the labels of the first series of an info. */
  info(name: string): Record<string, string> | undefined {
    const family = this.#families.get(name)
    const [first] = family?.series ?? []
    if (family === undefined || first === undefined) return undefined
    return Object.fromEntries(family.labelNames.map((label, i) => [label, first.labels[i] ?? '']))
  }

  #numbers(name: string, labels: readonly string[], where: Where): Group<number>[] {
    const family = this.#families.get(name)
    if (family === undefined || family.type === 'histogram') return []
    return groupsOf(family, labels, where)
      .map((group) => ({ labels: group.labels, value: sumOf(family, group.value) }))
      .filter(({ value }) => Number.isFinite(value))
  }
}

/** Returns the indexes of the series with the labels of `where`, for each combination of the values of `labels`. */
function groupsOf(
  { labelNames, series }: FamilySnapshot,
  labels: readonly string[],
  where: Where,
): Group<readonly number[]>[] {
  const places = labels.map((label) => labelNames.indexOf(label))
  const wanted = Object.entries(where).map(([label, value]) => [labelNames.indexOf(label), value] as const)
  const groups = new Map<string, { labels: string[]; value: number[] }>()
  for (const [i, { labels: given }] of series.entries()) {
    if (!wanted.every(([place, value]) => given[place] === value)) continue
    const own = places.map((place) => given[place] ?? '')
    const key = own.join('\0')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { labels: own, value: [i] })
    else group.value.push(i)
  }
  return [...groups.values()]
}

function sumOf({ values }: ScalarSnapshot, indexes: readonly number[]): number {
  return indexes.reduce((sum, i) => sum + Number(values[i] ?? 0), 0)
}

function sumOfBuckets({ bounds, values }: HistogramSnapshot, indexes: readonly number[]): Buckets {
  const width = bounds.length + 2
  const counts = Array.from({ length: bounds.length + 1 }, (_, bucket) =>
    indexes.reduce((sum, i) => sum + (values[i * width + bucket] ?? 0), 0),
  )
  return { bounds, counts }
}
