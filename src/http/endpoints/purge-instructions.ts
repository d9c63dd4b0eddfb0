/** Validates the JSON body of a purge. Written without zod, because the library depends on hono only. */
import type { FieldError } from './problem.ts'

/** A valid body, with defaults for absent members. */
export interface PurgeInstructions {
  urls: string[]
  tags: string[]
  all: boolean
}

const MAX_URLS = 100
const MAX_TAGS = 100

/** Returns the instructions in `body`, or every reason why it is not valid. */
export function readInstructions(
  body: unknown,
): { instructions: PurgeInstructions } | { errors: FieldError[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { errors: [{ field: 'body', message: 'must be an object' }] }
  }
  const { urls, tags, all, ...unknown } = body as Record<string, unknown>
  const errors = [
    ...listErrors('urls', urls, urlError, { kind: 'URL', max: MAX_URLS }),
    ...listErrors('tags', tags, tagError, { kind: 'tag', max: MAX_TAGS }),
    ...(all === undefined || all === true ? [] : [{ field: 'all', message: 'must be true' }]),
    ...Object.keys(unknown).map((name) => ({ field: name || 'body', message: 'is not a field' })),
  ]
  if (urls === undefined && tags === undefined && all === undefined) {
    errors.push({ field: 'body', message: 'must have urls, tags or all' })
  }
  if (errors.length > 0) return { errors }
  return {
    // `listErrors` has checked the types.
    instructions: { urls: (urls ?? []) as string[], tags: (tags ?? []) as string[], all: all === true },
  }
}

function listErrors(
  field: string,
  list: unknown,
  errorOf: (item: string) => string | undefined,
  { kind, max }: { kind: string; max: number },
): FieldError[] {
  if (list === undefined) return []
  if (!Array.isArray(list)) return [{ field, message: 'must be an array' }]
  if (list.length === 0) return [{ field, message: `must name a ${kind}` }]
  if (list.length > max) return [{ field, message: `must name at most ${max} ${kind}s` }]
  return list.flatMap((item: unknown, index): FieldError[] => {
    const message = typeof item === 'string' ? errorOf(item) : 'must be a string'
    return message === undefined ? [] : [{ field: `${field}.${index}`, message }]
  })
}

function urlError(text: string): string | undefined {
  return isUrl(text) ? undefined : 'must be an http or https URL, or begin with /'
}

function tagError(text: string): string | undefined {
  return text === '' ? 'must not be empty' : undefined
}

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
