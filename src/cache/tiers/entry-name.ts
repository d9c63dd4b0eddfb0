/** Names of entries and marks in a remote store. */
import { ENVELOPE_FORMAT } from '../../stores/entry.ts'
import type { Codec } from '../codec.ts'

export function versionOf({ version = 0 }: Codec): number {
  return version
}

/**
 * Returns the id of an entry. The id contains the versions of the binary format and of the codec, so that two deployed versions
 * keep separate entries.
 */
export function entryId(key: string, codec: Codec): string {
  return `e${ENVELOPE_FORMAT}.${versionOf(codec)}:${key}`
}

/**
 * Returns a name that every store accepts. A short name of printable ASCII without `#` in the id stays readable; any other name
 * is replaced by its hash.
 */
export async function nameOf(prefix: string, id: string): Promise<string> {
  const name = prefix + id
  if (/^[\x21-\x7e]{1,200}$/.test(name) && !id.includes('#')) return name
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(name)))
  return `hitrate:#${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/**
 * UTF-8 encodes all lone surrogates alike. Names with a lone surrogate are encoded as UTF-16, after a byte that never occurs in
 * UTF-8, so that two names never have the same bytes.
 */
function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  if (name.isWellFormed()) return new TextEncoder().encode(name)
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i))
  return Uint8Array.from([0xff, ...units.flatMap((unit) => [unit >> 8, unit & 0xff])])
}
