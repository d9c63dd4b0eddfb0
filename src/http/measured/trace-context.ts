/** The trace of a request, from the header `traceparent` (W3C Trace Context, https://www.w3.org/TR/trace-context/). */
import { parseTraceparent } from '../fields/traceparent.ts'

export interface Trace {
  traceId: string
  /** The span of the caller. */
  spanId: string
}

/** Returns the trace of a valid header whose trace is sampled, so that it can be found later. */
export function sampledTraceOf(header: string | null | undefined): Trace | undefined {
  const parts = parseTraceparent(header)
  return parts?.isSampled ? { traceId: parts.traceId, spanId: parts.spanId } : undefined
}
