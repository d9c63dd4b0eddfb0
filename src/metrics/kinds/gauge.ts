/** Gauges: numbers that go up and down, one float cell per series. */
import { described } from '../../options.ts'
import { headerLength, isRemoved } from '../memory/cell-header.ts'
import {
  floatCellLength,
  type Place,
  readFloat,
  readStamped,
  stampedCellLength,
  writeFloat,
  writeStamped,
} from '../memory/cells.ts'
import type { Combination } from '../series/declaration.ts'
import { hasNoLabels, needsLabels, type ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import { eachCells } from '../series/read-cells.ts'
import { Series } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'
import { weightsOf } from './merge-rule.ts'
import {
  type EndLabelledTimer,
  type EndTimer,
  startDiscardedTimer,
  startLabelledTimer,
  startTimer,
} from './start-timer.ts'

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
  /**
   * Starts a timer. The returned function sets the gauge to the time since then, and returns it: in the unit of the
   * metric (such as `milliseconds`) if it has a unit of time, otherwise in seconds.
   */
  startTimer(): EndTimer
}

/**
 * One series of a gauge with `threads: 'latest'`. It shows the last value that any thread has set, and has no `inc` and
 * `dec`.
 */
export type LatestGauge = Pick<Gauge, 'set' | 'startTimer'>

/** A gauge with labels. */
export type LabelledGauge<L extends LabelSpecs, G extends LatestGauge = Gauge> = {
  /**
   * Returns the series with these label values. If it is used often, call `with` once and reuse the series.
   *
   * If a label is missing or unknown, its value is not a string or not among the declared values, or shared memory has
   * no room for a new series, that is reported to `onError`, and the result counts nothing.
   */
  with(labels: Labels<L>): G

  /**
   * Removes the series with these label values, in all threads: it is not shown until `with` is called again, and then
   * begins with 0 and a new creation time. Handles of the removed series count nothing. Returns false if there is no such
   * series. Labels that `with` rejects are reported, and nothing is removed.
   */
  remove(labels: Labels<L>): boolean

  /** Starts a timer, as in `Gauge`. Labels may be given here, or to the returned function. */
  startTimer(labels?: Partial<Labels<L>>): EndLabelledTimer<L>
}

export class GaugeSeries extends Series implements Gauge {
  /**
   * Copy of the cell's number, because reading the cell is slow. The copy is current: only this thread writes to the
   * cell.
   */
  current = 0

  set(value: number): void {
    const { head } = this.family
    if (typeof value === 'number') write(this, value)
    else this.family.report(new TypeError(`${head.name}: set takes a number, got ${typeof value}`))
  }

  inc(n = 1): void {
    addTo(this, n, 1)
  }

  dec(n = 1): void {
    addTo(this, n, -1)
  }

  startTimer(): EndTimer {
    return startTimer(this.family, (value) => this.set(value))
  }

  /** Removes this thread's value, so that it no longer counts. A `latest` gauge keeps its value. */
  clear(): void {
    this.current = 0
    withdraw(this, this.family.declaration.threads)
  }

  with(): Gauge {
    this.family.report(hasNoLabels(this.family.head))
    return discard
  }
}

// Functions, because private methods would add a field to each series in V8.

function write(series: GaugeSeries, value: number): void {
  const { family, ints, at } = series
  const { threads } = family.declaration
  series.current = value
  if (threads === 'sum') writeFloat(ints, at, value)
  else writeStamped(ints, at, value, threads === 'latest' ? family.allocator.takeTicket() : isSet)
}

function addTo(series: GaugeSeries, n: number, sign: 1 | -1): void {
  if (Number.isFinite(n) && series.family.declaration.threads !== 'latest') {
    write(series, series.current + sign * n)
  } else reportAmount(series, n)
}

