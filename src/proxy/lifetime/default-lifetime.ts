/** The lifetime of responses without one from the upstream (`--ttl`). */

/** Statuses that get it: those of a successful GET, and permanent redirects. */
const STATUSES = new Set([200, 203, 204, 300, 301, 308])

/** Fields by which the upstream says something about storing. */
const SAYS_SOMETHING = [
  'cache-control',
  'expires',
  'pragma',
  'cdn-cache-control',
  'hitrate-cache-control',
  'surrogate-control',
]

export interface LifetimeRequest {
  method: string
  /** True if the request has `Authorization`. */
  authorized: boolean
}

/** True if the upstream says nothing about a response that may be stored for everyone. */
export function isSilent({ method, authorized }: LifetimeRequest, status: number, headers: Headers): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  if (authorized || !STATUSES.has(status) || headers.has('set-cookie')) return false
  if (/(?:^|,)\s*\*/.test(headers.get('vary') ?? '')) return false
  return !SAYS_SOMETHING.some((name) => headers.has(name))
}
