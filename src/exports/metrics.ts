/** The public names of `hitrate/metrics`: the registry, the middleware that counts requests, the scrape endpoint. */

export { type ScrapeOptions, scrape } from '../http/endpoints/scrape.ts'
export { type MeasuredOptions, measured } from '../http/measured.ts'
export * from '../metrics/index.ts'
