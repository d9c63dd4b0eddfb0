/**
 * A metric with cells: its series, the location of their cells, and the journal records that describe them to other
 * threads.
 */
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type Declaration, labelsOf } from './declaration.ts'
import type { FamilyHead, FamilySnapshot } from './family.ts'
import { writeLabels } from './labels.ts'
import { type Arena, PeerSeries } from './peer-series.ts'
import {
  type Cells,
  headerLength,
  noParts,
  type Parts,
  readCreated,
  type Series,
  type SeriesFamily,
  writeCreated,
} from './series.ts'
import { SeriesIndex } from './series-index.ts'

/** The operations of one kind of metric on its cells. */
export type Kind<H extends Series> = {
  /** Length of a series' cells in Int32s, without header and parts. */
  readonly length: number
  /** Constants that the handles of the kind need. */
  readonly form?: unknown
  /** Makes a series without cells. The parameters are those of the constructor of `Series`. */
  create(text: string, ordinal: number): H
  /** Merges the values of the cells at `from` into the cells of `to`. Other threads may read `to` during the merge. */
  merge(from: Place, to: Cells): void
  /** Length of a part in Int32s. */
  partLength(part: number, place: Place): number
  mergePart(part: number, from: Place, to: Place): void
  /** Prepares cells of a thread that has ended for a new writer. */
  inherit(cells: Cells): void
  sample(): FamilySnapshot
}

export type StoredFamilyOptions<H extends Series> = {
  readonly declaration: Declaration
  readonly allocator: CellAllocator
  readonly kind: (family: StoredFamily<H>) => Kind<H>
  /** Both callbacks are those of `SeriesIndexCallbacks`. */
  readonly beforeNewValue: () => void
  readonly onOverflow: () => void
  /** Called with each error of an operation on the metric. */
  readonly onError: (error: unknown) => void
}

export class StoredFamily<H extends Series = Series> implements SeriesFamily {
  readonly declaration: Declaration
  readonly head: FamilyHead
  readonly report: (error: unknown) => void
  readonly allocator: CellAllocator
  readonly form: unknown
  /** All series, in the order in which this thread added or adopted them. */
  readonly series: H[] = []
  /** The cells of other threads, one element for each arena. */
  peers: readonly PeerSeries[] = []
  readonly #kind: Kind<H>
  readonly #index: SeriesIndex<H> | undefined
  readonly #isClosed: boolean
  #isDeclared = false
  /** The cells that this thread took over with the arena, and the metric's number in the journal. */
  #inherited: { readonly number: number; readonly cells: PeerSeries } | undefined
  /** Creation time in seconds since 1970. */
  readonly #created: number
  #number = -1

  constructor({ declaration, allocator, kind, beforeNewValue, onOverflow, onError }: StoredFamilyOptions<H>) {
    const { name, help, unit } = declaration
    const labels = labelsOf(declaration)
    this.declaration = declaration
    this.head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    this.report = onError
    this.allocator = allocator
    this.#kind = kind(this)
    this.form = this.#kind.form
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
    const series = this.#kind.create(writeLabels(this.head.labelNames, labels), this.series.length)
    this.series.push(series)
    return series
  }

  /** The series of a metric without labels. */
  get only(): H {
    return this.series[0] as H // the constructor added it
  }

