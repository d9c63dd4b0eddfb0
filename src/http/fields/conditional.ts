/** Conditional requests (RFC 9110 §13): validators, and their comparison with a request's conditions. */
import { isBun, nodeHash } from '../../node-builtins.ts'
import { parseHttpDate } from './http-date.ts'
import type { RequestHeader } from './vary.ts'

export interface Validators {
  etag: string | undefined
  lastModified: string | undefined
  /** `Date` of a stored response. Replaces a missing `Last-Modified` (RFC 9111 §4.3.2). */
  date?: string | undefined
}

export interface Conditions {
  ifNoneMatch: string | undefined
  ifModifiedSince: string | undefined
}

/** True when the request may be answered with a 304 or a part of the body instead of the complete response. */
export function isConditionalOrRange(header: RequestHeader): boolean {
  return (
    header('if-none-match') !== undefined ||
    header('if-modified-since') !== undefined ||
    header('range') !== undefined
  )
}

/**
 * True when the conditions require a 304. `If-None-Match` is compared weakly and takes precedence over `If-Modified-Since`
 * (RFC 9110 §13.2.2).
 *
 * @param now epoch ms; decides the century of a two-digit year.
 */
export function isNotModified(validators: Validators, conditions: Conditions, now: number): boolean {
  const { ifNoneMatch, ifModifiedSince } = conditions
  if (ifNoneMatch !== undefined) return listMatches(ifNoneMatch, validators.etag)
  const lastModified = validators.lastModified ?? validators.date
  if (ifModifiedSince === undefined || lastModified === undefined) return false
  const since = parseHttpDate(ifModifiedSince, now)
  const modified = parseHttpDate(lastModified, now)
  return since !== undefined && modified !== undefined && modified <= since
}

/** Headers that describe a body, so a 304 does not have them (RFC 9110 §15.4.5). */
export const NOT_ON_304 = [
  'accept-ranges',
  'content-length',
  'content-type',
  'content-encoding',
  'content-language',
  'content-range',
  'last-modified',
]

/** Weak comparison of two entity tags (RFC 9110 §8.8.3.2). */
export function sameEtag(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '')
}

/** One complete member of a list of entity tags. A tag may contain commas, but no quotes. */
const MEMBER = /(?:^|,)[ \t]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/g

function listMatches(list: string, etag: string | undefined): boolean {
  if (list.trim() === '*') return true
  if (etag === undefined) return false
  for (const [, listed = ''] of list.matchAll(MEMBER)) if (sameEtag(listed, etag)) return true
  return false
}

/** Largest body that is hashed synchronously. For such a body, waiting for the thread of `crypto.subtle` takes longer. */
const MAX_SYNC_HASH_BYTES = 64 * 1024

/** Generates a strong entity tag: the first 16 bytes of the body's SHA-256 in base64url. */
export async function etagOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (nodeHash !== undefined && bytes.byteLength <= MAX_SYNC_HASH_BYTES) return etagOfHash(nodeHash, bytes)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return quotedBase64Url(digest.subarray(0, 16))
}

/**
 * As {@link etagOf}, synchronously, for the bytes of a text in UTF-8. Returns `undefined` if the runtime cannot, or if waiting
 * takes less time.
 */
export function etagOfText(text: string, bytes: number): string | undefined {
  if (nodeHash === undefined || bytes > MAX_SYNC_HASH_BYTES) return undefined
  return etagOfHash(nodeHash, text)
}

/** A digest as a text needs no buffer, which costs more to collect than to make. */
function etagOfHash(hash: NonNullable<typeof nodeHash>, body: string | Uint8Array): string {
  const digest = hash('sha256', body, 'base64url')
  // Of the last character, only two bits belong to the first 16 bytes.
  const last = BASE64URL.indexOf(digest.charAt(21)) & 0b110000
  // JavaScriptCore drops the parts of a concatenated string when it sends it, and makes it in a tenth of the time.
  if (isBun) return `"${digest.slice(0, 21)}${BASE64URL.charAt(last)}"`
  const codes = [QUOTE]
  for (let i = 0; i < 21; i++) codes.push(digest.charCodeAt(i))
  codes.push(CODES[last] ?? 0, QUOTE)
  return String.fromCharCode(...codes)
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const CODES = Array.from(BASE64URL, (character) => character.charCodeAt(0))
const QUOTE = 0x22

/** Made of its characters at once, because V8 keeps the parts of a concatenated string: 100 bytes instead of 40. */
function quotedBase64Url(bytes: Uint8Array): string {
  const codes = [QUOTE]
  let bits = 0
  let count = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff
    count += 8
    for (; count >= 6; count -= 6) codes.push(CODES[(bits >> (count - 6)) & 63] ?? 0)
  }
  if (count > 0) codes.push(CODES[(bits << (6 - count)) & 63] ?? 0)
  codes.push(QUOTE)
  return String.fromCharCode(...codes)
}
