/** Names the reason why a URL gave no response. */

/** A request without a response. */
export interface Failure {
  failure: string
}

/** Sentences by the codes of errors of Node and of Bun. */
const SENTENCES: readonly (readonly [codes: RegExp, sentence: string])[] = [
  [
    /^(ENOTFOUND|EAI_AGAIN|EAI_NONAME|DNSResolveFailed|ERR_DNS\w*)$/,
    'The host name {host} cannot be resolved (DNS)',
  ],
  [/^(ECONNREFUSED|ConnectionRefused)$/, 'Nothing listens at {host}: the connection was refused'],
  [
    /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|NetworkUnreachable|HostUnreachable)$/,
    '{host} cannot be reached from here',
  ],
  [
    /^(ECONNRESET|ConnectionClosed|UND_ERR_SOCKET|EPIPE|ConnectionReset)$/,
    '{host} closed the connection before it had sent a complete response',
  ],
  [
    /^(ETIMEDOUT|UND_ERR_\w*TIMEOUT|ConnectionTimeout|Timeout|TimeoutError)$/,
    '{host} sent no complete response within {timeout}',
  ],
  [/^(CERT_HAS_EXPIRED)$/, 'The certificate of {host} has expired (TLS)'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID)$/, 'The certificate of {host} is for another host (TLS)'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|UNKNOWN_CERTIFICATE\w*)$/,
    'The certificate of {host} is not trusted (TLS: {code}); for an authority of your own set NODE_EXTRA_CA_CERTS',
  ],
  [/^(ERR_SSL_\w+|EPROTO|FailedToOpenSocket)$/, 'TLS with {host} failed ({code}): does it speak https?'],
  [
    /^(HPE_HEADER_OVERFLOW|HeadersOversized|ResponseHeadersTooLarge)$/,
    'The header that {host} sent is above 16 KiB',
  ],
  [
    /^(HPE_\w+|HTTPParserError|Malformed_HTTP_Response|InvalidHTTPResponse|InvalidStatusCode)$/,
    'What {host} sent is not an HTTP/1.1 response ({code})',
  ],
]

/** @param timeoutMs the time limit of the request. */
export function describeFailure(error: unknown, url: URL, timeoutMs: number): Failure {
  const codes = codesOf(error)
  for (const [pattern, sentence] of SENTENCES) {
    const code = codes.find((one) => pattern.test(one))
    if (code === undefined) continue
    const texts: Record<string, string> = { host: url.host, code, timeout: `${timeoutMs / 1000} s` }
    return { failure: sentence.replace(/\{(\w+)\}/g, (_, name: string) => texts[name] ?? '') }
  }
  const innermost = chainOf(error).at(-1)
  const reason = innermost instanceof Error ? innermost.message : String(innermost)
  return { failure: `The request to ${url.host} failed: ${reason}` }
}

/** The codes and names of an error and of its causes, the innermost first. */
function codesOf(error: unknown): string[] {
  return chainOf(error)
    .reverse()
    .flatMap((one) => [
      one instanceof Error && 'code' in one ? String(one.code) : '',
      one instanceof Error ? one.name : '',
    ])
    .filter(Boolean)
}

/** The error and its causes; of several attempts, such as one for each address of a host, the first. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let one = error; one !== undefined && chain.length < 8; ) {
    chain.push(one)
    one = one instanceof AggregateError ? one.errors[0] : one instanceof Error ? one.cause : undefined
  }
  return chain
}
