/** The dashboard of the service: requests, objectives, processes. */
import { dashboard } from './dashboard.ts'
import { type Row, stat, timeseries } from './panels.ts'

/** Selects the series of the chosen processes, and those of the job for recorded series, which have no instance. */
const of = 'job="$job",instance=~"$instance"'
const ofJob = 'job="$job"'

const requests = `http_request_duration_seconds_count{${of}}`
const budget = '(1 - scalar(hitrate:http_availability:objective))'
const burnRate = (window: string) =>
  `job_access:http_request_errors:ratio_rate${window}{${ofJob}} / ${budget}`
const quantile = (q: number, by: string, buckets: string) =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${buckets}[$__rate_interval])))`
/** Zero where the first expression has no series. */
const orZero = (expression: string, zeroOf: string) => `${expression} or 0 * ${zeroOf}`

export function serviceDashboard() {
  return dashboard({
    uid: 'hitrate-service',
    title: 'hitrate service',
    description: 'Requests, objectives and processes of a service that hitrate measures.',
    chosenBy: 'http_request_duration_seconds_count',
    rows: [overview(), objectives(), requestRows(), bodies(), processes(), runtime(), metrics()],
  })
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      stat({
        title: 'Requests',
        description: 'Requests per second, scrapes and probes included.',
        unit: 'reqps',
        queries: [[`sum(rate(${requests}[$__rate_interval]))`, 'requests']],
      }),
      stat({
        title: 'Failed reads',
        description:
          'Share of GET and HEAD requests of the last 5 minutes that got a 5xx answer, of all instances.',
        unit: 'percentunit',
        thresholds: { warning: 0.001, critical: 0.0144 },
        queries: [[`job_access:http_request_errors:ratio_rate5m{${ofJob},access="read"}`, 'reads']],
      }),
      stat({
        title: 'Failed writes',
        description: 'Share of other requests of the last 5 minutes that got a 5xx answer, of all instances.',
        unit: 'percentunit',
        thresholds: { warning: 0.001, critical: 0.0144 },
        queries: [[`job_access:http_request_errors:ratio_rate5m{${ofJob},access="write"}`, 'writes']],
      }),
      stat({
        title: 'Slowest route, p99',
        description: 'Duration that one request in a hundred of the slowest route exceeds.',
        unit: 's',
        thresholds: { warning: 0.5 },
        queries: [[`max(job_route:http_request_duration_seconds:p99_rate5m{${ofJob}})`, 'p99']],
      }),
      stat({
        title: 'Instances up',
        description: 'Targets of the job that answered the last scrape.',
        unit: 'none',
        queries: [[`sum(up{${of}})`, 'up']],
      }),
      stat({
        title: 'Version',
        description: 'Versions that run now, each with its runtime.',
        unit: 'none',
        showName: true,
        queries: [[`count by (version, runtime) (hitrate_build_info{${of}})`, '{{version}}, {{runtime}}']],
      }),
    ],
  }
}

function objectives(): Row {
  const windows = ['5m', '1h', '6h', '3d']
  const burn = (access: string, what: string) =>
    timeseries({
      title: `Burn rate of ${access}s`,
      description:
        `Errors of ${what}, divided by what the objective allows. Rate 1 uses up the error budget in just 30 days. ` +
        'HitrateErrorBudgetBurnsFast fires above 14.4 (1h and 5m) or 6 (6h and 30m), ...Slowly above 3 (1d and 2h) or 1 (3d and 6h).',
      unit: 'none',
      thresholds: { warning: 1, critical: 14.4 },
      queries: windows.map((window) => [
        burnRate(window).replace(ofJob, `${ofJob},access="${access}"`),
        window,
      ]),
    })
  return {
    title: 'Objectives (all instances)',
    panels: [
      burn('read', 'GET and HEAD'),
      burn('write', 'all other methods'),
      timeseries({
        title: 'Error budget used in 3 days',
        description:
          'Share of the error budget of 30 days that the last 3 days used. 0.1 is the share of 3 days.',
        unit: 'percentunit',
        thresholds: { warning: 0.1, critical: 1 },
        queries: [[`${burnRate('3d')} * 3 / 30`, '{{access}}']],
        names: ['read', 'write'],
      }),
    ],
  }
}

function requestRows(): Row {
  return {
    title: 'Requests',
    panels: [
      timeseries({
        title: 'Requests by route',
        description: 'Requests per second by route pattern. Unknown paths are /*.',
        unit: 'reqps',
        stack: true,
        queries: [[`sum by (route) (rate(${requests}[$__rate_interval]))`, '{{route}}']],
      }),
      timeseries({
        title: 'Requests by status',
        description: 'Requests per second by status. 499: the client left before the answer.',
        unit: 'reqps',
        stack: true,
        queries: [[`sum by (status) (rate(${requests}[$__rate_interval]))`, '{{status}}']],
      }),
      timeseries({
        title: 'Errors by route',
        description: 'Answers with a 5xx status per second.',
        unit: 'reqps',
        queries: [
          [
            orZero(
              `sum by (method, route) (rate(http_request_duration_seconds_count{${of},status=~"5.."}[$__rate_interval]))`,
              `sum by (method, route) (rate(${requests}[$__rate_interval]))`,
            ),
            '{{method}} {{route}}',
          ],
        ],
      }),
      timeseries({
        title: 'Duration by route, p50',
        description: 'Half of the requests of a route take less.',
        unit: 's',
        queries: [[quantile(0.5, 'route, le', `http_request_duration_seconds_bucket{${of}}`), '{{route}}']],
      }),
      timeseries({
        title: 'Duration by route, p99',
        description:
          'One request in a hundred takes longer. HitrateRequestsSlow fires above 0.5 s. Scrapes, probes and aborted requests are left out.',
        unit: 's',
        thresholds: { critical: 0.5 },
        queries: [[`job_route:http_request_duration_seconds:p99_rate5m{${ofJob}}`, '{{route}}']],
      }),
      timeseries({
        title: 'In flight, and aborted',
        description:
          'Requests in progress, the scrape itself included, and requests per second that clients aborted (status 499).',
        unit: 'none',
        queries: [
          [`sum by (instance) (http_requests_in_flight{${of}})`, 'in flight {{instance}}'],
          [
            orZero(
              `sum(rate(http_request_duration_seconds_count{${of},status="499"}[$__rate_interval]))`,
              `sum(rate(${requests}[$__rate_interval]))`,
            ),
            'aborted per second',
          ],
        ],
      }),
    ],
  }
}

function bodies(): Row {
  const sizes = (kind: 'request' | 'response') =>
    timeseries({
      title: `Size of ${kind}s, p99`,
      description: `One ${kind} body in a hundred of a route is larger.`,
      unit: 'bytes',
      queries: [[quantile(0.99, 'route, le', `http_${kind}_size_bytes_bucket{${of}}`), '{{route}}']],
    })
  return {
    title: 'Bodies',
    panels: [
      timeseries({
        title: 'Bytes in and out',
        description: 'Bytes of request and response bodies per second.',
        unit: 'Bps',
        queries: [
          [`sum(rate(http_request_size_bytes_sum{${of}}[$__rate_interval]))`, 'received'],
          [`sum(rate(http_response_size_bytes_sum{${of}}[$__rate_interval]))`, 'sent'],
        ],
      }),
      sizes('request'),
      sizes('response'),
    ],
  }
}

function processes(): Row {
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

function runtime(): Row {
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
          [`nodejs_active_handles_total{${of}}`, 'handles {{instance}}'],
          [`nodejs_active_requests_total{${of}}`, 'requests {{instance}}'],
          [`nodejs_active_resources_total{${of}}`, 'resources {{instance}}'],
        ],
      }),
    ],
  }
}

function metrics(): Row {
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
