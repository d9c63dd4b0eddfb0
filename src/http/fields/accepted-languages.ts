/** Normalises `Accept-Language` (RFC 9110 §12.5.4), so that equivalent headers select the same variant. */
import { listMembers } from './lists.ts'

interface Accepted {
  language: string
  /** Quality value (`q`), from 0 to 1. */
  weight: number
}

const MEMBER = /^(\*|[a-z0-9]+(?:-[a-z0-9]+)*)(?:\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

/**
 * The header value in lower case, without white space, sorted by weight and then by name. Returns an invalid header unchanged,
 * except for white space at its ends.
 */
export function acceptedLanguages(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const accepted = parseMembers(header)
  if (accepted === undefined) return header.trim()
  return accepted
    .map(({ language, weight }) => (weight === 1 ? language : `${language};q=${weight}`))
    .join(',')
}

/** The language with the highest weight, in lower case; `undefined` if several share it or the header names none. */
export function favouriteLanguage(header: string | undefined): string | undefined {
  const [first, second] = header === undefined ? [] : (parseMembers(header) ?? [])
  if (first === undefined || first.language === '*' || first.weight === 0) return undefined
  return second?.weight === first.weight ? undefined : first.language
}

/** The members of the list, highest weight first; `undefined` when one is invalid. */
function parseMembers(header: string): Accepted[] | undefined {
  const accepted: Accepted[] = []
  for (const member of listMembers(header.toLowerCase())) {
    const [, language, weight = '1'] = MEMBER.exec(member) ?? []
    if (language === undefined) return undefined
    accepted.push({ language, weight: Number(weight) })
  }
  return accepted.sort((a, b) => b.weight - a.weight || (a.language < b.language ? -1 : 1))
}
