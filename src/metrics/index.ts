/** The public names of the metrics library. */

export { type ExposeOptions, type Exposition, expose } from './exposition/expose.ts'
export type { Reading, ReadSeries } from './kinds/computed.ts'
export type { Counter, CounterShape, LabelledCounter } from './kinds/counter.ts'
export type { ExemplarLabels } from './kinds/exemplar.ts'
export type { Gauge, LabelledGauge, LatestGauge } from './kinds/gauge.ts'
export type { Histogram, HistogramTotals, LabelledHistogram } from './kinds/histogram.ts'
export type { HistogramShape } from './kinds/histogram-shape.ts'
export type { Info, InfoSpecs } from './kinds/info.ts'
export type {
  EndLabelledObservation,
  EndLabelledTimer,
  EndObservation,
  EndTimer,
} from './kinds/start-timer.ts'
export { merge } from './merging/merge.ts'
export { createSnapshotHub, type SnapshotHub } from './merging/snapshot-hub.ts'
export type { SnapshotSource } from './merging/snapshot-source.ts'
export type { EventLoopLag } from './process/delay-windows.ts'
export type { GcKind } from './process/gc-kinds.ts'
export {
  declareProcessMetrics,
  type ProcessMetricsOptions,
  type ProcessReaders,
} from './process/process-metrics.ts'
export type { HeapSpace, RuntimeReaders } from './process/runtime-metrics.ts'
export { createRegistry, type Metric, type Registry, type RegistryOptions } from './registry.ts'
export type {
  Exemplar,
  FamilySnapshot,
  HistogramSnapshot,
  Identity,
  MergeRule,
  NativeBuckets,
  NativeSnapshot,
  ScalarSnapshot,
  Snapshot,
  Weighted,
} from './series/family.ts'
export type { LabelSpecs, Labels } from './series/labels.ts'
export type { SharedMetrics } from './sharing/sharing.ts'