  /**
   * Returns this thread's handle of the series with these labels.
   * @throws the errors of `SeriesIndex.find`; also when there is no room for a new series
   */
  bind(labels: Readonly<Record<string, unknown>>): H {
    // The index is defined, because `bind` is called only for metrics with labels.
    const series = (this.#index as SeriesIndex<H>).find(labels)
    if (!series.isPlaced) this.#place(series)
    return series
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
    series.relocate(this.#newCells(series, this.#number, this.allocator.now() / 1000))
  }

  /**
   * Returns the series with these labels, which are listed in another thread's journal. Adds it if it is missing here.
   */
  adopt(labels: readonly string[]): Series {
    return this.#index === undefined ? this.only : this.#index.adopt(labels)
  }

  /**
   * Allocates cells for this thread's series: at the declaration, and again when the thread moves to another arena.
   * The returned function relocates the series with their counts, and cannot fail.
   * @throws {RangeError} when there is no room; then every series stays in its cells
   */
  prepareCells(): () => void {
    const inherited = this.#inherited
    const taken = inherited && new Map([...inherited.cells].map(({ series, ...cells }) => [series, cells]))
    const { number, first } = inherited ? { ...inherited, first: undefined } : this.#declare()
    const moves: { readonly series: Series; readonly to: Cells }[] = []
    for (const series of this.series) {
      const to =
        taken?.get(series) ??
        (first && this.#cellsIn(first, series)) ??
        (series.isPlaced ? this.#newCells(series, number, readCreated(series.ints, series.at)) : undefined)
      if (to) moves.push({ series, to: { ...to, parts: this.#partsFor(series, number, to) } })
    }
    return () => {
      this.#number = number
      this.#inherited = undefined
      this.peers = this.peers.filter((peer) => peer !== inherited?.cells)
      for (const { series, to } of moves) this.#relocate(series, to)
    }
  }

  /**
   * Records the metric in the journal. If all its series exist from the start, also allocates their cells, contiguous
   * from `first` on.
   */
  #declare(): { number: number; first?: Place } {
    const family = this.declaration
    if (!this.#isClosed) return { number: this.allocator.recordFamily({ family }) }
    const { ints, at } = this.allocator.allocate(this.#stride * this.series.length)
    const first = { ints, at: at + headerLength }
    // All series share one record, and so one creation time.
    for (const series of this.series) {
      const cells = this.#cellsIn(first, series)
      writeCreated(cells, series.isPlaced ? readCreated(series.ints, series.at) : this.#created)
    }
    return { number: this.allocator.recordFamily({ family, at: first.at }), first }
  }

  #cellsIn({ ints, at }: Place, { ordinal }: Series): Cells {
    return { ints, at: at + this.#stride * ordinal, parts: noParts }
  }

  #newCells({ labels }: Series, of: number, created: number): Cells {
    const { ints, at: start } = this.allocator.allocate(this.#stride)
    const at = start + headerLength
    writeCreated({ ints, at }, created)
    this.allocator.record({ of, labels, at })
    return { ints, at, parts: noParts }
  }

  /** Distance between the cells of two series, in Int32s. */
  get #stride(): number {
    return headerLength + this.#kind.length
  }

  /**
   * Returns all parts of the series for its new cells: those that exist there already, and newly allocated ones for the
   * rest.
   */
  #partsFor(series: Series, family: number, { parts, at }: Cells): Parts {
    if (series.parts === noParts) return parts
    const all = [...parts]
    series.parts.forEach((part, i) => {
      if (part) all[i] ??= this.#newPart(family, at, i, this.#kind.partLength(i, part))
    })
    return all
  }

  #newPart(of: number, cells: number, part: number, length: number): Place {
    const place = this.allocator.allocate(length)
    this.allocator.record({ of, cells, part, at: place.at })
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

  /** Drops the cells of all other threads. */
  dropPeers(): void {
    this.#inherited = undefined
    this.peers = []
  }

  addPart(series: Series, part: number, length: number): Place {
    const place = this.#newPart(this.#number, series.at, part, length)
    series.addPart(part, place)
    return place
  }

  /**
   * Adds the cells of another thread, whose journal lists the metric.
   * @param first the cells of the first series, if all series exist from the start
   */
  addPeer(arena: Arena, first: Place | undefined): PeerSeries {
    const peer = new PeerSeries(arena)
    if (first) for (const series of this.series) peer.add(series, this.#cellsIn(first, series))
    this.peers = [...this.peers, peer]
    return peer
  }

  *partsOf(series: Series): Iterable<Parts> {
    yield series.parts
    for (const peer of this.peers) yield peer.partsOf(series)
  }

  /**
   * Allocates cells and records them, so that this thread can count in the metric.
   * @throws {RangeError} when there is no room
   */
  declare(): void {
    this.prepareCells()()
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

  /** Index after the last cell of a series, or of all series of a closed metric, whose first cell is at index `at`. */
  endOfCells(at: number): number {
    return at - headerLength + this.#stride * (this.#isClosed ? this.series.length : 1)
  }

  /**
   * Takes over the cells of the thread that used this thread's arena before.
   * @param number number of the metric in the arena's journal
   */
  inherit(number: number, cells: PeerSeries): void {
    this.#inherited = { number, cells }
    for (const one of cells) this.#kind.inherit(one)
  }

  sample(): FamilySnapshot {
    return this.#kind.sample()
  }
}
