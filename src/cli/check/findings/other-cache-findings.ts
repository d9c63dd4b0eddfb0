/** Findings about caches between hitrate and the origin, from their headers. */
import { sayingsOf } from '../words/other-caches.ts'
import { type Finding, info } from './finding.ts'

export function otherCacheFindings(headers: Headers): Finding[] {
  return sayingsOf(headers).map(({ field, value, meaning }) => info('caches', `${field}: ${value}`, meaning))
}
