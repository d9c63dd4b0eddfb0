/** The headers of a request, for the cache itself. Its reads are not recorded as reads of the handler. */
import type { Context } from 'hono'
import type { RequestHeader } from '../fields/vary.ts'
import { rawProperty } from './header-reads.ts'

/** The request headers as they are now. */
export function receivedHeaders(c: Context): RequestHeader {
  const headers = rawProperty(c.req, 'headers')
  // The method of the prototype, because a recorder may have replaced the object's own.
  const { get } = Object.getPrototypeOf(headers) as Headers
  return (name) => get.call(headers, name) ?? undefined
}

/** Copies the headers, because the handler may change them. */
export function copiedHeaders(c: Context): RequestHeader {
  const headers = new Headers(rawProperty(c.req, 'headers'))
  return (name) => headers.get(name) ?? undefined
}
