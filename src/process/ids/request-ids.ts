/** The ids of a request: taken from its headers if they are valid, and made otherwise. */
import { formatTraceparent, parseTraceparent } from '../../http/fields/traceparent.ts'
import { createIdGenerator, type IdGenerator } from './id-generator.ts'

/**
 * - `off`: no ids.
 * - `on`: ids in all responses, except that a hit of the front gets them only if its request has one of the two headers.
 * - `all`: ids in all responses.
 */
export type RequestIdMode = 'off' | 'on' | 'all'

export interface RequestIds {
  requestId: string
  traceId: string
  /** Value of `traceparent` in the response: the trace, and a span of this service. */
  traceparent: string
}

/** Header of the request id, in requests and responses. */
export const REQUEST_ID = 'x-request-id'

/** Header of the trace, in requests and responses. */
export const TRACEPARENT = 'traceparent'

/** Returns the ids of a request with these values of `x-request-id` and `traceparent`. */
export type IdsOf = (
  requestId: string | null | undefined,
  traceparent: string | null | undefined,
) => RequestIds

/**
 * Creates the function. A made request id is the trace id, so that one search finds both. A trace that begins here is not sampled.
 *
 * @param generator makes ids. Default: one seeded by `crypto`.
 */
export function createRequestIds(generator: IdGenerator = createIdGenerator()): IdsOf {
  return function idsOf(requestId, traceparent) {
    const trace = parseTraceparent(traceparent)
    const traceId = trace?.traceId ?? generator.traceId()
    const isSampled = trace?.isSampled ?? false
    return {
      requestId: isRequestId(requestId) ? requestId : traceId,
      traceId,
      traceparent: formatTraceparent({ traceId, spanId: generator.spanId(), isSampled }),
    }
  }
}

/**
 * True for 1 to 128 printable ASCII characters without spaces, and without those that separate or quote values in headers and logs.
 * A comma also joins repeated headers.
 */
export function isRequestId(value: string | null | undefined): value is string {
  return typeof value === 'string' && ID.test(value)
}

const ID = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,128}$/
