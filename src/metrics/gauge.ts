/** Gauges: numbers that go up and down, one float cell for each series. */
import { type Arena, readFloat, type Slot, writeFloat } from './cells.ts'
import { type FamilyHead, hasNoLabels, needsLabels, type ScalarSnapshot, samplePrefix } from './family.ts'
import type { Children, LabelSpecs, Labels } from './labels.ts'

/** One series of a gauge; 0 until it is set. */
export type Gauge = {
  /**
   * @param value any number; NaN and the infinities are shown as such
   * @throws when it is no number; then nothing has changed
   */
  set(value: number): void
  /**
   * Adds `n`, exactly where both are whole numbers below 2^53; 1 unless told.
   * @throws when `n` is not a finite number; then nothing has changed
   */
  inc(n?: number): void
  /** Takes `n` away; else as `inc`. */
  dec(n?: number): void
}

/** A gauge with labels. */
export type LabelledGauge<L extends LabelSpecs> = {
  /**
   * The series with these label values. Bind it once where it is used often.
   * @throws when a label is missing, unknown, not a string, or outside its closed set
   */
  with(labels: Labels<L>): Gauge
}

/** All series of one gauge. */
export class GaugeFamily {
  readonly head: FamilyHead
  readonly #arena: Arena
  readonly #series: GaugeSeries[] = []

  constructor(head: FamilyHead, arena: Arena) {
    this.head = head
    this.#arena = arena
  }

  add(labels: readonly string[]): GaugeSeries {
    const series = new GaugeSeries(this, this.#series.length, labels, this.#arena.float())
    this.#series.push(series)
    return series
  }

  sample(): ScalarSnapshot {
    const values = Float64Array.from(this.#series, (series) => series.value())
    return { type: 'gauge', ...this.head, series: this.#series.slice(), values }
  }
}

export class GaugeSeries implements Gauge {
  readonly family: GaugeFamily
  readonly labels: readonly string[]
  readonly prefix: string
  readonly #ordinal: number
  readonly #ints: Int32Array
  readonly #at: number
  // The cell's only writer need not read it back; taking a float out of its halves is what costs.
  #current = 0

  constructor(family: GaugeFamily, ordinal: number, labels: readonly string[], { ints, at }: Slot) {
    this.family = family
    this.labels = labels
    this.prefix = samplePrefix(family.head.name, family.head.labelNames, labels)
    this.#ordinal = ordinal
    this.#ints = ints
    this.#at = at
  }

  set(value: number): void {
    if (typeof value !== 'number') {
      throw new TypeError(`${this.family.head.name}: a gauge is set to a number, not to ${typeof value}`)
    }
    this.#current = value
    writeFloat(this.#ints, this.#at, value)
  }

  inc(n = 1): void {
    if (!Number.isFinite(n)) throw this.#refusal(n)
    this.#move(n)
  }

  dec(n = 1): void {
    if (!Number.isFinite(n)) throw this.#refusal(n)
    this.#move(-n)
  }

  #move(n: number): void {
    this.#current += n
    writeFloat(this.#ints, this.#at, this.#current)
  }

  #refusal(n: number): Error {
    return new RangeError(
      `${this.family.head.name}: a gauge is moved by a finite number, not by ${String(n)}`,
    )
  }

  with(): never {
    throw hasNoLabels(this.family.head)
  }

  value(): number {
    return readFloat(this.#ints, this.#at)
  }

  /** Its value among its family's, as a snapshot has them; 0 when it was made after that. */
  valueIn(values: Float64Array): number {
    return values[this.#ordinal] ?? 0
  }
}

/** What `registry.gauge` returns when labels are declared. */
export class BindableGauge<L extends LabelSpecs> implements LabelledGauge<L> {
  readonly #head: FamilyHead
  readonly #children: Children<GaugeSeries>

  constructor(head: FamilyHead, children: Children<GaugeSeries>) {
    this.#head = head
    this.#children = children
  }

  with(labels: Labels<L>): Gauge {
    return this.#children.find(labels)
  }

  set(): never {
    throw needsLabels(this.#head, 'set')
  }

  inc(): never {
    throw needsLabels(this.#head, 'inc')
  }

  dec(): never {
    throw needsLabels(this.#head, 'dec')
  }
}
