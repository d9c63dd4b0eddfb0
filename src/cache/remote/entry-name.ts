/** Names of keys, tags and versions in a remote store. */
import { nodeHash } from '../../node-builtins.ts'
import { ENVELOPE_FORMAT } from '../../stores/entry.ts'
import type { Codec } from '../values/codec.ts'

/** Version of a codec; entries of one version are never read by another. */
export function schemaVersionOf({ version = 0 }: Codec): number {
  return version
}

/**
 * Returns the version of an entry: that of the format and that of the codec, so that two deployed versions keep separate
 * entries.
 */
export function entryVersion(codec: Codec): string {
  return `${ENVELOPE_FORMAT}.${schemaVersionOf(codec)}`
}

/**
 * Returns the name of a key or tag that every store accepts. A short text of printable ASCII without `#` stays readable, with `#n`
 * in place of a line feed, which marks the keys and tags of responses; any other text is replaced by its hash. Synchronous where
 * the runtime hashes synchronously, because a read waits for it.
 */
export function nameOf(text: string): string | Promise<string> {
  const readable = text.includes('\n') ? text.replaceAll('\n', '#n') : text // no hash contains an n
  if (/^[\x21-\x7e]{1,200}$/.test(readable) && !text.includes('#')) return readable
  const bytes = bytesOf(text)
  return nodeHash === undefined ? hashedName(bytes) : `#${nodeHash('sha256', bytes, 'hex')}`
}

async function hashedName(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `#${hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))}`
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * UTF-8 encodes all lone surrogates alike. Names with a lone surrogate are encoded as UTF-16, after a byte that never occurs in
 * UTF-8, so that two names never have the same bytes.
 */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return new TextEncoder().encode(text)
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  return Uint8Array.from([0xff, ...units.flatMap((unit) => [unit >> 8, unit & 0xff])])
}
