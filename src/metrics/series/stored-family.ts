/**
 * A metric with cells: its series, the location of their cells, and the journal records that describe them to other
 * threads.
 */
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type Declaration, labelsOf } from './declaration.ts'
import type { FamilyHead, FamilySnapshot } from './family.ts'
import { type Cells, type PeerCells, Series } from './series.ts'
import { SeriesIndex } from './series-index.ts'

/** The operations of one kind of metric on its cells. */
export type Kind<H> = {
  /** Length of a series' cells in Int32s, without parts. */
  readonly length: number
  handle(series: Series): H
  /** Merges the values of the cells at `from` into the cells at `to`. Other threads may read `to` during the merge. */
  merge(from: Place, to: Place): void
  /** Length of a part in Int32s. */
  partLength(part: number, place: Place): number
  mergePart(part: number, from: Place, to: Place): void
  /** Prepares cells of a thread that has ended for a new writer. */
  inherit(cells: Cells): void
  sample(): FamilySnapshot
}

/** The object through which the application changes one series. */
export type Handle = { readonly series: Series }

export type StoredFamilyOptions<H> = {
  readonly declaration: Declaration
  readonly allocator: CellAllocator
  readonly kind: (family: StoredFamily<H & Handle>) => Kind<H>
  /** Both callbacks are those of `SeriesIndexCallbacks`. */
  readonly beforeNewValue: () => void
  readonly onOverflow: () => void
  /** Called with each error of an operation on the metric. */
  readonly onError: (error: unknown) => void
}

/** Cells in which this thread counts. Their arena is omitted, because it is this thread's own. */
type OwnCells = Omit<PeerCells, 'arena'>

export class StoredFamily<H extends Handle = Handle> {
  readonly declaration: Declaration
  readonly head: FamilyHead
  /**
   * Reports an error of an operation on the metric, which then changes nothing.
   * @throws only what the registry's `onError` throws
   */
  readonly report: (error: unknown) => void
  /** All series, in the order in which this thread added or adopted them. */
  readonly series: Series[] = []
  /** The handles of all series, by the ordinal of the series. */
  readonly handles: H[] = []
  readonly #allocator: CellAllocator
  readonly #kind: Kind<H>
  readonly #index: SeriesIndex<H> | undefined
  readonly #isClosed: boolean
  #isDeclared = false
  /** Number of the metric, and number of its series, in the journal that this thread took over. */
  #inherited: { readonly number: number; readonly series: number } | undefined
  /** Creation time in seconds since 1970. */
  readonly #created: number
  #number = -1
  #placed = 0

  constructor({ declaration, allocator, kind, beforeNewValue, onOverflow, onError }: StoredFamilyOptions<H>) {
    const { name, help, unit } = declaration
    const labels = labelsOf(declaration)
    this.declaration = declaration
    this.head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    this.report = onError
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
    // All series of a metric with a closed set of label values share one journal record, and so one creation time.
    const created = this.#isClosed ? this.#created : this.#allocator.now() / 1000
    const series = new Series(this.head.labelNames, labels, this.handles.length, created)
    const handle = this.#kind.handle(series)
    this.series.push(series)
    this.handles.push(handle)
    return handle
  }

  /** The series of a metric without labels. */
  get only(): H {
    return this.handles[0] as H // the constructor added it
  }

  /**
   * Returns this thread's handle of the series with these labels.
   * @throws the errors of `SeriesIndex.find`; also when there is no room for a new series
   */
  bind(labels: Readonly<Record<string, unknown>>): H {
    // The index is defined, because `bind` is called only for metrics with labels.
    const handle = (this.#index as SeriesIndex<H>).find(labels)
    if (!handle.series.isPlaced) this.#place(handle.series)
    return handle
  }

  /** Like `bind`. Reports an error, and then returns `discard`, a handle that counts nothing. */
  bindOr<D>(labels: Readonly<Record<string, unknown>>, discard: D): H | D {
    try {
      return this.bind(labels)
    } catch (error) {
      this.report(error)
      return discard
    }
  }

  #place(series: Series): void {
    series.relocate(this.#newCells(series, this.#number, this.#placed))
    this.#placed++ // incremented after the allocation, which may throw
  }

  /**
   * Returns the series with these labels, which are listed in another thread's journal. Adds it if it is missing here.
   */
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

  /**
   * Records the metric in the journal. If all its series exist from the start, also allocates their cells, contiguous
   * from `first` on.
   */
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

  /**
   * Returns all parts of the series for its new cells: those that exist there already, and newly allocated ones for the
   * rest.
   */
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

  /**
   * Allocates one more block of cells (a part) for one of this thread's series.
   * @throws {RangeError} when there is no room
   */
  addPart(series: Series, part: number, length: number): Place {
    const place = this.#newPart(this.#number, series.number, part, length)
    series.addPart(part, place)
    return place
  }

  /** Adds another thread's cells for all series of a closed metric, from the record in that thread's journal. */
  *adoptAll(ints: Int32Array, at: number, arena: PeerCells['arena'], created: number): Iterable<PeerCells> {
    const { length } = this.#kind
    for (const series of this.series) {
      yield series.addPeer({ ints, at: at + length * series.ordinal }, arena, series.ordinal, created)
    }
  }

  /**
   * Allocates cells and records them, so that this thread can count in the metric.
   * @throws {RangeError} when there is no room
   */
  declare(arena: PeerCells['arena'] | undefined): void {
    this.prepareCells(arena)()
    this.#isDeclared = true
  }

  /** False if only other threads have declared the metric. */
  get isDeclared(): boolean {
    return this.#isDeclared
  }

  /** True if all its series exist from the declaration on. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Length of the cells of all series of a closed metric, in Int32s. */
  get blockLength(): number {
    return this.#kind.length * this.handles.length
  }

  get seriesLength(): number {
    return this.#kind.length
  }

  /**
   * Takes over the cells of the thread that used this thread's arena before.
   * @param number number of the metric in the arena's journal
   */
  inherit(number: number, cells: readonly Cells[]): void {
    this.#inherited = { number, series: cells.length }
    for (const one of cells) this.#kind.inherit(one)
  }

  sample(): FamilySnapshot {
    return this.#kind.sample()
  }
}
