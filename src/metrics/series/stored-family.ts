/** A metric with cells: its series, where their cells are, and the records that make them known to other threads. */
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type Declaration, labelsOf } from './declaration.ts'
import type { FamilyHead, FamilySnapshot } from './family.ts'
import { type Cells, type PeerCells, Series } from './series.ts'
import { SeriesIndex } from './series-index.ts'

/** The operations of one kind of metric on its cells. */
export type Kind<H> = {
  /** Int32s per series, without parts. */
  readonly length: number
  handle(series: Series): H
  /** Adds the cells at `from` to the cells at `to`. Nothing reads `to` yet, unless the kind only adds to counters. */
  merge(from: Place, to: Place): void
  /** Int32s of a part. */
  partLength(part: number, place: Place): number
  mergePart(part: number, from: Place, to: Place): void
  /** Prepares cells of a thread that has ended for a new writer. */
  inherit(cells: Cells): void
  sample(): FamilySnapshot
}

/** The application's access to one series. */
export type Handle = { readonly series: Series }

export type StoredFamilyOptions<H> = {
  readonly declaration: Declaration
  readonly allocator: CellAllocator
  readonly kind: (family: StoredFamily<H & Handle>) => Kind<H>
  /** As in `SeriesIndexCallbacks`. */
  readonly beforeNewValue: () => void
  readonly onOverflow: () => void
}

/** Cells that this thread counts in, without their arena. */
type OwnCells = Omit<PeerCells, 'arena'>

export class StoredFamily<H extends Handle = Handle> {
  readonly declaration: Declaration
  readonly head: FamilyHead
  /** In the order in which this thread added or adopted them. */
  readonly series: Series[] = []
  /** By their series' ordinals. */
  readonly handles: H[] = []
  readonly #allocator: CellAllocator
  readonly #kind: Kind<H>
  readonly #index: SeriesIndex<H> | undefined
  readonly #isClosed: boolean
  #isDeclared = false
  /** The metric's number in the journal that this thread took over, and its number of series there. */
  #inherited: { readonly number: number; readonly series: number } | undefined
  /** In seconds since 1970. */
  readonly #created: number
  #number = -1
  #placed = 0

  constructor({ declaration, allocator, kind, beforeNewValue, onOverflow }: StoredFamilyOptions<H>) {
    const { name, help, unit } = declaration
    const labels = labelsOf(declaration)
    this.declaration = declaration
    this.head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    this.#allocator = allocator
    this.#kind = kind(this)
    this.#isClosed = labels.every((label) => 'values' in label)
    this.#created = allocator.now() / 1000
    if (labels.length === 0) {
      this.#add([])
    } else {
      const add = (values: readonly string[]) => this.#add(values)
      this.#index = new SeriesIndex(name, labels, { add, beforeNewValue, onOverflow })
      if (this.#isClosed) this.#index.addAll()
    }
  }

  #add(labels: readonly string[]): H {
    // The journal has one record, and so one creation time, for all series of a closed metric.
    const created = this.#isClosed ? this.#created : this.#allocator.now() / 1000
    const series = new Series(this.head.labelNames, labels, this.handles.length, created)
    const handle = this.#kind.handle(series)
    this.series.push(series)
    this.handles.push(handle)
    return handle
  }

  /** The series of a metric without labels. */
  get only(): H {
    return this.handles[0] as H // added by the constructor
  }

