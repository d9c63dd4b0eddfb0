/**
 * The cells of one metric in this thread: their location, and the journal records that describe them to other threads.
 */

import {
  headerLength,
  initRemoved,
  isRemoved,
  readCreated,
  readState,
  writeCreated,
} from '../memory/cell-header.ts'
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type CellKind, CellPool } from './cell-pool.ts'
import type { Declaration } from './declaration.ts'
import type { PeerSeries } from './peer-series.ts'
import { type Cells, noParts, type Series } from './series.ts'

/** The operations of `Kind` that move cells. */
export type MovableKind = CellKind & {
  /** Merges the values of the cells at `from` into the cells of `to`. Other threads may read `to` during the merge. */
  merge(from: Place, to: Cells): void
  /** Length of a part in Int32s. */
  partLength(part: number, place: Place): number
  mergePart(part: number, from: Place, to: Place): void
}

/** Cells of a previous thread in this thread's arena, and the metric's number in the journal. */
export type Inherited = { readonly number: number; readonly cells: PeerSeries }

type Move = { readonly series: Series; readonly to: Cells }

export class OwnSeries {
  readonly #declaration: Declaration
  readonly #allocator: CellAllocator
  readonly #kind: MovableKind
  /** If all labels are closed, the texts of all possible series, in the order of their cells. */
  readonly #combinations: readonly string[] | undefined
  readonly #pool: CellPool
  /** Creation time of the metric in seconds since 1970. */
  readonly #created: number
  #number = -1
  /** If all labels are closed, the place of the first series. */
  #first: Place | undefined
  /** The cells of removed handles: they count here, so that they do not change other series. */
  #discarded: Place | undefined

  constructor(
    declaration: Declaration,
    allocator: CellAllocator,
    kind: MovableKind,
    combinations: readonly string[] | undefined,
  ) {
    this.#declaration = declaration
    this.#allocator = allocator
    this.#kind = kind
    this.#combinations = combinations
    this.#pool = new CellPool(allocator, kind)
    this.#created = this.#now()
  }

