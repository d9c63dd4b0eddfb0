/** The header `traceparent` (W3C Trace Context, https://www.w3.org/TR/trace-context-2/). */

export interface Traceparent {
  /** 32 hexadecimal digits in lower case, not all zero. */
  traceId: string
  /** The span of the sender: 16 hexadecimal digits in lower case, not all zero. */
  spanId: string
  /** True if the sender may have recorded the trace. */
  isSampled: boolean
}

/**
 * Returns the parts of a header; `undefined` if it is absent, not valid, or there is more than one. A later version is read as
 * version 00 whose value may go on after a dash.
 */
export function parseTraceparent(header: string | null | undefined): Traceparent | undefined {
  if (header === null || header === undefined) return undefined
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(header) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (ZERO.test(traceId) || ZERO.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 }
}

/** Returns the header in version 00. */
export function formatTraceparent({ traceId, spanId, isSampled }: Traceparent): string {
  return `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`
}

/** `Headers` joins repeated fields with a comma, so that a later version must not have one. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[^,]*)?$/

const ZERO = /^0+$/

/** Bit of the flags. */
const SAMPLED = 1
