/** The registry: declares the metrics of one process or thread, and takes snapshots of them. */

import { aFunction, aNumber, validateOptions } from '../options.ts'
import { Families } from './families.ts'
import {
  type ComputedFamily,
  computedValue,
  computedValues,
  type Value,
  type Values,
} from './kinds/computed.ts'
import { BindableCounter, type Counter, type LabelledCounter } from './kinds/counter.ts'
import { BindableGauge, type Gauge, type LabelledGauge, type LatestGauge } from './kinds/gauge.ts'
import { BindableHistogram, type Histogram, type LabelledHistogram } from './kinds/histogram.ts'
import { checkShape, type HistogramShape } from './kinds/histogram-shape.ts'
import { BindableInfo, type Info, type InfoSpecs } from './kinds/info.ts'
import { PerThreadGauges } from './kinds/per-thread-gauges.ts'
import { CellAllocator } from './series/cell-allocator.ts'
import {
  type Combination,
  checkMetricOptions,
  type Declaration,
  declarationOf,
  labelsOf,
} from './series/declaration.ts'
import type { Snapshot } from './series/family.ts'
import type { LabelSpecs } from './series/labels.ts'
import { type SharedMetrics, Sharing } from './sharing/sharing.ts'
import { takeSnapshot } from './snapshot.ts'

/**
 * Declares metrics, and reads all of them in one pass. Each declaration checks its options and its names against the
 * Prometheus data model (https://prometheus.io/docs/concepts/data_model/). It throws an error that names the metric when
 * a name is invalid, reserved, or taken: by another metric, or by a name that an exposition format derives from one
 * (`_bucket`, `_created`, a counter's name without `_total`).
 *
 * A metric whose labels are all closed shows all its series from the start. As soon as one label is open, the registry
 * also shows `metrics_label_overflows_total{metric}`.
 *
 * @example
 * const registry = createRegistry()
 * const reads = registry.counter({ name: 'reads_total', help: 'Reads.', labels: { outcome: ['hit', 'miss'] } })
 * const hits = reads.with({ outcome: 'hit' })
 * hits.inc()
 * registry.gauge({ name: 'hits_per_second', help: '…', value: (read) => read(hits) / uptimeSeconds() })
 */
export type Registry = {
  // The overloads with callbacks come first: TypeScript infers a callback's parameters from the first overload it tries.
  counter<const L extends LabelSpecs>(options: Metric & Values<L>): void
  counter(options: Metric & Value & { readonly labels?: never }): void
  counter<const L extends LabelSpecs>(options: Metric & Labelled<L>): LabelledCounter<L>
  counter(options: Metric & Unlabelled): Counter

  gauge<const L extends LabelSpecs>(options: Metric & Values<L>): void
  gauge(options: Metric & PerThread & { readonly labels?: never }): void
  gauge(options: Metric & Value & { readonly labels?: never }): void
  gauge<const L extends LabelSpecs>(
    options: Metric & Labelled<L> & { readonly threads: 'latest' },
  ): LabelledGauge<L, LatestGauge>
  gauge<const L extends LabelSpecs>(options: Metric & Labelled<L> & Combined): LabelledGauge<L>
  gauge(options: Metric & Unlabelled & { readonly threads: 'latest' }): LatestGauge
  gauge(options: Metric & Unlabelled & Combined): Gauge

  histogram<const L extends LabelSpecs>(options: Metric & HistogramShape & Labelled<L>): LabelledHistogram<L>
  histogram(options: Metric & HistogramShape & Unlabelled): Histogram

  /** Constant facts as labels; the name ends in `_info`. A label with one value may be given as that string. */
  info<const L extends InfoSpecs>(options: Omit<Metric, 'unit'> & { readonly labels: L }): Info<L>

  /**
   * Reserves an arena for one more thread: call it once for each worker, and pass the result as `workerData` or in a
   * message. From the first call on, the cells of this registry are in memory that threads share; every registry that
   * shares it shows the counts of all threads.
   *
   * @param options.maxBytes maximum size of that memory, set by the first call; default 256 MiB. Unused memory occupies
   * only address space.
   * @throws {RangeError} when 256 threads share it already, or `maxBytes` is too small for the existing metrics; then
   * nothing is shared
   */
  share(options?: { readonly maxBytes?: number }): SharedMetrics

  /**
   * In a worker: counts in the arena that `share()` has reserved from now on, and adds the counts so far. If a thread that
   * has ended counted there, its counts continue. Metrics may be declared before or after. Metrics that other threads
   * have under the same name must be declared identically, in any order.
   *
   * @throws when the arena is in use, this registry shares metrics already, a metric is declared differently, or the
   * memory is full; then this registry continues to count in private memory, and the arena is released
   */
  attach(shared: SharedMetrics): void

  /**
   * Marks the thread that received this from `share()` as ended. Its counts stay; its gauges no longer count, except
   * those with `threads: 'latest'`. A later `share()` reuses the arena. Further calls with the same value do nothing.
   */
  release(shared: SharedMetrics): void

  /** Computes this thread's gauges that have `value` and `threads`, so that scrapes in other threads see them. */
  publish(): void

  /**
   * Reads every cell once, then computes the computed metrics from those readings. For renderers.
   * @throws when another thread has declared a metric differently
   */
  collect(): Snapshot
}

