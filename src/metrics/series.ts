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

  moveIn({ ints, at }: Place, number: number): void {
    this.own.place.ints = ints
    this.own.place.at = at
    this.number = number
  }

  /** Leaves its cells; what they hold is to be added where it moves in. */
  moveOut(): Cells & { readonly series: Series } {
    const left = { series: this, place: { ...this.own.place }, parts: [...this.own.parts] }
    this.own.place.at = -1
    this.own.parts.length = 0
    return left
  }

  addForeign(place: Place, arena: ForeignCells['arena'], number: number, created: number): ForeignCells {
    const cells = { place, parts: [], arena, number }
    this.others = [...this.others, cells]
    if (created < this.created) this.created = created
    return cells
  }

  /** The cells in this arena become this thread's own. */
  takeOver(arena: ForeignCells['arena'] | undefined): void {
    const cells = this.others.find((other) => other.arena === arena)
    if (cells === undefined) return
    this.others = this.others.filter((other) => other !== cells)
    this.moveIn(cells.place, cells.number)
    this.own.parts.push(...cells.parts)
  }

  /** Its cells wherever there are any, this thread's first. */
  *cells(): Iterable<Cells> {
    if (this.isPlaced) yield this.own
    yield* this.others
  }
}
