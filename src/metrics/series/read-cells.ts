/** Reads the cells of all series of a metric, in all threads. */

import { readCreated } from '../memory/cell-header.ts'
import { integerCellLength, read } from '../memory/cells.ts'
import type { Arena } from './peer-series.ts'
import type { Parts, Series } from './series.ts'
import type { StoredFamily } from './stored-family.ts'

/** Called for the cells of one series in one thread. `arena` is undefined for this thread. */
export type VisitCells = (ordinal: number, ints: Int32Array, at: number, arena: Arena | undefined) => void

/** Visits the cells of this thread, then those of the others. */
export function eachCells({ series, peers }: StoredFamily, visit: VisitCells): void {
  for (let i = 0; i < series.length; i++) {
    const one = series[i] as Series
    if (one.isPlaced) visit(i, one.ints, one.at, undefined)
  }
  for (const { arena, ints, ats, series } of peers) {
    for (let i = 0; i < ats.length; i++) {
      const one = series[i]
      if (one !== undefined) visit(one.ordinal, ints, ats[i] as number, arena)
    }
  }
}

/**
 * For each series the sums of its integer cells over all threads: `count` numbers. Without a function for each series,
 * because most of a scrape is spent here.
 */
export function sumsOfCells({ series, peers }: StoredFamily, count: number): number[] {
  const sums = new Array<number>(series.length * count).fill(0)
  for (let i = 0; i < series.length; i++) {
    const one = series[i] as Series
    if (!one.isPlaced) continue
    const { ints, at } = one
    for (let j = 0; j < count; j++) sums[i * count + j] = read(ints, at + j * integerCellLength)
  }
  for (const { ints, ats, series } of peers) {
    for (let i = 0; i < ats.length; i++) {
      const one = series[i]
      if (one === undefined) continue
      const offset = one.ordinal * count
      const at = ats[i] as number
      for (let j = 0; j < count; j++) {
        sums[offset + j] = (sums[offset + j] as number) + read(ints, at + j * integerCellLength)
      }
    }
  }
  return sums
}

/** For each series, the earliest creation time of its cells, in seconds since 1970. */
export function createdTimes({ series, peers }: StoredFamily): number[] {
  const times = new Array<number>(series.length).fill(Number.POSITIVE_INFINITY)
  for (let i = 0; i < series.length; i++) {
    const one = series[i] as Series
    if (one.isPlaced) times[i] = readCreated(one.ints, one.at)
  }
  for (const { ints, ats, series } of peers) {
    for (let i = 0; i < ats.length; i++) {
      const one = series[i]
      if (one === undefined) continue
      times[one.ordinal] = Math.min(times[one.ordinal] as number, readCreated(ints, ats[i] as number))
    }
  }
  return times
}

/** Visits the parts of all cells that have any; those of this thread come first. */
export function eachParts(
  { series, peers }: StoredFamily,
  visit: (ordinal: number, parts: Parts) => void,
): void {
  for (const { ordinal, parts } of series) if (parts.length > 0) visit(ordinal, parts)
  for (const peer of peers) {
    if (peer.lastPart < 0) continue
    for (const { series, parts } of peer) if (series && parts.length > 0) visit(series.ordinal, parts)
  }
}
