/** The request headers that a response need not declare in `Vary`. */

/** Headers in lower case, each group with its reason. Headers that describe the client or its user are not among them. */
export const NEEDS_NO_DECLARATION: ReadonlySet<string> = new Set([
  // The cache evaluates conditions and ranges itself, for each request.
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range'],
  // Directives to caches. The option `clientControl` decides about them.
  ...['cache-control', 'pragma'],
  // The cache selects among the codings of a response itself.
  'accept-encoding',
  // Fields of one connection or one hop (RFC 9110 §7.6, §10.1.1), and of the message's framing.
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-length', 'expect', 'max-forwards', 'via'],
  // The order of delivery (RFC 9218); it has no effect on the response.
  'priority',
  // Identifiers of a request for logs and traces. Their values are new for each request.
  ...['traceparent', 'tracestate', 'baggage', 'b3', 'sentry-trace', 'uber-trace-id', 'x-amzn-trace-id'],
  ...['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  ...['request-id', 'x-request-id', 'correlation-id', 'x-correlation-id', 'x-cloud-trace-context', 'cf-ray'],
])
