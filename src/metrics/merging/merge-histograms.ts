/** Merges histograms of the same name. */
import type { Exemplar, FamilyHead, HistogramSnapshot } from '../series/family.ts'
import { type Listed, withSeries } from '../series/series-list.ts'
import { earliest, finiteSum, latestExemplar } from './extremes.ts'
import { NativeMerge } from './native-merge.ts'
import { SeriesTable } from './series-table.ts'

/** @param families at least one; all histograms of one name */
export function mergeHistograms(head: FamilyHead, families: readonly Listed<HistogramSnapshot>[]): Listed {
  const table = new SeriesTable(families)
  const merged = new HistogramMerge(families)
  for (const family of families) merged.add(family, table.rowsOf(family))
  const { bounds, scale, values, created, exemplars, native } = merged
  const fields = {
    ...head,
    type: 'histogram',
    labelNames: table.labelNames,
    bounds,
    scale,
    values,
    created,
    ...(families.some((family) => family.exemplars) ? { exemplars } : {}),
    ...(native ? { native: native.snapshot } : {}),
  } as const
  return withSeries(fields, table.list)
}

class HistogramMerge {
  /** The bounds that all histograms have: the counts up to them are known exactly. */
  readonly bounds: readonly number[]
  /** The finest scale, so that no sum is rounded. */
  readonly scale: number
  readonly values: number[] = []
  readonly created: number[] = []
  readonly exemplars: (Exemplar | undefined)[][] = []
  /** Undefined if one of the histograms has no native buckets. */
  readonly native: NativeMerge | undefined

  constructor(families: readonly HistogramSnapshot[]) {
    const [first, ...others] = families as readonly [HistogramSnapshot, ...HistogramSnapshot[]]
    this.bounds = first.bounds.filter((bound) => others.every(({ bounds }) => bounds.includes(bound)))
    this.scale = Math.max(...families.map(({ scale }) => scale))
    const natives = families.flatMap(({ native }) => (native ? [native] : []))
    this.native = natives.length === families.length ? new NativeMerge(natives) : undefined
  }

  /** @param rows row of each series */
  add(family: HistogramSnapshot, rows: readonly number[]): void {
    const { created, exemplars, native } = family
    const bucketOf = this.#bucketsOf(family)
    for (const [i, row] of rows.entries()) {
      this.#addValues(family, i, row, bucketOf)
      this.created[row] = earliest(this.created[row], created[i])
      this.#addExemplars(exemplars?.[i] ?? [], row, bucketOf)
      if (native) this.native?.add(native, i, row)
    }
  }

  /** For each of the histogram's classic buckets, the index of the bucket here that contains it; `+Inf` is the last. */
  #bucketsOf({ bounds }: HistogramSnapshot): number[] {
    return [...bounds, Number.POSITIVE_INFINITY].map((bound) => {
      const bucket = this.bounds.findIndex((common) => common >= bound)
      return bucket < 0 ? this.bounds.length : bucket
    })
  }

  #addValues(
    { values, scale }: HistogramSnapshot,
    i: number,
    row: number,
    bucketOf: readonly number[],
  ): void {
    const from = i * (bucketOf.length + 1)
    const width = this.bounds.length + 2
    const to = row * width
    while (this.values.length < to + width) this.values.push(0)
    const add = (at: number, n: number) => {
      this.values[at] = finiteSum(this.values[at] ?? 0, n)
    }
    for (const [j, bucket] of bucketOf.entries()) add(to + bucket, values[from + j] ?? 0)
    add(to + width - 1, (values[from + bucketOf.length] ?? 0) * (this.scale / scale))
  }

  #addExemplars(given: readonly (Exemplar | undefined)[], row: number, bucketOf: readonly number[]): void {
    const exemplars = this.exemplars[row] ?? new Array(this.bounds.length + 1).fill(undefined)
    this.exemplars[row] = exemplars
    for (const [j, bucket] of bucketOf.entries()) {
      exemplars[bucket] = latestExemplar(exemplars[bucket], given[j])
    }
  }
}
