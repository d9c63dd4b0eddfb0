/** The public names of `hitrate/metrics`: the registry, the middleware that counts requests, the scrape endpoint. */

export type { OnCallbackError } from '../callback-errors.ts'
export { setRoute } from '../http/context/route-of.ts'
export { type ScrapeOptions, scrape } from '../http/endpoints/scrape.ts'
export { type HttpMetrics, type HttpMetricsOptions, httpMetrics } from '../http/measured/http-metrics.ts'
export { type MeasuredEnd, type MeasuredOptions, measured } from '../http/measured/measured.ts'
export type { Trace } from '../http/measured/trace-context.ts'
export type { RequestEnd, RequestMetricsOptions } from '../instruments/requests.ts'
export * from '../metrics/index.ts'
