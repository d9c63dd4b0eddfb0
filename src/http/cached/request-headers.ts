/** The headers of a request, for the cache itself. Its reads are not recorded as reads of the handler. */
import type { Context } from 'hono'
import { beforeTaken, rawProperty } from '../context/reads/header-reads.ts'
import { ALL_HEADERS, type RequestHeader } from '../fields/vary.ts'
import { NEEDS_NO_DECLARATION } from '../policy/no-declaration.ts'

/** The request headers as they are now. */
export function receivedHeaders(c: Context): RequestHeader {
  const headers = rawProperty(c.req, 'headers')
  // The method of the prototype, because a recorder may have replaced the object's own.
  const { get } = Object.getPrototypeOf(headers) as Headers
  return (name) => (name === ALL_HEADERS ? allHeaders(headers) : (get.call(headers, name) ?? undefined))
}

/** Copies the headers, because the handler may change them. */
export function copiedHeaders(c: Context): RequestHeader {
  const headers = new Headers(rawProperty(c.req, 'headers'))
  return (name) => (name === ALL_HEADERS ? allHeaders(headers) : (headers.get(name) ?? undefined))
}

/**
 * As {@link copiedHeaders}, but makes the copy when code first takes the raw request, without which it cannot change the headers.
 * No code may have taken the request before. The credentials are copied at once, because they decide who gets the response.
 *
 * @param received the headers as they are now.
 */
export function headersUntilTaken(c: Context, received = receivedHeaders(c)): RequestHeader {
  let header = received
  const authorization = header('authorization')
  const cookie = header('cookie')
  const isUntaken = beforeTaken(c.req, () => {
    header = copiedHeaders(c)
  })
  if (!isUntaken) return copiedHeaders(c)
  return (name) => {
    if (name === 'authorization') return authorization
    return name === 'cookie' ? cookie : header(name)
  }
}

/** All headers on which a response may depend, as one value. No value of a header contains a carriage return. */
function allHeaders(headers: Headers): string {
  let all = ''
  headers.forEach((value, name) => {
    if (!NEEDS_NO_DECLARATION.has(name)) all += `${name}:${value}\r`
  })
  return all
}
