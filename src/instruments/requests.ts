/** Metrics of HTTP requests: their duration by route, the number in flight, and the sizes of their bodies. */
import type { Histogram, Registry } from '../metrics/index.ts'
import { requestDurationBuckets } from './duration-buckets.ts'

/** The methods that routes use; any other method of a client is counted as `other`. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const

type Method = (typeof METHODS)[number]

export interface RequestEnd {
  method: string
  /** Pattern of the route, such as `/users/:id`; never the path of the request. */
  route: string
  /** 499 if the client has gone before the end of the response. */
  status: number
  durationMs: number
  /** Bytes of the response body. Default: not known, so its size is not counted. */
  bytes?: number | undefined
  /** Bytes of the request body. Default: not known, so its size is not counted. */
  requestBytes?: number | undefined
  /** The trace of the request, which becomes the exemplar of its duration. Default: none. */
  trace?: { traceId: string; spanId: string } | undefined
}

export interface RequestMetricsOptions {
  /** Buckets of `http_request_duration_seconds`, in seconds. Default: 17 from 50 µs to 10 s. */
  durationBuckets?: readonly number[]
  /** Buckets of the two sizes, in bytes. Default: the powers of ten from 100 B to 100 MB. */
  sizeBuckets?: readonly number[]
  /** Adds native buckets to the three histograms. Default: false. */
  native?: boolean
  /** Largest number of values of the label `route`; further routes are counted as `other`. Default: 64. */
  maxRoutes?: number
  /** Largest number of values of the label `status`; further ones are counted as `other`. Default: 64. */
  maxStatuses?: number
}

interface SeriesOfRoute {
  method: string
  status: number
  duration: Histogram
  responseSize: Histogram
  /** Made by the first request with a known size, because most routes have no request bodies. */
  requestSize: () => Histogram
}

export interface RequestMetrics {
  start(): void
  end(request: RequestEnd): void
  /** Counts a request that was never in flight. */
  count(request: RequestEnd): void
}

/** Buckets in bytes for the bodies of requests and responses. */
const defaultSizeBuckets = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]

/** Largest number of routes whose series are kept. Apps have fewer, unless they make routes of paths. */
const MAX_KEPT_ROUTES = 1000

/** @throws when the registry has other metrics of these names, or an option is not valid. */
export function declareRequests(registry: Registry, options: RequestMetricsOptions = {}): RequestMetrics {
  const inFlight = registry.gauge({ name: 'http_requests_in_flight', help: 'HTTP requests in flight.' })
  const bind = declareHistograms(registry, options)
  const byRoute = new Map<string, SeriesOfRoute[]>()
  /** The last request, because most requests have the same labels as the previous one. */
  let lastRoute: string | undefined
  let last: SeriesOfRoute | undefined

  function seriesOf(method: string, route: string, status: number): SeriesOfRoute {
    if (byRoute.size >= MAX_KEPT_ROUTES) byRoute.clear()
    const list = byRoute.get(route) ?? []
    let series = list.find((one) => one.status === status && one.method === method)
    if (series === undefined) {
      series = bind(method, route, status)
      list.push(series)
      byRoute.set(route, list)
    }
    return series
  }

  function count({ method, route, status, durationMs, bytes, requestBytes, trace }: RequestEnd): void {
    if (last === undefined || lastRoute !== route || last.status !== status || last.method !== method) {
      last = seriesOf(method, route, status)
      lastRoute = route
    }
    const { duration, responseSize, requestSize } = last
    if (trace === undefined) duration.observe(durationMs / 1000)
    else duration.observe(durationMs / 1000, { trace_id: trace.traceId, span_id: trace.spanId })
    if (bytes !== undefined) responseSize.observe(bytes)
    if (requestBytes !== undefined) requestSize().observe(requestBytes)
  }

  return {
    start: () => inFlight.inc(),
    end(request) {
      inFlight.dec()
      count(request)
    },
    count,
  }
}

/** Returns a function that makes the series of a method, route and status. */
function declareHistograms(
  registry: Registry,
  {
    durationBuckets = requestDurationBuckets,
    sizeBuckets: buckets = defaultSizeBuckets,
    native = false,
    maxRoutes = 64,
    maxStatuses = 64,
  }: RequestMetricsOptions,
): (method: string, route: string, status: number) => SeriesOfRoute {
  const labels = { method: METHODS, route: { max: maxRoutes } } as const
  const durations = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route pattern and status, to the last byte of the response.',
    unit: 'seconds',
    labels: { ...labels, status: { max: maxStatuses } },
    buckets: durationBuckets,
    native,
  })
  const requestSizes = registry.histogram({
    name: 'http_request_size_bytes',
    help: 'Content-Length of HTTP requests with a body.',
    unit: 'bytes',
    labels,
    buckets,
    native,
    scale: 1,
  })
  const responseSizes = registry.histogram({
    name: 'http_response_size_bytes',
    help: 'Bytes of the bodies of HTTP responses, where they are known.',
    unit: 'bytes',
    labels,
    buckets,
    native,
    scale: 1,
  })

  return (method, route, status) => {
    const byRoute = { method: isListed(method) ? method : 'other', route } as const
    return {
      method,
      status,
      duration: durations.with({ ...byRoute, status: String(status) }),
      requestSize: () => requestSizes.with(byRoute),
      responseSize: responseSizes.with(byRoute),
    }
  }
}

function isListed(method: string): method is Method {
  return METHODS.some((listed) => listed === method)
}
