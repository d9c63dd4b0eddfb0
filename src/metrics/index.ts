/** The public names of `hitrate/metrics`. */
export type { ReadSeries } from './computed.ts'
export type { Counter, LabelledCounter } from './counter.ts'
export { type ExposeOptions, type Exposition, expose } from './expose.ts'
export type { Gauge, LabelledGauge } from './gauge.ts'
export type { Histogram, HistogramTotals, LabelledHistogram } from './histogram.ts'
export type { LabelSpecs, Labels } from './labels.ts'
export { createRegistry, type Registry, type RegistryOptions } from './registry.ts'
