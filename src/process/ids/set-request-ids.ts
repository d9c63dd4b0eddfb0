/** Middleware that gives each request its ids: in the context, for log lines, and in the response. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { changeHeaders, isUncopyable } from '../../http/context/context-response.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import { purgeOf } from '../../http/endpoints/purge-request.ts'
import { type IdsOf, REQUEST_ID, type RequestIds, TRACEPARENT } from './request-ids.ts'

/**
 * Creates the middleware. Handlers read `c.get('requestId')`, as with `hono/request-id`, which has no `traceparent`, and
 * `c.get('traceId')`. The headers are set after the response exists, so that `cached` never stores them.
 */
export function setRequestIds(idsOf: IdsOf): MiddlewareHandler {
  return setsNoHeaders(async function setRequestIds(c: Context, next: Next): Promise<void> {
    if (purgeOf(c) !== undefined) return next() // no client has sent it
    const { headers } = c.req.raw
    const ids = idsOf(headers.get(REQUEST_ID), headers.get(TRACEPARENT))
    ;(c as WithIds)[IDS] = ids
    c.set('requestId', ids.requestId)
    c.set('traceId', ids.traceId)
    await next()
    addToResponse(c, ids)
  })
}

function addToResponse(c: Context, { requestId, traceparent }: RequestIds): void {
  if (!c.finalized || isUncopyable(c.res.status)) return
  changeHeaders(c, (headers) => {
    headers.set(REQUEST_ID, requestId)
    headers.set(TRACEPARENT, traceparent)
  })
}

/** The ids that the middleware has set, for a log line. Empty without the middleware. */
export function loggedIdsOf(c: Context): { requestId?: string; traceId?: string } {
  const ids = (c as WithIds)[IDS]
  return ids === undefined ? {} : { requestId: ids.requestId, traceId: ids.traceId }
}

/**
 * Property of a context: the ids of its request. `cached` shares no failure whose handler has read a variable of the context, and
 * the error handler needs the ids for its log line.
 */
const IDS = Symbol('hitrate:request-ids')
type WithIds = Context & { [IDS]?: RequestIds }
