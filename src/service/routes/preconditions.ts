/** Preconditions of writes: `If-Match`, `If-None-Match` and `If-Unmodified-Since` (RFC 9110 §13). */
import type { Context, MiddlewareHandler } from 'hono'
import { type FieldError, problem } from '../../http/endpoints/problem.ts'
import {
  type EntityTags,
  matchesStrongly,
  matchesWeakly,
  parseEntityTags,
} from '../../http/fields/entity-tags.ts'
import { parseHttpDate } from '../../http/fields/http-date.ts'
import type { Validators } from './user-representation.ts'

export interface Preconditions {
  ifMatch?: EntityTags
  ifNoneMatch?: EntityTags
  /** Epoch ms. Not set beside `ifMatch`, which takes its place. */
  ifUnmodifiedSince?: number
}

/**
 * Reads the preconditions of a write into the context, and refuses malformed ones (400). RFC 9110 §13.1.4 lets a server ignore an
 * `If-Unmodified-Since` that is no date. It is refused as well, because the client would lose an update that it tried to protect.
 *
 * @param now epoch ms; decides the century of a two-digit year.
 */
export function validPreconditions(now: () => number): MiddlewareHandler {
  return async function validPreconditions(c, next) {
    const errors: FieldError[] = []
    const preconditions: Preconditions = {}

    function read<T>(
      field: string,
      parse: (value: string) => T | undefined,
      expected: string,
    ): T | undefined {
      const value = c.req.header(field)
      const parsed = value === undefined ? undefined : parse(value)
      if (value !== undefined && parsed === undefined) errors.push({ field, message: `must be ${expected}` })
      return parsed
    }

    const ifMatch = read('If-Match', parseEntityTags, ENTITY_TAGS)
    const ifNoneMatch = read('If-None-Match', parseEntityTags, ENTITY_TAGS)
    if (ifMatch !== undefined) preconditions.ifMatch = ifMatch
    if (ifNoneMatch !== undefined) preconditions.ifNoneMatch = ifNoneMatch
    if (c.req.header('If-Match') === undefined) {
      const since = read('If-Unmodified-Since', (text) => parseHttpDate(text, now()), 'an HTTP date')
      if (since !== undefined) preconditions.ifUnmodifiedSince = since
    }
    if (errors.length > 0) return problem(400, 'The header is not valid', { errors })
    c.set('preconditions', preconditions)
    await next()
    return undefined
  }
}

const ENTITY_TAGS = '* or a list of entity tags, each in double quotes'

/** The preconditions of a request; `undefined` if it has none. */
export function preconditionsOf(c: Context): Preconditions | undefined {
  const preconditions = c.get('preconditions') as Preconditions // set by validPreconditions, which runs before every caller
  return Object.keys(preconditions).length === 0 ? undefined : preconditions
}

/**
 * Returns the first precondition that does not hold, in the order of RFC 9110 §13.2.2, or `undefined` if all hold.
 *
 * @param current validators of the user; `undefined` if there is none.
 */
export function failedPrecondition(
  { ifMatch, ifNoneMatch, ifUnmodifiedSince }: Preconditions,
  current: Validators | undefined,
): FieldError | undefined {
  if (ifMatch !== undefined && !matchesStrongly(ifMatch, current?.etag)) {
    const message = current === undefined ? 'does not hold: there is no such user' : 'is not the current ETag'
    return { field: 'If-Match', message }
  }
  const modifiedAt = current?.modifiedAt
  if (ifUnmodifiedSince !== undefined && modifiedAt !== undefined && modifiedAt > ifUnmodifiedSince) {
    return { field: 'If-Unmodified-Since', message: 'is before the last change' }
  }
  if (ifNoneMatch === undefined || !matchesWeakly(ifNoneMatch, current?.etag)) return undefined
  const message = ifNoneMatch === '*' ? 'does not hold: the user exists' : 'is the current ETag'
  return { field: 'If-None-Match', message }
}
