/** Names and addresses of the machine itself. */

/** True for an address that only this machine reaches: `localhost`, `::1` and `127.0.0.0/8`. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/**
 * True for the host of a URL that a browser on this machine opens: a loopback address, `localhost`, or a name below it, which
 * browsers resolve to loopback themselves (RFC 6761 §6.3).
 *
 * @param hostname as in `URL`: in lower case, an IPv6 address in brackets.
 */
export function isLoopbackName(hostname: string): boolean {
  return isLoopback(hostname.replace(/^\[(.*)\]$/, '$1')) || hostname.endsWith('.localhost')
}
