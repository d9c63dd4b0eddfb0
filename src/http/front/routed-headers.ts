/** The request headers that a front does not handle. */

/**
 * A request with one of these headers goes through the router: conditions, ranges, cache directives, credentials, another
 * protocol. `If-Range` is not listed, because it has no effect without `Range`.
 */
export const ROUTED_HEADERS: readonly string[] = [
  'if-none-match',
  'if-modified-since',
  'cache-control',
  'authorization',
  'range',
  'if-match',
  'if-unmodified-since',
  'upgrade',
]

/** The same, for routes with `clientControl`. */
export const ROUTED_WITH_CLIENT_CONTROL: readonly string[] = [...ROUTED_HEADERS, 'pragma']
