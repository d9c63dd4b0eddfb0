/** Keys as the server accepts them. */
import { hash } from 'node:crypto'

/** Memcached allows 250 bytes. */
const MAX_READABLE_BYTES = 200

const READABLE = /^[!-~]+$/

/** Begins each hash and no readable key: a key that begins with it is hashed too. */
const MARK = '#sha256:'

/**
 * Returns a key of at most 250 printable ASCII characters without spaces. A key of up to 200 such characters stays as it is;
 * any other is replaced by its SHA-256. Two keys never get the same result.
 */
export function wireKey(key: string): string {
  if (key.length <= MAX_READABLE_BYTES && READABLE.test(key) && !key.startsWith(MARK)) return key
  // UTF-8 would encode all lone surrogates alike.
  return MARK + hash('sha256', Buffer.from(key, 'utf16le'), 'base64url')
}
