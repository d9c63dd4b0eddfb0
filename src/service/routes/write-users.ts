/** Handlers that write users. They invalidate in a `finally`, because a write may change the row and fail afterwards. */
import type { Handler } from 'hono'
import { problem } from '../../http/endpoints/problem.ts'
import { UserExistsError, type UserRepository } from '../users/repository.ts'
import { PAGES_TAG, userTag } from './user-caching.ts'
import { bodyOf } from './user-representation.ts'
import { replacementOf, userOf } from './user-requests.ts'

export interface WriteUsersOptions {
  repository: UserRepository
  /** Invalidates every response with one of these tags; resolves when the other processes have the invalidation too. */
  invalidate: (tags: string[]) => Promise<unknown>
}

export function createUser({ repository, invalidate }: WriteUsersOptions): Handler {
  return async function createUser(c) {
    const user = userOf(c)
    try {
      const created = await repository.create(user)
      return c.json(bodyOf(created), 201, { location: `/api/user/${created.id}` })
    } catch (error) {
      if (!(error instanceof UserExistsError)) throw error
      return problem(409, 'User already exists', {
        errors: [{ field: 'id', message: `${error.id} is taken` }],
      })
    } finally {
      await invalidate(tagsOf(user.id))
    }
  }
}

export function replaceUser({ repository, invalidate }: WriteUsersOptions): Handler {
  return async function replaceUser(c) {
    const id = c.req.param('id') ?? ''
    const { name, email } = replacementOf(c)
    try {
      const changed = await repository.update(id, { name, email })
      return changed === undefined ? problem(404, 'User not found') : c.json(bodyOf(changed))
    } finally {
      await invalidate([userTag(id)]) // every page contains the same users as before
    }
  }
}

export function removeUser({ repository, invalidate }: WriteUsersOptions): Handler {
  return async function removeUser(c) {
    const id = c.req.param('id') ?? ''
    try {
      return (await repository.remove(id)) ? c.body(null, 204) : problem(404, 'User not found')
    } finally {
      await invalidate(tagsOf(id))
    }
  }
}

function tagsOf(id: string): string[] {
  return [userTag(id), PAGES_TAG]
}
