/** `Cache-Status` (RFC 9211): reports on every response how the cache handled the request. */

/** The reason why the handler was called (RFC 9211 §2.2). */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale' | 'partial'

export interface CacheStatus {
  hit?: boolean
  fwd?: ForwardReason
  /** Status of the handler's response, if the client gets another status. */
  fwdStatus?: number | undefined
  /** Remaining freshness lifetime in ms; negative for a stale response. */
  ttlMs?: number
  stored?: boolean
  collapsed?: boolean
  /** A token of hitrate's own that gives the reason why the response was not stored, or why it is stale. */
  detail?: string | undefined
  key?: string
}

/** The member of the header that describes this cache. */
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

/** A Structured Field string (RFC 8941 §3.3.3). Characters outside of ASCII are percent-encoded. */
function quoted(text: string): string {
  const ascii = text.toWellFormed().replace(/[^\x20-\x7e]+/gu, encodeURIComponent)
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`
}

/** Returns a function that formats the header of a hit. It keeps the last string, which all hits within one second share. */
export function createHitStatus(): (ttlMs: number) => string {
  let last = { seconds: Number.NaN, text: '' }

  return function hitStatus(ttlMs) {
    const seconds = Math.floor(ttlMs / 1000)
    if (seconds !== last.seconds) last = { seconds, text: formatCacheStatus({ hit: true, ttlMs }) }
    return last.text
  }
}
