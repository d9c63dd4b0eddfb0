/** Takes the snapshot of one scrape: reads every cell once, then computes values from those readings. */

import type { ComputedFamily, Reading, ReadSeries } from './kinds/computed.ts'
import { BindableCounter, CounterSeries } from './kinds/counter.ts'
import { BindableGauge, GaugeSeries } from './kinds/gauge.ts'
import { BindableHistogram, HistogramSeries, type HistogramTotals } from './kinds/histogram.ts'
import type { ReportError } from './series/error-reports.ts'
import type { FamilySnapshot, Snapshot } from './series/family.ts'
import type { SeriesFamily } from './series/series.ts'
import { IdentityList, withSeries } from './series/series-list.ts'
import { StoredFamily } from './series/stored-family.ts'

/**
 * Reads all families.
 * @param report called with the error of a computed family; the snapshot then contains the family without series
 */
export function takeSnapshot(
  families: readonly (StoredFamily | ComputedFamily)[],
  report: ReportError,
): Snapshot {
  const readings: Readings = new Map()
  const secondPass = families.map((family) => {
    if (!(family instanceof StoredFamily)) return () => computed(family, readings, report)
    const snapshot = family.sample()
    readings.set(family, snapshot)
    return () => snapshot
  })
  return { families: secondPass.map((finish) => finish()) }
}

type Readings = Map<SeriesFamily, FamilySnapshot>

function computed(family: ComputedFamily, readings: Readings, report: ReportError): FamilySnapshot {
  try {
    return family.compute(readerOf(readings))
  } catch (error) {
    report(error, family.head.name)
    return withSeries({ ...family.head, type: family.type, values: [] }, new IdentityList([]))
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
      !(series instanceof CounterSeries || series instanceof GaugeSeries || series instanceof HistogramSeries)
    ) {
      throw new TypeError('read: the series must be a counter, gauge or histogram with its labels bound')
    }
    return series.valueIn(snapshotOf(series.family).values)
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
    const { labelNames, values } = snapshotOf(metric.family)
    for (const series of metric.family.series) {
      const given = series.labels
      const labels = Object.fromEntries(labelNames.map((name, i) => [name, given[i] ?? '']))
      yield [labels, series.valueIn(values)]
    }
  }

  return Object.assign(read, { each }) as ReadSeries
}
