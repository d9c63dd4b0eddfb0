/** Merges counters, or infos, of the same name. */
import type { Exemplar, FamilyHead, ScalarSnapshot } from '../series/family.ts'
import { type Listed, withSeries } from '../series/series-list.ts'
import { earliest, finiteSum, latestExemplar } from './extremes.ts'
import { SeriesTable } from './series-table.ts'

/** @param families all counters of one name */
export function mergeCounters(head: FamilyHead, families: readonly Listed<ScalarSnapshot>[]): Listed {
  const table = new SeriesTable(families)
  const values: number[] = []
  const created: number[] = []
  const exemplars: (Exemplar | undefined)[] = []
  for (const family of families) {
    for (const [i, row] of table.rowsOf(family).entries()) {
      values[row] = finiteSum(values[row] ?? 0, family.values[i] ?? 0)
      created[row] = earliest(created[row], family.created?.[i])
      exemplars[row] = latestExemplar(exemplars[row], family.exemplars?.[i])
    }
  }
  const fields = {
    ...head,
    type: 'counter',
    labelNames: table.labelNames,
    values,
    ...(families.some((family) => family.created) ? { created } : {}),
    ...(families.some((family) => family.exemplars) ? { exemplars } : {}),
  } as const
  return withSeries(fields, table.list)
}

/** @param families all infos of one name */
export function mergeInfos(head: FamilyHead, families: readonly Listed<ScalarSnapshot>[]): Listed {
  const table = new SeriesTable(families)
  const values: number[] = []
  for (const family of families) for (const row of table.rowsOf(family)) values[row] = 1
  return withSeries({ ...head, type: 'info', labelNames: table.labelNames, values }, table.list)
}
