/** Takes the snapshot of one scrape: reads every cell once, then computes values from those readings. */

import type { ComputedFamily, Reading, ReadSeries } from './kinds/computed.ts'
import { BindableCounter, CounterSeries, ScaledCounterSeries } from './kinds/counter.ts'
import { BindableGauge, GaugeSeries } from './kinds/gauge.ts'
import { BindableHistogram, HistogramSeries, type HistogramTotals } from './kinds/histogram.ts'
import type { PendingGauge } from './kinds/per-thread-gauges.ts'
import { Settling } from './kinds/settling.ts'
import type { FamilySnapshot, Snapshot } from './series/family.ts'
import type { Series, SeriesFamily } from './series/series.ts'
import { listed, type SeriesList, seriesList } from './series/series-list.ts'
import { StoredFamily } from './series/stored-family.ts'

/** A snapshot whose cells have been read, and whose callbacks have been called. */
export type BegunSnapshot = {
  /** The promises of callbacks that have not settled yet. None fails, unless `onError` throws. */
  readonly pending: readonly Settling<unknown>[]
  /**
   * Returns the snapshot with the values that are there by now.
   * @param onMissing called for each metric whose promise has not settled
   */
  finish(onMissing: (metric: string) => void): Snapshot
}

/** Selects the callbacks that a snapshot calls: all; those that have returned no promise yet; or none. */
export type Callbacks = 'all' | 'sync' | 'none'

/**
 * Reads all families, and computes the others from these readings.
 * @param gauges gauges of this thread that are still to be stored; they are read last
 */
export function beginSnapshot(
  families: readonly (StoredFamily | ComputedFamily)[],
  callbacks: Callbacks = 'all',
  gauges: readonly PendingGauge[] = [],
): BegunSnapshot {
  const readings: Readings = new Map()
  const read = readerOf(readings)
  const pending: Settling<unknown>[] = []
  const secondPass = families.map((family): (() => FamilySnapshot | Late) => {
    if (!(family instanceof StoredFamily)) return () => computed(family, read, callbacks)
    const gauge = gauges.find((one) => one.family === family)
    if (gauge) return () => lateGauge(gauge)
    const snapshot = family.sample()
    readings.set(family, snapshot)
    return () => snapshot
  })
  const parts = secondPass.map((second) => second())
  for (const part of parts) if ('settled' in part && callbacks === 'all') pending.push(part.settled)
  return {
    pending,
    finish: (onMissing) => ({
      families: parts.map((part) => ('settled' in part ? part.finish(onMissing) : part)),
    }),
  }
}

type Readings = Map<SeriesFamily, FamilySnapshot>

/** A family whose values come later. */
type Late = {
  /** Settles when the values are there. */
  readonly settled: Settling<unknown>
  finish(onMissing: (metric: string) => void): FamilySnapshot
}

function computed(family: ComputedFamily, read: ReadSeries, callbacks: Callbacks): FamilySnapshot | Late {
  const { callback } = family
  if (callbacks === 'none' || (callbacks === 'sync' && callback.isAsync)) return family.empty
  const result = callback.run(read)
  return result instanceof Settling ? lateFamily(family, result) : (result ?? family.empty)
}

function lateFamily(family: ComputedFamily, settled: Settling<FamilySnapshot | undefined>): Late {
  return {
    settled,
    finish(onMissing) {
      const { outcome } = settled
      if (outcome === undefined) onMissing(family.head.name)
      return (outcome && 'value' in outcome && outcome.value) || family.empty
    },
  }
}

function lateGauge({ family, result, expire }: PendingGauge): Late {
  return {
    settled: result,
    finish(onMissing) {
      if (result.outcome === undefined) {
        expire()
        onMissing(family.head.name)
      }
      return family.sample()
    },
  }
}

/** Returns one function for all kinds of handle. The overloads of `ReadSeries` declare its result for each kind. */
function readerOf(readings: Readings): ReadSeries {
  function snapshotOf(family: SeriesFamily): FamilySnapshot {
    const snapshot = readings.get(family)
    if (!snapshot) throw new Error(`read: ${family.head.name} belongs to another registry`)
    return snapshot
  }

  function read(series: unknown): number | HistogramTotals {
    if (
      !(
        series instanceof CounterSeries ||
        series instanceof ScaledCounterSeries ||
        series instanceof GaugeSeries ||
        series instanceof HistogramSeries
      )
    ) {
      throw new TypeError('read: the series must be a counter, gauge or histogram with its labels bound')
    }
    const snapshot = listed(snapshotOf(series.family))
    return valueAt(snapshot, indexIn(snapshot[seriesList], series))
  }

  function* each(metric: unknown): Iterable<Reading<number | HistogramTotals>> {
    if (
      !(
        metric instanceof BindableCounter ||
        metric instanceof BindableGauge ||
        metric instanceof BindableHistogram
      )
    ) {
      throw new TypeError(
        'read.each: the metric must be a counter, gauge or histogram with labels that are not bound',
      )
    }
    const snapshot = listed(snapshotOf(metric.family))
    const { labelNames, [seriesList]: list } = snapshot
    for (const series of metric.family.series) {
      const given = series.labels
      const labels = Object.fromEntries(labelNames.map((name, i) => [name, given[i] ?? '']))
      yield [labels, valueAt(snapshot, indexIn(list, series))]
    }
  }

  return Object.assign(read, { each }) as ReadSeries
}

/** Index of the series in the list; -1 if it was added later. Series change their places when others are removed. */
function indexIn(list: SeriesList, { ordinal, text }: Series): number {
  if (ordinal >= 0 && ordinal < list.length && list.text(ordinal) === text) return ordinal
  for (let i = 0; i < list.length; i++) if (list.text(i) === text) return i
  return -1
}

/** The value of series number `i`; 0 for -1. */
function valueAt(snapshot: FamilySnapshot, i: number): number | HistogramTotals {
  if (snapshot.type !== 'histogram') return snapshot.values[i] ?? 0
  const { bounds, scale, values } = snapshot
  const sumAt = (i + 1) * (bounds.length + 2) - 1
  let count = 0
  for (let j = sumAt - bounds.length - 1; j < sumAt; j++) count += values[j] ?? 0
  return { count, sum: (values[sumAt] ?? 0) / scale }
}
