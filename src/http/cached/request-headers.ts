/** The headers of a request, for the cache itself. Its reads are not recorded as reads of the handler. */
import type { Context } from 'hono'
import { rawProperty } from '../context/reads/header-reads.ts'
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

/** All headers on which a response may depend, as one value. No value of a header contains a carriage return. */
function allHeaders(headers: Headers): string {
  let all = ''
  headers.forEach((value, name) => {
    if (!NEEDS_NO_DECLARATION.has(name)) all += `${name}:${value}\r`
  })
  return all
}
