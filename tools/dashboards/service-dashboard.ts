/** The dashboard of the service: requests, objectives, processes. */
import { dashboard } from './dashboard.ts'
import { type Row, stat, timeseries } from './panels.ts'
import { metrics, processes, runtime } from './process-rows.ts'
import { burnRate, of, ofJob, orZero, quantile, requests } from './service-queries.ts'

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
        description:
          'Bytes of request and response bodies per second. Requests without a Content-Length are not counted.',
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
