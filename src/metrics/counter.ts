/** Counters: whole numbers that only grow, one integer cell for each series. */
import { type Arena, add, addSmall, read, type Slot } from './cells.ts'
import { type FamilyHead, hasNoLabels, needsLabels, type ScalarSnapshot, samplePrefix } from './family.ts'
import type { Children, LabelSpecs, Labels } from './labels.ts'

/** One series of a counter. By convention its name ends in `_total`; nothing enforces that. */
export type Counter = {
  /**
   * Adds to the counter: exact to 2^53, one atomic add, nothing allocated.
   * @param n a whole number from 0 to 2^53 - 1; 1 unless told
   * @throws when `n` is NaN, negative, fractional, infinite or no number; then nothing has changed
   */
  inc(n?: number): void
}

/** A counter with labels. */
export type LabelledCounter<L extends LabelSpecs> = {
  /**
   * The series with these label values. Bind it once where it is used often.
   * @throws when a label is missing, unknown, not a string, or outside its closed set
   */
  with(labels: Labels<L>): Counter
}

/** All series of one counter. */
export class CounterFamily {
  readonly head: FamilyHead
  readonly #arena: Arena
  readonly #series: CounterSeries[] = []

  constructor(head: FamilyHead, arena: Arena) {
    this.head = head
    this.#arena = arena
  }

  add(labels: readonly string[]): CounterSeries {
    const series = new CounterSeries(this, this.#series.length, labels, this.#arena.integers(1))
    this.#series.push(series)
    return series
  }

  sample(): ScalarSnapshot {
    const values = Float64Array.from(this.#series, (series) => series.value())
    return { type: 'counter', ...this.head, series: this.#series.slice(), values }
  }
}

export class CounterSeries implements Counter {
  readonly family: CounterFamily
  readonly labels: readonly string[]
  readonly prefix: string
  readonly #ordinal: number
  readonly #ints: Int32Array
  readonly #at: number

  constructor(family: CounterFamily, ordinal: number, labels: readonly string[], { ints, at }: Slot) {
    this.family = family
    this.labels = labels
    this.prefix = samplePrefix(family.head.name, family.head.labelNames, labels)
    this.#ordinal = ordinal
    this.#ints = ints
    this.#at = at
  }

  inc(n = 1): void {
    if ((n & 0x7fffffff) === n) addSmall(this.#ints, this.#at, n)
    else this.#incByMuch(n)
  }

  #incByMuch(n: number): void {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new RangeError(
        `${this.family.head.name}: a counter grows by whole numbers, 0 to 2^53 - 1, not by ${String(n)}`,
      )
    }
    add(this.#ints, this.#at, n)
  }

  with(): never {
    throw hasNoLabels(this.family.head)
  }

  value(): number {
    return read(this.#ints, this.#at)
  }

  /** Its value among its family's, as a snapshot has them; 0 when it was made after that. */
  valueIn(values: Float64Array): number {
    return values[this.#ordinal] ?? 0
  }
}

/** What `registry.counter` returns when labels are declared. */
export class BindableCounter<L extends LabelSpecs> implements LabelledCounter<L> {
  readonly #head: FamilyHead
  readonly #children: Children<CounterSeries>

  constructor(head: FamilyHead, children: Children<CounterSeries>) {
    this.#head = head
    this.#children = children
  }

  with(labels: Labels<L>): Counter {
    return this.#children.find(labels)
  }

  inc(): never {
    throw needsLabels(this.#head, 'inc')
  }
}
