/** A metric with cells: its series, where their cells lie, and how threads come to know of them. */
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type Declaration, labelsOf } from './declaration.ts'
import type { FamilyHead, FamilySnapshot } from './family.ts'
import { SeriesIndex } from './labels.ts'
import { type Cells, type PeerCells, Series } from './series.ts'

/** What one kind of metric does with its cells. */
export type Kind<H> = {
  /** Int32s of a series. */
  readonly length: number
  handle(series: Series): H
  /** Adds what lies at `from` to what lies at `to`; nobody reads `to` yet, or only counters are added. */
  merge(from: Place, to: Place): void
  /** Int32s of a part. */
  partLength(part: number, place: Place): number
  mergePart(part: number, from: Place, to: Place): void
  /** Makes the cells of a thread that has ended fit to be written on. */
  inherit(cells: Cells): void
  sample(): FamilySnapshot
}

/** What every handle is of. */
export type Handle = { readonly series: Series }

export type StoredFamilyOptions<H> = {
  readonly declaration: Declaration
  readonly allocator: CellAllocator
  readonly kind: (family: StoredFamily<H & Handle>) => Kind<H>
  /** Called before a label value is taken for a new one. */
  readonly beforeNewValue: () => void
  readonly onOverflow: () => void
}

export class StoredFamily<H extends Handle = Handle> {
  readonly declaration: Declaration
  readonly head: FamilyHead
  /** In the order in which this thread came to know them. */
  readonly series: Series[] = []
  /** By their series' ordinals. */
  readonly handles: H[] = []
  /** Has this thread declared it? If not, it only shows what others count. */
  isDeclared = false
  /** The number it has in the journal that this thread took over, and how many series it had there. */
  inherited: { readonly number: number; series: number } | undefined
  readonly #allocator: CellAllocator
  readonly #kind: Kind<H>
  readonly #index: SeriesIndex<H> | undefined
  readonly #isClosed: boolean
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
      this.#index = new SeriesIndex(name, labels, (values) => this.#add(values), beforeNewValue, onOverflow)
      if (this.#isClosed) this.#index.addAll()
    }
  }

  #add(labels: readonly string[]): H {
    // Other threads are told of all series of a closed metric at once, and so of one time.
    const created = this.#isClosed ? this.#created : this.#allocator.now() / 1000
    const series = new Series(this.head.labelNames, labels, this.handles.length, created)
    const handle = this.#kind.handle(series)
    this.series.push(series)
    this.handles.push(handle)
    return handle
  }

  /** The series of a metric without labels. */
  get only(): H {
    return this.handles[0] as H // made by the constructor
  }

  /** This thread's handle of a series. @throws as `SeriesIndex.find`, and when there is no room for a new series */
  bind(labels: Readonly<Record<string, unknown>>): H {
    const handle = (this.#index as SeriesIndex<H>).find(labels) // asked of metrics with labels alone
    if (!handle.series.isPlaced) this.#place(handle.series)
    return handle
  }

  #place(series: Series): void {
    series.relocate(this.#newCells(series, this.#number, this.#placed))
    this.#placed++ // not if that has thrown
  }

  /** A series that another thread has told of. */
  adopt(labels: readonly string[]): Series {
    return this.#index === undefined ? this.only.series : this.#index.adopt(labels).series
  }

  /**
   * Makes cells for this thread's series: when it is declared, and again when the thread's cells have a new allocator. What
   * it gives moves the series in, with what they have counted, and cannot fail.
   * @throws {RangeError} when there is no room; then everything counts on where it did
   */
  prepare(arena: PeerCells['arena'] | undefined): () => void {
    const { number, first } = this.inherited ? { ...this.inherited, first: undefined } : this.#declare()
    let placed = this.inherited?.series ?? 0
    const moves: { readonly series: Series; readonly to: Omit<PeerCells, 'arena'> }[] = []
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
      for (const { series, to } of moves) this.#move(series, to, arena)
    }
  }

  /** Tells of the metric; where all its series are known their cells lie one behind the other, from `first` on. */
  #declare(): { number: number; first?: Place } {
    const family = this.declaration
    const created = this.handles[0]?.series.created ?? this.#created
    if (!this.#isClosed) return { number: this.#allocator.recordFamily({ family, created }) }
    const first = this.#allocator.allocate(this.blockLength)
    return { number: this.#allocator.recordFamily({ family, created, at: first.at }), first }
  }

  #cellsOf({ ordinal }: Series, { ints, at }: Place): Omit<PeerCells, 'arena'> {
    return { ints, at: at + this.#kind.length * ordinal, parts: [], number: ordinal }
  }

  #newCells({ labels, created }: Series, family: number, number: number): Omit<PeerCells, 'arena'> {
    const place = this.#allocator.allocate(this.#kind.length)
    this.#allocator.record({ of: family, labels, created, at: place.at })
    return { ...place, parts: [], number }
  }

  /** The parts that are there, and one for each that the series has where it counts now. */
  #partsFor(series: Series, family: number, { parts, number }: Omit<PeerCells, 'arena'>): Cells['parts'] {
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

  #move(series: Series, to: Omit<PeerCells, 'arena'>, arena: PeerCells['arena'] | undefined): void {
    const left = series.relocate(to)
    series.dropPeers((other) => other.arena === arena)
    if (left === undefined) return
    this.#kind.merge(left, series)
    left.parts.forEach((part, i) => {
      const there = series.parts[i]
      if (part && there) this.#kind.mergePart(i, part, there)
    })
  }

  /** Forgets what other threads have told. */
  dropPeers(): void {
    this.inherited = undefined
    for (const series of this.series) series.dropPeers(() => true)
  }

  /** More cells for one of this thread's series. @throws {RangeError} when there is no room */
  addPart(series: Series, part: number, length: number): Place {
    const place = this.#newPart(this.#number, series.number, part, length)
    series.addPart(part, place)
    return place
  }

  /** The cells of all series, as another thread's journal tells of them. */
  *adoptAll(ints: Int32Array, at: number, arena: PeerCells['arena'], created: number): Iterable<PeerCells> {
    const { length } = this.#kind
    for (const series of this.series) {
      yield series.addPeer({ ints, at: at + length * series.ordinal }, arena, series.ordinal, created)
    }
  }

  /** Whether all its series are known when it is declared. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Int32s that its series take together, where all are known. */
  get blockLength(): number {
    return this.#kind.length * this.handles.length
  }

  get seriesLength(): number {
    return this.#kind.length
  }

  inherit(cells: Cells): void {
    this.#kind.inherit(cells)
  }

  sample(): FamilySnapshot {
    return this.#kind.sample()
  }
}
