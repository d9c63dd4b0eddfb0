/** `httpMetrics()`: the rate, the errors, the durations and the sizes of the requests of a Hono app, as metrics. */
import type { Context, MiddlewareHandler } from 'hono'
import type { OnCallbackError } from '../../callback-errors.ts'
import { declareRequests, type RequestEnd, type RequestMetricsOptions } from '../../instruments/requests.ts'
import type { Registry } from '../../metrics/index.ts'
import {
  aBoolean,
  aFunction,
  aListOfStrings,
  aNumber,
  anArray,
  type OptionRule,
  type OptionRules,
  requireValid,
  validateOptions,
  withMethods,
} from '../../options.ts'
import { measured } from './measured.ts'

export interface HttpMetricsOptions extends RequestMetricsOptions {
  /** Requests that are not counted: their paths, such as `['/metrics', '/health']`, or a function. Default: none. */
  skip?: readonly string[] | ((c: Context) => boolean)
  /**
   * If true, a request with the header `traceparent` of a sampled trace becomes the exemplar of its duration, with `trace_id` and
   * `span_id`. Default: true.
   */
  exemplars?: boolean
  /** If true, a body that is a stream is in flight and timed until its last byte. Default: true. */
  streams?: boolean
  /** Called with the first error of each callback; no such error reaches a request. Default: writes one line to `console.error`. */
  onError?: OnCallbackError
}

/** The middleware, and the function that counts the hits of a front. */
export type HttpMetrics = MiddlewareHandler & {
  /** Counts a hit of `front`, `frontListener` or `frontServer`: pass it to them as `onRequest`. */
  readonly onRequest: (end: RequestEnd) => void
}

const listOrFunction: OptionRule = {
  expected: 'an array of paths or a function',
  isValid: (value) => aFunction.isValid(value) || aListOfStrings.isValid(value),
}

const RULES: OptionRules<HttpMetricsOptions> = {
  durationBuckets: anArray,
  sizeBuckets: anArray,
  native: aBoolean,
  maxRoutes: aNumber,
  maxStatuses: aNumber,
  skip: listOrFunction,
  exemplars: aBoolean,
  streams: aBoolean,
  onError: aFunction,
}

/**
 * Declares these metrics and returns the middleware that feeds them. Register it before all other middleware.
 *
 * - `http_request_duration_seconds{method,route,status}`: `route` is the pattern of the route that answered, `/*` without one;
 *   `status` is 499 if the client has gone before the end of the response.
 * - `http_requests_in_flight`
 * - `http_request_size_bytes{method,route}`: requests with `Content-Length`.
 * - `http_response_size_bytes{method,route}`: responses whose size is known.
 *
 * The hits that a front serves do not reach the middleware: pass `onRequest` of the result to the front. They get no exemplars, as
 * reading a further header would cost more than the rest of the count.
 *
 * @throws {TypeError} when `registry` is no registry, or an option is unknown or not valid; when the registry has another metric of
 *   one of these names.
 * @example
 * const registry = createRegistry()
 * app.use(httpMetrics(registry))
 * app.get('/metrics', scrape(registry))
 */
export function httpMetrics(registry: Registry, options: HttpMetricsOptions = {}): HttpMetrics {
  requireValid('httpMetrics: registry', registry, aRegistry)
  validateOptions('httpMetrics', options, RULES)
  const { skip, exemplars = true, streams, onError, ...declared } = options
  const { start, end, count } = declareRequests(registry, declared)
  const isSkipped = typeof skip === 'function' ? skip : skip && isOneOf(skip)
  const middleware = measured({
    onStart: start,
    onEnd: end,
    onHit: count,
    trace: exemplars,
    ...(isSkipped === undefined ? {} : { skip: isSkipped }),
    ...(streams === undefined ? {} : { streams }),
    ...(onError === undefined ? {} : { onError }),
  })
  return Object.assign(middleware, { onRequest: count })
}

const aRegistry = withMethods(
  'a registry such as createRegistry()',
  'counter',
  'gauge',
  'histogram',
  'collect',
)

function isOneOf(paths: readonly string[]): (c: Context) => boolean {
  const set = new Set(paths)
  return (c) => set.has(c.req.path)
}
