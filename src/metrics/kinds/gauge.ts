/** Gauges: numbers that go up and down, one float cell per series. */
import {
  floatCellLength,
  readFloat,
  readStamped,
  stampedCellLength,
  writeFloat,
  writeStamped,
} from '../memory/cells.ts'
import type { CellAllocator } from '../series/cell-allocator.ts'
import type { Combination } from '../series/declaration.ts'
import { hasNoLabels, needsLabels, type ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import type { Series } from '../series/series.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'

/** One series of a gauge; 0 until it is set. */
export type Gauge = {
  /**
   * @param value any number, including NaN and the infinities
   * @throws when it is not a number; then nothing has changed
   */
  set(value: number): void
  /**
   * Adds `n` (default 1). Exact if both are whole numbers below 2^53.
   * @throws when `n` is not a finite number; then nothing has changed
   */
  inc(n?: number): void
  /** Subtracts `n`; otherwise like `inc`. */
  dec(n?: number): void
}

/** One series of a gauge that shows the value set last in any thread. Amounts cannot be added to it. */
export type LatestGauge = Pick<Gauge, 'set'>

/** A gauge with labels. */
export type LabelledGauge<L extends LabelSpecs, G extends LatestGauge = Gauge> = {
  /**
   * The series with these label values. Bind it once if it is used often.
   * @throws when a label is missing, unknown, not a string, or outside its closed set
   */
  with(labels: Labels<L>): G
}

export class GaugeSeries implements Gauge {
  readonly family: StoredFamily
  readonly series: Series
  readonly #allocator: CellAllocator
  readonly #isLatest: boolean
  readonly #isMax: boolean
  // This thread is the cell's only writer, so it need not read the cell, which is slow.
  #current = 0

  constructor(family: StoredFamily, series: Series, allocator: CellAllocator) {
    this.family = family
    this.series = series
    this.#allocator = allocator
    this.#isLatest = family.declaration.threads === 'latest'
    this.#isMax = family.declaration.threads === 'max'
  }

  set(value: number): void {
    if (typeof value !== 'number') {
      throw new TypeError(`${this.family.head.name}: set takes a number, got ${typeof value}`)
    }
    this.#write(value)
  }

  inc(n = 1): void {
    if (!Number.isFinite(n) || this.#isLatest) throw this.#invalidAmount(n)
    this.#write(this.#current + n)
  }

  dec(n = 1): void {
    if (!Number.isFinite(n) || this.#isLatest) throw this.#invalidAmount(n)
    this.#write(this.#current - n)
  }

  #write(value: number): void {
    this.#current = value
    if (this.#isLatest) writeStamped(this.series.ints, this.series.at, value, this.#allocator.takeTicket())
    else if (this.#isMax) writeStamped(this.series.ints, this.series.at, value, isSet)
    else writeFloat(this.series.ints, this.series.at, value)
  }

  #invalidAmount(n: number): Error {
    const { name } = this.family.head
    if (this.#isLatest) return new TypeError(`${name}: a gauge with threads 'latest' has only set`)
    return new RangeError(`${name}: inc and dec take a finite number, got ${String(n)}`)
  }

  with(): never {
    throw hasNoLabels(this.family.head)
  }

  /** The series' value in the values of a snapshot; 0 if the series was made after it. */
  valueIn(values: Float64Array): number {
    return values[this.series.ordinal] ?? 0
  }
}

/** Stamps of `max` gauges: the initial 0 of a gauge that was never set must not win over a negative value. */
const isSet = 1
const isNotSet = 0

/** The operations of gauges on their cells. */
export function gaugeKind(family: StoredFamily<GaugeSeries>, allocator: CellAllocator): Kind<GaugeSeries> {
  const { threads = 'sum' } = family.declaration
  const isSum = threads === 'sum'
  const isLatest = threads === 'latest'
  const combine = { sum: sumOf, max: maxOf, latest: latestOf }[threads satisfies Combination]

  return {
    length: isSum ? floatCellLength : stampedCellLength,
    handle: (series) => new GaugeSeries(family, series, allocator),

    merge(from, to) {
      if (isSum) {
        writeFloat(to.ints, to.at, readFloat(from.ints, from.at))
        return
      }
      const { value, stamp } = readStamped(from.ints, from.at)
      // Tickets from before the move are not comparable with those of other threads, so the value gets a new one.
      if (stamp > 0) writeStamped(to.ints, to.at, value, isLatest ? allocator.takeTicket() : isSet)
    },

    // The values of a thread end with the thread, except in `latest` gauges.
    inherit({ ints, at }) {
      if (isSum) writeFloat(ints, at, 0)
      else if (!isLatest) writeStamped(ints, at, 0, isNotSet)
    },

    partLength: () => 0,
    mergePart: () => {},

    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy: series may be added before the snapshot is rendered
      return { type: 'gauge', ...family.head, series, values: Float64Array.from(series, combine) }
    },
  }
}

/** The sum over the threads that still run. */
function sumOf(series: Series): number {
  let sum = series.isPlaced ? readFloat(series.ints, series.at) : 0
  for (const { arena, ints, at } of series.peers) if (arena.isAttached) sum += readFloat(ints, at)
  return sum
}

function maxOf(series: Series): number {
  const cells = [
    ...(series.isPlaced ? [series] : []),
    ...series.peers.filter(({ arena }) => arena.isAttached),
  ]
  const set = cells.map(({ ints, at }) => readStamped(ints, at)).filter(({ stamp }) => stamp === isSet)
  return set.length === 0 ? 0 : Math.max(...set.map(({ value }) => value))
}

function latestOf(series: Series): number {
  let latest = { value: 0, stamp: 0 }
  for (const { ints, at } of series.cells()) {
    const one = readStamped(ints, at)
    if (one.stamp > latest.stamp) latest = one
  }
  return latest.value
}

/** The result of `registry.gauge` with labels. */
export class BindableGauge<L extends LabelSpecs> implements LabelledGauge<L> {
  readonly family: StoredFamily<GaugeSeries>

  constructor(family: StoredFamily<GaugeSeries>) {
    this.family = family
  }

  with(labels: Labels<L>): Gauge {
    return this.family.bind(labels)
  }

  set(): never {
    throw needsLabels(this.family.head, 'set')
  }

  inc(): never {
    throw needsLabels(this.family.head, 'inc')
  }

  dec(): never {
    throw needsLabels(this.family.head, 'dec')
  }
}
