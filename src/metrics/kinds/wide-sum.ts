/**
 * The part of a sum that has no room in its integer cell, which ends at 2^63 units: a float cell, as a part of the
 * series (see `Cells`). It is allocated for the first number above 2^53 units, or when the integer cell is full. A float
 * never wraps: above 2^53 it is rounded, as in all clients, and it ends at the largest double.
 */
import {
  add,
  addSaturated,
  floatCellLength,
  type Place,
  read,
  readFloat,
  writeFloat,
} from '../memory/cells.ts'
import { eachParts } from '../series/read-cells.ts'
import type { Cells, Series } from '../series/series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/** Number of the part: between the octaves of a histogram and the exemplars. */
export const widePart = 63

export function isWide(part: number): boolean {
  return part === widePart
}

export const wideLength: number = floatCellLength

/**
 * Adds to the float cell of the series.
 * @param units a number from 0; may be infinite
 * @throws {RangeError} when there is no room for the cell
 */
export function addWide(series: Series, units: number): void {
  addTo(series.parts[widePart] ?? series.family.addPart(series, widePart, wideLength), units)
}

/** Adds the sum in one cell to that in another. */
export function moveWide({ ints, at }: Place, to: Place): void {
  addTo(to, readFloat(ints, at))
}

/**
 * Adds the sum in the integer cell at `offset` to that of another series. A sum that has no room there goes to the float
 * cell; if the series has none, the integer cell stays at its largest number.
 */
export function moveSum(from: Place, to: Cells, offset: number): void {
  const units = read(from.ints, from.at + offset)
  const wide = to.parts[widePart]
  if (wide === undefined) addSaturated(to.ints, to.at + offset, units)
  else if (!add(to.ints, to.at + offset, units)) addTo(wide, units)
}

function addTo({ ints, at }: Place, units: number): void {
  writeFloat(ints, at, finite(readFloat(ints, at) + units))
}

/**
 * For each series, adds the numbers in the float cells of all threads.
 * @param add called for each series that has such a cell
 */
export function eachWide(family: StoredFamily, add: (ordinal: number, units: number) => void): void {
  eachParts(family, (ordinal, parts) => {
    const place = parts[widePart]
    if (place) add(ordinal, readFloat(place.ints, place.at))
  })
}

/** Removes the sum of a series that was removed. */
export function clearWide({ ints, at }: Place): void {
  writeFloat(ints, at, 0)
}

/** Returns the number, or the largest double for infinity. */
export function finite(sum: number): number {
  return Math.min(sum, Number.MAX_VALUE)
}
