/** Detects a response that was made from a `Host` header that differs from the URL's host. */
import { variesBy } from '../fields/vary.ts'

export interface HostRequest {
  /** Request headers that the handler read by name, in lower case. */
  headersRead: ReadonlySet<string>
  host: string | undefined
  url: string
}

/**
 * True if the response must not be stored under the URL's key, because it was made from another host. A request for the
 * absolute URL `http://a/x` may have any `Host` header. A server must ignore this header (RFC 9112 §3.2.2), but some servers
 * pass it to the app, and even a second `Host`. The key contains only the URL's host. A handler that copies all headers is not
 * detected.
 */
export function dependsOnForeignHost({ headersRead, host, url }: HostRequest, vary: string | null): boolean {
  return headersRead.has('host') && host !== undefined && !variesBy(vary, 'host') && !isHostOf(url, host)
}

function isHostOf(url: string, host: string): boolean {
  const parsed = URL.parse(url)
  return (
    parsed !== null &&
    URL.parse(`${parsed.protocol}//${host}`)?.href === `${parsed.protocol}//${parsed.host}/`
  )
}
