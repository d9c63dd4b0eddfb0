/** The registry: declares the metrics of one process or thread, and takes snapshots of them. */

import { aFunction, aNumber, milliseconds, type OptionRules, validateOptions } from '../options.ts'
import { byTimers, Collector } from './collector.ts'
import { type AnyOptions, Declarations } from './declarations.ts'
import { checkDeadline } from './exposition/scrape-deadline.ts'
import { Families } from './families.ts'
import type { Value, Values } from './kinds/computed.ts'
import type { Counter, CounterShape, LabelledCounter } from './kinds/counter.ts'
import type { Gauge, LabelledGauge, LatestGauge } from './kinds/gauge.ts'
import type { Histogram, LabelledHistogram } from './kinds/histogram.ts'
import type { HistogramShape } from './kinds/histogram-shape.ts'
import type { Info, InfoSpecs } from './kinds/info.ts'
import { CallbackRuns } from './kinds/metric-callback.ts'
import { type PerThread, PerThreadGauges, type PerThreadValues } from './kinds/per-thread-gauges.ts'
import { CellAllocator } from './series/cell-allocator.ts'
import { ErrorReports, logError } from './series/error-reports.ts'
import type { MergeRule, Snapshot, Weighted } from './series/family.ts'
import type { LabelSpecs } from './series/labels.ts'
import { type SharedMetrics, Sharing } from './sharing/sharing.ts'

/**
 * Declares metrics, and reads all of them in one pass. Each declaration checks its options and its names against the
 * Prometheus data model (https://prometheus.io/docs/concepts/data_model/). It throws an error that names the metric when
 * a name is invalid, reserved or taken. An equal declaration, made again, returns the same metric, and its `value` or
 * `values` replaces the earlier one; a different declaration throws an error that names the difference.
 * A name is taken if it is the name of another metric, or if an exposition format
 * derives it from one (`_bucket`, `_created`, a counter's name without `_total`).
 *
 * A closed label has a list of values, an open label only a maximum number of values. A metric with only closed labels
 * shows all its series from the start. If any metric has an open label, the registry also shows
 * `metrics_label_overflows_total{metric}`.
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
  counter<const L extends LabelSpecs>(options: Metric & CounterShape & Labelled<L>): LabelledCounter<L>
  counter(options: Metric & CounterShape & Unlabelled): Counter

  gauge<const L extends LabelSpecs>(options: Metric & Values<L, number | Weighted> & Merged): void
  gauge<const L extends LabelSpecs>(options: Metric & PerThreadValues<L> & Merged): void
  gauge(options: Metric & PerThread & Merged & { readonly labels?: never }): void
  gauge(options: Metric & Value<number | Weighted> & Merged & { readonly labels?: never }): void
  gauge<const L extends LabelSpecs>(
    options: Metric & Labelled<L> & Merged & { readonly threads: 'latest' },
  ): LabelledGauge<L, LatestGauge>
  gauge<const L extends LabelSpecs>(options: Metric & Labelled<L> & Combined & Merged): LabelledGauge<L>
  gauge(options: Metric & Unlabelled & Merged & { readonly threads: 'latest' }): LatestGauge
  gauge(options: Metric & Unlabelled & Combined & Merged): Gauge

  histogram<const L extends LabelSpecs>(options: Metric & HistogramShape & Labelled<L>): LabelledHistogram<L>
  histogram(options: Metric & HistogramShape & Unlabelled): Histogram

  /**
   * Declares constant facts as labels. The name must end in `_info`. A label with one value may be given as a string.
   */
  info<const L extends InfoSpecs>(options: Omit<Metric, 'unit'> & { readonly labels: L }): Info<L>

  /**
   * Reserves an arena, the part of the shared memory that one thread writes. Call this once for each worker, and pass
   * the result to the worker as `workerData` or in a message. The first call moves the cells of this registry into
   * shared memory. Every registry that shares this memory shows the counts of all threads.
   *
   * @param options.maxBytes maximum size of the shared memory; later calls ignore it. Default: 256 MiB. Unused memory
   * occupies only address space.
   * @throws {RangeError} when 256 threads share the memory already, or `maxBytes` is too small for the existing
   * metrics; then nothing is shared
   */
  share(options?: { readonly maxBytes?: number }): SharedMetrics

  /**
   * Attaches the registry of a worker to the arena that `share()` has reserved. The registry adds its counts so far to
   * the arena, and counts there from now on. If an earlier thread used the arena, its counts continue.
   *
   * Metrics may be declared before or after this call, in any order. Metrics of the same name must be declared
   * identically in all threads.
   *
   * @throws when the arena is in use, or this registry shares metrics already; then nothing has changed
   * @throws when another thread has declared a metric differently, or the memory is full; then this registry continues
   * to count in private memory, and the arena is released
   */
  attach(shared: SharedMetrics): void

  /**
   * Marks the thread that attached to `shared` as ended. Its counts stay. Its gauges no longer count, except those with
   * `threads: 'latest'`. A later `share()` reuses the arena. Further calls with the same value do nothing.
   */
  release(shared: SharedMetrics): void

  /**
   * Computes this thread's gauges with `threads` and `value` or `values`, so that scrapes in other threads show the
   * current values. A promise is not awaited: the value is stored when it settles. If it has not settled after 5 s, a
   * call stores NaN and reports a `TimeoutError`.
   */
  publish(): void

  /**
   * Takes a snapshot: reads every cell once, then computes the other metrics from those readings. A snapshot is plain
   * data: `structuredClone`, `postMessage` and `JSON` keep it, and `expose` renders the copy too. JSON has no NaN and no
   * infinities, so a snapshot writes them as text (`"NaN"`, `"-Infinity"`); JSON of a clone has null, which is read as
   * NaN.
   *
   * Metrics whose callback returns a promise have no samples here, or the previous ones if they have `threads`: see
   * `collectAsync`.
   * @throws when another thread has declared a metric differently
   */
  collect(): Snapshot

  /**
   * Like `collect`, and waits for the callbacks that return promises. They run at the same time. One that has not
   * settled at the deadline costs only its own samples: the metric keeps its HELP and TYPE, and a `TimeoutError` is
   * reported to `onError` and counted. It is not called again before it settles; until then all snapshots wait for the
   * same promise. Without such callbacks, this waits for nothing.
   *
   * @param options.deadlineMs time to wait, in ms from 0; may be Infinity. Default: 5000.
   * @throws when another thread has declared a metric differently, or `deadlineMs` is not such a number
   */
  collectAsync(options?: { readonly deadlineMs?: number }): Promise<Snapshot>
}

