/** A purge as a request: a GET that the app's routes pass to the cache of its URL. Clients cannot send one. */
import type { Context } from 'hono'
import { rawRequest } from '../context/header-reads.ts'

export interface Purge {
  /** Set to true by a cache that has removed its entries under the URL. */
  done: boolean
}

/** Property that marks a `Request` object as a purge. Requests from the network never have it. */
const PURGE = Symbol('hitrate:purge')

type PurgeRequest = Request & { [PURGE]?: Purge }

/** Creates a request that `cached()` treats as a purge. To any other handler it is a GET without headers. */
export function purgeRequest(url: URL, purge: Purge): Request {
  return Object.assign(new Request(url.href), { [PURGE]: purge })
}

export function isPurge(request: Request): boolean {
  return (request as PurgeRequest)[PURGE] !== undefined
}

/** Returns the purge that this request carries, so that the cache can set `done`; `undefined` for a request from a client. */
export function purgeOf(c: Context): Purge | undefined {
  return (rawRequest(c.req) as PurgeRequest)[PURGE]
}
