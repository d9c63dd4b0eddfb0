/** The endpoint that Prometheus scrapes. */
import type { Context, Handler } from 'hono'
import { expose } from '../../metrics/exposition/expose.ts'
import { checkDeadline } from '../../metrics/exposition/scrape-deadline.ts'
import type { SnapshotSource } from '../../metrics/index.ts'
import { snapshotSources } from '../../metrics/merging/snapshot-source.ts'
import { aString, milliseconds, type OptionRules, requireValid, validateOptions } from '../../options.ts'
import { bearer } from '../fields/bearer.ts'
import { problem } from './problem.ts'

export interface ScrapeOptions {
  /** Bearer token that scrapes must send in `Authorization`. Default: none, so anyone may read the metrics. */
  token?: string
  /**
   * Time that callbacks which return promises have, in ms from 0, for a request without the header
   * `X-Prometheus-Scrape-Timeout-Seconds`. Prometheus sends it; then they have that time less half a second, or less a
   * quarter of a timeout below two seconds. Default: 5000.
   */
  deadlineMs?: number
}

/**
 * Creates a handler that responds with all metrics of the registry, in the format and encoding that the scraper prefers.
 *
 * @param registry a registry or anything else with `collect`; of several, the metrics are merged (see `merge`).
 * @throws {TypeError} when an option is unknown or of the wrong type, or `registry` is not as described.
 * @example
 * app.get('/metrics', scrape(registry))
 * app.get('/metrics', scrape([registry, registryOfLibrary]))
 */
export function scrape(
  registry: SnapshotSource | readonly SnapshotSource[],
  options: ScrapeOptions = {},
): Handler {
  requireValid('scrape: registry', registry, snapshotSources)
  validateOptions('scrape', options, rules)
  const { token, deadlineMs } = options
  checkDeadline('scrape', deadlineMs)
  const hasToken = token === undefined ? undefined : bearer(token)

  return async function scrape(c) {
    if (hasToken && !(await hasToken(c.req.header('authorization')))) {
      return problem(401, 'Scraping needs the metrics token', { headers: { 'www-authenticate': 'Bearer' } })
    }
    const { headers, body } = await expose(registry, {
      accept: c.req.header('accept'),
      acceptEncoding: clientAcceptEncoding(c),
      scrapeTimeout: c.req.header('x-prometheus-scrape-timeout-seconds'),
      deadlineMs,
    })
    const init = { headers: { 'cache-control': 'no-store', ...headers }, ...NO_REENCODING }
    return new Response(body as Uint8Array<ArrayBuffer> | string, init)
  }
}

const rules: OptionRules<ScrapeOptions> = { token: aString, deadlineMs: milliseconds }

/** Cloudflare replaces Accept-Encoding with its own encodings and keeps the client's value in `request.cf`. */
function clientAcceptEncoding({ req }: Context): string | undefined {
  const { cf } = req.raw as { cf?: { clientAcceptEncoding?: string } }
  return cf?.clientAcceptEncoding ?? req.header('accept-encoding')
}

/** Stops workerd from compressing the compressed body again. Other runtimes ignore this option. */
const NO_REENCODING = { encodeBody: 'manual' } as const
