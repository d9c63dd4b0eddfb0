/** Byte ranges (RFC 9110 §14): the part of a stored body that a request asks for, and the headers of the response. */
import type { Validators } from './conditional.ts'
import { parseHttpDate } from './http-date.ts'
import { listMembers } from './lists.ts'

/** Byte positions, both inclusive. */
export interface ByteRange {
  first: number
  last: number
}

export interface RangeRequest {
  method: string
  range: string | undefined
  ifRange: string | undefined
}

/** The properties of a stored response that decide about ranges. */
export interface Representation extends Validators {
  status: number
  /** Length of the complete body in bytes; `undefined` if it is unknown or there is no body. */
  length: number | undefined
  date: string | undefined
  /** The value of `Accept-Ranges`. */
  acceptRanges: string | undefined
}

/**
 * The range to respond with: `'unsatisfiable'` means a 416, `undefined` the complete response. Evaluate `If-None-Match` and
 * `If-Modified-Since` first (RFC 9110 §13.2.2).
 *
 * @param now epoch ms; decides the century of a two-digit year.
 */
export function requestedRange(
  { method, range, ifRange }: RangeRequest,
  stored: Representation,
  now: number,
): ByteRange | 'unsatisfiable' | undefined {
  if (range === undefined || method !== 'GET' || stored.status !== 200 || stored.length === undefined) return
  if (!acceptsByteRanges(stored.acceptRanges)) return
  return ifRangeMatches(ifRange, stored, now) ? parseRange(range, stored.length) : undefined
}

/** The value of `Content-Length` in bytes; `undefined` if it is absent or no number. */
export function parseLength(header: string | null | undefined): number | undefined {
  return /^\d+$/.test(header ?? '') ? Number(header) : undefined
}

/** True unless `Accept-Ranges` forbids byte ranges: by `none`, or by listing other units only (RFC 9110 §14.3). */
function acceptsByteRanges(acceptRanges: string | undefined): boolean {
  return acceptRanges === undefined || listMembers(acceptRanges.toLowerCase()).includes('bytes')
}

/**
 * Parses a `Range` header for a body of `length` bytes (RFC 9110 §14.1.2, §14.2). Returns `undefined`, which means the complete
 * body, when the header is absent or invalid, uses another unit, or lists several ranges.
 */
export function parseRange(
  header: string | undefined,
  length: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [range, another] = listMembers(/^[ \t]*bytes=(.*)$/i.exec(header ?? '')?.[1])
  if (range === undefined || another !== undefined) return undefined

  const [, first, last] = /^(\d*)-(\d*)$/.exec(range) ?? []
  if (first === undefined || last === undefined) return undefined
  if (first === '') return lastBytes(last, length)
  // BigInt, because two different large integers may be equal when they are converted to doubles.
  if (last !== '' && BigInt(last) < BigInt(first)) return undefined
  if (Number(first) >= length) return 'unsatisfiable'
  return { first: Number(first), last: last === '' ? length - 1 : Math.min(Number(last), length - 1) }
}

function lastBytes(count: string, length: number): ByteRange | 'unsatisfiable' | undefined {
  if (count === '') return undefined
  if (Number(count) === 0) return 'unsatisfiable'
  if (length === 0) return undefined // valid, but Content-Range cannot express an empty range
  return { first: Math.max(0, length - Number(count)), last: length - 1 }
}

const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/

/** `Last-Modified` is a strong validator only if `Date` is at least this much later, in ms (RFC 9110 §8.8.2.2). */
const STRONG_DATE_AFTER_MS = 1000

/**
 * Evaluates `If-Range` (RFC 9110 §13.1.5). True when the header is absent, is an entity tag that matches by strong comparison,
 * or is the date in `Last-Modified` if that is a strong validator.
 *
 * @param now epoch ms; decides the century of a two-digit year.
 */
export function ifRangeMatches(
  ifRange: string | undefined,
  { etag, lastModified, date }: Validators & { date: string | undefined },
  now: number,
): boolean {
  if (ifRange === undefined) return true
  const validator = ifRange.trim()
  if (STRONG_TAG.test(validator)) return validator === etag
  const [requested, modified, sent] = [validator, lastModified, date].map((text) =>
    parseHttpDate(text ?? '', now),
  )
  if (requested === undefined || modified === undefined || sent === undefined) return false
  return requested === modified && sent >= modified + STRONG_DATE_AFTER_MS
}

/** The headers of a 206, to be set in addition to the stored ones. @param length bytes of the complete body. */
export function headersOf206({ first, last }: ByteRange, length: number): Record<string, string> {
  return { 'content-range': `bytes ${first}-${last}/${length}`, 'content-length': String(last - first + 1) }
}

/** The header of a 416 with the length of the complete body in bytes. */
export function headersOf416(length: number): Record<string, string> {
  return { 'content-range': `bytes */${length}` }
}

/** The bytes of a range as a view of the body. A string is encoded first, because a range may begin within a character. */
export function sliceBody(
  body: string | Uint8Array<ArrayBuffer>,
  { first, last }: ByteRange,
): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return bytes.subarray(first, last + 1)
}
