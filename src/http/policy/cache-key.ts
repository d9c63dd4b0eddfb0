/** The default cache key of a request, and the type of functions that replace it. */
import type { Context } from 'hono'

/**
 * Returns the cache key of a request. Include every request property that the response depends on, unless `Vary` names it. The
 * key of a URL must be the same for GET and for the methods that change the resource. If the result is a promise, each request
 * waits for it.
 */
export type KeyGenerator = (c: Context) => string | Promise<string>

/** The part of Hono's Context that the default key reads. */
interface UrlContext {
  req: { url: string }
}

export interface UrlKeyOptions {
  /** Names of the query parameters in the key. Others are ignored, so they cannot create entries. Default: all. */
  query?: readonly string[]
  /** Sorts the query parameters by name. Values of one name keep their order. Default: false. */
  sortQuery?: boolean
}

/**
 * Creates the default key: scheme, host, path and query. GET and HEAD share a key, and a POST to the same URL invalidates it.
 *
 * `Request` has already parsed the URL: lower-case host, no default port, no dot segments. This function removes the fragment
 * and normalises percent-encoding (RFC 3986 §6.2.2.1, §6.2.2.2). It works on the string, because parsing the URL again would
 * slow down every request.
 */
export function urlKey({ query, sortQuery = false }: UrlKeyOptions = {}): (c: UrlContext) => string {
  const allowed = query === undefined ? undefined : new Set(query)

  return function keyOfUrl(c) {
    const url = normaliseUrl(c.req.url)
    const queryAt = url.indexOf('?')
    if (queryAt < 0) return url
    if (queryAt === url.length - 1) return url.slice(0, queryAt)
    if (allowed === undefined && !sortQuery) return url
    const parameters = selectParameters(url.slice(queryAt + 1), allowed, sortQuery)
    return parameters === '' ? url.slice(0, queryAt) : `${url.slice(0, queryAt)}?${parameters}`
  }
}

function normaliseUrl(url: string): string {
  const fragmentAt = url.indexOf('#')
  const withoutFragment = fragmentAt < 0 ? url : url.slice(0, fragmentAt)
  return withoutFragment.includes('%')
    ? withoutFragment.replace(ENCODED_OCTET, normaliseOctet)
    : withoutFragment
}

const ENCODED_OCTET = /%[0-9a-f]{2}/gi
const UNRESERVED = /[\w.~-]/

/** Decodes a percent-encoded unreserved character. For any other octet, converts the hexadecimal digits to upper case. */
function normaliseOctet(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return UNRESERVED.test(character) ? character : encoded.toUpperCase()
}

/** Selects and sorts the query parameters. Each parameter stays as written, so that two different parameters stay different. */
function selectParameters(query: string, allowed: Set<string> | undefined, sort: boolean): string {
  let parameters = query
    .split('&')
    .filter(Boolean)
    .map((written) => ({ written, name: nameOf(written) }))
  if (allowed !== undefined) parameters = parameters.filter(({ name }) => allowed.has(name))
  if (sort) parameters.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
  return parameters.map(({ written }) => written).join('&')
}

/** The decoded name of a parameter, as handlers read it. */
function nameOf(written: string): string {
  const name = written.split('=', 1)[0] ?? ''
  if (!/[%+]/.test(name)) return name
  return new URLSearchParams(name).keys().next().value ?? ''
}
