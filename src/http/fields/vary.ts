/** `Vary` (RFC 9111 §4.1): selects among the stored responses of a resource the one that matches a request. */

import { type AcceptedCodings, acceptedCodings, selectingCoding, weightOf } from './accept-encoding.ts'
import { acceptedLanguages, favouriteLanguage } from './accepted-languages.ts'
import { isHeaderName, listMembers } from './lists.ts'

/**
 * The request headers that selected a stored response: names in lower case, with the normalised values of that request. The
 * value of `accept-encoding` is the coding of the response instead (see {@link selectingCoding}).
 */
export type SelectingHeaders = Readonly<Record<string, string | undefined>>

/** Name that stands for all headers of a request on which a response may depend. */
export const ALL_HEADERS = ':headers'

/** Returns a header of a request, or {@link ALL_HEADERS}. Names are in lower case. */
export type RequestHeader = (name: string) => string | undefined

/** True for `Vary: *` or an invalid name. The response then matches no later request. */
export function variesByAnything(vary: string | null): boolean {
  return !headerNames(vary).every(isHeaderName)
}

/** True when `Vary` names this header. @param name in lower case. */
export function variesBy(vary: string | null, name: string): boolean {
  return headerNames(vary).includes(name)
}

/**
 * The selecting headers of a response; `undefined` without `Vary`. The caller must check {@link variesByAnything} first.
 *
 * @param contentEncoding `Content-Encoding` of the response.
 */
export function selectingHeaders(
  vary: string | null,
  header: RequestHeader,
  contentEncoding: string | null = null,
): SelectingHeaders | undefined {
  const names = headerNames(vary)
  if (names.length === 0) return undefined
  const selecting = selectingValues(names, header)
  if (!(ACCEPT_ENCODING in selecting)) return selecting
  const coding = selectingCoding(contentEncoding, codingsIn(header))
  return { ...selecting, [ACCEPT_ENCODING]: coding }
}

/** The selecting headers that `Vary` names. */
export function variantHeaders(selecting: SelectingHeaders | undefined): SelectingHeaders | undefined {
  if (selecting === undefined || !(ALL_HEADERS in selecting)) return selecting
  const { [ALL_HEADERS]: _, ...varied } = selecting
  return Object.keys(varied).length === 0 ? undefined : varied
}

/** The normalised values of these request headers. */
export function selectingValues(names: readonly string[], header: RequestHeader): SelectingHeaders {
  return Object.fromEntries(names.map((name) => [name, normalised(name, header(name))]))
}

/**
 * True when a response with these selecting headers matches the request.
 *
 * @param language `Content-Language` of the response. If no other header than `Accept-Language` and `Accept-Encoding` selects,
 *   a response in the request's favourite language matches, and the other languages in the request are ignored.
 * @param codingsOf parses `Accept-Encoding`; a parser that remembers headers is faster.
 */
export function matchesSelecting(
  selecting: SelectingHeaders | undefined,
  header: RequestHeader,
  language?: string | undefined,
  codingsOf: (header: RequestHeader) => AcceptedCodings = codingsIn,
): boolean {
  for (const name in selecting) {
    const value = selecting[name]
    if (name === ACCEPT_ENCODING) {
      if (weightOf(codingsOf(header), value ?? '') === 0) return false
    } else if (value !== normalised(name, header(name))) {
      if (!isInFavouriteLanguage(Object.keys(selecting), header, language)) return false
    }
  }
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

/** True when `Accept-Language` is the only selecting header besides `Accept-Encoding`. */
export function variesByLanguageOnly(names: readonly string[]): boolean {
  const others = names.filter((name) => name !== ACCEPT_ENCODING)
  return others.length === 1 && others[0] === 'accept-language'
}

export const ACCEPT_ENCODING = 'accept-encoding'

function codingsIn(header: RequestHeader): AcceptedCodings {
  return acceptedCodings(header(ACCEPT_ENCODING))
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
