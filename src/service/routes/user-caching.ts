/** Caching of responses about users: keys, tags, and the directives for clients and for the service's own cache. */
import type { Context } from 'hono'
import { TARGETED_FIELD } from '../../http/fields/cache-control.ts'
import { selectionOf } from './user-requests.ts'

/** Clients revalidate each time with the ETag, because a write invalidates the service's cache but not theirs. */
export const CLIENT_DIRECTIVES = { 'cache-control': 'public, max-age=0' }

/**
 * Directives for responses about absent users. `negative` entries have a small part of the memory to themselves, so requests
 * for made-up ids cannot evict users.
 */
export const ABSENT_DIRECTIVES = { [TARGETED_FIELD]: 'public, max-age=5, negative' }

/** Tag of every page, because any write may change any page. */
export const PAGES_TAG = 'users'

export function userTag(id: string): string {
  return `user:${id}`
}

/** Key of one user, the same under every host name. */
export function userKey(c: Context): string {
  return `/api/user/${c.req.param('id') ?? ''}`
}

/** Key of a list. It is the same for every order of the same ids, and leaves out parameters that do not change the response. */
export function usersKey(c: Context): string {
  const selection = selectionOf(c)
  return 'ids' in selection
    ? `/api/users?ids=${selection.ids}`
    : `/api/users?limit=${selection.limit}&after=${selection.after ?? ''}`
}
