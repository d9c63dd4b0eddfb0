/** `Vary` (RFC 9111 §4.1): which of a resource's answers is the one for this request. */

import { acceptedLanguages, favouriteLanguage } from './accepted-languages.ts'

/** What a stored answer was selected by: field names in lower case, with the values its own request had. */
export type SelectingHeaders = Readonly<Record<string, string | undefined>>

/** Reads a request's field; names in lower case. */
export type RequestHeader = (name: string) => string | undefined

/** `Vary: *`, or a name that is none: no later request can be compared. */
export function variesByAnything(vary: string | null): boolean {
  return fieldNames(vary).some((name) => !FIELD_NAME.test(name))
}

/** Does it name this field (in lower case)? */
export function variesBy(vary: string | null, name: string): boolean {
  return fieldNames(vary).includes(name)
}

/** In lower case, without `*`. */
const FIELD_NAME = /^[!#$%&'+\-.^_`|~0-9a-z]+$/

/** The selecting fields of a response, or `undefined` when it does not vary. {@link variesByAnything} comes first. */
export function selectingHeaders(vary: string | null, header: RequestHeader): SelectingHeaders | undefined {
  const names = fieldNames(vary)
  if (names.length === 0) return undefined
  return selectingValues(names, header)
}

function speaksFavourite(
  names: readonly string[],
  header: RequestHeader,
  language: string | undefined,
): boolean {
  return (
    language !== undefined &&
    variesByLanguageOnly(names) &&
    favouriteLanguage(header('accept-language')) === language.toLowerCase()
  )
}

/** Does nothing but languages select? */
export function variesByLanguageOnly(names: readonly string[]): boolean {
  return names.length === 1 && names[0] === 'accept-language'
}

/** The values of these fields, in one form. */
export function selectingValues(names: readonly string[], header: RequestHeader): SelectingHeaders {
  return Object.fromEntries(names.map((name) => [name, normalised(name, header(name))]))
}

/**
 * Is an answer that was selected by these values the one for this request?
 *
 * @param language its `Content-Language`. Where nothing but languages select, the answer in a client's favourite one is for
 *   that client, whatever else it would take: no other could please it more.
 */
export function matchesSelecting(
  selecting: SelectingHeaders | undefined,
  header: RequestHeader,
  language?: string | undefined,
): boolean {
  if (selecting === undefined || speaksFavourite(Object.keys(selecting), header, language)) return true
  for (const name in selecting) if (selecting[name] !== normalised(name, header(name))) return false
  return true
}

/** The union of what the handler and the route vary by, as one field value; `null` when neither does. */
export function joinVary(handlers: string | null, ours: readonly string[]): string | null {
  if (ours.length === 0) return handlers
  const names = fieldNames(handlers)
  const missing = ours.filter((name) => !names.includes(name.toLowerCase()))
  return [handlers, ...missing].filter(Boolean).join(', ')
}

function fieldNames(vary: string | null): string[] {
  if (vary === null) return []
  const names = vary.split(',').map((name) => name.trim().toLowerCase())
  return [...new Set(names.filter((name) => name !== ''))].sort()
}

/** White space around list members means nothing (RFC 9111 §4.1); within quotes it does. */
function normalised(name: string, value: string | undefined): string | undefined {
  if (name === 'accept-language') return acceptedLanguages(value)
  if (value === undefined || value.includes('"')) return value?.trim()
  return value
    .split(',')
    .map((member) => member.trim())
    .join(',')
}
