/** A purge on its way through the app to the cache that knows the URL's key: a GET that no client can send. */
import type { Context } from 'hono'

export interface Purge {
  /** A cache has forgotten what it kept under the URL. */
  done: boolean
}

/** On the request itself, which middleware hands on untouched: nothing that comes over a network has this member. */
const PURGE = Symbol('hitrate:purge')

type Marked = Request & { [PURGE]?: Purge }

/** A request that caches take for a purge. Whoever else answers it, answers a GET without fields. */
export function purgeRequest(url: URL, purge: Purge): Request {
  return Object.assign(new Request(url.href), { [PURGE]: purge })
}

/** Is it one? */
export function isPurge(request: Request): boolean {
  return (request as Marked)[PURGE] !== undefined
}

/** Set when this is no client's request: a cache forgets then, and a count leaves it out. */
export function purgeOf(c: Context): Purge | undefined {
  return (c.req.raw as Marked)[PURGE] // absent from every other request
}
