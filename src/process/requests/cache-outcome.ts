/** The outcome of the read behind a response, from its `Cache-Status` (RFC 9211). */
import type { Outcome } from '../../cache/events.ts'

/**
 * Returns the outcome; `undefined` without the header.
 *
 * @param cacheStatus the member of this cache is the last one.
 * @param status of the response: a failed load is a 5xx, except for the 504 to `only-if-cached`.
 */
export function outcomeOf(cacheStatus: string | null, status: number): Outcome | undefined {
  const member = cacheStatus?.slice(cacheStatus.lastIndexOf('hitrate'))
  if (member === undefined || !member.startsWith('hitrate')) return undefined
  if (/; (?:ttl=-|detail=(?:stale-if-error|soft-timeout))/.test(member)) return 'stale'
  if (member.startsWith('hitrate; hit')) return 'hit'
  if (/; fwd=(?:bypass|method)/.test(member)) return 'bypass'
  if (member.includes('; detail=only-if-cached')) return 'miss'
  if (status >= 500) return 'error'
  return member.includes('; collapsed') ? 'coalesced' : 'miss'
}
