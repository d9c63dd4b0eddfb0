/** The endpoint that Prometheus reads. */
import type { Handler } from 'hono'
import { expose } from '../metrics/expose.ts'
import type { Registry } from '../metrics/index.ts'
import { bearer } from './bearer.ts'
import { problem } from './problem.ts'

export interface ScrapeOptions {
  /** With one, scrapes must bring it as `Authorization: Bearer`. Default none: anyone may read. */
  token?: string
}

/**
 * A handler that answers with everything in the registry, in the format that the scraper prefers.
 *
 * @example
 * app.get('/metrics', scrape(registry))
 */
export function scrape(registry: Registry, { token }: ScrapeOptions = {}): Handler {
  const allowed = token === undefined ? undefined : bearer(token)

  return async function scrape(c) {
    if (allowed && !(await allowed(c.req.header('authorization')))) {
      return problem(401, 'Scraping needs the metrics token', { headers: { 'www-authenticate': 'Bearer' } })
    }
    const accept = c.req.header('accept')
    const acceptEncoding = c.req.header('accept-encoding')
    const { headers, body } = await expose(registry, {
      ...(accept === undefined ? {} : { accept }),
      ...(acceptEncoding === undefined ? {} : { acceptEncoding }),
    })
    return new Response(body as Uint8Array<ArrayBuffer> | string, {
      headers: { 'cache-control': 'no-store', ...headers },
    })
  }
}
