/** Byte ranges (RFC 9110 §14): which part of a stored body does the client want, and may it have just that? */
import type { Validators } from './conditional.ts'
import { parseHttpDate } from './http-date.ts'

/** Positions of bytes, both included. */
export interface ByteRange {
  first: number
  last: number
}

export interface RangeRequest {
  method: string
  range: string | undefined
  ifRange: string | undefined
}

/** A stored answer, as far as its parts are concerned. */
export interface Representation extends Validators {
  status: number
  /** Bytes of the complete body; `undefined` when it is not complete, or there is none. */
  length: number | undefined
  date: string | undefined
}

/**
 * The part that answers this request: `'unsatisfiable'` is a 416, `undefined` the whole answer. Preconditions
 * (`If-None-Match`) come first (§13.2.2).
 *
 * @param now epoch ms; decides the century of a two-digit year.
 */
export function requestedRange(
  { method, range, ifRange }: RangeRequest,
  whole: Representation,
  now: number,
): ByteRange | 'unsatisfiable' | undefined {
  if (range === undefined || method !== 'GET' || whole.status !== 200 || whole.length === undefined) return
  return ifRangeMatches(ifRange, whole, now) ? parseRange(range, whole.length) : undefined
}

/**
 * What a `Range` field asks of a body of so many bytes (§14.1.2, §14.2). `undefined` when the whole is the answer: the field
 * is missing or malformed, has another unit, or asks for several parts.
 */
export function parseRange(
  field: string | undefined,
  length: number,
): ByteRange | 'unsatisfiable' | undefined {
  const list = /^[ \t]*bytes=(.*)$/i.exec(field ?? '')?.[1] ?? ''
  // An empty member of a list means nothing (§5.6.1).
  const [spec, another] = list.split(',').flatMap((member) => member.trim() || [])
  if (spec === undefined || another !== undefined) return undefined

  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? []
  if (first === undefined || last === undefined) return undefined
  if (first === '') return lastBytes(last, length)
  if (last !== '' && isLess(last, first)) return undefined
  if (Number(first) >= length) return 'unsatisfiable'
  return { first: Number(first), last: last === '' ? length - 1 : Math.min(Number(last), length - 1) }
}

function lastBytes(count: string, length: number): ByteRange | 'unsatisfiable' | undefined {
  if (count === '') return undefined
  if (Number(count) === 0) return 'unsatisfiable'
  if (length === 0) return undefined // satisfiable, but no Content-Range can say so
  return { first: Math.max(0, length - Number(count)), last: length - 1 }
}

/** Digits compared as numbers of any size: as doubles, two large ones may seem equal. */
function isLess(a: string, b: string): boolean {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  return left.length === right.length ? left < right : left.length < right.length
}

const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/

/** A date is a strong validator only of what was sent at least this long after it (§8.8.2.2). */
const STRONG_AFTER_MS = 1000

/**
 * `If-Range` (§13.1.5): is the part one of the very bytes that the client has? A tag is compared strongly; a date must be
 * the answer's own `Last-Modified`, and strong. What is neither matches nothing.
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
  const [asked, modified, sent] = [validator, lastModified, date].map((text) =>
    parseHttpDate(text ?? '', now),
  )
  if (asked === undefined || modified === undefined || sent === undefined) return false
  return asked === modified && sent >= modified + STRONG_AFTER_MS
}

/** What a 206 says beside the stored fields, and instead of the whole's length. */
export function headersOf206({ first, last }: ByteRange, length: number): Record<string, string> {
  return { 'content-range': `bytes ${first}-${last}/${length}`, 'content-length': String(last - first + 1) }
}

/** What a 416 says: how much there is. */
export function headersOf416(length: number): Record<string, string> {
  return { 'content-range': `bytes */${length}` }
}

/** A part of a stored body. Of bytes it is a view; of text it is bytes too, since it may begin within a character. */
export function sliceBody(
  body: string | Uint8Array<ArrayBuffer>,
  { first, last }: ByteRange,
): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return bytes.subarray(first, last + 1)
}
