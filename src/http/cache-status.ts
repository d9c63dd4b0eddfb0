/** `Cache-Status` (RFC 9211): what the cache did, said on every answer. */

/** Why the handler was asked (RFC 9211 §2.2). */
export type Forward = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale'

export interface CacheStatus {
  hit?: boolean
  fwd?: Forward
  /** What the handler answered, where it differs from what the client gets. */
  fwdStatus?: number
  /** Freshness left, in ms; negative when stale. */
  ttlMs?: number
  stored?: boolean
  collapsed?: boolean
  /** A word of our own: why it was not stored, or why it is stale. */
  detail?: string
}

/** One member of the field, ours. */
export function cacheStatus(status: CacheStatus): string {
  let member = 'hitrate'
  if (status.hit) member += '; hit'
  if (status.fwd !== undefined) member += `; fwd=${status.fwd}`
  if (status.fwdStatus !== undefined) member += `; fwd-status=${status.fwdStatus}`
  if (status.ttlMs !== undefined) member += `; ttl=${Math.floor(status.ttlMs / 1000)}`
  if (status.stored) member += '; stored'
  if (status.collapsed) member += '; collapsed'
  if (status.detail !== undefined) member += `; detail=${status.detail}`
  return member
}
