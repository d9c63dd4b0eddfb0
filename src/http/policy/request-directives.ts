/** What a request asks of the cache (RFC 9111 §5.2.1, §5.4), in the engine's words. */

import type { Demands } from '../../cache/freshness.ts'
import type { Strategy } from '../../cache/read.ts'
import { deltaMs, parseCacheControl } from '../fields/cache-control.ts'
import type { RequestHeader } from '../fields/vary.ts'

export interface RequestDirectives extends Demands {
  strategy: Strategy
}

const PLAIN: RequestDirectives = { strategy: 'refresh' }

/**
 * @param clientControl whether what makes us work counts: `no-cache`, `no-store`, `max-age`, `min-fresh`, `Pragma`.
 *   What spares us work (`only-if-cached`, `max-stale`) always does.
 */
export function requestDirectives(header: RequestHeader, clientControl: boolean): RequestDirectives {
  const field = header('cache-control')
  if (field === undefined) {
    const pragma = clientControl && parseCacheControl(header('pragma')).has('no-cache')
    return pragma ? { strategy: 'invalidate' } : PLAIN
  }

  const directives = parseCacheControl(field)
  const control: RequestDirectives = { strategy: 'refresh' }
  const maxStale = directives.get('max-stale')
  if (maxStale !== undefined) {
    control.maxStaleMs =
      maxStale === true ? Number.POSITIVE_INFINITY : (deltaMs(directives, 'max-stale') ?? 0)
  }
  if (clientControl) {
    const maxAgeMs = deltaMs(directives, 'max-age')
    const minFreshMs = deltaMs(directives, 'min-fresh')
    if (maxAgeMs !== undefined) control.maxAgeMs = maxAgeMs
    if (minFreshMs !== undefined) control.minFreshMs = minFreshMs
    if (directives.has('no-cache')) control.strategy = 'invalidate'
    if (directives.has('no-store')) control.strategy = 'bypass'
  }
  if (directives.has('only-if-cached')) control.strategy = 'fresh'
  return control
}
