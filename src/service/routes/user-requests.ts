/** What the users' routes take from a request, and what they refuse: always before the cache is asked. */
import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { bearer } from '../../http/fields/bearer.ts'
import { userChange, userId } from '../users/user.ts'

export interface WritersOptions {
  /** Writes must bring it as `Authorization: Bearer`. Without one they are refused, unless `openWrites`. */
  apiToken?: string | undefined
  /** Anyone may write. Default false. */
  openWrites?: boolean
}

const MAX_IDS = 100

export type Asked = { ids: string[] } | Page

export interface Page {
  limit: number
  after: string | undefined
}

/** The query of `GET /users`. */
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

const DEFAULT_LIMIT = 20

/** The body of a PUT. */
export const userReplacement = userChange.extend({ id: userId.optional() })

/** What is asked in one form, whatever order and repetition its ids came in. */
export async function normaliseQuery(c: Context, next: () => Promise<void>): Promise<void> {
  const { ids, limit = DEFAULT_LIMIT, after } = c.req.valid('query' as never) as z.infer<typeof usersQuery> // by zValidator
  c.set('asked', ids === undefined ? { limit, after } : { ids: [...new Set(ids)].sort() })
  await next()
}

export function askedBy(c: Context): Asked {
  return c.get('asked') as Asked // normaliseQuery stands before all who ask
}

/** A malformed id is no read: it stops before the cache. */
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

/** A body may name the user that the path names, and no other. */
export async function sameId(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const id = c.req.param('id')
  const { id: named = id } = c.req.valid('json' as never) as z.infer<typeof userReplacement> // by zValidator
  if (named === id) {
    await next()
    return
  }
  const errors = [{ field: 'id', message: `must be ${id}, as in the path` }]
  return problem(400, 'The body is not valid', { errors })
}

/** Lets those pass who may write. */
export function writers({ apiToken, openWrites = false }: WritersOptions): MiddlewareHandler {
  const allowed = apiToken === undefined ? undefined : bearer(apiToken)

  return async function mayWrite(c, next) {
    const passes = allowed ? await allowed(c.req.header('authorization')) : openWrites
    if (passes) return next()
    const why = allowed ? 'Writes need the API token' : 'Writes are closed until API_TOKEN is set'
    return problem(401, why, { headers: { 'www-authenticate': 'Bearer' } })
  }
}
