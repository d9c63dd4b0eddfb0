/** Lets stored responses be served while the upstream fails (`--stale-if-error`, RFC 5861 §4). */
import type { JudgedResponse } from '../../http/policy/targeted-control.ts'

/**
 * Returns the option `targetedControl` that adds `stale-if-error` to a response with a lifetime. What the upstream says itself
 * stays: its own `stale-if-error`, and `must-revalidate`, `proxy-revalidate`, `s-maxage`, `no-cache`, `no-store` and `private`, which
 * the cache obeys whatever this option says.
 */
export function staleIfError(seconds: number): (response: JudgedResponse) => string | undefined {
  return function withStaleIfError({ status, headers, maxAge }) {
    if (maxAge === undefined || status >= 500) return undefined
    const control = headers.get('cdn-cache-control') ?? headers.get('cache-control') ?? ''
    if (/(?:^|[\s,])stale-if-error\s*=/i.test(control)) return undefined
    const revalidate = /(?:^|[\s,])stale-while-revalidate\s*=\s*"?(\d{1,10})/i.exec(control)?.[1]
    const whileRevalidating = revalidate === undefined ? '' : `, stale-while-revalidate=${revalidate}`
    return `max-age=${maxAge}${whileRevalidating}, stale-if-error=${seconds}`
  }
}
