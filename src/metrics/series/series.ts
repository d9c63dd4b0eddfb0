/** One series of a metric: its labels, and its cells in this thread. */

import type { Place } from '../memory/cells.ts'
import { readFloat64, writeFloat64 } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import type { Declaration } from './declaration.ts'
import type { FamilyHead, Identity } from './family.ts'
import { readLabels } from './labels.ts'

/**
 * A series' cells in one arena. All series of a metric have the same cells; parts are additional cells, allocated on
 * demand: for an exemplar, or for an octave of native buckets.
 */
export type Cells = Place & { readonly parts: Parts }

export type Parts = readonly (Place | undefined)[]

/**
 * Length of the header before a series' cells, in Int32s: the creation time in seconds since 1970, as the two halves of
 * a float. It is complete before other threads can see the cells.
 */
export const headerLength = 2

export function writeCreated({ ints, at }: Place, created: number): void {
  writeFloat64(ints, at - headerLength, created)
}

export function readCreated(ints: Int32Array, at: number): number {
  return readFloat64(ints, at - headerLength)
}

// Empty values, shared by all series without cells or parts. Sharing saves memory if there are very many series.
const nowhere = new Int32Array(0)
export const noParts: Parts = []

/** The metric of a series, as its handle uses it. */
export type SeriesFamily = {
  readonly head: FamilyHead
  readonly declaration: Declaration
  readonly allocator: CellAllocator
  /** Constants that all handles of the metric share. */
  readonly form: unknown
  /**
   * Reports an error of an operation on the metric, which then changes nothing.
   * @throws only what the registry's `onError` throws
   */
  readonly report: (error: unknown) => void
  /**
   * Allocates one more block of cells (a part) for one of this thread's series.
   * @throws {RangeError} when there is no room
   */
  addPart(series: Series, part: number, length: number): Place
  /** Parts of the series' cells in all threads; those of this thread come first. */
  partsOf(series: Series): Iterable<Parts>
}

/**
 * A series with this thread's cells. The handles of the kinds extend this class: one object in place of two saves a
 * third of the memory of a series. Handles are kept by the application, so they stay the same when cells move.
 */
export class Series implements Identity, Cells {
  ints: Int32Array = nowhere
  at = -1
  parts = noParts
  readonly family: SeriesFamily
  /** Index among the series of its metric, in the order in which this thread added or adopted them. */
  readonly ordinal: number
  /** All labels as the text formats write them. The only copy of the labels, because an array would double the memory. */
  readonly text: string

  constructor(family: SeriesFamily, text: string, ordinal: number) {
    this.family = family
    this.text = text
    this.ordinal = ordinal
  }

  get labels(): readonly string[] {
    return readLabels(this.family.head.labelNames, this.text)
  }

  /** True if this thread has cells for the series. */
  get isPlaced(): boolean {
    return this.at >= 0
  }

  /** Counts in these cells from now on. Returns the previous cells, if any; the caller adds their counts to the new ones. */
  relocate({ ints, at, parts }: Cells): Cells | undefined {
    const left = this.isPlaced ? { ints: this.ints, at: this.at, parts: this.parts } : undefined
    this.ints = ints
    this.at = at
    this.parts = parts
    return left
  }

  addPart(part: number, place: Place): void {
    this.parts = withPart(this.parts, part, place)
  }
}

/** A copy of the parts with one more. Copying is cheap enough: parts are few and rarely added. */
export function withPart(parts: Parts, part: number, place: Place): Parts {
  const all = [...parts]
  all[part] = place
  return all
}
