/** The trace of a request, from the header `traceparent` (W3C Trace Context, https://www.w3.org/TR/trace-context/). */

export interface Trace {
  traceId: string
  /** The span of the caller. */
  spanId: string
}

const ZERO = /^0+$/

/** Returns the trace of a valid header whose trace is sampled, so that it can be found later. */
export function sampledTraceOf(header: string | null | undefined): Trace | undefined {
  if (header === null || header === undefined) return undefined
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(header) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0
  return isSampled && !ZERO.test(traceId) && !ZERO.test(spanId) ? { traceId, spanId } : undefined
}

/** Later versions may append parts. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/** Bit of the flags. */
const SAMPLED = 1
