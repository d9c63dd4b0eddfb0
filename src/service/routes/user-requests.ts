/** Validation and access checks of requests about users. All run before the cache, so a refused request is not a read. */
import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { bearer } from '../../http/fields/bearer.ts'
import { type User, userChange, userId } from '../users/user.ts'

export interface WriteAccessOptions {
  /** Bearer token that writes must send in `Authorization`. Default: none, so writes are refused unless `openWrites` is set. */
  apiToken?: string | undefined
  /** Lets anyone write while there is no `apiToken`. Default: false. */
  openWrites?: boolean
}

const MAX_IDS = 100

/** The users that `GET /users` selects. */
export type Selection = { ids: string[] } | Page

export interface Page {
  limit: number
  after: string | undefined
}

/** Schema of the query of `GET /users`. */
export const usersQuery = z
  .object({
    ids: z
      .string()
      .transform((list) => list.split(',', MAX_IDS + 1))
      .pipe(z.array(userId).max(MAX_IDS, `must name at most ${MAX_IDS} users`))
      .optional(),
    limit: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
      .transform(Number)
      .pipe(z.number().min(1, 'must be at least 1').max(100, 'must be at most 100'))
      .optional(),
    after: userId.optional(),
  })
  .refine(({ ids, limit, after }) => ids === undefined || (limit === undefined && after === undefined), {
    path: ['ids'],
    message: 'cannot be combined with limit or after',
  })

/** Users of a page if the query has no `limit`. */
export const DEFAULT_LIMIT = 20

/** Schema of the body of a PUT. */
export const userReplacement = userChange.extend({ id: userId.optional() })

/** Stores the selection in the context. Sorts the ids and removes duplicates, so that equal selections have equal keys. */
export async function normalizeSelection(c: Context, next: () => Promise<void>): Promise<void> {
  // `zValidator` has checked the type.
  const { ids, limit = DEFAULT_LIMIT, after } = c.req.valid('query' as never) as z.infer<typeof usersQuery>
  c.set('selection', ids === undefined ? { limit, after } : { ids: [...new Set(ids)].sort() })
  await next()
}

export function selectionOf(c: Context): Selection {
  return c.get('selection') as Selection // set by normalizeSelection, which runs before every caller
}

/** The validated body of a POST. */
export function userOf(c: Context): User {
  return c.req.valid('json' as never) as User // zValidator has checked the type
}

/** The validated body of a PUT. */
export function replacementOf(c: Context): z.infer<typeof userReplacement> {
  return c.req.valid('json' as never) as z.infer<typeof userReplacement> // zValidator has checked the type
}

/** Refuses a malformed id in the path. */
export const validId = setsNoHeaders(async function validId(
  c: Context,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const checked = userId.safeParse(c.req.param('id'))
  if (checked.success) {
    await next()
    return
  }
  const errors = checked.error.issues.map(({ message }) => ({ field: 'id', message }))
  return problem(400, 'The path is not valid', { errors })
})

/** Refuses a body whose id differs from the one in the path. */
export async function matchingId(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const id = c.req.param('id')
  const { id: bodyId = id } = replacementOf(c)
  if (bodyId === id) {
    await next()
    return
  }
  const errors = [{ field: 'id', message: `must be ${id}, as in the path` }]
  return problem(400, 'The body is not valid', { errors })
}

/** Refuses writes without the API token (401). If no token is configured, `openWrites` allows or refuses all writes. */
export function writeAccess({ apiToken, openWrites = false }: WriteAccessOptions): MiddlewareHandler {
  const hasToken = apiToken === undefined ? undefined : bearer(apiToken)

  return async function mayWrite(c, next) {
    const isAllowed = hasToken ? await hasToken(c.req.header('authorization')) : openWrites
    if (isAllowed) return next()
    const reason = hasToken ? 'Writes need the API token' : 'Writes are disabled until API_TOKEN is set'
    return problem(401, reason, { headers: { 'www-authenticate': 'Bearer' } })
  }
}
