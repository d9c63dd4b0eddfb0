/** Validates the JSON body of a purge. Written without zod, because the library depends on hono only. */
import { levelsOf, MAX_PREFIX_LENGTH, MAX_PREFIX_LEVELS, normalisedPath } from '../policy/url-tags.ts'
import type { FieldError } from './problem.ts'

/** A valid body, with defaults for absent members. */
export interface PurgeInstructions {
  urls: string[]
  tags: string[]
  prefixes: string[]
  all: boolean
  soft: boolean
}

const MAX_ITEMS = 100

/** Returns the instructions in `body`, or every reason why it is not valid. */
export function readInstructions(
  body: unknown,
): { instructions: PurgeInstructions } | { errors: FieldError[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { errors: [{ field: 'body', message: 'must be an object' }] }
  }
  const { urls, tags, prefixes, all, soft, ...unknown } = body as Record<string, unknown>
  const errors = [
    ...listErrors('urls', urls, urlError, 'URL', 'URLs'),
    ...listErrors('tags', tags, tagError, 'tag', 'tags'),
    ...listErrors('prefixes', prefixes, prefixError, 'prefix', 'prefixes'),
    ...flagErrors('all', all),
    ...flagErrors('soft', soft),
    ...Object.keys(unknown).map((name) => ({ field: name || 'body', message: 'is not a field' })),
  ]
  if ([urls, tags, prefixes, all].every((member) => member === undefined)) {
    errors.push({ field: 'body', message: 'must have urls, tags, prefixes or all' })
  }
  if (errors.length > 0) return { errors }
  const listOf = (list: unknown) => (list ?? []) as string[] // `listErrors` has checked the types
  return {
    instructions: {
      urls: listOf(urls),
      tags: listOf(tags),
      prefixes: listOf(prefixes),
      all: all === true,
      soft: soft === true,
    },
  }
}

function flagErrors(field: string, value: unknown): FieldError[] {
  return value === undefined || value === true ? [] : [{ field, message: 'must be true' }]
}

function listErrors(
  field: string,
  list: unknown,
  errorOf: (item: string) => string | undefined,
  kind: string,
  kinds: string,
): FieldError[] {
  if (list === undefined) return []
  if (!Array.isArray(list)) return [{ field, message: 'must be an array' }]
  if (list.length === 0) return [{ field, message: `must name a ${kind}` }]
  if (list.length > MAX_ITEMS) return [{ field, message: `must name at most ${MAX_ITEMS} ${kinds}` }]
  return list.flatMap((item: unknown, index): FieldError[] => {
    const message = typeof item === 'string' ? errorOf(item) : 'must be a string'
    return message === undefined ? [] : [{ field: `${field}.${index}`, message }]
  })
}

function urlError(text: string): string | undefined {
  if (!isUrl(text)) return 'must be an http or https URL, or begin with /'
  return text.includes('*') ? `${WILDCARD} purge all below a path with prefixes` : undefined
}

function tagError(text: string): string | undefined {
  return text === '' ? 'must not be empty' : undefined
}

function prefixError(text: string): string | undefined {
  if (text.includes('*')) return `${WILDCARD} everything below /blog/ is the prefix /blog/`
  if (!/^\/([^?#]*\/)?$/.test(text)) return 'must be a path that begins and ends with /'
  const path = normalisedPath(text)
  if (levelsOf(path) > MAX_PREFIX_LEVELS) return `must have at most ${MAX_PREFIX_LEVELS} levels`
  if (path.length > MAX_PREFIX_LENGTH) return `must have at most ${MAX_PREFIX_LENGTH} characters`
  return undefined
}

const WILDCARD = 'must not contain * (as a character it is %2A):'

/**
 * True for a path and for an http or https URL. A URL with a user name or password is refused, because no request has such a
 * URL.
 */
function isUrl(text: string): boolean {
  if (text.startsWith('/')) return true
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
