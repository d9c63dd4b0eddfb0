/** The series of one metric in the arena of another thread. */
import type { Place } from '../memory/cells.ts'
import { type Cells, noParts, type Parts, type Series, withPart } from './series.ts'

/** The arena of another thread. */
export type Arena = { readonly isAttached: boolean }

/**
 * The series of one metric in one arena, in the order of the arena's journal. Arrays in place of one object per series,
 * because there is an entry for each series of each thread.
 */
export class PeerSeries {
  readonly arena: Arena
  readonly series: Series[] = []
  /** For each series, the index of its first cell in `ints`. */
  readonly ats: number[] = []
  ints: Int32Array = new Int32Array(0)
  /** The greatest number of a part that a series has; -1 if no series has parts. */
  lastPart = -1
  readonly #parts = new Map<Series, Parts>()
  /** The series by the index of its first cell. Only parts need it, so it is made for the first one. */
  #byAt: Map<number, Series> | undefined

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** Adds a series whose cells are at `place`. The array of the last added place must contain those of all earlier ones. */
  add(series: Series, { ints, at }: Place): void {
    this.series.push(series)
    this.ats.push(at)
    this.ints = ints
    this.#byAt?.set(at, series)
  }

  /** Adds a part to the series whose first cell is at index `at`. */
  addPart(at: number, part: number, place: Place): void {
    this.#byAt ??= new Map(this.ats.map((at, i) => [at, this.series[i] as Series]))
    const series = this.#byAt.get(at)
    if (series === undefined) return
    this.#parts.set(series, withPart(this.partsOf(series), part, place))
    this.lastPart = Math.max(this.lastPart, part)
  }

  partsOf(series: Series): Parts {
    return this.#parts.get(series) ?? noParts
  }

  *[Symbol.iterator](): Iterator<Cells & { readonly series: Series }> {
    for (const [i, series] of this.series.entries()) {
      yield { series, ints: this.ints, at: this.ats[i] as number, parts: this.partsOf(series) }
    }
  }
}
