/** A scrape's answer: what a registry holds, in a format the scraper reads. */

import type { Snapshot } from '../series/family.ts'
import { type Compressors, type Encoding, loadCompressors, worthCompressing } from './compression.ts'
import { type Format, negotiate } from './negotiation.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import { renderProtobuf } from './protobuf.ts'
import { renderText } from './text.ts'

/** An answer to send as it is. */
export type Exposition = { headers: Record<string, string>; body: string | Uint8Array }

/** What the scraper said it takes: its `Accept` and `Accept-Encoding`. */
export type ExposeOptions = {
  readonly accept?: string | undefined
  readonly acceptEncoding?: string | undefined
}

/**
 * Reads the registry and writes it down: as text 0.0.4 or 1.0.0, OpenMetrics 1.0.0 or 0.0.1, or protobuf (the only one
 * with native histograms), whichever the scraper likes best; compressed, if it likes that and it is worth it.
 */
export async function expose(
  registry: { collect(): Snapshot },
  { accept, acceptEncoding }: ExposeOptions = {},
): Promise<Exposition> {
  const compressors: Compressors = acceptEncoding === undefined ? {} : await loadCompressors()
  const available = Object.keys(compressors) as Encoding[]
  const { format, contentType, encoding, takesIdentity } = negotiate(accept, acceptEncoding, available)
  const headers = { 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' }

  const body = render[format](registry.collect())
  const compress = encoding === 'identity' ? undefined : compressors[encoding]
  if (!compress || (takesIdentity && body.length < worthCompressing)) return { headers, body }
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return { headers: { ...headers, 'Content-Encoding': encoding }, body: await compress(bytes) }
}

const render: Record<Format, (snapshot: Snapshot) => string | Uint8Array> = {
  text: renderText,
  openmetrics: renderOpenMetrics,
  protobuf: renderProtobuf,
}
