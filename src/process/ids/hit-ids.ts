/** The ids of hits that the front serves before the middleware. */
import type { HitHeaders } from '../../http/front/hit-headers.ts'
import { type IdsOf, REQUEST_ID, TRACEPARENT } from './request-ids.ts'

/**
 * Returns the option `hitHeaders` of the front. A stored error with ids goes through the router, where the middleware adds the id to
 * its document.
 *
 * @param always false if only requests with one of the two headers get ids.
 */
export function hitIds(idsOf: IdsOf, always: boolean): HitHeaders {
  return {
    reads: [REQUEST_ID, TRACEPARENT],
    sets: [REQUEST_ID, TRACEPARENT],
    values([requestId, traceparent], status) {
      if (!always && requestId === undefined && traceparent === undefined) return undefined
      if (status >= 400) return 'route'
      const ids = idsOf(requestId, traceparent)
      return [ids.requestId, ids.traceparent]
    },
  }
}
