/** A scrape's answer: what a registry holds, in a format the scraper reads. */
import type { Registry } from './registry.ts'
import { renderText, textContentType } from './text.ts'

/** An answer to send as it is. */
export type Exposition = { headers: Record<string, string>; body: string | Uint8Array }

/** What the scraper said it takes: its `Accept` and `Accept-Encoding`. */
export type ExposeOptions = { readonly accept?: string; readonly acceptEncoding?: string }

/**
 * Reads the registry and writes it down. Always text 0.0.4, not compressed, whatever was asked for: every Prometheus
 * reads it, and a server may disregard `Accept` (RFC 9110 §12.5.1).
 */
export async function expose(registry: Registry, _asked: ExposeOptions = {}): Promise<Exposition> {
  return { headers: { 'Content-Type': textContentType }, body: renderText(registry.collect()) }
}
