/** The public names of `hitrate/metrics`: the registry, and what a Hono app needs to fill and to show it. */

export { type ScrapeOptions, scrape } from '../http/endpoints/scrape.ts'
export { type MeasuredOptions, measured } from '../http/measured.ts'
export * from '../metrics/index.ts'
