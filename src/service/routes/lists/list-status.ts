/** `Cache-Status` (RFC 9211) of a list, from the reads of its parts. */
import type { Read } from '../../../cache/read.ts'
import type { CacheStatus } from '../../../http/fields/cache-status.ts'

export type PartRead = Pick<Read<unknown>, 'outcome' | 'ageMs' | 'expiresInMs' | 'kept'>

/**
 * Describes a list. It is a hit if all of its parts came from entries, and `fwd=partial` if some did; `ttl` is that of the part that
 * expires first.
 *
 * @param failedWith the status of the problem that a failed load would have had; `undefined` if no load failed.
 */
export function statusOfList(parts: readonly PartRead[], failedWith?: number): CacheStatus {
  const loads = parts.filter(({ outcome }) => outcome !== 'hit' && outcome !== 'stale')
  const ttlMs = Math.min(...parts.map(({ expiresInMs }) => expiresInMs))
  if (loads.length === 0) {
    if (failedWith === undefined) return { hit: true, ttlMs }
    return { fwd: 'stale', fwdStatus: failedWith, ttlMs, detail: 'stale-if-error' }
  }
  if (loads.every(({ outcome }) => outcome === 'bypass')) return { fwd: 'bypass' }
  const isPartial = loads.length < parts.length
  return {
    fwd: isPartial ? 'partial' : 'uri-miss',
    ...(parts.every(({ kept }) => kept) ? { ttlMs, stored: true } : {}),
    collapsed: loads.every(({ outcome }) => outcome === 'coalesced'),
    ...(isPartial ? { detail: `loaded-${loads.length}-of-${parts.length}` } : {}),
  }
}

/** Returns the age of the oldest part in seconds; `undefined` if all parts were loaded for this request. */
export function ageOfList(parts: readonly PartRead[]): number | undefined {
  if (parts.every(({ outcome }) => outcome === 'miss' || outcome === 'bypass')) return undefined
  return Math.floor(Math.max(...parts.map(({ ageMs }) => ageMs)) / 1000)
}
