/** The header fields that tell the upstream about the client's own request: `X-Forwarded-*` and `Forwarded` (RFC 7239). */

/** The request as the client made it. */
export interface ClientRequest {
  /** Address of the client; `undefined` if it is not known. */
  address: string | undefined
  /** Host and scheme of the request's URL. The cache key contains both, so a response may depend on them. */
  host: string
  protocol: 'http' | 'https'
}

/**
 * Fields with which clients change the URL or the host that many frameworks see. The cache key has none of them, so a response
 * made with them would be served to others. `Proxy` sets the proxy of CGI programs (CVE-2016-5385).
 */
const REPLACED =
  /^(?:x-forwarded(?:-.+)?|forwarded|x-real-ip|x-client-ip|true-client-ip|x-cluster-client-ip)$/
const REWRITING =
  /^(?:x-original-(?:url|uri|host|proto|method)|x-rewrite-url|x-(?:url-)?scheme|front-end-https|x-host|x-http-host-override|x-http-method(?:-override)?|x-method-override|x-envoy-original-path|proxy)$/

/** Request fields that a response may depend on if `trustForwarded` is set. */
export const TRUSTED_FIELDS = ['X-Forwarded-Host', 'X-Forwarded-Proto']

/**
 * Sets the fields in `headers`.
 *
 * @param trusted false to remove what the client has sent; true if it comes from another proxy: then its list of addresses is
 *   continued, and its host and scheme stay.
 */
export function setForwarding(
  headers: Headers,
  { address, host, protocol }: ClientRequest,
  trusted: boolean,
): void {
  for (const name of [...headers.keys()]) {
    // CGI, WSGI and PHP read `_` as `-`.
    const read = name.replaceAll('_', '-')
    if (REWRITING.test(read) || (REPLACED.test(read) && (!trusted || read !== name))) headers.delete(name)
  }
  if (address !== undefined) headers.append('x-forwarded-for', address)
  if (!headers.has('x-forwarded-host')) headers.set('x-forwarded-host', host)
  if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', protocol)
  headers.append('forwarded', `for=${node(address)};host=${quoted(host)};proto=${protocol}`)
}

/** The address as a node of RFC 7239 §6: an IPv6 address in brackets and quotes. */
function node(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  return address.includes(':') ? `"[${address}]"` : address
}

/** A host with a port is no token. */
function quoted(host: string): string {
  return /^[\w.-]+$/.test(host) ? host : `"${host.replace(/["\\]/g, '\\$&')}"`
}
