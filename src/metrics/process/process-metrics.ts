/** Metrics of the process and its runtime, under the names that existing dashboards use. */
import { aFunction, type OptionRules, validateOptions } from '../../options.ts'
import type { Registry } from '../registry.ts'

/** Functions that read the state of the process, called at each scrape. All are optional. */
export type ProcessReaders = {
  /** CPU time of the process: user and system time together. */
  readonly cpuSeconds?: () => number
  readonly residentMemoryBytes?: () => number
  readonly virtualMemoryBytes?: () => number
  /** Memory that the process may use: the limit of its container, or else the memory of the machine. */
  readonly memoryLimitBytes?: () => number
  readonly startTimeSeconds?: () => number
  readonly openFds?: () => number
  readonly maxFds?: () => number
  /** Used heap of the calling thread. The next three readers also read values of the calling thread. */
  readonly heapUsedBytes?: () => number
  readonly heapTotalBytes?: () => number
  /** Memory outside the heap that objects in the heap own. */
  readonly externalMemoryBytes?: () => number
  /** Time that a due callback waits for the event loop. */
  readonly eventLoopLagSeconds?: () => number
}

/**
 * Declares a metric for each reader. The thread that serves the scrape reads the values of the whole process. Values of
 * a thread are added up over all threads; the event loop lag is the largest of all threads.
 * @throws {TypeError} when a reader is unknown or not a function
 * @throws when one of the names is taken in the registry
 */
export function declareProcessMetrics(registry: Registry, readers: ProcessReaders): void {
  validateOptions('declareProcessMetrics', readers, readerRules)
  const { cpuSeconds, openFds, maxFds } = readers
  if (cpuSeconds) {
    const help = 'User and system time of the process, in seconds.'
    registry.counter({ name: 'process_cpu_seconds_total', help, unit: 'seconds', value: cpuSeconds })
  }
  if (openFds) {
    registry.gauge({ name: 'process_open_fds', help: 'Open file descriptors.', value: openFds })
  }
  if (maxFds) {
    registry.gauge({ name: 'process_max_fds', help: 'Maximum of open file descriptors.', value: maxFds })
  }
  for (const { name, help, unit, reader, threads } of sizes) {
    const value = readers[reader]
    if (value === undefined) continue
    if (threads === undefined) registry.gauge({ name, help, unit, value })
    else registry.gauge({ name, help, unit, value, threads })
  }
}

const readerRules: OptionRules<ProcessReaders> = {
  cpuSeconds: aFunction,
  residentMemoryBytes: aFunction,
  virtualMemoryBytes: aFunction,
  memoryLimitBytes: aFunction,
  startTimeSeconds: aFunction,
  openFds: aFunction,
  maxFds: aFunction,
  heapUsedBytes: aFunction,
  heapTotalBytes: aFunction,
  externalMemoryBytes: aFunction,
  eventLoopLagSeconds: aFunction,
}

/** The gauges, each with its reader. A gauge with the option `threads` is computed by every thread for itself. */
const sizes: readonly {
  readonly name: string
  readonly help: string
  readonly unit: string
  readonly reader: keyof ProcessReaders
  readonly threads?: 'sum' | 'max'
}[] = [
  {
    name: 'process_start_time_seconds',
    help: 'Start time of the process, in seconds since 1970.',
    unit: 'seconds',
    reader: 'startTimeSeconds',
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process, in bytes.',
    unit: 'bytes',
    reader: 'residentMemoryBytes',
  },
  {
    name: 'process_virtual_memory_bytes',
    help: 'Virtual memory of the process, in bytes.',
    unit: 'bytes',
    reader: 'virtualMemoryBytes',
  },
  {
    name: 'process_memory_limit_bytes',
    help: 'Memory that the process may use: the limit of its container, or else that of the machine, in bytes.',
    unit: 'bytes',
    reader: 'memoryLimitBytes',
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Used size of the heaps of all threads, in bytes.',
    unit: 'bytes',
    reader: 'heapUsedBytes',
    threads: 'sum',
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Size of the heaps of all threads, in bytes.',
    unit: 'bytes',
    reader: 'heapTotalBytes',
    threads: 'sum',
  },
  {
    name: 'nodejs_external_memory_bytes',
    help: 'Memory outside the heaps that belongs to objects of the heaps, in bytes.',
    unit: 'bytes',
    reader: 'externalMemoryBytes',
    threads: 'sum',
  },
  {
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Delay of a callback that was due after the last scrape, in the slowest thread, in seconds.',
    unit: 'seconds',
    reader: 'eventLoopLagSeconds',
    threads: 'max',
  },
]
