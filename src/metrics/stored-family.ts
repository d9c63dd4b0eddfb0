/** A metric with cells: its series, where their cells lie, and how threads come to know of them. */
import type { Place } from './cells.ts'
import { type Declaration, labelsOf } from './declaration.ts'
import type { FamilyHead, FamilySnapshot } from './family.ts'
import type { Home } from './home.ts'
import { Children } from './labels.ts'
import { type Cells, type ForeignCells, Series } from './series.ts'

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
  readonly home: Home
  readonly kind: (family: StoredFamily<H & Handle>) => Kind<H>
  /** Called before a label value is taken for a new one. */
  readonly beforeNew: () => void
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
  readonly #home: Home
  readonly #kind: Kind<H>
  readonly #children: Children<H> | undefined
  readonly #isClosed: boolean
  #number = -1
  #placed = 0

  constructor({ declaration, home, kind, beforeNew, onOverflow }: StoredFamilyOptions<H>) {
    const { name, help, unit } = declaration
    const labels = labelsOf(declaration)
    this.declaration = declaration
    this.head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    this.#home = home
    this.#kind = kind(this)
    this.#isClosed = labels.every((label) => 'values' in label)
    if (labels.length === 0) {
      this.#add([])
    } else {
      this.#children = new Children(name, labels, (values) => this.#add(values), beforeNew, onOverflow)
      if (this.#isClosed) this.#children.addAll()
    }
  }

  #add(labels: readonly string[]): H {
    const series = new Series(this.head.labelNames, labels, this.handles.length, this.#home.now() / 1000)
    const handle = this.#kind.handle(series)
    this.series.push(series)
    this.handles.push(handle)
    return handle
  }

  /** The series of a metric without labels. */
  get only(): H {
    return this.handles[0] as H // made by the constructor
  }

  /** This thread's handle of a series. @throws as `Children.find`, and when there is no room for a new series */
  bind(labels: Readonly<Record<string, unknown>>): H {
    const handle = (this.#children as Children<H>).find(labels) // asked of metrics with labels alone
    if (!handle.series.isPlaced) this.#place(handle.series)
    return handle
  }

  /** A series that another thread has told of. */
  meet(labels: readonly string[]): Series {
    return this.#children === undefined ? this.only.series : this.#children.meet(labels).series
  }

  /** Gives this thread's series their cells: when it is declared, and again when the thread's cells have a new home. */
  settle(arena: ForeignCells['arena'] | undefined): void {
    const before = this.series.filter((series) => series.isPlaced).map((series) => series.moveOut())
    this.#number = this.inherited?.number ?? this.#home.nextFamily()
    this.#placed = this.inherited?.series ?? 0
    if (this.inherited !== undefined) this.#takeOver(arena)
    else this.#declare()

    for (const { series, place, parts } of before) {
      if (!series.isPlaced) this.#place(series)
      this.#kind.merge(place, series.own.place)
      parts.forEach((part, i) => {
        if (part === undefined) return
        const to = series.own.parts[i] ?? this.addPart(series, i, this.#kind.partLength(i, part))
        this.#kind.mergePart(i, part, to)
      })
    }
  }

  /** What a thread before this one has counted goes on. */
  #takeOver(arena: ForeignCells['arena'] | undefined): void {
    for (const series of this.series) series.takeOver(arena)
  }

  #declare(): void {
    const record = { family: this.declaration, created: this.#home.now() / 1000 }
    if (!this.#isClosed) {
      this.#home.record(record)
      return
    }
    const { length } = this.#kind
    const { ints, at } = this.#home.place(length * this.handles.length)
    this.#home.record({ ...record, at })
    for (const series of this.series)
      series.moveIn({ ints, at: at + length * series.ordinal }, series.ordinal)
  }

  #place(series: Series): void {
    const place = this.#home.place(this.#kind.length)
    const { labels, created } = series
    this.#home.record({ of: this.#number, labels, created, at: place.at })
    series.moveIn(place, this.#placed++)
  }

  /** More cells for one of this thread's series. @throws {RangeError} when there is no room */
  addPart(series: Series, part: number, length: number): Place {
    const place = this.#home.place(length)
    this.#home.record({ of: this.#number, series: series.number, part, at: place.at })
    series.own.parts[part] = place
    return place
  }

  /** The cells of all series, as another thread's journal tells of them. */
  *meetAll(
    ints: Int32Array,
    at: number,
    arena: ForeignCells['arena'],
    created: number,
  ): Iterable<ForeignCells> {
    const { length } = this.#kind
    for (const series of this.series) {
      yield series.addForeign({ ints, at: at + length * series.ordinal }, arena, series.ordinal, created)
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