/** The options of every metric. */
export type Metric = {
  /**
   * Must match `[a-zA-Z_:][a-zA-Z0-9_:]*`. Should contain the base unit; the name of a counter should end in `_total`.
   */
  readonly name: string
  readonly help: string
  /**
   * Base unit, such as `seconds`. Must be the last part of the name (before `_total`). The formats OpenMetrics and
   * protobuf show it.
   */
  readonly unit?: string
}

type Unlabelled = { readonly labels?: never; readonly value?: never; readonly values?: never }

type Labelled<L extends LabelSpecs> = { readonly labels: L; readonly value?: never; readonly values?: never }

/**
 * Combination of a gauge's values in the running threads: their sum (default), or the largest of the values that were
 * set.
 */
export type Combined = { readonly threads?: 'sum' | 'max' }

/** Option of every gauge. */
export type Merged = {
  /**
   * Rule by which `merge` combines the gauge's values of several registries or processes. Default: `threads`; without
   * it, `mean` if the name ends in `_ratio`, and otherwise `sum`.
   *
   * - `sum`, `max`, `min`: of all values.
   * - `mean`: the mean of all values, each with its weight (see `Weighted`); without weights, all count the same.
   * - `latest`: the value that was set last, or computed last.
   */
  readonly merge?: MergeRule
}

export type RegistryOptions = {
  /**
   * Called with the first error of each metric: labels or values that an operation rejects, no room in the shared
   * memory, or a `value` or `values` callback that throws or returns an invalid result. Every error is counted in
   * `metrics_errors_total{metric}`, which shows a metric from its first error on.
   *
   * By itself an error never throws: the operation changes nothing, and a scrape continues (a computed metric keeps its
   * HELP and TYPE, but has no samples; a gauge that every thread computes for itself has the value NaN). If `onError`
   * throws, so does the operation or the scrape, for each error; this suits tests. Default: one line on `console.error`.
   */
  readonly onError?: (error: unknown, metric: string) => void
  /**
   * Clock for exemplars and creation times, in epoch ms. A creation time of 0 is unknown and not shown. Default:
   * `Date.now`.
   */
  readonly now?: () => number
  /** Monotonic clock in ms, for durations. Default: `performance.now`. */
  readonly timer?: () => number
  /** Calls `run` after so many ms, and returns a function that prevents that; for deadlines. Default: `setTimeout`. */
  readonly schedule?: (run: () => void, ms: number) => () => void
}

/** Makes an empty registry. @throws {TypeError} when an option is unknown or has the wrong type */
export function createRegistry(options: RegistryOptions = {}): Registry {
  validateOptions('createRegistry', options, rules)
  const { onError = logError, now = Date.now, timer = () => performance.now(), schedule = byTimers } = options
  const allocator = new CellAllocator(now, timer)
  const errors = new ErrorReports(onError, (metric) => families.countError(metric))
  const families = new Families(
    allocator,
    () => sharing.sync(),
    errors.report,
    () => sharing.isCurrent(),
  )
  const sharing = new Sharing(allocator, families)
  const runs = new CallbackRuns(errors.report, (metric) => families.showErrors(metric))
  const perThread = new PerThreadGauges(runs)
  const declarations = new Declarations({ families, perThread, runs, errors, now })
  const collector = new Collector({ families, sharing, perThread, runs, schedule, timer })

  // The cast is needed, because the return type of each overload depends on its options, and one implementation cannot
  // express that.
  return {
    counter: (options: AnyOptions) => declarations.counter(options),
    gauge: (options: AnyOptions) => declarations.gauge(options),
    histogram: (options: AnyOptions & HistogramShape) => declarations.histogram(options),
    info: (options: Metric & { labels: InfoSpecs }) => declarations.info(options),
    share(options = {}) {
      validateOptions('share', options, { maxBytes: aNumber })
      return sharing.share(options.maxBytes)
    },
    attach: (shared) => sharing.attach(shared),
    release: (shared) => sharing.release(shared),
    publish: () => collector.publish(),
    collect: () => collector.collect(),
    collectAsync(options: { readonly deadlineMs?: number } = {}) {
      validateOptions('collectAsync', options, { deadlineMs: milliseconds })
      checkDeadline('collectAsync', options.deadlineMs)
      return collector.collectAsync(options.deadlineMs)
    },
  } as Registry
}

const rules: OptionRules<RegistryOptions> = {
  onError: aFunction,
  now: aFunction,
  timer: aFunction,
  schedule: aFunction,
}
