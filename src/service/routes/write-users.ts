/** Handlers that write users. They invalidate in a `finally`, because a write may change the row and fail afterwards. */
import type { Handler } from 'hono'
import { problem } from '../../http/endpoints/problem.ts'
import { type CompleteRepository, type StoredUser, UserExistsError } from '../users/repository.ts'
import type { User } from '../users/user.ts'
import { createIf, type Refused, removeIf, updateIf } from './conditional-writes.ts'
import { preconditionsOf } from './preconditions.ts'
import { PAGES_TAG, userTag } from './user-caching.ts'
import { bodyOf, validatorFields, writtenFields } from './user-representation.ts'
import { replacementOf, userOf } from './user-requests.ts'

export interface WriteUsersOptions {
  repository: CompleteRepository
  /** Invalidates every response with one of these tags; resolves when the other processes have the invalidation too. */
  invalidate: (tags: string[]) => Promise<unknown>
  /** Current time, epoch ms. */
  now: () => number
}

export function createUser({ repository, invalidate, now }: WriteUsersOptions): Handler {
  return async function createUser(c) {
    const user = userOf(c)
    const preconditions = preconditionsOf(c)
    let tags = tagsOf(user.id)
    try {
      const created = preconditions
        ? await createIf(repository, user, preconditions)
        : await createOrTaken(repository, user)
      if (created === 'taken') {
        return problem(409, 'User already exists', {
          errors: [{ field: 'id', message: `${user.id} is taken` }],
        })
      }
      if ('failed' in created) {
        tags = [userTag(user.id)]
        return refusal(created, now())
      }
      const written = await writtenFields(created, now())
      return c.json(bodyOf(created), 201, { location: `/api/user/${created.id}`, ...written })
    } finally {
      await invalidate(tags)
    }
  }
}

async function createOrTaken(repository: CompleteRepository, user: User): Promise<StoredUser | 'taken'> {
  try {
    return await repository.create(user)
  } catch (error) {
    if (error instanceof UserExistsError) return 'taken'
    throw error
  }
}

export function replaceUser({ repository, invalidate, now }: WriteUsersOptions): Handler {
  return async function replaceUser(c) {
    const id = c.req.param('id') ?? ''
    const { name, email } = replacementOf(c)
    const preconditions = preconditionsOf(c)
    try {
      const changed = preconditions
        ? await updateIf(repository, id, { name, email }, preconditions)
        : ((await repository.update(id, { name, email })) ?? 'absent')
      if (changed === 'absent') return problem(404, 'User not found')
      if ('failed' in changed) return refusal(changed, now())
      return c.json(bodyOf(changed), 200, await writtenFields(changed, now()))
    } finally {
      await invalidate([userTag(id)]) // every page contains the same users as before
    }
  }
}

export function removeUser({ repository, invalidate, now }: WriteUsersOptions): Handler {
  return async function removeUser(c) {
    const id = c.req.param('id') ?? ''
    const preconditions = preconditionsOf(c)
    let tags = tagsOf(id)
    try {
      const removed = preconditions
        ? await removeIf(repository, id, preconditions)
        : await repository.remove(id)
      if (removed === 'absent' || removed === false) return problem(404, 'User not found')
      if (typeof removed === 'object') {
        tags = [userTag(id)]
        return refusal(removed, now())
      }
      return c.body(null, 204)
    } finally {
      await invalidate(tags)
    }
  }
}

/**
 * The response to a write whose precondition does not hold, with the validators of the current user. The caller also invalidates
 * the user: the client may have its validators from an old response of this cache, when another process without the same shared
 * tier wrote. Without that, a client that reads again would get the same old validators.
 */
function refusal({ failed, current }: Refused, now: number): Response {
  return problem(412, 'The user is not as the request expects', {
    errors: [failed],
    ...(current === undefined ? {} : { headers: validatorFields(current, now) }),
  })
}

function tagsOf(id: string): string[] {
  return [userTag(id), PAGES_TAG]
}
