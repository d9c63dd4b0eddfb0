/** A purge as a request: a GET that the app's routes pass to the cache of its URL. Clients cannot send one. */
import type { Context } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { HttpReads } from '../../cache/http-reads.ts'
import { rawRequest } from '../context/reads/raw-request.ts'

export interface Purge {
  /** True if the URL was given as a path, which belongs to every host. */
  readonly isOnEveryHost: boolean
  /** Called by each cache that the request reaches. */
  reach(target: PurgeTarget): void
}

/** The part of a cache that a purge of one URL concerns. */
export interface PurgeTarget {
  readonly cache: Cache
  readonly reads: HttpReads
  /** Keys of the responses, and of their running loads. */
  readonly keys: readonly string[]
  readonly tags: readonly string[]
  /** True if memory or the shared tier had a response of the URL. */
  readonly isStored: boolean
  /** Other origins under which the cache has got requests. */
  readonly origins: readonly string[]
}

/** Property that marks a `Request` object as a purge. Requests from the network never have it. */
const PURGE = Symbol('hitrate:purge')

type PurgeRequest = Request & { [PURGE]?: Purge }

/** Creates a request that `cached()` treats as a purge. To any other handler it is a GET without headers. */
export function purgeRequest(url: string, purge: Purge): Request {
  return Object.assign(new Request(url), { [PURGE]: purge })
}

export function isPurge(request: Request): boolean {
  return (request as PurgeRequest)[PURGE] !== undefined
}

/** Returns the purge that this request carries; `undefined` for a request from a client. */
export function purgeOf(c: Context): Purge | undefined {
  return (rawRequest(c.req) as PurgeRequest)[PURGE]
}
