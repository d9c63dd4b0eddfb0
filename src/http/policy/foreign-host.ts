/** Was an answer made from a `Host` that is not its URL's? */
import { variesBy } from '../fields/vary.ts'

export interface HostRequest {
  /** What the handler asked of the request by name, in lower case. */
  headersRead: ReadonlySet<string>
  host: string | undefined
  url: string
}

/**
 * A client that asks for `http://a/x` in full may say any `Host` beside it, and some servers hand on both, though the field
 * must be ignored then (RFC 9112 §3.2.2); so they do with a second one. The key has the host of the URL alone: what was made
 * from the other must not be kept under it. Of code that copies all fields nothing is known.
 */
export function dependsOnForeignHost({ headersRead, host, url }: HostRequest, vary: string | null): boolean {
  return headersRead.has('host') && host !== undefined && !variesBy(vary, 'host') && !isHostOf(url, host)
}

function isHostOf(url: string, host: string): boolean {
  const asked = URL.parse(url)
  return (
    asked !== null && URL.parse(`${asked.protocol}//${host}`)?.href === `${asked.protocol}//${asked.host}/`
  )
}
