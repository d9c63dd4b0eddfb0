/** A purge as a request: a GET that finds its cache through the routes of the app, and that no client can send. */
import type { Context } from 'hono'

export interface Purge {
  /** Set to true by a cache that has removed its entries under the URL. */
  done: boolean
}

/** Property of the Request object, which middleware passes on. A request from the network never has it. */
const PURGE = Symbol('hitrate:purge')

type PurgeRequest = Request & { [PURGE]?: Purge }

/** Creates a request that caches treat as a purge. Any other handler responds to it as to a GET without headers. */
export function purgeRequest(url: URL, purge: Purge): Request {
  return Object.assign(new Request(url.href), { [PURGE]: purge })
}

export function isPurge(request: Request): boolean {
  return (request as PurgeRequest)[PURGE] !== undefined
}

/** Returns the purge of a purge request, for the cache to set `done`; `undefined` for a request of a client. */
export function purgeOf(c: Context): Purge | undefined {
  return (c.req.raw as PurgeRequest)[PURGE]
}
