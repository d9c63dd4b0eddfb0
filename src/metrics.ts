/** The public names of `hitrate/metrics`: the registry, and what a Hono app needs to fill and to show it. */
export { type MeasuredOptions, measured } from './http/measured.ts'
export { type ScrapeOptions, scrape } from './http/scrape.ts'
export * from './metrics/index.ts'
