/** A metric with cells: its series, and their cells in all threads. */

import { markRemoved, readState } from '../memory/cell-header.ts'
import type { Place } from '../memory/cells.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type Declaration, labelsOf } from './declaration.ts'
import type { FamilyHead, FamilySnapshot } from './family.ts'
import { combinationsOf, readLabels, writeLabels } from './labels.ts'
import { type Inherited, type MovableKind, OwnSeries } from './own-series.ts'
import { type Arena, changedSeries, isStale, PeerSeries, type Removed, removedSeries } from './peer-series.ts'
import type { Cells, Series, SeriesFamily } from './series.ts'
import { SeriesIndex } from './series-index.ts'

/** The operations of one kind of metric on its cells. */
export type Kind<H extends Series> = MovableKind & {
  /** Constants that the handles of the kind need. */
  readonly form?: unknown
  /** Makes a series without cells. The parameters are those of the constructor of `Series`. */
  create(text: string, ordinal: number): H
  /** Prepares cells of a thread that has ended for a new writer. */
  inherit(cells: Cells): void
  sample(): FamilySnapshot
}

/** The view of other threads that a metric needs; without shared memory, nothing changes. */
export type Peers = {
  /** Reads the changes of other threads. It may call `adopt`, `addPeer` and `dropRemoved` of any metric. */
  sync(): void
  /** True if no thread has removed a series since the last `sync`. */
  isCurrent(): boolean
}

