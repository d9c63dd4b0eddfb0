/** The header fields of a request to the upstream. */
import { type ClientRequest, setForwarding } from './forwarding.ts'
import { removeHopByHop } from './hop-by-hop.ts'
import { withVia } from './via.ts'

export interface UpstreamHeadersOptions {
  client: ClientRequest
  trustForwarded: boolean
  /** True to remove `Cookie`. */
  withoutCookies: boolean
  /** Name of this proxy in `Via`. */
  pseudonym: string
}

/**
 * Returns the fields for the upstream, without `Host`, which the connection sets. A client that names no content coding gets none,
 * because the runtimes would ask for one on their own.
 *
 * @param received the fields of the client, or those of the cache if it revalidates.
 */
export function upstreamHeaders(received: Headers, options: UpstreamHeadersOptions): Headers {
  const headers = new Headers(received)
  removeHopByHop(headers)
  headers.delete('host')
  headers.delete('expect') // answered by this proxy's own server
  if (options.withoutCookies) headers.delete('cookie')
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity')
  setForwarding(headers, options.client, options.trustForwarded)
  headers.set('via', withVia(headers.get('via'), options.pseudonym))
  return headers
}
