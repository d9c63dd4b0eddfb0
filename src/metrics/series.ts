/** One series of a metric as the registry keeps it: its labels, and its cells in every thread that counts into it. */
import type { Place } from './cells.ts'
import type { Identity } from './family.ts'
import { writeLabels } from './labels.ts'

/** A series' cells in one arena: those that every series of its metric has, and what was added when it was needed. */
export type Cells = { readonly place: Place; readonly parts: (Place | undefined)[] }

/** A series' cells in an arena as its journal tells of them, and the series' number there. */
export type ForeignCells = Cells & { readonly arena: { readonly attached: boolean }; readonly number: number }

const nowhere = new Int32Array(0)
const none: readonly ForeignCells[] = []

export class Series implements Identity {
  readonly labels: readonly string[]
  /** Its number in its metric, as this thread came to know it. */
  readonly ordinal: number
  /** In seconds since 1970. */
  created: number
  /** Its number in its metric, as this thread's journal has it. */
  number = -1
  /** Where this thread counts into it: one object for ever, for handles keep it. */
  readonly own: Cells = { place: { ints: nowhere, at: -1 }, parts: [] }
  others: readonly ForeignCells[] = none
  readonly #labelNames: readonly string[]
  #text: string | undefined

  constructor(labelNames: readonly string[], labels: readonly string[], ordinal: number, created: number) {
    this.#labelNames = labelNames
    this.labels = labels
    this.ordinal = ordinal
    this.created = created
  }

  get text(): string {
    this.#text ??= writeLabels(this.#labelNames, this.labels)
    return this.#text
  }

  /** Does this thread count into it? */
  get isPlaced(): boolean {
    return this.own.place.at >= 0
  }

  /** This thread counts here now. Gives the cells where it did before, whose counts are to be added to these. */
  moveIn({ place, parts, number }: Omit<ForeignCells, 'arena'>): Cells | undefined {
    const left = this.isPlaced ? { place: { ...this.own.place }, parts: [...this.own.parts] } : undefined
    this.own.place.ints = place.ints
    this.own.place.at = place.at
    this.own.parts.splice(0, Number.POSITIVE_INFINITY, ...parts)
    this.number = number
    return left
  }

  addForeign(place: Place, arena: ForeignCells['arena'], number: number, created: number): ForeignCells {
    const cells = { place, parts: [], arena, number }
    this.others = [...this.others, cells]
    if (created < this.created) this.created = created
    return cells
  }

  /** Its cells in this arena, if there are any. */
  cellsIn(arena: ForeignCells['arena'] | undefined): ForeignCells | undefined {
    return this.others.find((other) => other.arena === arena)
  }

  forget(cells: (other: ForeignCells) => boolean): void {
    if (this.others.length > 0) this.others = this.others.filter((other) => !cells(other))
  }

  /** Its cells wherever there are any, this thread's first. */
  *cells(): Iterable<Cells> {
    if (this.isPlaced) yield this.own
    yield* this.others
  }
}
