/** Translates a request's cache directives (RFC 9111 §5.2.1, §5.4) into a strategy and limits on age and staleness. */

import type { Demands } from '../../cache/freshness.ts'
import type { Strategy } from '../../cache/read.ts'
import { deltaMs, parseCacheControl } from '../fields/cache-control.ts'
import type { RequestHeader } from '../fields/vary.ts'

export interface RequestDirectives extends Demands {
  strategy: Strategy
}

const NO_DIRECTIVES: RequestDirectives = { strategy: 'refresh' }

/**
 * @param clientControl true if the directives that cause loads apply: `no-cache`, `no-store`, `max-age`, `min-fresh` and
 *   `Pragma`. The directives that avoid loads (`only-if-cached`, `max-stale`) always apply.
 */
export function requestDirectives(header: RequestHeader, clientControl: boolean): RequestDirectives {
  const value = header('cache-control')
  if (value === undefined) {
    const hasPragma = clientControl && parseCacheControl(header('pragma')).has('no-cache')
    return hasPragma ? { strategy: 'invalidate' } : NO_DIRECTIVES
  }

  const directives = parseCacheControl(value)
  const result: RequestDirectives = { strategy: 'refresh' }
  const maxStale = directives.get('max-stale')
  if (maxStale !== undefined) {
    result.maxStaleMs = maxStale === true ? Number.POSITIVE_INFINITY : (deltaMs(directives, 'max-stale') ?? 0)
  }
  if (clientControl) {
    const maxAgeMs = deltaMs(directives, 'max-age')
    const minFreshMs = deltaMs(directives, 'min-fresh')
    if (maxAgeMs !== undefined) result.maxAgeMs = maxAgeMs
    if (minFreshMs !== undefined) result.minFreshMs = minFreshMs
    if (directives.has('no-cache')) result.strategy = 'invalidate'
    if (directives.has('no-store')) result.strategy = 'bypass'
  }
  if (directives.has('only-if-cached')) result.strategy = 'fresh'
  return result
}
