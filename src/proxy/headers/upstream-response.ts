/** The header fields of a response of the upstream, as the cache and the client get them. */
import { removeHopByHop } from './hop-by-hop.ts'
import { withVia } from './via.ts'

export interface ResponseHeadersOptions {
  /** URL of the upstream. */
  upstream: URL
  /** True to remove `Set-Cookie`, and `Cookie` from `Vary`: the request had no cookies. */
  withoutCookies: boolean
  pseudonym: string
}

/** Changes the fields of a response. A redirect to the upstream's own address becomes one to this proxy. */
export function adaptResponseHeaders(headers: Headers, options: ResponseHeadersOptions): void {
  const { upstream, withoutCookies, pseudonym } = options
  removeHopByHop(headers)
  if (withoutCookies) {
    headers.delete('set-cookie')
    const vary = headers.get('vary')
    if (vary !== null && /cookie/i.test(vary)) setOrDelete(headers, 'vary', withoutMember(vary, 'cookie'))
  }
  for (const name of ['location', 'content-location']) {
    const location = headers.get(name)
    if (location !== null) headers.set(name, ownLocation(location, upstream))
  }
  headers.set('via', withVia(headers.get('via'), pseudonym))
}

/**
 * Returns the location as a path below this proxy, if it is the upstream's own address or a path below the upstream's path.
 * Any other one stays as it is.
 */
export function ownLocation(location: string, upstream: URL): string {
  const isPath = location.startsWith('/') && !location.startsWith('//')
  const authority = /^https?:\/\/[^/?#]*/i.exec(location)?.[0] ?? ''
  if (!isPath && (authority === '' || URL.parse(authority)?.origin !== upstream.origin)) return location
  const path = location.slice(authority.length)
  const base = upstream.pathname.replace(/\/$/, '')
  if (path !== base && !['/', '?', '#'].some((next) => path.startsWith(base + next))) return location
  const below = path.slice(base.length)
  // Two slashes at the beginning would name another host.
  return below.startsWith('/') ? below.replace(/^\/+/, '/') : `/${below}`
}

function withoutMember(list: string, member: string): string {
  const members = list.split(',').map((one) => one.trim())
  return members.filter((one) => one.toLowerCase() !== member).join(', ')
}

function setOrDelete(headers: Headers, name: string, value: string): void {
  if (value === '') headers.delete(name)
  else headers.set(name, value)
}
