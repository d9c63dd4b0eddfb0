/** The answer to the purge form in words. */
import { plural } from '../page/text/numbers.ts'

/** Returns the message for a form without an item; `undefined` if it has one. @param value one item per line. */
export function missingItems(kind: string, value: string): string | undefined {
  return kind === 'all' || value.trim() !== '' ? undefined : `Write at least one ${NOUNS[kind] ?? 'item'}.`
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
