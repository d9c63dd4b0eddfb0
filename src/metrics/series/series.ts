/** One series of a metric: its labels, and its cells in this thread. */

import { headerLength, isRemoved, readState, removedState } from '../memory/cell-header.ts'
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import type { Declaration } from './declaration.ts'
import type { FamilyHead, Identity } from './family.ts'
import { readLabels, sampleStart } from './labels.ts'

/**
 * A series' cells in one arena. All series of a metric have the same cells; parts are additional cells, allocated on
 * demand: for an exemplar, or for an octave of native buckets.
 */
export type Cells = Place & { readonly parts: Parts }

export type Parts = readonly (Place | undefined)[]

// Empty values, shared by all series without cells or parts. Sharing saves memory if there are very many series.
const nowhere = new Int32Array(headerLength).fill(removedState)
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
}

/**
 * A series with this thread's cells. The handles of the kinds extend this class: one object in place of two saves a
 * third of the memory of a series. Handles are kept by the application, so they stay the same when cells move.
 */
export class Series implements Identity, Cells {
  ints: Int32Array = nowhere
  at: number = headerLength
  parts = noParts
  readonly family: SeriesFamily
  /** Index among the series of its metric; -1 if it has been removed. */
  ordinal: number
  /**
   * The beginning of the series' line in the text formats, as `sampleStart` returns it, so that a scrape does not join it
   * again. The only copy of the labels, because an array would double the memory.
   */
  readonly start: string

  constructor(family: SeriesFamily, text: string, ordinal: number) {
    this.family = family
    this.start = sampleStart(family.head.name, text)
    this.ordinal = ordinal
  }

  /** All labels as the text formats write them. */
  get text(): string {
    return this.start.slice(this.family.head.name.length + 1, -2)
  }

  get labels(): readonly string[] {
    return readLabels(this.family.head.labelNames, this.text)
  }

  /** True if this thread has cells for the series. */
  get isPlaced(): boolean {
    return this.ints !== nowhere
  }

  /** True if the series has been removed, so that this handle counts nothing. */
  get isDiscarded(): boolean {
    return this.ordinal < 0
  }

  /** True if this thread has cells for the series, and no thread has removed it. */
  get isLive(): boolean {
    return !isRemoved(readState(this.ints, this.at))
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
