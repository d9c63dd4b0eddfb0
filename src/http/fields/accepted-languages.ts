/** `Accept-Language` (RFC 9110 §12.5.4) in one form: what asks for the same languages selects the same variant. */

interface Accepted {
  language: string
  /** From 0 to 1. */
  weight: number
}

const MEMBER = /^(\*|[a-z0-9]+(?:-[a-z0-9]+)*)(?:\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

/**
 * Case and white space mean nothing, and neither does the order of languages of the same weight. A field that cannot be read
 * stays as it is.
 */
export function acceptedLanguages(field: string | undefined): string | undefined {
  if (field === undefined) return undefined
  const accepted = membersOf(field)
  if (accepted === undefined) return field.trim()
  return accepted
    .map(({ language, weight }) => (weight === 1 ? language : `${language};q=${weight}`))
    .join(',')
}

/** The one language that is wanted more than all others, in lower case; `undefined` where there is none. */
export function favouriteLanguage(field: string | undefined): string | undefined {
  const [first, second] = field === undefined ? [] : (membersOf(field) ?? [])
  if (first === undefined || first.language === '*' || first.weight === 0) return undefined
  return second?.weight === first.weight ? undefined : first.language
}

/** The best first; `undefined` when a member cannot be read. */
function membersOf(field: string): Accepted[] | undefined {
  const accepted: Accepted[] = []
  for (const member of field.toLowerCase().split(',')) {
    if (member.trim() === '') continue
    const [, language, weight = '1'] = MEMBER.exec(member.trim()) ?? []
    if (language === undefined) return undefined
    accepted.push({ language, weight: Number(weight) })
  }
  return accepted.sort((a, b) => b.weight - a.weight || (a.language < b.language ? -1 : 1))
}
