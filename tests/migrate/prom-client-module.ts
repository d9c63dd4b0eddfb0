/** The parts of prom-client that the tests call. The package is installed in tools/, where its types are not found. */
import { importTool } from '../support/tools.ts'

type Labels = Readonly<Record<string, string | number>>

interface Bound {
  inc(by?: number): void
  dec(by?: number): void
  set(value: number): void
  setToCurrentTime(): void
  observe(value: number): void
  startTimer(): (labels?: Labels) => void
}

interface Metric extends Bound {
  inc(labels?: Labels | number | object, by?: number): void
  set(labels: Labels | number, value?: number): void
  observe(labels: Labels | number | object, value?: number): void
  startTimer(labels?: Labels): (labels?: Labels) => void
  labels(...values: readonly (string | Labels)[]): Bound
  remove(...values: readonly (string | Labels)[]): void
  reset(): void
}

interface PromRegistry {
  metrics(): Promise<string>
  readonly contentType: string
  getMetricsAsJSON(): Promise<readonly JsonMetric[]>
  getMetricsAsArray(): readonly { readonly name: string }[]
  setDefaultLabels(labels: Labels): void
  clear(): void
  resetMetrics(): void
}

interface JsonMetric {
  readonly name: string
  readonly type: string
  readonly values: readonly { readonly value: number; readonly labels: Labels }[]
}

type MetricClass = new (options: object) => Metric

export interface PromClient {
  readonly Registry: {
    new (contentType?: string): PromRegistry
    readonly OPENMETRICS_CONTENT_TYPE: string
    merge(registries: readonly PromRegistry[]): PromRegistry
  }
  readonly AggregatorRegistry: { aggregate(metrics: readonly (readonly JsonMetric[])[]): PromRegistry }
  readonly Counter: MetricClass
  readonly Gauge: MetricClass
  readonly Histogram: MetricClass
  readonly Summary: MetricClass
  readonly Pushgateway: new (
    url: string,
    options: object,
    registry: PromRegistry,
  ) => { push(options: object): Promise<unknown> }
  collectDefaultMetrics(options: { readonly register: PromRegistry }): void
  linearBuckets(start: number, width: number, count: number): number[]
  exponentialBuckets(start: number, factor: number, count: number): number[]
}

export async function importPromClient(): Promise<PromClient> {
  const { default: module } = await importTool<{ default: PromClient }>('prom-client')
  return module
}