function reportAmount({ family }: GaugeSeries, n: number): void {
  const { name } = family.head
  family.report(
    family.declaration.threads === 'latest'
      ? new TypeError(`${name}: a gauge with threads 'latest' has only set`)
      : new RangeError(`${name}: inc and dec take a finite number, got ${described(n)}`),
  )
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
export function gaugeKind(family: StoredFamily<GaugeSeries>): Kind<GaugeSeries> {
  const { threads = 'sum', merge: rule = threads } = family.declaration
  const isSum = threads === 'sum'
  const isLatest = threads === 'latest'
  const combine = { sum: sums, max: maxima, latest: latestValues }[threads satisfies Combination]

  return {
    length: isSum ? floatCellLength : stampedCellLength,
    create: (text, ordinal) => new GaugeSeries(family, text, ordinal),

    merge(from, to) {
      if (isSum) {
        writeFloat(to.ints, to.at, readFloat(from.ints, from.at))
        return
      }
      const { value, stamp } = readStamped(from.ints, from.at)
      // Tickets that were taken before the move are not comparable with those of other threads, so the value gets a new
      // ticket.
      if (stamp > 0) {
        writeStamped(to.ints, to.at, value, isLatest ? family.allocator.takeTicket() : isSet)
      }
    },

    // The value of a thread that has ended no longer counts, so the next thread begins with 0. Only `latest` gauges
    // keep the value.
    inherit: (cells) => withdraw(cells, threads),

    partLength: () => 0,
    mergePart: () => {},
    clearPart: () => {},

    sample(): ScalarSnapshot {
      const series = family.series.slice() // a copy, because series may be added before the snapshot is rendered
      const combined = combine(family)
      const weights = weightsOf(rule, threads, combined, family.allocator.now() / 1000)
      const fields = { type: 'gauge', ...family.head, values: combined.values, merge: rule } as const
      return withSeries(weights ? { ...fields, weights } : fields, new IdentityList(series))
    },
  }
}

/** For each series its value, and the stamp of that value if the cells have stamps: 0 if no thread has set it. */
type CombinedValues = { readonly values: number[]; readonly stamps?: ArrayLike<number> }

/** For each series, the sum over the threads that still run. */
function sums(family: StoredFamily): CombinedValues {
  const values = new Array<number>(family.series.length).fill(0)
  eachCells(family, (ordinal, ints, at, arena) => {
    if (arena?.isAttached !== false) values[ordinal] = (values[ordinal] as number) + readFloat(ints, at)
  })
  return { values }
}

/** For each series, the largest value that a running thread has set; 0 if there is none. */
function maxima(family: StoredFamily): CombinedValues {
  const values = new Array<number>(family.series.length).fill(Number.NEGATIVE_INFINITY)
  const stamps = new Uint8Array(values.length)
  eachCells(family, (ordinal, ints, at, arena) => {
    if (arena?.isAttached === false) return
    const { value, stamp } = readStamped(ints, at)
    if (stamp !== isSet) return
    stamps[ordinal] = isSet
    values[ordinal] = Math.max(values[ordinal] as number, value)
  })
  return { values: values.map((value, i) => (stamps[i] === isSet ? value : 0)), stamps }
}

/** For each series, the value with the last ticket. Threads that have ended count too. */
function latestValues(family: StoredFamily): CombinedValues {
  const values = new Array<number>(family.series.length).fill(0)
  const stamps = new Float64Array(values.length)
  eachCells(family, (ordinal, ints, at) => {
    const { value, stamp } = readStamped(ints, at)
    if (stamp <= (stamps[ordinal] as number)) return
    stamps[ordinal] = stamp
    values[ordinal] = value
  })
  return { values, stamps }
}

/** Returned for labels that are wrong: it changes nothing. */
const discard: Gauge & Pick<LabelledGauge<never>, 'with'> = {
  set() {},
  inc() {},
  dec() {},
  startTimer: startDiscardedTimer,
  with: () => discard,
}

/** Result of `registry.gauge` for a metric with labels. */
export class BindableGauge<L extends LabelSpecs> implements LabelledGauge<L> {
  readonly family: StoredFamily<GaugeSeries>

  constructor(family: StoredFamily<GaugeSeries>) {
    this.family = family
  }

  with(labels: Labels<L>): Gauge {
    try {
      const series = this.family.lookup(labels)
      // Reads the state directly, because a shared function would be slower for several classes of series.
      if (series && !isRemoved(series.ints[series.at - headerLength] as number)) return series
      return this.family.bind(labels)
    } catch (error) {
      this.family.report(error)
      return discard
    }
  }

  remove(labels: Labels<L>): boolean {
    return this.family.remove(labels)
  }

  startTimer(labels?: Partial<Labels<L>>): EndLabelledTimer<L> {
    return startLabelledTimer<L>(this.family, labels, (value, all) => this.with(all).set(value))
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
