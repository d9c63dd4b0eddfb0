/** The response to a scrape: a registry's metrics in a format that the scraper accepts. */

import { aString, milliseconds, type OptionRules, requireValid, validateOptions } from '../../options.ts'
import { collectFrom, type SnapshotSource, snapshotSources } from '../merging/snapshot-source.ts'
import type { Snapshot } from '../series/family.ts'
import { type Compressors, type Encoding, loadCompressors, worthCompressing } from './compression.ts'
import { type Format, negotiate } from './negotiation.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import { renderProtobuf } from './protobuf.ts'
import { checkDeadline, scrapeDeadlineMs } from './scrape-deadline.ts'
import { renderText } from './text.ts'

/** Headers and body of a response. */
export type Exposition = { headers: Record<string, string>; body: string | Uint8Array }

/** The scraper's request headers `Accept`, `Accept-Encoding` and `X-Prometheus-Scrape-Timeout-Seconds`, and a deadline. */
export type ExposeOptions = {
  readonly accept?: string | undefined
  readonly acceptEncoding?: string | undefined
  /**
   * The scraper's timeout. Callbacks that return promises have this time less half a second, or less a quarter of a
   * timeout below two seconds: see `collectAsync`.
   */
  readonly scrapeTimeout?: string | undefined
  /** Time for such callbacks, in ms from 0, if there is no valid `scrapeTimeout`. Default: 5000. */
  readonly deadlineMs?: number | undefined
}

/**
 * Reads the registry and renders it in the scraper's preferred format: text 0.0.4 or 1.0.0, OpenMetrics 1.0.0 or 0.0.1,
 * or protobuf (the only one with native histograms). Compresses the body if the scraper accepts a compression. A short
 * body is compressed only if the scraper rejects an uncompressed one.
 *
 * @param registry a registry or anything else with `collect`; of several, the metrics are merged (see `merge`)
 * @throws {TypeError} when an option is unknown or has the wrong type, `registry` is not as described, or contains the same registry twice
 * @throws the errors of `collect` and of `merge`
 */
export async function expose(
  registry: SnapshotSource | readonly SnapshotSource[],
  options: ExposeOptions = {},
): Promise<Exposition> {
  requireValid('expose: registry', registry, snapshotSources)
  validateOptions('expose', options, rules)
  checkDeadline('expose', options.deadlineMs)
  const { accept, acceptEncoding, scrapeTimeout, deadlineMs } = options
  const compressors: Compressors = acceptEncoding === undefined ? {} : await loadCompressors()
  const available = Object.keys(compressors) as Encoding[]
  const { format, contentType, encoding, takesIdentity } = negotiate(accept, acceptEncoding, available)
  const headers = { 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' }

  const body = render[format](await collectFrom(registry, scrapeDeadlineMs(scrapeTimeout) ?? deadlineMs))
  const compress = encoding === 'identity' ? undefined : compressors[encoding]
  if (!compress || (takesIdentity && body.length < worthCompressing)) return { headers, body }
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return { headers: { ...headers, 'Content-Encoding': encoding }, body: await compress(bytes) }
}

const rules: OptionRules<ExposeOptions> = {
  accept: aString,
  acceptEncoding: aString,
  scrapeTimeout: aString,
  deadlineMs: milliseconds,
}

const render: Record<Format, (snapshot: Snapshot) => string | Uint8Array> = {
  text: renderText,
  openmetrics: renderOpenMetrics,
  protobuf: renderProtobuf,
}
