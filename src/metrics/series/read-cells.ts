/** Reads the cells of all series of a metric, in all threads. */
import type { Arena } from './peer-series.ts'
import { readCreated } from './series.ts'
import type { StoredFamily } from './stored-family.ts'

/** Called for the cells of one series in one thread. `arena` is undefined for this thread. */
export type VisitCells = (ordinal: number, ints: Int32Array, at: number, arena: Arena | undefined) => void

/** Visits the cells of this thread, then those of the others. */
export function eachCells({ series, peers }: StoredFamily, visit: VisitCells): void {
  for (let i = 0; i < series.length; i++) {
    const { ints, at } = series[i] as StoredFamily['only']
    if (at >= 0) visit(i, ints, at, undefined)
  }
  for (const { arena, ints, ats, series } of peers) {
    for (let i = 0; i < ats.length; i++)
      visit((series[i] as StoredFamily['only']).ordinal, ints, ats[i] as number, arena)
  }
}

/** For each series, the earliest creation time of its cells, in seconds since 1970. */
export function createdTimes(family: StoredFamily): number[] {
  const times = new Array<number>(family.series.length).fill(Number.POSITIVE_INFINITY)
  eachCells(family, (ordinal, ints, at) => {
    const created = readCreated(ints, at)
    if (created < (times[ordinal] as number)) times[ordinal] = created
  })
  return times
}
