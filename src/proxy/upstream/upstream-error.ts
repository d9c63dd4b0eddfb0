/** Failures of the upstream, with the status and the words for clients and the log. */

export class UpstreamError extends Error {
  override name = 'UpstreamError'
  /** 504 if the upstream took too long, otherwise 502. */
  readonly status: 502 | 504

  /** @param message a complete sentence that every client may see. */
  constructor(status: 502 | 504, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.status = status
  }
}

/** Messages by the code of a system error. Bun and Node have different codes for some failures. */
const MESSAGES: readonly [codes: RegExp, message: string][] = [
  [/^(ECONNREFUSED|ConnectionRefused)$/, 'The upstream refuses connections'],
  [
    /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|DNSException|FailedToResolve\w*)$/,
    'The name of the upstream cannot be resolved',
  ],
  [/^UnrequestedUpgrade$/, 'The upstream changed the protocol, which it was not asked for'],
  [
    /^(ECONNRESET|EPIPE|ConnectionClosed|ConnectionReset)$/,
    'The upstream closed the connection before it answered',
  ],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|FailedToOpenSocket)$/, 'The upstream cannot be reached'],
  [
    /^(HPE_HEADER_OVERFLOW|HeadersOversized|ResponseHeadersTooLarge)$/,
    'The header of the upstream is too large',
  ],
  [/^(HPE_|InvalidHTTPResponse|Malformed_?HTTP)/, 'The upstream does not answer in HTTP'],
  [/CERT|SIGNED|ERR_TLS|ALTNAME|^SSL|ERR_SSL/, 'The certificate of the upstream cannot be verified'],
]

/** Wraps an error of a connection. An error of this module passes unchanged. */
export function upstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error
  const code = codeOf(error)
  const message = MESSAGES.find(([codes]) => codes.test(code))?.[1] ?? 'The upstream cannot be used'
  return new UpstreamError(502, message, error)
}

/** The code of an error or of its cause: `fetch` wraps the error of the system. */
export function codeOf(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code
  }
  return ''
}