  /** This thread's handle of a series. @throws as `SeriesIndex.find`, and when there is no room for a new series */
  bind(labels: Readonly<Record<string, unknown>>): H {
    const handle = (this.#index as SeriesIndex<H>).find(labels) // called only for metrics with labels
    if (!handle.series.isPlaced) this.#place(handle.series)
    return handle
  }

  #place(series: Series): void {
    series.relocate(this.#newCells(series, this.#number, this.#placed))
    this.#placed++ // after the allocation, which may throw
  }

  /** The series with these labels, which another thread's journal lists. */
  adopt(labels: readonly string[]): Series {
    return this.#index === undefined ? this.only.series : this.#index.adopt(labels).series
  }

  /**
   * Allocates cells for this thread's series: at the declaration, and again when the thread moves to another arena.
   * The returned function relocates the series with their counts, and cannot fail.
   * @throws {RangeError} when there is no room; then every series stays in its cells
   */
  prepareCells(arena: PeerCells['arena'] | undefined): () => void {
    const { number, first } = this.#inherited ? { ...this.#inherited, first: undefined } : this.#declare()
    let placed = this.#inherited?.series ?? 0
    const moves: { readonly series: Series; readonly to: OwnCells }[] = []
    for (const series of this.series) {
      const to =
        series.cellsIn(arena) ??
        (first && this.#cellsOf(series, first)) ??
        (series.isPlaced ? this.#newCells(series, number, placed++) : undefined)
      if (to) moves.push({ series, to: { ...to, parts: this.#partsFor(series, number, to) } })
    }
    return () => {
      this.#number = number
      this.#placed = placed
      for (const { series, to } of moves) this.#relocate(series, to, arena)
    }
  }

  /** Records the metric. If all its series exist from the start, their cells are contiguous, beginning at `first`. */
  #declare(): { number: number; first?: Place } {
    const family = this.declaration
    const created = this.handles[0]?.series.created ?? this.#created
    if (!this.#isClosed) return { number: this.#allocator.recordFamily({ family, created }) }
    const first = this.#allocator.allocate(this.blockLength)
    return { number: this.#allocator.recordFamily({ family, created, at: first.at }), first }
  }

  #cellsOf({ ordinal }: Series, { ints, at }: Place): OwnCells {
    return { ints, at: at + this.#kind.length * ordinal, parts: [], number: ordinal }
  }

  #newCells({ labels, created }: Series, family: number, number: number): OwnCells {
    const place = this.#allocator.allocate(this.#kind.length)
    this.#allocator.record({ of: family, labels, created, at: place.at })
    return { ...place, parts: [], number }
  }

  /** The parts that the new cells have already, and a new one for each other part of the series. */
  #partsFor(series: Series, family: number, { parts, number }: OwnCells): Cells['parts'] {
    const all = [...parts]
    series.parts.forEach((part, i) => {
      if (part) all[i] ??= this.#newPart(family, number, i, this.#kind.partLength(i, part))
    })
    return all
  }

  #newPart(family: number, series: number, part: number, length: number): Place {
    const place = this.#allocator.allocate(length)
    this.#allocator.record({ of: family, series, part, at: place.at })
    return place
  }

  #relocate(series: Series, to: OwnCells, arena: PeerCells['arena'] | undefined): void {
    const left = series.relocate(to)
    series.dropPeers((peer) => peer.arena === arena)
    if (left === undefined) return
    this.#kind.merge(left, series)
    left.parts.forEach((part, i) => {
      const target = series.parts[i]
      if (part && target) this.#kind.mergePart(i, part, target)
    })
  }

  /** Drops the cells of all other threads. */
  dropPeers(): void {
    this.#inherited = undefined
    for (const series of this.series) series.dropPeers(() => true)
  }

  /** Adds cells to one of this thread's series. @throws {RangeError} when there is no room */
  addPart(series: Series, part: number, length: number): Place {
    const place = this.#newPart(this.#number, series.number, part, length)
    series.addPart(part, place)
    return place
  }

  /** Adopts the cells of all series of a closed metric, as another thread's journal lists them. */
  *adoptAll(ints: Int32Array, at: number, arena: PeerCells['arena'], created: number): Iterable<PeerCells> {
    const { length } = this.#kind
    for (const series of this.series) {
      yield series.addPeer({ ints, at: at + length * series.ordinal }, arena, series.ordinal, created)
    }
  }

  /** Makes this thread count in the metric. @throws {RangeError} when there is no room */
  declare(arena: PeerCells['arena'] | undefined): void {
    this.prepareCells(arena)()
    this.#isDeclared = true
  }

  /** False if the metric only shows the counts of other threads. */
  get isDeclared(): boolean {
    return this.#isDeclared
  }

  /** True if all its series exist from the declaration on. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Int32s of all series of a closed metric. */
  get blockLength(): number {
    return this.#kind.length * this.handles.length
  }

  get seriesLength(): number {
    return this.#kind.length
  }

  /**
   * Takes over the cells of a thread that has ended, from the arena that this thread has now.
   * @param number of the metric in the arena's journal
   */
  inherit(number: number, cells: readonly Cells[]): void {
    this.#inherited = { number, series: cells.length }
    for (const one of cells) this.#kind.inherit(one)
  }

  sample(): FamilySnapshot {
    return this.#kind.sample()
  }
}
