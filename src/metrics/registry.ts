/** A registry: where the metrics of one process are declared, and what a scrape reads. */

import { Families } from './families.ts'
import {
  type ComputedFamily,
  checkNumber,
  computedValue,
  computedValues,
  type Value,
  type Values,
} from './kinds/computed.ts'
import { BindableCounter, type Counter, type LabelledCounter } from './kinds/counter.ts'
import {
  BindableGauge,
  type Gauge,
  type GaugeSeries,
  type LabelledGauge,
  type LatestGauge,
} from './kinds/gauge.ts'
import {
  BindableHistogram,
  checkShape,
  type Histogram,
  type HistogramShape,
  type LabelledHistogram,
} from './kinds/histogram.ts'
import { BindableInfo, type Info, type InfoSpecs } from './kinds/info.ts'
import { createSharedMemory, SharedMemory, type SharedMetrics } from './memory/shared-memory.ts'
import { CellAllocator } from './series/cell-allocator.ts'
import {
  type Combination,
  checkOptions,
  type Declaration,
  declarationOf,
  labelsOf,
} from './series/declaration.ts'
import type { Snapshot } from './series/family.ts'
import { checkLabels, type LabelSpecs } from './series/labels.ts'
import { Sharing } from './sharing/sharing.ts'
import { takeSnapshot } from './snapshot.ts'

/**
 * Declares metrics, and reads them all at once. Each declaration checks its names against the Prometheus data model
 * (https://prometheus.io/docs/concepts/data_model/) and throws, naming the metric, when one is no name, is reserved, or
 * is taken: by a metric, or by what one of the formats makes of another's name (`_bucket`, `_created`, a counter's name
 * without `_total`).
 *
 * A metric whose labels are all closed has all its series from the start. As soon as one label is open, the registry
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
  // The forms with callbacks come first: a callback takes its type from the first form it is tried against.
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

  /** What does not change, told in labels; the name ends in `_info`. A label may be given as its one value. */
  info<const L extends InfoSpecs>(options: Omit<Metric, 'unit'> & { readonly labels: L }): Info<L>

  /**
   * Makes a place for one more thread to count in: call it once for each worker, and hand over what it gives, as
   * `workerData` or in a message. From the first call on this registry's cells lie in memory that threads share; every
   * registry that shares it shows what all of them count.
   *
   * @param options.maxBytes how large that memory may become, decided by the first call; default 256 MiB. What is not
   * used costs nothing but addresses.
   * @throws {RangeError} when 256 threads share it already, or `maxBytes` is too little for what there is to count; then
   * nothing is shared
   */
  share(options?: { readonly maxBytes?: number }): SharedMetrics

  /**
   * In a worker: from now on counts where `share()` has made a place, together with what was counted before. Where a
   * thread that has ended counted there, its counts go on. Metrics may be declared before or after; those that other
   * threads have by the same name must be declared the same, in any order.
   *
   * @throws when the place is in use, this registry shares metrics already, a metric is declared differently, or the
   * memory is full; then everything is counted on here alone, and the place is released
   */
  attach(shared: SharedMetrics): void

  /**
   * Tells that the thread which got this from `share()` has ended. What it counted stays; its gauges no longer count,
   * except those where the latest wins. A later `share()` hands its place on. Telling it again changes nothing.
   */
  release(shared: SharedMetrics): void

  /** Computes this thread's gauges that have `value` and `threads`, so that scrapes in other threads see them. */
  publish(): void

  /**
   * Reads every cell once, then computes what is computed from that. For renderers.
   * @throws when a metric is declared differently in another thread
   */
  collect(): Snapshot
}

/** What every metric declares. */
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
 * How a gauge's values in several threads become one: added up (the default), the largest of those that were set, or the
 * one that was set last. Threads that have ended do not count, except for `latest`.
 */
export type Combined = { readonly threads?: 'sum' | 'max' }

/** Computed in every thread for itself: at its own scrapes, and at each `publish()`. */
export type PerThread = { readonly value: () => number; readonly threads: Combination }

export type RegistryOptions = {
  /**
   * Told, at a scrape, what a `value` or `values` callback threw, or what was wrong with what it gave. The scrape goes
   * on: that metric keeps its HELP and TYPE and has no samples (one that is computed per thread is NaN). What `onError`
   * itself throws fails the scrape; without it only the samples tell.
   */
  readonly onError?: (error: unknown, metric: string) => void
  /** Epoch ms, for exemplars and creation times; 0 is not known, and is not shown. Default `Date.now`. */
  readonly now?: () => number
}

const defaultMaxBytes = 256 * 2 ** 20

