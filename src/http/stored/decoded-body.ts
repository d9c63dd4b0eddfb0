/** Detects a body that is not in the coding that `Content-Encoding` names: `fetch` decodes bodies, but leaves the header. */
import { utf8 } from './utf-8.ts'

/** The first bytes of every body in these codings (RFC 1952 §2.3.1, RFC 8878 §3.1.1). Skippable frames are not used on the web. */
const MAGIC = new Map([
  ['gzip', [0x1f, 0x8b]],
  ['x-gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
])

/** Codings without magic bytes. */
const UNMARKED = ['br', 'deflate']

/** Shortest text of which no coding could make the same bytes by chance. */
const MIN_TEXT_BYTES = 32

/** Workers encodes a body again if the header names a coding, so a decoded body is right there. */
const ENCODES_BODIES = typeof navigator !== 'undefined' && navigator.userAgent === 'Cloudflare-Workers'

/**
 * True if the body is certainly not in the coding. No client could read such a response. Brotli and deflate have no magic bytes;
 * for these only a text that is not encoded is detected.
 */
export function isDecoded(contentEncoding: string | null, bytes: Uint8Array | null): boolean {
  if (contentEncoding === null || bytes === null || bytes.length === 0 || ENCODES_BODIES) return false
  const coding = contentEncoding.trim().toLowerCase()
  const magic = MAGIC.get(coding)
  if (magic !== undefined) return magic.some((byte, i) => bytes[i] !== byte)
  return UNMARKED.includes(coding) && bytes.length >= MIN_TEXT_BYTES && isText(bytes)
}

/** True for UTF-8 without control characters, which encoded bytes are full of. */
function isText(bytes: Uint8Array): boolean {
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is searched for
    return !/[\0-\x08\x0b\x0e-\x1f\x7f]/.test(utf8.decode(bytes))
  } catch {
    return false
  }
}
