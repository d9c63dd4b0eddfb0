/** Conditional requests (RFC 9110 §13): does the client have this answer already? */
import { parseHttpDate } from './http-date.ts'
import type { RequestHeader } from './vary.ts'

export interface Validators {
  etag: string | undefined
  lastModified: string | undefined
  /** Of a kept answer: stands in for a `Last-Modified` that is missing (RFC 9111 §4.3.2). */
  date?: string | undefined
}

export interface Conditions {
  ifNoneMatch: string | undefined
  ifModifiedSince: string | undefined
}

/** Does a request ask for less than the whole answer: for nothing, if it has it already, or for a part? */
export function isConditionalOrRange(header: RequestHeader): boolean {
  return CONDITIONS.some((name) => header(name) !== undefined)
}

const CONDITIONS = ['if-none-match', 'if-modified-since', 'range']

/** True when a 304 is due. `If-None-Match` is compared weakly and wins over `If-Modified-Since` (§13.2.2). */
export function isNotModified(validators: Validators, conditions: Conditions, now: number): boolean {
  const { ifNoneMatch, ifModifiedSince } = conditions
  if (ifNoneMatch !== undefined) return listMatches(ifNoneMatch, validators.etag)
  const lastModified = validators.lastModified ?? validators.date
  if (ifModifiedSince === undefined || lastModified === undefined) return false
  const since = parseHttpDate(ifModifiedSince, now)
  const modified = parseHttpDate(lastModified, now)
  return since !== undefined && modified !== undefined && modified <= since
}

/** Compared weakly (RFC 9110 §8.8.3.2). */
export function sameEtag(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '')
}

/** A member of a list, all of it. A tag may hold commas, but no quotes. */
const MEMBER = /(?:^|,)[ \t]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/g

function listMatches(list: string, etag: string | undefined): boolean {
  if (list.trim() === '*') return true
  if (etag === undefined) return false
  for (const [, tag = ''] of list.matchAll(MEMBER)) if (sameEtag(tag, etag)) return true
  return false
}

/** A strong validator for these bytes: the start of their SHA-256. */
export async function etagOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `"${btoa(String.fromCharCode(...digest.subarray(0, 16)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')}"`
}