/** Makes an empty registry. */
export function createRegistry({ onError = () => {}, now = Date.now }: RegistryOptions = {}): Registry {
  const allocator = new CellAllocator(now)
  const families = new Families(allocator, sync)
  const perThread: { readonly gauge: GaugeSeries; readonly value: () => unknown }[] = []
  let sharing: Sharing | undefined

  function counter(options: Options): BindableCounter<LabelSpecs> | Counter | undefined {
    checkOptions('counter', options)
    const declaration = declarationOf('counter', options)
    if (options.value || options.values) return declareComputed(declaration, options)
    const family = declare(declaration)
    return options.labels === undefined ? family.only : new BindableCounter(family)
  }

  function gauge(options: Options): BindableGauge<LabelSpecs> | Gauge | undefined {
    checkOptions('gauge', options)
    const { value, values, labels, threads } = options
    checkCombination(options)
    if (values || (value && threads === undefined)) {
      return declareComputed(declarationOf('gauge', options), options)
    }
    const family = declare(declarationOf('gauge', options, { threads: threads ?? 'sum' }))
    if (value === undefined) return labels === undefined ? family.only : new BindableGauge(family)
    perThread.push({ gauge: family.only, value: value as () => unknown }) // with `threads`, it takes no readings
    return undefined
  }

  function histogram(options: Options & HistogramShape): BindableHistogram<LabelSpecs> | Histogram {
    checkOptions('histogram', options)
    const shape = checkShape(options.name, options)
    const family = declare(declarationOf('histogram', options, shape))
    return options.labels === undefined ? family.only : new BindableHistogram(family)
  }

  function info(options: Metric & { labels: InfoSpecs }): Info<InfoSpecs> {
    checkOptions('info', options)
    const { name, help, labels } = options
    checkLabels(name, labels)
    const { specs, constant } = specsOf(labels)
    const family = declare(declarationOf('info', { name, help, labels: specs }))
    if (family.isClosed && family.handles.length === 1) family.only.show()
    return new BindableInfo(family, constant)
  }

  function declare<T extends Declaration['type']>(declaration: Declaration & { readonly type: T }) {
    sync()
    return families.declare(declaration, sharing?.own)
  }

  function declareComputed(declaration: Declaration, { value, values }: Options): undefined {
    const { name, help, unit } = declaration
    const type = declaration.type as ComputedFamily['type'] // only counters and gauges come here
    const labels = labelsOf(declaration)
    const head = { name, help, unit, labelNames: labels.map((label) => label.name) }
    if (value && !values && labels.length === 0) {
      families.declareComputed(computedValue(head, type, value))
    } else if (values && !value && labels.length > 0) {
      let overflow: Counter | undefined
      families.declareComputed(computedValues(head, type, values, labels, () => overflow?.inc()))
      if (labels.some((label) => 'max' in label)) overflow = families.overflowsOf(name, sharing?.own)
    } else {
      throw new TypeError(`${name}: a metric without labels takes value, one with labels takes values`)
    }
  }

  function share({ maxBytes = defaultMaxBytes }: { readonly maxBytes?: number } = {}): SharedMetrics {
    if (sharing === undefined) {
      moveTo(createSharedMemory(maxBytes).reserve())
    }
    return (sharing as unknown as Sharing).memory.reserve() // moveTo has made it
  }

  function attach(shared: SharedMetrics): void {
    if (sharing !== undefined) throw new Error('This registry shares its metrics already')
    moveTo(shared)
  }

  function moveTo(shared: SharedMetrics): void {
    const memory = new SharedMemory(shared.buffer)
    memory.beginAttach(shared)
    try {
      const joined = new Sharing(memory, shared.arena, (declaration) => families.find(declaration))
      const inherited = joined.inherit()
      joined.sync()
      if (families.conflict !== undefined) throw families.conflict
      allocator.move(memory, shared.arena, inherited)
      families.relocate(joined.own)
      sharing = joined
    } catch (error) {
      allocator.leaveArena()
      families.dropPeers()
      memory.release(shared)
      throw error
    }
    memory.completeAttach(shared)
  }

  function release(shared: SharedMetrics): void {
    new SharedMemory(shared.buffer).release(shared)
  }

  function sync(): void {
    sharing?.sync()
  }

  function publish(): void {
    for (const { gauge, value } of perThread) {
      try {
        const computed = value()
        checkNumber(gauge.family.head.name, computed)
        gauge.set(computed)
      } catch (error) {
        gauge.set(Number.NaN)
        onError(error, gauge.family.head.name)
      }
    }
  }

  function collect(): Snapshot {
    sync()
    if (families.conflict !== undefined) throw families.conflict
    publish()
    return takeSnapshot(families.all, onError)
  }

  // Which overload was called decides what comes back; the declarations above say so, one implementation cannot.
  return { counter, gauge, histogram, info, share, attach, release, publish, collect } as Registry
}

/** Any declaration, as the implementations see it. */
type Options = Metric & {
  readonly labels?: LabelSpecs
  readonly value?: Value['value']
  readonly values?: Values<LabelSpecs>['values']
  readonly threads?: Combination
}

function checkCombination({ name, labels, value, values, threads }: Options): void {
  if (threads === undefined) return
  if (!['sum', 'max', 'latest'].includes(threads)) {
    throw new TypeError(`${name}: threads is sum, max or latest, not ${String(threads)}`)
  }
  if (values || (value && labels)) {
    throw new TypeError(`${name}: what each thread computes for itself has no labels`)
  }
}

/** An info's labels as any metric has them, and those that have one value. */
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