/** The options of every metric. */
export type Metric = {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`, in base units; a counter's should end in `_total`. */
  readonly name: string
  readonly help: string
  /** The base unit, which must be the last part of the name (before `_total`), such as `seconds`. For OpenMetrics. */
  readonly unit?: string
}

type Unlabelled = { readonly labels?: never; readonly value?: never; readonly values?: never }

type Labelled<L extends LabelSpecs> = { readonly labels: L; readonly value?: never; readonly values?: never }

/**
 * Combines a gauge's values in several threads: the sum (default), the largest of those that were set, or the
 * value that was set last. Threads that have ended do not count, except for `latest`.
 */
export type Combined = { readonly threads?: 'sum' | 'max' }

/** Computed by every thread for itself: at its own scrapes, and at each `publish()`. */
export type PerThread = { readonly value: () => number; readonly threads: Combination }

export type RegistryOptions = {
  /**
   * Called at a scrape with the error of a `value` or `values` callback, or of a result that is not valid. The scrape
   * continues: the metric keeps its HELP and TYPE and has no samples (NaN if it is computed per thread). An error that
   * `onError` itself throws fails the scrape. Default: errors are ignored.
   */
  readonly onError?: (error: unknown, metric: string) => void
  /** Epoch ms, for exemplars and creation times; 0 stands for unknown and is not shown. Default `Date.now`. */
  readonly now?: () => number
}

/** Makes an empty registry. @throws {TypeError} when an option is unknown or has the wrong type */
export function createRegistry(options: RegistryOptions = {}): Registry {
  validateOptions('createRegistry', options, { onError: aFunction, now: aFunction })
  const { onError = () => {}, now = Date.now } = options
  const allocator = new CellAllocator(now)
  const families = new Families(allocator, () => sharing.sync())
  const sharing = new Sharing(allocator, families)
  const perThread = new PerThreadGauges(onError)

  function collect(): Snapshot {
    sharing.sync()
    if (families.conflict !== undefined) throw families.conflict
    perThread.publish()
    return takeSnapshot(families.all, onError)
  }

  // The return type of each overload above is decided by its options, which one implementation cannot express.
  return {
    counter: (options: AnyOptions) => declareCounter(families, options),
    gauge: (options: AnyOptions) => declareGauge(families, perThread, options),
    histogram: (options: AnyOptions & HistogramShape) => declareHistogram(families, options),
    info: (options: Metric & { labels: InfoSpecs }) => declareInfo(families, options),
    share(options = {}) {
      validateOptions('share', options, { maxBytes: aNumber })
      return sharing.share(options.maxBytes)
    },
    attach: (shared) => sharing.attach(shared),
    release: (shared) => sharing.release(shared),
    publish: () => perThread.publish(),
    collect,
  } as Registry
}

/** The options of any overload. */
type AnyOptions = Metric & {
  readonly labels?: LabelSpecs
  readonly value?: Value['value']
  readonly values?: Values<LabelSpecs>['values']
  readonly threads?: Combination
}

function declareCounter(
  families: Families,
  options: AnyOptions,
): BindableCounter<LabelSpecs> | Counter | undefined {
  checkMetricOptions('counter', options)
  const declaration = declarationOf('counter', options)
  if (options.value || options.values) return declareComputed(families, 'counter', declaration, options)
  const family = families.declare(declaration)
  return options.labels === undefined ? family.only : new BindableCounter(family)
}

function declareGauge(
  families: Families,
  perThread: PerThreadGauges,
  options: AnyOptions,
): BindableGauge<LabelSpecs> | Gauge | undefined {
  checkMetricOptions('gauge', options)
  const { value, values, labels, threads } = options
  checkCombination(options)
  if (values || (value && threads === undefined)) {
    return declareComputed(families, 'gauge', declarationOf('gauge', options), options)
  }
  const family = families.declare(declarationOf('gauge', options, { threads: threads ?? 'sum' }))
  if (value === undefined) return labels === undefined ? family.only : new BindableGauge(family)
  perThread.add(family.only, value as () => unknown) // with `threads`, the callback takes no readings
  return undefined
}

function checkCombination({ name, labels, value, values, threads }: AnyOptions): void {
  if (threads === undefined) return
  if (!['sum', 'max', 'latest'].includes(threads)) {
    throw new TypeError(`${name}: threads must be sum, max or latest, got ${JSON.stringify(threads)}`)
  }
  if (values || (value && labels)) {
    throw new TypeError(`${name}: a gauge that is computed per thread must not have labels`)
  }
}

function declareComputed(
  families: Families,
  type: ComputedFamily['type'],
  declaration: Declaration,
  { value, values }: AnyOptions,
): undefined {
  const { name, help, unit } = declaration
  const labels = labelsOf(declaration)
  const head = { name, help, unit, labelNames: labels.map((label) => label.name) }
  if (value && !values && labels.length === 0) {
    families.declareComputed(computedValue(head, type, value))
  } else if (values && !value && labels.length > 0) {
    let overflow: Counter | undefined
    families.declareComputed(computedValues(head, type, values, labels, () => overflow?.inc()))
    if (labels.some((label) => 'max' in label)) overflow = families.overflowsOf(name)
  } else {
    throw new TypeError(`${name}: a metric without labels takes value, one with labels takes values`)
  }
}

function declareHistogram(
  families: Families,
  options: AnyOptions & HistogramShape,
): BindableHistogram<LabelSpecs> | Histogram {
  checkMetricOptions('histogram', options)
  const shape = checkShape(options.name, options)
  const family = families.declare(declarationOf('histogram', options, shape))
  return options.labels === undefined ? family.only : new BindableHistogram(family)
}

function declareInfo(families: Families, options: Metric & { labels: InfoSpecs }): Info<InfoSpecs> {
  checkMetricOptions('info', options)
  const { name, help } = options
  const { specs, constant } = specsOf(options.labels)
  const family = families.declare(declarationOf('info', { name, help, labels: specs }))
  if (family.isClosed && family.handles.length === 1) family.only.show()
  return new BindableInfo(family, constant)
}

/** The labels of an info in the form of other metrics, and the values of those that have one value. */
function specsOf(labels: InfoSpecs): { specs: LabelSpecs; constant: Record<string, string> } {
  const constant: Record<string, string> = {}
  const specs = Object.fromEntries(
    Object.entries(labels).map(([name, spec]) => {
      if (typeof spec !== 'string') return [name, spec]
      constant[name] = spec
      return [name, [spec]]
    }),
  )
  return { specs, constant }
}
