/** `Cache-Status` (RFC 9211): what the cache did, said on every answer. */

/** Why the handler was asked (RFC 9211 §2.2). */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale'

export interface CacheStatus {
  hit?: boolean
  fwd?: ForwardReason
  /** What the handler answered, where it differs from what the client gets. */
  fwdStatus?: number
  /** Freshness left, in ms; negative when stale. */
  ttlMs?: number
  stored?: boolean
  collapsed?: boolean
  /** A word of our own: why it was not stored, or why it is stale. */
  detail?: string
  key?: string
}

/** One member of the field, ours. */
export function formatCacheStatus(status: CacheStatus): string {
  let member = 'hitrate'
  if (status.hit) member += '; hit'
  if (status.fwd !== undefined) member += `; fwd=${status.fwd}`
  if (status.fwdStatus !== undefined) member += `; fwd-status=${status.fwdStatus}`
  if (status.ttlMs !== undefined) member += `; ttl=${Math.floor(status.ttlMs / 1000)}`
  if (status.stored) member += '; stored'
  if (status.collapsed) member += '; collapsed'
  if (status.detail !== undefined) member += `; detail=${status.detail}`
  if (status.key !== undefined) member += `; key=${quoted(status.key)}`
  return member
}

/** A string of a Structured Field (RFC 8941 §3.3.3), which is ASCII: what is not is percent-encoded. */
function quoted(text: string): string {
  const ascii = text.toWellFormed().replace(/[^\x20-\x7e]+/gu, encodeURIComponent)
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`
}

/** The same for hits, which come many in a second: within one they say the same. */
export function createHitStatus(): (ttlMs: number) => string {
  let last = { seconds: Number.NaN, text: '' }

  return function hitStatus(ttlMs) {
    const seconds = Math.floor(ttlMs / 1000)
    if (seconds !== last.seconds) last = { seconds, text: formatCacheStatus({ hit: true, ttlMs }) }
    return last.text
  }
}
