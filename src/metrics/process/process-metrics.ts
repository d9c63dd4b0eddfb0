/** Metrics of the process and its runtime, under the names that existing dashboards use: those of prom-client. */
import { aBoolean, aFunction, type OptionRules, validateOptions } from '../../options.ts'
import type { Registry } from '../registry.ts'
import { declareRuntimeMetrics, type RuntimeReaders } from './runtime-metrics.ts'

/** Functions that read the state of the process, called at each scrape. All are optional. */
export type ProcessReaders = RuntimeReaders & {
  /** CPU time of the process: user and system time together. */
  readonly cpuSeconds?: () => number
  readonly cpuUserSeconds?: () => number
  readonly cpuSystemSeconds?: () => number
  readonly residentMemoryBytes?: () => number
  readonly virtualMemoryBytes?: () => number
  /** Private writable memory of the process, of which parts may not be in use. */
  readonly processHeapBytes?: () => number
  /** Memory that the process may use: the limit of its container, or else the memory of the machine. */
  readonly memoryLimitBytes?: () => number
  readonly startTimeSeconds?: () => number
  readonly openFds?: () => number
  readonly maxFds?: () => number

  /** Ends what the readers have started. Not used here. */
  readonly close?: () => void
}

export type ProcessMetricsOptions = {
  /**
   * False if `nodejs_active_handles_total`, `nodejs_active_requests_total` and `nodejs_active_resources_total` are not to be
   * declared. Dashboards for prom-client have these names, but linters report a gauge whose name ends in `_total`. Default:
   * true.
   */
  readonly activeTotals?: boolean
}

/**
 * Declares a metric for each reader, of some readers several. The thread that serves the scrape reads the values of the
 * whole process. Values of a thread are added up over all threads. Of the delay of the event loop and its utilization,
 * the largest of all threads is shown.
 * @throws {TypeError} when a reader or an option is unknown or has the wrong type
 * @throws when one of the names is taken in the registry
 */
export function declareProcessMetrics(
  registry: Registry,
  readers: ProcessReaders,
  options: ProcessMetricsOptions = {},
): void {
  validateOptions('declareProcessMetrics', readers, readerRules)
  validateOptions('declareProcessMetrics', options, optionRules)
  for (const { name, help, reader } of times) {
    const value = readers[reader]
    if (value) registry.counter({ name, help, unit: 'seconds', value })
  }
  const { openFds, maxFds } = readers
  if (openFds) {
    registry.gauge({ name: 'process_open_fds', help: 'Open file descriptors.', value: openFds })
  }
  if (maxFds) {
    registry.gauge({ name: 'process_max_fds', help: 'Maximum of open file descriptors.', value: maxFds })
  }
  for (const { name, help, unit, reader, merge } of sizes) {
    const value = readers[reader]
    if (value) registry.gauge({ name, help, unit, value, merge })
  }
  declareRuntimeMetrics(registry, readers, options.activeTotals ?? true)
}

const optionRules: OptionRules<ProcessMetricsOptions> = { activeTotals: aBoolean }

const readerRules: OptionRules<ProcessReaders> = {
  cpuSeconds: aFunction,
  cpuUserSeconds: aFunction,
  cpuSystemSeconds: aFunction,
  residentMemoryBytes: aFunction,
  virtualMemoryBytes: aFunction,
  processHeapBytes: aFunction,
  memoryLimitBytes: aFunction,
  startTimeSeconds: aFunction,
  openFds: aFunction,
  maxFds: aFunction,
  nodeVersion: aFunction,
  heapUsedBytes: aFunction,
  heapTotalBytes: aFunction,
  externalMemoryBytes: aFunction,
  heapSpaces: aFunction,
  eventLoopLag: aFunction,
  eventLoopUtilization: aFunction,
  gcPauses: aFunction,
  activeHandles: aFunction,
  activeRequests: aFunction,
  activeResources: aFunction,
  close: aFunction,
}

const times = [
  {
    name: 'process_cpu_seconds_total',
    help: 'User and system time of the process, in seconds.',
    reader: 'cpuSeconds',
  },
  {
    name: 'process_cpu_user_seconds_total',
    help: 'User time of the process, in seconds.',
    reader: 'cpuUserSeconds',
  },
  {
    name: 'process_cpu_system_seconds_total',
    help: 'System time of the process, in seconds.',
    reader: 'cpuSystemSeconds',
  },
] as const

/** Gauges of the whole process, and how those of several processes become one. */
const sizes = [
  {
    name: 'process_start_time_seconds',
    help: 'Start time of the process, in seconds since 1970.',
    unit: 'seconds',
    reader: 'startTimeSeconds',
    merge: 'max', // so that each restart changes it
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process, in bytes.',
    unit: 'bytes',
    reader: 'residentMemoryBytes',
    merge: 'sum',
  },
  {
    name: 'process_virtual_memory_bytes',
    help: 'Virtual memory of the process, in bytes.',
    unit: 'bytes',
    reader: 'virtualMemoryBytes',
    merge: 'sum',
  },
  {
    name: 'process_heap_bytes',
    help: 'Private writable memory of the process, in bytes.',
    unit: 'bytes',
    reader: 'processHeapBytes',
    merge: 'sum',
  },
  {
    name: 'process_memory_limit_bytes',
    help: 'Memory that the process may use: the limit of its container, or else that of the machine, in bytes.',
    unit: 'bytes',
    reader: 'memoryLimitBytes',
    merge: 'max', // the processes of one container share its limit
  },
] as const