  #now(): number {
    return this.#allocator.now() / 1000
  }

  /** Index after the last cell of a series, or of all series of a closed metric, whose first cell is at index `at`. */
  endOfCells(at: number): number {
    return at - headerLength + this.#pool.stride * (this.#combinations?.length ?? 1)
  }

  /** The cells of series number `i`, if all labels are closed and the cells of the first series are at `first`. */
  cellsIn({ ints, at }: Place, i: number): Cells {
    return { ints, at: at + this.#pool.stride * i, parts: noParts }
  }

  /**
   * Allocates cells for a series.
   * @throws {RangeError} when there is no room
   */
  place(series: Series): void {
    series.relocate(this.#first ? this.#closedCells(this.#first, series) : this.#openCells(series))
  }

  #openCells({ text }: Series): Cells {
    return this.#pool.take(this.#number, text, this.#now())
  }

  #closedCells(first: Place, { text }: Series): Cells {
    const { at } = this.cellsIn(first, this.#combinations?.indexOf(text) ?? 0)
    return this.#pool.takeAt(at, this.#now()) as Cells // the cells of a closed series without a handle are free
  }

  /** Makes a removed handle count nothing, and frees its cells. */
  discard(series: Series): void {
    const { ints, at, parts, isPlaced } = series
    if (isPlaced) this.#pool.release({ ints, at, parts })
    if (this.#discarded === undefined) {
      this.#discarded = { ints: new Int32Array(this.#pool.stride), at: headerLength }
      initRemoved(this.#discarded)
    }
    series.relocate({ ...this.#discarded, parts: noParts })
  }

  /**
   * Allocates cells for series: at the declaration, and again when the thread moves to another arena. The returned
   * function relocates the series with their counts, and cannot fail.
   * @param all the series of the metric in this thread
   * @throws {RangeError} when there is no room; then every series stays in its cells
   */
  prepare(all: readonly Series[], inherited: Inherited | undefined): () => void {
    const prepared = this.#combinations
      ? this.#prepareClosed(all, this.#combinations, inherited)
      : this.#prepareOpen(all, inherited)
    const { number, first, moves, free } = prepared
    const movesWithParts = moves.map(({ series, to }) => ({
      series,
      to: this.#withParts(series, number, to),
    }))
    return () => {
      this.#number = number
      this.#first = first
      this.#pool.clear()
      for (const cells of free) this.#pool.release(cells)
      for (const { series, to } of movesWithParts) {
        // A previous thread's cells may be those of a removed series.
        const isFree = isRemoved(readState(to.ints, to.at))
        this.#relocate(series, (isFree && this.#pool.takeAt(to.at, this.#now())) || to)
      }
    }
  }

  #prepareOpen(all: readonly Series[], inherited: Inherited | undefined): Prepared {
    const number = inherited?.number ?? this.#allocator.recordFamily({ family: this.#declaration })
    const taken = new Map<Series, Cells>()
    const free: Cells[] = []
    for (const { series, ...cells } of inherited?.cells ?? []) {
      if (series) taken.set(series, cells)
      else free.push(cells)
    }
    const moves: Move[] = []
    for (const series of all) {
      const to = taken.get(series) ?? (series.isPlaced ? this.#copyOf(series, number) : undefined)
      if (to) moves.push({ series, to })
    }
    return { number, first: undefined, moves, free }
  }

  #copyOf({ text, ints, at }: Series, number: number): Cells {
    return this.#pool.allocate(number, text, readCreated(ints, at))
  }

  #prepareClosed(
    all: readonly Series[],
    texts: readonly string[],
    inherited: Inherited | undefined,
  ): Prepared {
    const byText = new Map(all.map((series) => [series.text, series]))
    const { number, first } = inherited
      ? {
          number: inherited.number,
          first: { ints: inherited.cells.ints, at: inherited.cells.ats[0] as number },
        }
      : this.#declareClosed(texts, byText)
    const moves: Move[] = []
    const free: Cells[] = []
    for (const [i, text] of texts.entries()) {
      const { ints, at } = this.cellsIn(first, i)
      const cells = { ints, at, parts: inherited?.cells.partsAt(at) ?? noParts }
      const series = byText.get(text)
      if (series) moves.push({ series, to: cells })
      if (isRemoved(readState(ints, at))) free.push(cells)
    }
    return { number, first, moves, free }
  }

  /** Records a metric whose series all exist from the start, with their cells. */
  #declareClosed(
    texts: readonly string[],
    byText: ReadonlyMap<string, Series>,
  ): { number: number; first: Place } {
    const { ints, at } = this.#allocator.allocate(this.#pool.stride * texts.length)
    const first = { ints, at: at + headerLength }
    for (const [i, text] of texts.entries()) {
      const series = byText.get(text)
      const cells = this.cellsIn(first, i)
      if (series === undefined) initRemoved(cells)
      else writeCreated(cells, series.isPlaced ? readCreated(series.ints, series.at) : this.#created)
    }
    return { number: this.#allocator.recordFamily({ family: this.#declaration, at: first.at }), first }
  }

  /**
   * Returns the cells with all parts of the series: those that exist there already, and newly allocated ones for the
   * rest.
   */
  #withParts(series: Series, family: number, { ints, at, parts }: Cells): Cells {
    if (series.parts === noParts) return { ints, at, parts }
    const all = [...parts]
    series.parts.forEach((part, i) => {
      if (part) all[i] ??= this.#newPart(family, at, i, this.#kind.partLength(i, part))
    })
    return { ints, at, parts: all }
  }

  #newPart(of: number, cells: number, part: number, length: number): Place {
    const place = this.#allocator.allocate(length)
    this.#allocator.record({ of, cells, part, at: place.at })
    return place
  }

  #relocate(series: Series, to: Cells): void {
    const left = series.relocate(to)
    if (left === undefined) return
    this.#kind.merge(left, series)
    left.parts.forEach((part, i) => {
      const target = series.parts[i]
      if (part && target) this.#kind.mergePart(i, part, target)
    })
  }

  /**
   * Allocates one more block of cells (a part) for a series.
   * @throws {RangeError} when there is no room
   */
  addPart(series: Series, part: number, length: number): Place {
    const place = series.isDiscarded // the part is never read
      ? { ints: new Int32Array(length), at: 0 }
      : this.#newPart(this.#number, series.at, part, length)
    series.addPart(part, place)
    return place
  }
}

type Prepared = {
  readonly number: number
  readonly first: Place | undefined
  readonly moves: readonly Move[]
  /** Cells that belong to no series. */
  readonly free: readonly Cells[]
}
