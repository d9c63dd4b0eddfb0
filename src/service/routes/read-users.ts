/** Handlers that read users: one by id, several by their ids, or one page of all users. */
import type { Context, Handler } from 'hono'
import { problemOf } from '../../http/endpoints/problem.ts'
import type { UserRepository } from '../users/repository.ts'
import { ABSENT_DIRECTIVES, CLIENT_DIRECTIVES, PAGES_TAG, userTag } from './user-caching.ts'
import { bodyOf } from './user-representation.ts'
import { type Page, selectionOf } from './user-requests.ts'

export function readUser(repository: UserRepository): Handler {
  return async function readUser(c) {
    const id = c.req.param('id') ?? ''
    const found = await repository.find(id)
    const headers = { ...CLIENT_DIRECTIVES, 'cache-tag': userTag(id) }
    if (found !== undefined) return c.json(bodyOf(found), 200, headers)
    return c.body(...problemOf(404, 'User not found', { headers: { ...headers, ...ABSENT_DIRECTIVES } }))
  }
}

export function readUsers(repository: UserRepository): Handler {
  return function readUsers(c) {
    const selection = selectionOf(c)
    return 'ids' in selection
      ? readUsersById(c, repository, selection.ids)
      : readPage(c, repository, selection)
  }
}

async function readUsersById(
  c: Context,
  repository: UserRepository,
  ids: readonly string[],
): Promise<Response> {
  const users = await repository.findMany(ids)
  const found = new Set(users.map(({ id }) => id))
  const missing = ids.filter((id) => !found.has(id))
  return c.json({ users: users.map(bodyOf), missing }, 200, {
    ...CLIENT_DIRECTIVES,
    'cache-tag': ids.map(userTag).join(','),
    ...(missing.length > 0 ? ABSENT_DIRECTIVES : {}),
  })
}

async function readPage(c: Context, repository: UserRepository, { limit, after }: Page): Promise<Response> {
  const [usersAndNext, total, cursor] = await Promise.all([
    repository.page(limit + 1, after),
    repository.count(),
    after === undefined ? undefined : repository.find(after),
  ])
  const users = usersAndNext.slice(0, limit)
  const next = usersAndNext.length > limit ? (users.at(-1)?.id ?? null) : null
  // Clients can send any number of made-up cursors. So a page after a missing id gets the directives of an absent user, and
  // cannot evict users.
  const isMadeUp = after !== undefined && cursor === undefined
  return c.json({ users: users.map(bodyOf), total, next }, 200, {
    ...CLIENT_DIRECTIVES,
    'cache-tag': PAGES_TAG,
    ...(isMadeUp ? ABSENT_DIRECTIVES : {}),
  })
}
