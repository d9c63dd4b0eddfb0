/** The users' routes: what each reads or changes, what it lets caches keep, and what a change invalidates. */
import { zValidator } from '@hono/zod-validator'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { isJson, limited } from '../../http/endpoints/json-body.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { TARGETED_FIELD } from '../../http/fields/cache-control.ts'
import { UserExistsError, type UserRepository } from '../users/repository.ts'
import { user } from '../users/user.ts'
import {
  askedBy,
  normaliseQuery,
  type Page,
  sameId,
  userReplacement,
  usersQuery,
  validId,
  type WritersOptions,
  writers,
} from './user-requests.ts'
import { validationProblem } from './validation-problem.ts'

export interface UserRoutesOptions extends WritersOptions {
  repository: UserRepository
  /** The cache around one user; must use {@link userKey}. Stands on writes too, which it lets pass. */
  cachedUser: MiddlewareHandler
  /** The cache around many users; must use {@link usersKey}. */
  cachedUsers: MiddlewareHandler
  /** Forgets every answer with one of these tags; resolves when other processes know too. */
  invalidate: (tags: string[]) => Promise<void>
}

/** Clients ask us each time, with their ETag: only we hear of writes. */
const FOR_CLIENTS = { 'cache-control': 'public, max-age=0' }

/** How long an absence is kept, by us alone, in the small room for absences; also when it answers `Authorization`. */
const ABSENCE = { [TARGETED_FIELD]: 'public, max-age=5, negative' }

/** On every page: what any write may have changed. */
const PAGES_TAG = 'users'

/** One key for a user under every host name. */
export function userKey(c: Context): string {
  return `/api/user/${c.req.param('id') ?? ''}`
}

/** One key for all orders of the same ids, and none for parameters that do not count. */
export function usersKey(c: Context): string {
  const asked = askedBy(c)
  return 'ids' in asked
    ? `/api/users?ids=${asked.ids}`
    : `/api/users?limit=${asked.limit}&after=${asked.after ?? ''}`
}

export function userRoutes(options: UserRoutesOptions): Hono {
  const { repository, cachedUser, cachedUsers, invalidate } = options
  const mayWrite = writers(options)
  const routes = new Hono()

  routes.get('/user/:id', validId, cachedUser, async (c) => {
    const id = c.req.param('id')
    const found = await repository.find(id)
    const tag = { 'cache-tag': tagOf(id) }
    if (found === undefined)
      return problem(404, 'User not found', { headers: { ...FOR_CLIENTS, ...ABSENCE, ...tag } })
    return c.json(found, 200, { ...FOR_CLIENTS, ...tag })
  })

  routes.get(
    '/users',
    zValidator('query', usersQuery, validationProblem),
    normaliseQuery,
    cachedUsers,
    (c) => {
      const asked = askedBy(c)
      return 'ids' in asked ? usersById(c, asked.ids) : pageOfUsers(c, asked)
    },
  )

  routes.post(
    '/user',
    mayWrite,
    isJson,
    limited,
    zValidator('json', user, validationProblem),
    cachedUser,
    async (c) => {
      const wanted = c.req.valid('json')
      try {
        const made = await repository.create(wanted)
        return c.json(made, 201, { location: `/api/user/${made.id}` })
      } catch (error) {
        if (!(error instanceof UserExistsError)) throw error
        return problem(409, 'User exists already', {
          errors: [{ field: 'id', message: `${error.id} is taken` }],
        })
      } finally {
        await forget(wanted.id)
      }
    },
  )

  routes.put(
    '/user/:id',
    mayWrite,
    validId,
    isJson,
    limited,
    zValidator('json', userReplacement, validationProblem),
    sameId,
    cachedUser,
    async (c) => {
      const id = c.req.param('id')
      const { name, email } = c.req.valid('json')
      try {
        const changed = await repository.update(id, { name, email })
        return changed === undefined ? problem(404, 'User not found') : c.json(changed)
      } finally {
        await forget(id)
      }
    },
  )

  routes.delete('/user/:id', mayWrite, validId, cachedUser, async (c) => {
    const id = c.req.param('id')
    try {
      return (await repository.remove(id)) ? c.body(null, 204) : problem(404, 'User not found')
    } finally {
      await forget(id)
    }
  })

  /** In a `finally`: a write that fails half-way may have changed the row all the same. */
  function forget(id: string): Promise<void> {
    return invalidate([tagOf(id), PAGES_TAG])
  }

  async function usersById(c: Context, ids: readonly string[]): Promise<Response> {
    const users = await repository.findMany(ids)
    const found = new Set(users.map(({ id }) => id))
    const missing = ids.filter((id) => !found.has(id))
    const tags = { 'cache-tag': ids.map(tagOf).join(',') }
    return c.json({ users, missing }, 200, {
      ...FOR_CLIENTS,
      ...tags,
      ...(missing.length > 0 ? ABSENCE : {}),
    })
  }

  async function pageOfUsers(c: Context, { limit, after }: Page): Promise<Response> {
    const [more, total, cursor] = await Promise.all([
      repository.page(limit + 1, after),
      repository.count(),
      after === undefined ? undefined : repository.find(after),
    ])
    const users = more.slice(0, limit)
    const next = more.length > limit ? (users.at(-1)?.id ?? null) : null
    // Cursors can be made up without end: pages after one that is nobody's id are kept as absences are.
    const madeUp = after !== undefined && cursor === undefined
    const fields = { ...FOR_CLIENTS, 'cache-tag': PAGES_TAG, ...(madeUp ? ABSENCE : {}) }
    return c.json({ users, total, next }, 200, fields)
  }

  return routes
}

function tagOf(id: string): string {
  return `user:${id}`
}
