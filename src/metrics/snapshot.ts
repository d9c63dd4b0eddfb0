/** One scrape: every cell is read once, in one pass; then what is computed is computed from those readings. */
import type { ComputedFamily, ReadSeries } from './computed.ts'
import { type CounterFamily, CounterSeries } from './counter.ts'
import type { FamilySnapshot } from './family.ts'
import { type GaugeFamily, GaugeSeries } from './gauge.ts'
import { type HistogramFamily, HistogramSeries, type HistogramTotals } from './histogram.ts'

/** What one scrape saw, in declaration order. Any number of renderers may read it. */
export type Snapshot = { readonly families: readonly FamilySnapshot[] }

/** A family that has cells. */
export type StoredFamily = CounterFamily | GaugeFamily | HistogramFamily

/**
 * Reads all families.
 * @param onError told what a computed family threw; that family has no series in the snapshot
 */
export function takeSnapshot(
  families: readonly (StoredFamily | ComputedFamily)[],
  onError: (error: unknown, metric: string) => void,
): Snapshot {
  const readings: Readings = new Map()
  const secondPass = families.map((family) => {
    if (!isStored(family)) return () => computed(family, readings, onError)
    const snapshot = family.sample()
    readings.set(family, snapshot)
    return () => snapshot
  })
  return { families: secondPass.map((finish) => finish()) }
}

type Readings = Map<StoredFamily, FamilySnapshot>

function isStored(family: StoredFamily | ComputedFamily): family is StoredFamily {
  return 'sample' in family
}

function computed(
  family: ComputedFamily,
  readings: Readings,
  onError: (error: unknown, metric: string) => void,
): FamilySnapshot {
  try {
    // One function for all handles: each answers with what its kind of metric gives.
    return family.compute(((series: unknown) => readSeries(readings, series)) as ReadSeries)
  } catch (error) {
    onError(error, family.head.name)
    return { ...family.head, type: family.type, series: [], values: new Float64Array() }
  }
}

function readSeries(readings: Readings, series: unknown): number | HistogramTotals {
  if (
    !(series instanceof CounterSeries || series instanceof GaugeSeries || series instanceof HistogramSeries)
  ) {
    throw new TypeError('read takes a counter, gauge or histogram whose labels, if it has any, are bound')
  }
  const snapshot = readings.get(series.family)
  if (!snapshot) throw new Error(`${series.family.head.name} is not in this scrape: another registry has it`)
  return series.valueIn(snapshot.values)
}
