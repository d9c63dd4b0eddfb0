/** `Vary` (RFC 9111 §4.1): selects among the stored responses of a resource the one that matches a request. */

import { acceptedLanguages, favouriteLanguage } from './accepted-languages.ts'
import { isHeaderName, listMembers } from './lists.ts'

/** The request headers that selected a stored response: names in lower case, with the normalised values of that request. */
export type SelectingHeaders = Readonly<Record<string, string | undefined>>

/** Returns a header of a request. Names are in lower case. */
export type RequestHeader = (name: string) => string | undefined

/** True for `Vary: *` or an invalid name. The response then matches no later request. */
export function variesByAnything(vary: string | null): boolean {
  return !headerNames(vary).every(isHeaderName)
}

/** True when `Vary` names this header. @param name in lower case. */
export function variesBy(vary: string | null, name: string): boolean {
  return headerNames(vary).includes(name)
}

/** The selecting headers of a response; `undefined` without `Vary`. The caller must check {@link variesByAnything} first. */
export function selectingHeaders(vary: string | null, header: RequestHeader): SelectingHeaders | undefined {
  const names = headerNames(vary)
  if (names.length === 0) return undefined
  return selectingValues(names, header)
}

/** The normalised values of these request headers. */
export function selectingValues(names: readonly string[], header: RequestHeader): SelectingHeaders {
  return Object.fromEntries(names.map((name) => [name, normalised(name, header(name))]))
}

/**
 * True when a response with these selecting headers matches the request.
 *
 * @param language `Content-Language` of the response. If `Accept-Language` is the only selecting header, a response in the
 *   request's favourite language matches, and the other languages in the request are ignored.
 */
export function matchesSelecting(
  selecting: SelectingHeaders | undefined,
  header: RequestHeader,
  language?: string | undefined,
): boolean {
  if (selecting === undefined || isInFavouriteLanguage(Object.keys(selecting), header, language)) return true
  for (const name in selecting) if (selecting[name] !== normalised(name, header(name))) return false
  return true
}

function isInFavouriteLanguage(
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

/** True when `Accept-Language` is the only selecting header. */
export function variesByLanguageOnly(names: readonly string[]): boolean {
  return names.length === 1 && names[0] === 'accept-language'
}

/** Joins the handler's `Vary` with the names of the option `vary` into one header value; `null` if there are no names. */
export function joinVary(handlerVary: string | null, routeNames: readonly string[]): string | null {
  if (routeNames.length === 0) return handlerVary
  const names = headerNames(handlerVary)
  const missing = routeNames.filter((name) => !names.includes(name.toLowerCase()))
  return [handlerVary, ...missing].filter(Boolean).join(', ')
}

/** Header names in lower case, each once, sorted. */
function headerNames(vary: string | null): string[] {
  return vary === null ? [] : [...new Set(listMembers(vary.toLowerCase()))].sort()
}

/** Removes white space around list members (RFC 9111 §4.1), except in values with quotes, where it is significant. */
function normalised(name: string, value: string | undefined): string | undefined {
  if (name === 'accept-language') return acceptedLanguages(value)
  if (value === undefined || value.includes('"')) return value?.trim()
  return value
    .split(',')
    .map((member) => member.trim())
    .join(',')
}
