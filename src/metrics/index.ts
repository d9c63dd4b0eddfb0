/** The public names of `hitrate/metrics`. */
export type { Reading, ReadSeries } from './computed.ts'
export type { Counter, LabelledCounter } from './counter.ts'
export type { ExemplarLabels } from './exemplar.ts'
export { type ExposeOptions, type Exposition, expose } from './exposition/expose.ts'
export type {
  Exemplar,
  FamilySnapshot,
  HistogramSnapshot,
  Identity,
  NativeBuckets,
  NativeSnapshot,
  ScalarSnapshot,
} from './family.ts'
export type { Gauge, LabelledGauge, LatestGauge } from './gauge.ts'
export type { Histogram, HistogramShape, HistogramTotals, LabelledHistogram } from './histogram.ts'
export type { Info, InfoSpecs } from './info.ts'
export type { LabelSpecs, Labels } from './labels.ts'
export { declareProcessMetrics, type ProcessReaders } from './process.ts'
export { createRegistry, type Metric, type Registry, type RegistryOptions } from './registry.ts'
export type { Snapshot } from './snapshot.ts'
export type { SharedMetrics } from './threads/shared-memory.ts'
