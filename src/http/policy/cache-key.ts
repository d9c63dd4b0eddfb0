/** Under which key a request's answer is kept. */
import type { Context } from 'hono'

/**
 * Makes a route's key. What the answer depends on belongs into it, or into `Vary`; GET and the methods that change the same
 * thing must get the same key. Where it gives a promise, every request waits for that.
 */
export type KeyGenerator = (c: Context) => string | Promise<string>

/** All that the default key asks of a Context. */
interface Asked {
  req: { url: string }
}

export interface UrlKeyOptions {
  /** The query parameters that count; others cannot make entries of their own. Default all. */
  query?: readonly string[]
  /** Are two orders of the same query parameters one key? Values of one name keep their order. Default false. */
  sortQuery?: boolean
}

/**
 * The default key: scheme, host, path and query. GET and HEAD share it, and a POST to the same URL invalidates it.
 *
 * A request's URL comes parsed: host in lower case, no default port, no dot segments. What is left is done here, on the
 * string, since every request pays for it: the fragment goes, and so do the spellings that percent-encoding allows
 * (RFC 3986 §6.2.2.1 and §6.2.2.2).
 */
export function urlKey({ query, sortQuery = false }: UrlKeyOptions = {}): (c: Asked) => string {
  const counting = query === undefined ? undefined : new Set(query)

  return function keyOfUrl(c) {
    const url = plainUrl(c.req.url)
    const queryAt = url.indexOf('?')
    if (queryAt < 0) return url
    if (queryAt === url.length - 1) return url.slice(0, queryAt)
    if (counting === undefined && !sortQuery) return url
    const chosen = chooseParameters(url.slice(queryAt + 1), counting, sortQuery)
    return chosen === '' ? url.slice(0, queryAt) : `${url.slice(0, queryAt)}?${chosen}`
  }
}

/** Without its fragment, and with one spelling for every octet. */
function plainUrl(url: string): string {
  const fragmentAt = url.indexOf('#')
  const whole = fragmentAt < 0 ? url : url.slice(0, fragmentAt)
  return whole.includes('%') ? whole.replace(ENCODED, spelling) : whole
}

const ENCODED = /%[0-9a-f]{2}/gi
const UNRESERVED = /[\w.~-]/

/** As itself where it means the same; else with its digits in upper case. */
function spelling(encoded: string): string {
  const octet = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return UNRESERVED.test(octet) ? octet : encoded.toUpperCase()
}

/** Parameters as they are written, so that none becomes another. */
function chooseParameters(query: string, counting: Set<string> | undefined, sort: boolean): string {
  let parameters = query
    .split('&')
    .filter((written) => written !== '')
    .map((written) => ({ written, name: nameOf(written) }))
  if (counting !== undefined) parameters = parameters.filter(({ name }) => counting.has(name))
  if (sort) parameters.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return parameters.map(({ written }) => written).join('&')
}

/** As a handler reads it. */
function nameOf(written: string): string {
  const name = written.split('=', 1)[0] ?? ''
  if (!/[%+]/.test(name)) return name
  return new URLSearchParams(name).keys().next().value ?? ''
}
