/** Selects the response headers that are stored and sent with every response made from the entry. */
import { APPENDED_TO, INTERNAL_HEADERS } from '../../fields/internal-headers.ts'
import { listMembers } from '../../fields/lists.ts'

/** Header names in lower case with their values. */
export type StoredHeaders = Readonly<Record<string, string>>

/** Headers about one request: a stored one would name another client's request. */
export const OF_ONE_REQUEST: readonly string[] = [
  'x-request-id',
  'x-correlation-id',
  'traceparent',
  'server-timing',
]

/**
 * Headers that are not stored: those of one connection (RFC 9110 §7.6.1; see also {@link hopByHopHeaders}), and those that are
 * generated for each response.
 */
const NOT_STORED = new Set([
  ...OF_ONE_REQUEST,
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'age',
  'content-length',
  'set-cookie',
])

/**
 * The headers that are stored and sent again. Adds `Date` if it is missing. Cookies and internal headers are stored separately.
 *
 * @param date its value.
 */
export function storedHeaders(headers: Headers, date: string): Record<string, string> {
  const hopByHop = hopByHopHeaders(headers)
  const stored: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (!NOT_STORED.has(name) && !INTERNAL_HEADERS.includes(name) && !hopByHop.has(name)) stored[name] = value
  }
  if (stored.date === undefined || stored.date === date) stored.date = date // one string for all responses of the second
  return stored
}

/** Names of the hop-by-hop headers: `Connection` and every header that it lists. */
export function hopByHopHeaders(headers: Headers): Set<string> {
  return new Set(['connection', ...listMembers(headers.get('connection')?.toLowerCase())])
}

/** The headers of a response that need no other step than to be stored. */
export interface PlainHeaders {
  /** Headers to be sent. */
  readonly sent: Readonly<Record<string, string>>
  /** Headers for this cache only. */
  readonly internal: Readonly<Record<string, string>>
}

/**
 * Separates the headers of a response as {@link storedHeaders} and `internalHeaders` do, in one pass. Returns `undefined` if one of
 * them must not be stored, or decides about the body or about the requests that get the response.
 */
export function plainHeaders(headers: Headers): PlainHeaders | undefined {
  const sent: Record<string, string> = {}
  let internal = NONE
  for (const [name, value] of headers) {
    if (NOT_PLAIN.has(name)) return undefined
    if (INTERNAL_HEADERS.includes(name)) internal = { ...internal, [name]: value }
    else sent[name] = value
  }
  return { sent, internal }
}

const NONE: Readonly<Record<string, string>> = {}

const NOT_PLAIN = new Set([...NOT_STORED, 'connection', 'vary', 'content-encoding', APPENDED_TO])
