/** The syntax of cache directives: `Cache-Control` (RFC 9111 §5.2) and targeted headers (RFC 9213). Makes no decisions. */
import { isHeaderName, listMembers } from './lists.ts'

/** Directive names in lower case; `true` for a directive without an argument. */
export type Directives = ReadonlyMap<string, string | true>

/** Targeted header (RFC 9213) for hitrate alone, removed before a response leaves. */
export const TARGETED_FIELD = 'hitrate-cache-control'

const SEPARATORS = /[\s,]*/y
const MEMBER = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?([^,]*)/y

/**
 * Parses `Cache-Control`. Skips invalid parts and never throws. The first of several directives with one name applies. Several
 * `private` (or `no-cache`) are merged, because each may name headers: the result names all of them, or applies to the whole
 * response if one directive names none.
 */
export function parseCacheControl(header: string | null | undefined): Directives {
  const directives = new Map<string, string | true>()
  if (!header) return directives
  let index = endOf(SEPARATORS, header, 0)
  while (index < header.length) {
    MEMBER.lastIndex = index
    const member = MEMBER.exec(header)
    if (member === null) {
      const comma = header.indexOf(',', index)
      const skipped = comma < 0 ? header.slice(index) : header.slice(index, comma)
      addProhibitions(directives, skipped)
      index = endOf(SEPARATORS, header, index + skipped.length)
      continue
    }
    addDirective(directives, member)
    index = endOf(SEPARATORS, header, MEMBER.lastIndex)
  }
  return directives
}

function addDirective(directives: Map<string, string | true>, member: RegExpExecArray): void {
  const [, written = '', quoted, token, rest = ''] = member
  const value = quoted?.replace(/\\(.)/g, '$1') ?? token ?? true
  const trailing = value === true ? '' : rest.trim() // text after the value makes it invalid: "60 seconds" is not 60
  const name = written.toLowerCase()
  const previous = directives.get(name)
  if (previous === undefined) directives.set(name, trailing ? `${value} ${trailing}` : value)
  else if (QUALIFIABLE.has(name)) {
    const isWhole = previous === true || value === true || trailing !== ''
    directives.set(name, isWhole ? true : `${previous},${value}`)
  }
  addProhibitions(directives, rest)
}

/** Adds directives that forbid storage even if they follow a wrong separator: `max-age=60; private` is private. */
function addProhibitions(directives: Map<string, string | true>, text: string): void {
  for (const [, name = ''] of text.matchAll(PROHIBITION_AFTER_WRONG_SEPARATOR)) {
    directives.set(name.toLowerCase(), true)
  }
}

const PROHIBITION_AFTER_WRONG_SEPARATOR = /(?<=^|[;\s])(no-store|no-cache|private)(?=$|[;\s=])/gi

/** Directives that may name headers (RFC 9111 §5.2.2.4, §5.2.2.7). */
const QUALIFIABLE = new Set(['private', 'no-cache'])

/**
 * Returns the index after the match of a sticky pattern, which must match the empty text too. Separators have a separate
 * pattern: within MEMBER, the regular expression would backtrack over them.
 */
function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  pattern.exec(text)
  return pattern.lastIndex
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Formats directives as one header value. */
export function formatCacheControl(
  directives: Iterable<readonly [name: string, value: string | true]>,
): string {
  return Array.from(directives, ([name, value]) => {
    if (value === true) return name
    return `${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`
  }).join(', ')
}

const KEY = '[a-z*][a-z0-9_\\-.*]*'
const STRING = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*"'
const ITEM = `(?:-?\\d{1,12}\\.\\d{1,3}|-?\\d{1,15}|${STRING}|\\?[01]|[A-Za-z*][!#$%&'*+\\-.^_\`|~0-9A-Za-z:/]*|:[A-Za-z0-9+/=]*:)`
const PARAMETERS = `(?:; *${KEY}(?:=${ITEM})?)*`
const INNER_LIST = `\\( *(?:${ITEM}${PARAMETERS}(?: +|(?=\\))))*\\)`
const DICTIONARY_MEMBER = new RegExp(`(${KEY})(?:=(${ITEM}|${INNER_LIST}))?${PARAMETERS}`, 'y')
const SEPARATOR = /[ \t]*,[ \t]*/y

/**
 * Parses a targeted header, which is a Structured Field dictionary (RFC 8941 §3.2). Returns `undefined` when the header is
 * absent, empty or invalid anywhere; it must then be ignored (RFC 9213 §2.1).
 */
export function parseTargeted(header: string | null | undefined): Directives | undefined {
  const text = header?.trim()
  if (!text) return undefined
  const directives = new Map<string, string | true>()
  for (let index = 0; ; ) {
    DICTIONARY_MEMBER.lastIndex = index
    const member = DICTIONARY_MEMBER.exec(text)
    if (member === null) return undefined
    const [, name = '', value = '?1'] = member
    if (value === '?1') directives.set(name, true)
    else if (value === '?0') directives.delete(name)
    else directives.set(name, value)
    if (DICTIONARY_MEMBER.lastIndex === text.length) return directives
    SEPARATOR.lastIndex = DICTIONARY_MEMBER.lastIndex
    if (SEPARATOR.exec(text) === null) return undefined
    index = SEPARATOR.lastIndex
  }
}

/**
 * Names of the headers, in lower case, that `private` or `no-cache` is limited to. Returns `true` when the directive applies to
 * the whole response or its argument is invalid, and `undefined` when it is absent.
 */
export function qualified(
  directives: Directives,
  name: 'private' | 'no-cache',
): true | readonly string[] | undefined {
  const value = directives.get(name)
  if (value === undefined || value === true) return value
  const unquoted = value.replace(/^"|"$/g, '') // in a targeted header, the value still has its quotes
  const names = listMembers(unquoted.toLowerCase())
  return names.length > 0 && names.every(isHeaderName) ? names : true
}

/** Larger values are treated as this one (RFC 9111 §1.2.2). */
const MAX_DELTA_SECONDS = 2 ** 31

/** The value of a directive in seconds, converted to ms: `undefined` when the directive is absent, 0 when its value is invalid. */
export function deltaMs(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  if (value === undefined) return undefined
  if (value === true || !/^\d+$/.test(value)) return 0
  return Math.min(Number(value), MAX_DELTA_SECONDS) * 1000
}
