/** Handler that reads a user by its id. */
import type { Handler } from 'hono'
import { problemOf } from '../../http/endpoints/problem.ts'
import type { UserRepository } from '../users/repository.ts'
import { ABSENT_DIRECTIVES, CLIENT_DIRECTIVES, userTag } from './user-caching.ts'
import { bodyOf, readFields, validatorsOf } from './user-representation.ts'

/** @param now current time, epoch ms. */
export function readUser(repository: UserRepository, now: () => number): Handler {
  return async function readUser(c) {
    const id = c.req.param('id') ?? ''
    const readAt = now() // before the read, because a write may follow it at once
    const found = await repository.find(id)
    const headers = { ...CLIENT_DIRECTIVES, 'cache-tag': userTag(id) }
    if (found !== undefined) {
      const validators = readFields(await validatorsOf(found), readAt)
      return c.json(bodyOf(found), 200, { ...headers, ...validators })
    }
    return c.body(...problemOf(404, 'User not found', { headers: { ...headers, ...ABSENT_DIRECTIVES } }))
  }
}
