/** Rows of the service dashboard on processes, their runtime and their metrics. */
import { type Row, timeseries } from './panels.ts'
import { of } from './service-queries.ts'

export function processes(): Row {
  return {
    title: 'Processes',
    panels: [
      timeseries({
        title: 'CPU',
        description: 'Cores that a process uses. Its threads that serve can use one core each.',
        unit: 'none',
        queries: [
          [`rate(process_cpu_user_seconds_total{${of}}[$__rate_interval])`, 'user {{instance}}'],
          [`rate(process_cpu_system_seconds_total{${of}}[$__rate_interval])`, 'system {{instance}}'],
        ],
      }),
      timeseries({
        title: 'Memory against its limit',
        description:
          'Resident memory, and the limit of the container, or else of the machine. HitrateMemoryHigh fires at 90 %.',
        unit: 'bytes',
        queries: [
          [`process_resident_memory_bytes{${of}}`, 'used {{instance}}'],
          [`instance:process_memory_limit_bytes:max{${of}}`, 'limit {{instance}}'],
        ],
      }),
      timeseries({
        title: 'File descriptors',
        description:
          'Share of the allowed file descriptors that are open. HitrateFileDescriptorsHigh fires at 80 %.',
        unit: 'percentunit',
        max: 1,
        thresholds: { critical: 0.8 },
        queries: [[`instance:process_open_fds:ratio{${of}}`, '{{instance}}']],
      }),
      timeseries({
        title: 'Restarts',
        description: 'Restarts of processes and threads within 30 minutes. A deployment is one.',
        unit: 'none',
        queries: [
          [`changes(process_start_time_seconds{${of}}[30m])`, 'process {{instance}}'],
          [`increase(hitrate_thread_restarts_total{${of}}[30m])`, 'threads of {{instance}}'],
        ],
      }),
      timeseries({
        title: 'Heaps',
        description: 'Heaps of all threads, and memory of their objects outside the heaps, such as buffers.',
        unit: 'bytes',
        queries: [
          [`nodejs_heap_size_used_bytes{${of}}`, 'used {{instance}}'],
          [`nodejs_heap_size_total_bytes{${of}}`, 'total {{instance}}'],
          [`nodejs_external_memory_bytes{${of}}`, 'external {{instance}}'],
        ],
      }),
      timeseries({
        title: 'Event loop lag',
        description:
          'Delay of a due callback in the slowest thread, over the last minute. HitrateEventLoopLag fires when p99 is above 0.1 s.',
        unit: 's',
        thresholds: { critical: 0.1 },
        queries: [
          [`nodejs_eventloop_lag_p50_seconds{${of}}`, 'p50 {{instance}}'],
          [`nodejs_eventloop_lag_p99_seconds{${of}}`, 'p99 {{instance}}'],
          [`nodejs_eventloop_lag_max_seconds{${of}}`, 'max {{instance}}'],
        ],
      }),
    ],
  }
}

export function runtime(): Row {
  return {
    title: 'Runtime (Node only)',
    panels: [
      timeseries({
        title: 'Garbage collection',
        description: 'Share of the time that garbage collections take, in all threads.',
        unit: 'percentunit',
        queries: [
          [`sum by (kind) (rate(nodejs_gc_duration_seconds_sum{${of}}[$__rate_interval]))`, '{{kind}}'],
        ],
      }),
      timeseries({
        title: 'Event loop utilization',
        description:
          'Share of the time in which the event loop of the busiest thread was active. At 1 a thread is saturated.',
        unit: 'percentunit',
        max: 1,
        queries: [[`nodejs_eventloop_utilization_ratio{${of}}`, '{{instance}}']],
      }),
      timeseries({
        title: 'Handles and requests of libuv',
        description:
          'What keeps the event loops alive: sockets, timers, operations. Growth under the same load is a leak.',
        unit: 'none',
        queries: [
          [`sum without (type) (nodejs_active_handles{${of}})`, 'handles {{instance}}'],
          [`sum without (type) (nodejs_active_requests{${of}})`, 'requests {{instance}}'],
          [`sum without (type) (nodejs_active_resources{${of}})`, 'resources {{instance}}'],
        ],
      }),
    ],
  }
}

export function metrics(): Row {
  return {
    title: 'Metrics',
    panels: [
      timeseries({
        title: 'Label overflows',
        description:
          'Look-ups per second that were counted as other, because a label had its maximum of values.',
        unit: 'ops',
        width: 12,
        queries: [
          [`sum by (metric) (rate(metrics_label_overflows_total{${of}}[$__rate_interval]))`, '{{metric}}'],
        ],
      }),
      timeseries({
        title: 'Metric errors',
        description: 'Operations of metrics per second that were refused, such as a label that is no string.',
        unit: 'ops',
        width: 12,
        queries: [
          [
            `sum by (metric) (rate(metrics_errors_total{${of}}[$__rate_interval])) or vector(0)`,
            '{{metric}}',
          ],
        ],
      }),
    ],
  }
}