export type StoredFamilyOptions<H extends Series> = {
  readonly declaration: Declaration
  readonly allocator: CellAllocator
  readonly kind: (family: StoredFamily<H>) => Kind<H>
  readonly others: Peers
  /** As in `SeriesIndexCallbacks`. */
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
  /** All series, in the order in which this thread added or adopted them; the last one takes the place of a removed one. */
  readonly series: H[] = []
  /** The cells of other threads, one element for each arena. */
  peers: readonly PeerSeries[] = []
  readonly #kind: Kind<H>
  readonly #others: Peers
  readonly #index: SeriesIndex<H> | undefined
  readonly #own: OwnSeries
  /** If all labels are closed, the texts of all possible series, in the order of their cells. */
  readonly #combinations: readonly string[] | undefined
  #isDeclared = false
  /** The cells that this thread took over with the arena. */
  #inherited: Inherited | undefined

  constructor(options: StoredFamilyOptions<H>) {
    const { declaration, allocator, kind, others, onOverflow, onError } = options
    const { name, help, unit } = declaration
    const labels = labelsOf(declaration)
    this.declaration = declaration
    this.head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    this.report = onError
    this.allocator = allocator
    this.#kind = kind(this)
    this.form = this.#kind.form
    this.#others = others
    if (labels.length > 0) {
      this.#index = new SeriesIndex(name, labels, {
        add: (values) => this.#add(values),
        beforeNewValue: () => others.sync(),
        beforeOverflow: () => void (others.isCurrent() || others.sync()),
        onOverflow,
      })
    }
    if (labels.every((label) => 'values' in label)) {
      for (const values of combinationsOf(labels)) this.#index ? this.#index.adopt(values) : this.#add(values)
      this.#combinations = this.series.map(({ text }) => text)
    }
    this.#own = new OwnSeries(declaration, allocator, this.#kind, this.#combinations)
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
   * Returns the series with these labels if it exists. The result may be of another thread or removed, unless `isLive`.
   * Undefined does not mean that there is no such series.
   */
  lookup(labels: Readonly<Record<string, unknown>>): H | undefined {
    return this.#index?.lookup(labels)
  }

  /**
   * Returns this thread's handle of the series with these labels.
   * @throws the errors of `SeriesIndex.find`; also when there is no room for a new series
   */
  bind(labels: Readonly<Record<string, unknown>>): H {
    // The index is defined, because `bind` is called only for metrics with labels.
    const index = this.#index as SeriesIndex<H>
    let series = index.find(labels)
    if (series.isLive) return series
    if (series.isPlaced) {
      // Another thread has removed the series.
      this.#others.sync()
      this.dropRemoved() // also if that thread has not announced it yet
      series = index.find(labels)
    }
    if (!series.isPlaced) this.#place(series)
    return series
  }

  #place(series: H): void {
    try {
      this.#own.place(series)
    } catch (error) {
      this.dropRemoved() // also series without cells, as this one
      throw error
    }
  }

  /**
   * Removes the series with these labels in all threads. Its handles count nothing from then on. Returns false if there
   * is no such series. Errors are reported.
   */
  remove(labels: Readonly<Record<string, unknown>>): boolean {
    try {
      this.#others.sync()
      const series = this.#index?.existing(labels)
      if (series === undefined) return false
      this.allocator.change(() => {
        if (series.isPlaced && markRemoved(series.ints, series.at, readState(series.ints, series.at))) {
          this.allocator.markChanged()
        }
        for (const peer of this.peers) peer.remove(series)
      })
      this.#drop(series)
      return true
    } catch (error) {
      this.report(error)
      return false
    }
  }

  #drop(series: H): void {
    this.#index?.delete(series.labels)
    const last = this.series.pop() as H
    if (last !== series) {
      this.series[series.ordinal] = last
      last.ordinal = series.ordinal
    }
    this.#discard(series)
  }

  #discard(series: H): void {
    this.#own.discard(series)
    series.ordinal = -1
  }

  /** Drops the series that other threads have removed. */
  dropRemoved(): void {
    if (this.#index !== undefined) this.#dropAll(removedSeries(this.series, this.peers))
  }

  /** As `dropRemoved`, but looks only at cells that have changed since the last call. */
  dropChanged(isOwnChanged: boolean): void {
    if (this.#index !== undefined) this.#dropAll(changedSeries(this.series, this.peers, isOwnChanged))
  }

  #dropAll(removed: readonly Removed<H>[]): void {
    for (const { series, isLinked } of removed) {
      if (!isLinked) this.#drop(series)
      else if (series.isPlaced) this.#renew(series)
    }
  }

  /** Replaces a series whose cells here were removed, and which another thread has created again. */
  #renew(series: H): void {
    const renewed = this.#kind.create(series.text, series.ordinal)
    this.series[series.ordinal] = renewed
    this.#index?.replace(series.labels, renewed)
    for (const peer of this.peers) peer.replace(series, renewed)
    this.#discard(series)
  }

  /** Returns the series with these labels, for cells of another thread. Adds it if it is missing here. */
  adopt(text: string): Series {
    return this.#index === undefined ? this.only : this.#index.adopt(readLabels(this.head.labelNames, text))
  }

  /**
   * Allocates cells for this thread's series: at the declaration, and again when the thread moves to another arena.
   * The returned function relocates the series with their counts, and cannot fail.
   * @throws {RangeError} when there is no room; then every series stays in its cells
   */
  prepareCells(): () => void {
    const inherited = this.#inherited
    const move = this.#own.prepare(this.series, inherited)
    return () => {
      move()
      if (inherited === undefined) return
      this.#inherited = undefined
      inherited.cells.isTaken = true
      this.peers = this.peers.filter((peer) => peer !== inherited.cells)
    }
  }

  /** Drops the cells of all other threads. */
  dropPeers(): void {
    this.#inherited = undefined
    this.peers = []
    this.dropRemoved()
  }

  addPart(series: Series, part: number, length: number): Place {
    return this.#own.addPart(series, part, length)
  }

  /**
   * Adds the cells of another thread, whose journal lists the metric.
   * @param first the cells of the first series, if all series exist from the start
   */
  addPeer(arena: Arena, first: Place | undefined): PeerSeries {
    const peer = new PeerSeries(arena)
    if (first)
      this.#combinations?.forEach((_, i) => {
        peer.add(this.#own.cellsIn(first, i))
      })
    this.peers = [...this.peers, peer]
    return peer
  }

  /** The text of series number `i`, if all labels are closed. */
  textAt(i: number): string | undefined {
    return this.#combinations?.[i]
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
    return this.#combinations !== undefined
  }

  endOfCells(at: number): number {
    return this.#own.endOfCells(at)
  }

  /**
   * Takes over the cells of the thread that used this thread's arena before.
   * @param number number of the metric in the arena's journal
   */
  inherit(number: number, cells: PeerSeries): void {
    this.#inherited = { number, cells }
    for (const one of cells) this.#kind.inherit(one)
  }

  /** Reads all series. Reads them again if another thread has removed some of them in the meantime. */
  sample(): FamilySnapshot {
    for (let tries = 0; ; tries++) {
      const snapshot = this.#kind.sample()
      if (this.#others.isCurrent() || !isStale(this.series, this.peers)) return snapshot
      // If series come and go all the time, the changed ones are left out. That ends, because none is added.
      if (tries < 3) this.#others.sync()
      else this.#dropStale()
    }
  }

  #dropStale(): void {
    for (const peer of this.peers) peer.unlinkChanged()
    this.dropRemoved()
  }
}
