/** The routes of the users API: the checks, the cache and the handler of each. */
import { zValidator } from '@hono/zod-validator'
import { type Handler, Hono, type MiddlewareHandler } from 'hono'
import { limitBodySize, requireJson } from '../../http/endpoints/json-body.ts'
import { user } from '../users/user.ts'
import { validPreconditions } from './preconditions.ts'
import { readUser } from './read-user.ts'
import {
  matchingId,
  normalizeSelection,
  userReplacement,
  usersQuery,
  validId,
  type WriteAccessOptions,
  writeAccess,
} from './user-requests.ts'
import { validationProblem } from './validation-problem.ts'
import { createUser, removeUser, replaceUser, type WriteUsersOptions } from './write-users.ts'

export interface UserRoutesOptions extends WriteAccessOptions, WriteUsersOptions {
  /** The `cached()` for single users. Its key must be `userKey`. It also runs before writes and passes them to their handlers. */
  cachedUser: MiddlewareHandler
  /** Answers requests for several users, from entries that no single user has. */
  readUsers: Handler
}

export function userRoutes(options: UserRoutesOptions): Hono {
  const { repository, cachedUser, readUsers, now } = options
  const routes = new Hono()

  routes.get('/user/:id', validId, cachedUser, readUser(repository, now))

  const validQuery = zValidator('query', usersQuery, validationProblem)
  routes.get('/users', validQuery, normalizeSelection, readUsers)

  const mayWrite = writeAccess(options)
  const validUser = zValidator('json', user, validationProblem)
  const conditions = validPreconditions(now)
  routes.post(
    '/user',
    mayWrite,
    requireJson,
    limitBodySize,
    validUser,
    conditions,
    cachedUser,
    createUser(options),
  )

  const validReplacement = zValidator('json', userReplacement, validationProblem)
  routes.put(
    '/user/:id',
    mayWrite,
    validId,
    requireJson,
    limitBodySize,
    validReplacement,
    matchingId,
    conditions,
    cachedUser,
    replaceUser(options),
  )

  routes.delete('/user/:id', mayWrite, validId, conditions, cachedUser, removeUser(options))

  return routes
}
