/** Metrics of the process and its runtime, under the names that dashboards know them by. */
import type { Registry } from '../registry.ts'

/** What a process can say of itself, read at each scrape; hand in what there is. */
export type ProcessReaders = {
  /** User and system time together. */
  readonly cpuSeconds?: () => number
  readonly residentMemoryBytes?: () => number
  readonly virtualMemoryBytes?: () => number
  readonly startTimeSeconds?: () => number
  readonly openFds?: () => number
  readonly maxFds?: () => number
  /** Of this thread, as the next three. */
  readonly heapUsedBytes?: () => number
  readonly heapTotalBytes?: () => number
  /** Memory that objects of the heap have outside of it. */
  readonly externalMemoryBytes?: () => number
  /** How much later than asked for a callback runs. */
  readonly eventLoopLagSeconds?: () => number
}

/**
 * Declares the metrics for which there is a reader. What is the whole process's is read by the thread that answers the
 * scrape; what is a thread's is added up over all threads, and of the event loops' lag the largest is shown.
 */
export function declareProcessMetrics(registry: Registry, readers: ProcessReaders): void {
  const { cpuSeconds, openFds, maxFds } = readers
  if (cpuSeconds) {
    const help = 'User and system time of the process, in seconds.'
    registry.counter({ name: 'process_cpu_seconds_total', help, unit: 'seconds', value: cpuSeconds })
  }
  if (openFds) {
    registry.gauge({ name: 'process_open_fds', help: 'File descriptors that are open.', value: openFds })
  }
  if (maxFds) {
    registry.gauge({ name: 'process_max_fds', help: 'File descriptors that may be open.', value: maxFds })
  }
  for (const { name, help, unit, reader, threads } of sizes) {
    const value = readers[reader]
    if (value === undefined) continue
    if (threads === undefined) registry.gauge({ name, help, unit, value })
    else registry.gauge({ name, help, unit, value, threads })
  }
}

/** Gauges by their readers; those with `threads` are each thread's own. */
const sizes: readonly {
  readonly name: string
  readonly help: string
  readonly unit: string
  readonly reader: keyof ProcessReaders
  readonly threads?: 'sum' | 'max'
}[] = [
  {
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
    unit: 'seconds',
    reader: 'startTimeSeconds',
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that is in RAM, in bytes.',
    unit: 'bytes',
    reader: 'residentMemoryBytes',
  },
  {
    name: 'process_virtual_memory_bytes',
    help: 'Addresses that the process has taken, in bytes; most of them may have no memory.',
    unit: 'bytes',
    reader: 'virtualMemoryBytes',
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Bytes of the heaps that are in use.',
    unit: 'bytes',
    reader: 'heapUsedBytes',
    threads: 'sum',
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Bytes that the heaps have.',
    unit: 'bytes',
    reader: 'heapTotalBytes',
    threads: 'sum',
  },
  {
    name: 'nodejs_external_memory_bytes',
    help: 'Bytes outside of the heaps that belong to their objects.',
    unit: 'bytes',
    reader: 'externalMemoryBytes',
    threads: 'sum',
  },
  {
    name: 'nodejs_eventloop_lag_seconds',
    help: 'How long a callback had to wait for its turn after the last scrape, in the slowest thread, in seconds.',
    unit: 'seconds',
    reader: 'eventLoopLagSeconds',
    threads: 'max',
  },
]
