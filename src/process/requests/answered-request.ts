/** The facts about an answered request, for the part `onRequest` and the access log. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { Outcome } from '../../cache/events.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import type { FrontEnd } from '../../http/front/front-hits.ts'
import type { MeasuredEnd } from '../../http/measured/measured.ts'
import type { RequestEnd } from '../../instruments/create-instruments.ts'
import { loggedIdsOf } from '../ids/set-request-ids.ts'
import { outcomeOf } from './cache-outcome.ts'

export interface AnsweredRequest extends RequestEnd {
  /** Path of the URL as it was sent, without the query, which may have secrets; at most 1,024 characters. */
  path: string
  /** Address of the client, or of the last proxy. Absent if it is not known. */
  client?: string | undefined
  /** Absent if `requestIds` is `off`. */
  requestId?: string | undefined
  traceId?: string | undefined
  /** Outcome of the read of the cache. Absent for a route without a cache. */
  outcome?: Outcome | undefined
}

/** Returns the address of the client of a request; `env` is what the server passes to `fetch`. */
export type ClientOf = (request: Request, env: unknown) => string | undefined

type Details = Pick<AnsweredRequest, 'path' | 'client' | 'requestId' | 'traceId' | 'outcome'>

/** Middleware that keeps the address of the client, because the connection may be gone when the request ends. */
export function keepClient(clientOf: ClientOf): MiddlewareHandler {
  return setsNoHeaders(function keepClient(c: Context, next: Next) {
    ;(c as WithClient)[CLIENT] = clientOf(c.req.raw, c.env)
    return next()
  })
}

const CLIENT = Symbol('hitrate:client')
type WithClient = Context & { [CLIENT]?: string | undefined }

/** Option `details` of `measured`. */
export function detailsOf(c: Context): Details {
  return {
    path: pathOf(c.req.url),
    client: (c as WithClient)[CLIENT],
    ...loggedIdsOf(c),
    outcome: c.finalized ? outcomeOf(c.res.headers.get('cache-status'), c.res.status) : undefined,
  }
}

/** @param end its `details` come from {@link detailsOf}. */
export function answeredRequest({ details, ...end }: MeasuredEnd): AnsweredRequest {
  return { ...end, ...(details as Details) }
}

/** A hit of the front. Its own headers are those of `hitIds`. */
export function answeredHit(end: FrontEnd): AnsweredRequest {
  const { method, route, status, durationMs, bytes, url, hitHeaders, peer } = end
  const [requestId, traceparent] = hitHeaders ?? []
  return {
    method,
    route,
    status,
    durationMs,
    bytes,
    path: pathOf(url),
    client: withoutIpv4Prefix(peer?.remoteAddress),
    requestId,
    traceId: traceparent?.slice(TRACE_ID_AT, TRACE_ID_AT + 32),
    outcome: 'hit',
  }
}

/** Place of the trace id in `traceparent`. */
const TRACE_ID_AT = 3

const MAX_PATH_LENGTH = 1024

function pathOf(url: string): string {
  const scheme = url.indexOf('://')
  const start = scheme === -1 ? 0 : url.indexOf('/', scheme + 3)
  const query = url.indexOf('?', start)
  return url.slice(start, query === -1 ? undefined : query).slice(0, MAX_PATH_LENGTH)
}

/** An IPv4 address as a socket of IPv6 shows it: `::ffff:192.0.2.1`. */
export function withoutIpv4Prefix(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') ? address.slice(7) : address
}
