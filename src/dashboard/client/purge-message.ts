/** The purge form as a request in JSON, and the answer in words. */
import { plural } from '../page/text/numbers.ts'

export interface PurgeFields {
  readonly kind: string
  /** One item per line. */
  readonly value: string
  readonly soft: boolean
}

/** The body for the endpoint; a string is the reason why there is none. */
export function purgeBody({ kind, value, soft }: PurgeFields): object | string {
  const options = soft ? { soft: true } : {}
  if (kind === 'all') return { all: true, ...options }
  const items = value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (items.length === 0) return `Write at least one ${NOUNS[kind] ?? 'item'}.`
  return { [kind]: items, ...options }
}

const NOUNS: Readonly<Record<string, string>> = { urls: 'URL', tags: 'tag', prefixes: 'prefix' }

/** Members of the answer: those of a purge, or those of a problem document (RFC 9457). */
export interface PurgeAnswer {
  readonly urls?: number
  readonly tags?: number
  readonly prefixes?: number
  readonly all?: boolean
  readonly unreached?: readonly string[]
  readonly unmatched?: readonly string[]
  readonly confirmed?: boolean
  readonly detail?: string
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

export function purgeMessage(status: number, answer: PurgeAnswer, soft: boolean): string {
  if (status === 401) return 'Not purged: the token is wrong.'
  if (status < 200 || status > 299)
    return `Not purged: ${problemOf(answer) ?? `the server answers ${status}.`}`
  const parts = [
    ...(answer.all === true ? ['everything'] : []),
    ...countOf(answer.urls, 'URL'),
    ...countOf(answer.tags, 'tag'),
    ...countOf(answer.prefixes, 'prefix', 'prefixes'),
  ]
  const done =
    parts.length === 0 ? 'Nothing was stored.' : `${soft ? 'Made stale' : 'Purged'}: ${parts.join(', ')}.`
  const unmatched = answer.unmatched?.length ?? 0
  const unreached = answer.unreached?.length ?? 0
  return [
    done,
    ...(unmatched > 0 ? [`${plural(unmatched, 'URL')} had no stored response.`] : []),
    ...(unreached > 0 ? [`${plural(unreached, 'URL')} reached no cache.`] : []),
    ...(answer.confirmed === false ? ['Not confirmed by the shared tier or another process yet.'] : []),
  ].join(' ')
}

function countOf(count: number | undefined, noun: string, nouns?: string): string[] {
  return count === undefined || count === 0 ? [] : [plural(count, noun, nouns)]
}

function problemOf({ detail, errors }: PurgeAnswer): string | undefined {
  const [first] = errors ?? []
  return first === undefined ? detail : `${first.field} ${first.message}`
}
