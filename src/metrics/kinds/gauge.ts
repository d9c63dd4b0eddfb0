/** Gauges: numbers that go up and down, one float cell per series. */
import { described } from '../../options.ts'
import {
  floatCellLength,
  type Place,
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
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'

/** One series of a gauge; 0 until it is set. */
export type Gauge = {
  /**
   * @param value any number, including NaN and the infinities. Anything else is reported to `onError`, and changes
   * nothing.
   */
  set(value: number): void
  /**
   * Adds `n` (default: 1). The result is exact if the value and `n` are whole numbers below 2^53. An `n` that is not a
   * finite number is reported to `onError`, and changes nothing.
   */
  inc(n?: number): void
  /** Subtracts `n`; otherwise like `inc`. */
  dec(n?: number): void
}

/**
 * One series of a gauge with `threads: 'latest'`. It shows the last value that any thread has set, and has no `inc` and
 * `dec`.
 */
export type LatestGauge = Pick<Gauge, 'set'>

/** A gauge with labels. */
export type LabelledGauge<L extends LabelSpecs, G extends LatestGauge = Gauge> = {
  /**
   * Returns the series with these label values. If it is used often, call `with` once and reuse the series.
   *
   * If a label is missing or unknown, its value is not a string or not among the declared values, or shared memory has
   * no room for a new series, that is reported to `onError`, and the result counts nothing.
   */
  with(labels: Labels<L>): G
}

export class GaugeSeries implements Gauge {
  readonly family: StoredFamily
  readonly series: Series
  readonly #allocator: CellAllocator
  readonly #isLatest: boolean
  readonly #isMax: boolean
  // Copy of the cell's value, because reading the cell is slow. The copy is current: only this thread writes to the
  // cell.
  #current = 0

  constructor(family: StoredFamily, series: Series, allocator: CellAllocator) {
    this.family = family
    this.series = series
    this.#allocator = allocator
    this.#isLatest = family.declaration.threads === 'latest'
    this.#isMax = family.declaration.threads === 'max'
  }

  set(value: number): void {
    if (typeof value === 'number') this.#write(value)
    else
      this.family.report(new TypeError(`${this.family.head.name}: set takes a number, got ${typeof value}`))
  }

  inc(n = 1): void {
    if (!Number.isFinite(n) || this.#isLatest) this.#reportAmount(n)
    else this.#write(this.#current + n)
  }

  dec(n = 1): void {
    if (!Number.isFinite(n) || this.#isLatest) this.#reportAmount(n)
    else this.#write(this.#current - n)
  }

  /** Removes this thread's value, so that it no longer counts. A `latest` gauge keeps its value. */
  clear(): void {
    this.#current = 0
    withdraw(this.series, this.family.declaration.threads)
  }

  #write(value: number): void {
    this.#current = value
    if (this.#isLatest) writeStamped(this.series.ints, this.series.at, value, this.#allocator.takeTicket())
    else if (this.#isMax) writeStamped(this.series.ints, this.series.at, value, isSet)
    else writeFloat(this.series.ints, this.series.at, value)
  }

  #reportAmount(n: number): void {
    const { name } = this.family.head
    this.family.report(
      this.#isLatest
        ? new TypeError(`${name}: a gauge with threads 'latest' has only set`)
        : new RangeError(`${name}: inc and dec take a finite number, got ${described(n)}`),
    )
  }

  with(): Gauge {
    this.family.report(hasNoLabels(this.family.head))
    return discard
  }

  /** The series' value from the `values` of a snapshot; 0 if the series was added after the snapshot was taken. */
  valueIn(values: readonly number[]): number {
    return values[this.series.ordinal] ?? 0
  }
}

/**
 * Stamps in the cells of `max` gauges. A cell that was never set is left out of the maximum, because its initial 0
 * would exceed negative values.
 */
const isSet = 1
const isNotSet = 0

/** Removes the value of one thread from its cells. Only `latest` gauges keep it. */
function withdraw({ ints, at }: Place, threads: Combination = 'sum'): void {
  if (threads === 'sum') writeFloat(ints, at, 0)
  else if (threads === 'max') writeStamped(ints, at, 0, isNotSet)
}

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
      // Tickets that were taken before the move are not comparable with those of other threads, so the value gets a new
      // ticket.
      if (stamp > 0) writeStamped(to.ints, to.at, value, isLatest ? allocator.takeTicket() : isSet)
    },

    // The value of a thread that has ended no longer counts, so the next thread begins with 0. Only `latest` gauges
    // keep the value.
    inherit: (cells) => withdraw(cells, threads),

    partLength: () => 0,
    mergePart: () => {},

    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
      const fields = { type: 'gauge', ...family.head, values: series.map(combine) } as const
      return withSeries(fields, new IdentityList(series))
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

/** Returned for labels that are wrong: it changes nothing. */
const discard: Gauge & Pick<LabelledGauge<never>, 'with'> = {
  set() {},
  inc() {},
  dec() {},
  with: () => discard,
}

/** Result of `registry.gauge` for a metric with labels. */
export class BindableGauge<L extends LabelSpecs> implements LabelledGauge<L> {
  readonly family: StoredFamily<GaugeSeries>

  constructor(family: StoredFamily<GaugeSeries>) {
    this.family = family
  }

  with(labels: Labels<L>): Gauge {
    return this.family.bindOr(labels, discard)
  }

  set(): void {
    this.family.report(needsLabels(this.family.head, 'set'))
  }

  inc(): void {
    this.family.report(needsLabels(this.family.head, 'inc'))
  }

  dec(): void {
    this.family.report(needsLabels(this.family.head, 'dec'))
  }
}
