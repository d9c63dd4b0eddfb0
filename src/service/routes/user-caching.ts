/** Caching of users: keys, tags, lifetimes of absences, and the directives for clients. */
import type { Context } from 'hono'
import { TARGETED_FIELD } from '../../http/fields/cache-control.ts'
import { NO_SNIFF } from '../../process/requests/no-sniff.ts'

/**
 * Headers of responses about users. Clients revalidate each time with the ETag, because a write invalidates the service's cache but
 * not theirs.
 */
export const CLIENT_DIRECTIVES = { 'cache-control': 'public, max-age=0', ...NO_SNIFF }

/** Lifetime of the absence of a user in ms. It is never served stale. */
export const ABSENT_MS = 5000

/**
 * Directives for responses about absent users. `negative` entries have a small part of the memory to themselves, so requests
 * for made-up ids cannot evict users.
 */
export const ABSENT_DIRECTIVES = { [TARGETED_FIELD]: `public, max-age=${ABSENT_MS / 1000}, negative` }

/** Tag of every page: invalidated by the writes that change which users exist. */
export const PAGES_TAG = 'users'

export function userTag(id: string): string {
  return `user:${id}`
}

/** Key of the response for one user, the same under every host name. */
export function userKey(c: Context): string {
  return `/api/user/${c.req.param('id') ?? ''}`
}
