/** Metrics of HTTP requests: their duration by route, and the number in flight. */
import type { Histogram, Registry } from '../metrics/index.ts'
import { requestDurationBuckets } from './duration-buckets.ts'

/** The methods that routes use; any other method of a client is counted as `other`. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const

export interface RequestEnd {
  method: string
  /** Pattern of the route, such as `/users/:id`; never the path of the request. */
  route: string
  status: number
  durationMs: number
}

export function declareRequests(registry: Registry) {
  const durations = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route pattern and status.',
    unit: 'seconds',
    labels: { method: METHODS, route: { max: 64 }, status: { max: 64 } },
    buckets: requestDurationBuckets,
  })
  const inFlight = registry.gauge({
    name: 'http_requests_in_flight',
    help: 'HTTP requests in flight.',
  })

  /** The series of the last request, reused because most requests have the same labels as the previous one. */
  let last: { method: string; route: string; status: number; series: Histogram } | undefined

  function count({ method, route, status, durationMs }: RequestEnd): void {
    if (last === undefined || last.status !== status || last.route !== route || last.method !== method) {
      const labels = { method: isListed(method) ? method : 'other', route, status: String(status) } as const
      last = { method, route, status, series: durations.with(labels) }
    }
    last.series.observe(durationMs / 1000)
  }

  return {
    start: () => inFlight.inc(),
    end(request: RequestEnd): void {
      inFlight.dec()
      count(request)
    },
    count,
  }
}

function isListed(method: string): method is (typeof METHODS)[number] {
  return METHODS.some((listed) => listed === method)
}
