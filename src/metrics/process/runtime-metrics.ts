/** Metrics of the JavaScript runtime. Each thread computes its own; a scrape combines them. */
import type { LabelledHistogram } from '../kinds/histogram.ts'
import type { Registry } from '../registry.ts'
import type { EventLoopLag } from './delay-windows.ts'
import { type GcKind, gcKinds } from './gc-kinds.ts'
import { sharedReading } from './shared-reading.ts'

/** Readers of the calling thread. All are optional. */
export type RuntimeReaders = {
  /** Used size of the heap. */
  readonly heapUsedBytes?: () => number
  readonly heapTotalBytes?: () => number
  /** Memory outside the heap that objects in the heap own. */
  readonly externalMemoryBytes?: () => number
  readonly heapSpaces?: () => Iterable<HeapSpace>
  /** Time that a due callback waits for the event loop. */
  readonly eventLoopLag?: () => EventLoopLag
  /** Share of the time in which the event loop was active, from 0 to 1. */
  readonly eventLoopUtilization?: () => number
  /**
   * Calls `onPause` after each garbage collection. Called once, when the metrics are declared. May return a function that
   * ends the calls; a later declaration on the same registry calls it.
   */
  readonly gcPauses?: (onPause: (kind: GcKind, seconds: number) => void) => unknown
  /** The type of each active handle. */
  readonly activeHandles?: () => readonly string[]
  /** The type of each active request of libuv. */
  readonly activeRequests?: () => readonly string[]
  /** The type of each resource that keeps the event loop alive. */
  readonly activeResources?: () => readonly string[]
  /** Version of Node, such as `v24.1.0`. Read once, when the metrics are declared. */
  readonly nodeVersion?: () => string
}

/** Sizes of a part of the heap, in bytes. */
export type HeapSpace = {
  readonly space: string
  readonly total: number
  readonly used: number
  readonly available: number
}

/** Declares the metrics of the runtime that have readers. Used by `declareProcessMetrics` only. */
export function declareRuntimeMetrics(
  registry: Registry,
  readers: RuntimeReaders,
  hasActiveTotals: boolean,
): void {
  const { heapSpaces, eventLoopLag, eventLoopUtilization, gcPauses, nodeVersion } = readers
  for (const { name, help, reader } of heapSizes) {
    const value = readers[reader]
    if (value) registry.gauge({ name, help, unit: 'bytes', threads: 'sum', value })
  }
  if (heapSpaces) declareHeapSpaces(registry, heapSpaces)
  if (eventLoopLag) declareEventLoopLag(registry, eventLoopLag)
  if (eventLoopUtilization) {
    registry.gauge({
      name: 'nodejs_eventloop_utilization_ratio',
      help: 'Share of the window in which the event loop was active, in the busiest thread.',
      unit: 'ratio',
      threads: 'max',
      value: eventLoopUtilization,
    })
  }
  if (gcPauses) declareGc(registry, gcPauses)
  for (const { name, what, reader } of active) {
    const types = readers[reader]
    if (types) declareActive(registry, name, what, { types, hasTotal: hasActiveTotals })
  }
  if (nodeVersion) declareVersion(registry, nodeVersion())
}

const heapSizes = [
  {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Used size of the heaps of all threads, in bytes.',
    reader: 'heapUsedBytes',
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Size of the heaps of all threads, in bytes.',
    reader: 'heapTotalBytes',
  },
  {
    name: 'nodejs_external_memory_bytes',
    help: 'Memory outside the heaps that belongs to objects of the heaps, in bytes.',
    reader: 'externalMemoryBytes',
  },
] as const

/** Maximum of label values. V8 has 13 spaces, and Node some 30 types of handles and resources. */
const MAX_VALUES = 60

function declareHeapSpaces(registry: Registry, heapSpaces: () => Iterable<HeapSpace>): void {
  const partOfSpaces = sharedReading(() => [...heapSpaces()])
  for (const size of ['total', 'used', 'available'] as const) {
    registry.gauge({
      name: `nodejs_heap_space_size_${size}_bytes`,
      help: `${size[0]?.toUpperCase()}${size.slice(1)} size of each space of the heaps of all threads, in bytes.`,
      unit: 'bytes',
      labels: { space: { max: MAX_VALUES } },
      threads: 'sum',
      values: partOfSpaces((spaces) => spaces.map((one) => [{ space: one.space }, one[size]] as const)),
    })
  }
}

