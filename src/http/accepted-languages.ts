/** `Accept-Language` (RFC 9110 §12.5.4) in one form: what asks for the same languages selects the same variant. */

const MEMBER = /^(\*|[a-z0-9]+(?:-[a-z0-9]+)*)(?:\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

/**
 * Case and white space mean nothing, and neither does the order of languages of the same weight. A field that cannot be read
 * stays as it is.
 */
export function acceptedLanguages(field: string | undefined): string | undefined {
  if (field === undefined) return undefined
  const members = field
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
    .map((member) => MEMBER.exec(member))
  if (members.includes(null)) return field.trim()
  return members
    .map((member) => ({ language: member?.[1] ?? '', weight: Number(member?.[2] ?? 1) }))
    .sort((a, b) => b.weight - a.weight || (a.language < b.language ? -1 : 1))
    .map(({ language, weight }) => (weight === 1 ? language : `${language};q=${weight}`))
    .join(',')
}
