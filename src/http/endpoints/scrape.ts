/** The endpoint that Prometheus reads. */
import type { Context, Handler } from 'hono'
import { expose } from '../../metrics/exposition/expose.ts'
import type { Registry } from '../../metrics/index.ts'
import { bearer } from '../fields/bearer.ts'
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
    const { headers, body } = await expose(registry, {
      accept: c.req.header('accept'),
      acceptEncoding: clientAcceptEncoding(c),
    })
    const init = { headers: { 'cache-control': 'no-store', ...headers }, ...asItIs }
    return new Response(body as Uint8Array<ArrayBuffer> | string, init)
  }
}

/** Cloudflare puts what it takes itself into the field, also when the client takes nothing; that is kept elsewhere. */
function clientAcceptEncoding({ req }: Context): string | undefined {
  const { cf } = req.raw as { cf?: { clientAcceptEncoding?: string } }
  return cf?.clientAcceptEncoding ?? req.header('accept-encoding')
}

/** Without it workerd would compress what is compressed once more. Elsewhere it says nothing. */
const asItIs = { encodeBody: 'manual' } as const