const lags: readonly { readonly infix: string; readonly value: keyof EventLoopLag; readonly what: string }[] =
  [
    { infix: '', value: 'mean', what: 'Mean delay' },
    { infix: '_min', value: 'min', what: 'Smallest delay' },
    { infix: '_max', value: 'max', what: 'Largest delay' },
    { infix: '_mean', value: 'mean', what: 'Mean delay' },
    { infix: '_stddev', value: 'stddev', what: 'Standard deviation of the delay' },
    { infix: '_p50', value: 'p50', what: '50th percentile of the delay' },
    { infix: '_p90', value: 'p90', what: '90th percentile of the delay' },
    { infix: '_p99', value: 'p99', what: '99th percentile of the delay' },
  ]

function declareEventLoopLag(registry: Registry, eventLoopLag: () => EventLoopLag): void {
  const partOfLag = sharedReading(eventLoopLag)
  for (const { infix, value, what } of lags) {
    registry.gauge({
      name: `nodejs_eventloop_lag${infix}_seconds`,
      help: `${what} of a due callback over the window, in the slowest thread, in seconds.`,
      unit: 'seconds',
      threads: 'max',
      value: partOfLag((lag) => lag[value]),
    })
  }
}

/**
 * Property of the histogram: ends the observation of an earlier declaration, which would count each collection again. A
 * registered symbol, because a registry may outlive this copy of the module.
 */
const endObservation: unique symbol = Symbol.for('hitrate.endGcObservation')

function declareGc(registry: Registry, gcPauses: NonNullable<RuntimeReaders['gcPauses']>): void {
  const durations: LabelledHistogram<{ kind: typeof gcKinds }> & { [endObservation]?: () => void } =
    registry.histogram({
      name: 'nodejs_gc_duration_seconds',
      help: 'Duration of garbage collections in all threads, in seconds.',
      unit: 'seconds',
      labels: { kind: gcKinds },
      buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    })
  durations[endObservation]?.()
  let isEnded = false
  const end = gcPauses((kind, seconds) => {
    if (!isEnded) durations.with({ kind }).observe(seconds)
  })
  durations[endObservation] = () => {
    isEnded = true
    if (typeof end === 'function') end()
  }
}

const active = [
  { name: 'nodejs_active_handles', what: 'handles', reader: 'activeHandles' },
  { name: 'nodejs_active_requests', what: 'requests', reader: 'activeRequests' },
  { name: 'nodejs_active_resources', what: 'resources', reader: 'activeResources' },
] as const

type Active = { readonly types: () => readonly string[]; readonly hasTotal: boolean }

/** One gauge by type, and perhaps their sum. Its name ends in `_total`, as dashboards have it, though it is no counter. */
function declareActive(registry: Registry, name: string, what: string, { types, hasTotal }: Active): void {
  const partOfTypes = sharedReading(types)
  registry.gauge({
    name,
    help: `Active ${what} in all threads, by type.`,
    labels: { type: { max: MAX_VALUES } },
    threads: 'sum',
    values: partOfTypes((all) => countsOf(all)),
  })
  if (!hasTotal) return
  registry.gauge({
    name: `${name}_total`,
    help: `Active ${what} in all threads.`,
    threads: 'sum',
    value: partOfTypes((all) => all.length),
  })
}

function countsOf(types: readonly string[]): Iterable<readonly [{ readonly type: string }, number]> {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].map(([type, count]) => [{ type }, count] as const)
}

function declareVersion(registry: Registry, version: string): void {
  const [major = '', minor = '', patch = ''] = version.replace(/^v/, '').split('.')
  registry.info({
    name: 'nodejs_version_info',
    help: 'Version of Node, or on Bun the version of Node that it is compatible with.',
    labels: { version, major, minor, patch },
  })
}
