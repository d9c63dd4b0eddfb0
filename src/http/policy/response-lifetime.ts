/** The lifetime of a stored response: freshness, stale windows and age (RFC 9111 §4.2, RFC 5861). */
import type { Lifetime } from '../../cache/lifetime.ts'
import type { Resolved } from '../../cache/resolve-options.ts'
import { type Directives, deltaMs } from '../fields/cache-control.ts'
import { parseHttpDate } from '../fields/http-date.ts'

/** The response and the directives that apply to it. */
export interface LifetimeInput {
  status: number
  headers: Headers
  directives: Directives
  /** True if the directives come from a targeted header, which disables `Expires` and the heuristic. */
  isTargeted: boolean
  /** True for a `no-cache` that names no headers: the response must be revalidated before each use. */
  noCache: boolean
  /** True if the response must not be served stale. */
  mustRevalidate: boolean
  /** Current time, epoch ms. */
  now: number
}

export interface ResponseLifetime extends Resolved<Lifetime> {
  ttlMs: number
  staleWhileRevalidateMs: number
  staleIfErrorMs: number
  keepStaleMs: number
  mustRevalidate: boolean
  ageMs: number
  negative: boolean
}

/** Statuses that may be stored without an explicit lifetime (RFC 9110 §15.1). */
export const HEURISTIC_STATUSES = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])

const HEURISTIC_FRACTION = 0.1
const HEURISTIC_MAX_MS = 24 * 60 * 60 * 1000

/** Time that a stale response with validators stays stored, because a revalidation costs the handler less than a new response. */
const STORED_FOR_VALIDATION_MS = 24 * 60 * 60 * 1000
/** Time that a stale response without validators stays stored, for requests with `max-stale`. */
const STORED_FOR_MAX_STALE_MS = 10 * 60 * 1000

/** Returns `undefined` if the response has no lifetime, and `'expired'` if it can be neither served nor revalidated. */
export function responseLifetime(input: LifetimeInput): ResponseLifetime | 'expired' | undefined {
  const { status, headers, directives, mustRevalidate } = input
  const ttlMs = input.noCache ? 0 : freshnessMs(input)
  if (ttlMs === undefined) return undefined
  const staleMs = (name: string): number => (mustRevalidate ? 0 : (deltaMs(directives, name) ?? 0))
  const staleWhileRevalidateMs = staleMs('stale-while-revalidate')
  // A stored 5xx must not hide a newer one, whose text may have changed.
  const staleIfErrorMs = status >= 500 ? 0 : staleMs('stale-if-error')
  const ageMs = initialAgeMs(headers, input.now)
  const hasValidator = headers.has('etag') || headers.has('last-modified')
  if (!hasValidator && ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs) <= ageMs) return 'expired'

  const negative = status >= 400 || directives.has('negative')
  const withoutValidatorMs = negative || mustRevalidate ? 0 : STORED_FOR_MAX_STALE_MS
  return {
    ttlMs,
    staleWhileRevalidateMs,
    staleIfErrorMs,
    keepStaleMs: hasValidator ? Math.max(0, ageMs - ttlMs) + STORED_FOR_VALIDATION_MS : withoutValidatorMs,
    mustRevalidate,
    ageMs,
    negative,
  }
}

/** The freshness lifetime in ms; `undefined` if the response has none. */
export function freshnessMs({
  status,
  headers,
  directives,
  isTargeted,
  now,
}: Omit<LifetimeInput, 'noCache' | 'mustRevalidate'>): number | undefined {
  const explicit = deltaMs(directives, 's-maxage') ?? deltaMs(directives, 'max-age')
  if (explicit !== undefined || isTargeted) return explicit

  const date = parseHttpDate(headers.get('date') ?? '', now) ?? now
  const expires = headers.get('expires')
  if (expires !== null) return Math.max(0, (parseHttpDate(expires, now) ?? 0) - date)

  if (!HEURISTIC_STATUSES.has(status) && !directives.has('public')) return undefined
  const modified = parseHttpDate(headers.get('last-modified') ?? '', now)
  if (modified === undefined) return undefined
  return Math.min(Math.max(0, date - modified) * HEURISTIC_FRACTION, HEURISTIC_MAX_MS)
}

/** Age of the response on arrival in ms (RFC 9111 §4.2.3). A handler in the same process adds no network delay. */
function initialAgeMs(headers: Headers, now: number): number {
  const apparent = Math.max(0, now - (parseHttpDate(headers.get('date') ?? '', now) ?? now))
  const age = headers.get('age')?.split(',')[0]?.trim() ?? ''
  const declared = deltaMs(new Map([['age', age]]), 'age') ?? 0
  // `Date` has a precision of one second, so a smaller difference is not an age.
  return Math.max(apparent < 1000 ? 0 : apparent, declared)
}
