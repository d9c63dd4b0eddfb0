/** Requests without a usable `Host`: RFC 9112, section 3.2. */
import { problem } from '../../../http/endpoints/problem.ts'
import { NO_SNIFF } from '../../requests/no-sniff.ts'

/** Response to a request whose `Host` is no host. The connection is closed, because the client is broken. */
export function refuseHost(): Response {
  const headers = { connection: 'close', ...NO_SNIFF }
  return problem(400, 'Host must be a host with an optional port', { headers })
}

/**
 * Returns a request of Bun with a complete URL. Bun gives only the path if there is no `Host`, as in HTTP/1.0, or if it is no host.
 *
 * @param hostname the host of the URL if there is no `Host`.
 * @returns `undefined` if `Host` is no host.
 */
export function withCompleteUrl(request: Request, hostname: string): Request | undefined {
  if (request.headers.has('host')) return undefined
  return new Request(`http://${hostname}${request.url}`, request)
}

/** The host of the URLs of requests without `Host`. @param host an address that the service listens on. */
export function hostnameOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
