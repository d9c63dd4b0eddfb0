/** The request headers that a response depends on without declaring it. */
import type { Directives } from '../fields/cache-control.ts'
import { type RequestHeader, variesBy } from '../fields/vary.ts'
import { NEEDS_NO_DECLARATION } from './no-declaration.ts'

/** The request headers that code has read. */
export interface ReadHeaders {
  /** Headers read by name, in lower case. */
  readonly names: ReadonlySet<string>
  /** True if all headers may have been read. */
  readonly all: boolean
}

export interface Declarations {
  vary: string | null
  /** `Access-Control-Allow-Origin` of the response. */
  allowOrigin: string | null
  /** Directives from the handler's own headers. */
  directives: Directives
  /** The option `ignoredHeaders`, in lower case. */
  ignored: ReadonlySet<string>
  /** True if the key contains the host of the URL. */
  isHostInKey: boolean
}

/** Headers with the credentials of one user. Only these count as read when all headers were read. */
const CREDENTIALS = ['cookie', 'authorization']

/**
 * Directives that allow a shared cache to store a response to a request with `Authorization` (RFC 9111 §3.5). They say nothing
 * about other headers.
 */
const ALLOW_SHARING = ['must-revalidate', 's-maxage']

/**
 * Returns the headers that were read although nothing declares them, in lower case, credentials first. A response with such a
 * header must not be stored or shared. Reading all headers, as proxies do, counts as reading the credentials of the request.
 */
export function undeclaredHeaders(
  { names, all }: ReadHeaders,
  header: RequestHeader,
  { vary, allowOrigin, directives, ignored, isHostInKey }: Declarations,
): string[] {
  if (directives.has('public')) return []
  const credentials = CREDENTIALS.filter((name) => names.has(name) || (all && header(name) !== undefined))
  return [...new Set([...credentials, ...names])].filter((name) => {
    if (ignored.has(name) || NEEDS_NO_DECLARATION.has(name) || variesBy(vary, name)) return false
    if (name === 'host') return !isHostInKey
    if (name === 'origin') return allowOrigin !== '*' // the response is the same for every origin
    return name !== 'authorization' || !ALLOW_SHARING.some((directive) => directives.has(directive))
  })
}

/** The detail in `Cache-Status` and the warning for such a header. Clients may choose odd names, so these get a generic word. */
export function dependsOn(header: string): `depends-on-${string}` {
  return `depends-on-${token(header, 'header')}`
}

/** The name, if it is short and fits into a token; otherwise the generic word. */
export function token(name: string, generic: string): string {
  return /^[\w-]{1,40}$/.test(name) ? name : generic
}
