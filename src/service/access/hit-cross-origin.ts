/** The headers of CORS on hits that the front serves before the middleware. */
import type { HitHeaders } from '../../http/front/hit-headers.ts'
import { crossOriginHeaders, type Origins } from './cross-origin.ts'

const SETS = ['access-control-allow-origin', 'access-control-expose-headers', 'vary'] as const

/** Returns the option `hitHeaders` of the front: the headers that `crossOrigin` adds to the other responses. */
export function hitCrossOrigin(origins: Origins): HitHeaders {
  const headersFor = crossOriginHeaders(origins)
  return {
    reads: ['origin'],
    sets: SETS,
    values([origin]) {
      const headers = headersFor(origin)
      return SETS.map((name) => headers[name])
    },
  }
}
