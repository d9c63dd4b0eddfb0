/** The syntax of cache directives: `Cache-Control` as RFC 9111 §5.2 has it, targeted fields as RFC 9213. No policy. */

/** Directive names in lower case; `true` for one without an argument. */
export type Directives = ReadonlyMap<string, string | true>

/** Targeted field (RFC 9213) for hitrate alone, removed before a response leaves. */
export const TARGETED_FIELD = 'hitrate-cache-control'

const SEPARATORS = /[\s,]*/y
const MEMBER = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?([^,]*)/y

/**
 * Never fails: what cannot be read is passed over. Of a directive given twice the first counts; but `private` and `no-cache`,
 * which may name fields, name those of all, or none.
 */
export function parseCacheControl(field: string | null | undefined): Directives {
  const directives = new Map<string, string | true>()
  if (!field) return directives
  for (let at = end(SEPARATORS, field, 0); at < field.length; at = end(SEPARATORS, field, at)) {
    MEMBER.lastIndex = at
    const member = MEMBER.exec(field)
    if (member === null) {
      const comma = field.indexOf(',', at)
      const passedOver = comma < 0 ? field.slice(at) : field.slice(at, comma)
      forbid(directives, passedOver)
      at += passedOver.length
      continue
    }
    at = MEMBER.lastIndex
    const [, name = '', quoted, token, rest = ''] = member
    const value = quoted?.replace(/\\(.)/g, '$1') ?? token ?? true
    // With something behind it, it is not that value: "60 seconds" is not 60.
    const junk = value === true ? '' : rest.trim()
    const key = name.toLowerCase()
    const before = directives.get(key)
    if (before === undefined) directives.set(key, junk ? `${value} ${junk}` : value)
    else if (QUALIFIED.has(key)) {
      directives.set(key, before === true || value === true || junk ? true : `${before},${value}`)
    }
    forbid(directives, rest)
  }
  return directives
}

/** What forbids does so also where another separator stands before it: `max-age=60; private` is nothing for all. */
function forbid(directives: Map<string, string | true>, text: string): void {
  for (const [, forbidding = ''] of text.matchAll(WITHOUT_COMMA))
    directives.set(forbidding.toLowerCase(), true)
}

const WITHOUT_COMMA = /(?<=^|[;\s])(no-store|no-cache|private)(?=$|[;\s=])/gi

/** These may be for some fields alone (RFC 9111 §5.2.2.4, §5.2.2.7). */
const QUALIFIED = new Set(['private', 'no-cache'])

/** Where a pattern that always matches ends. On its own, so that no match has to try it from every place. */
function end(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  pattern.exec(text)
  return pattern.lastIndex
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** As one field value. */
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
 * A targeted field, which is a Structured Field dictionary (RFC 8941 §3.2) or nothing: `undefined` when it is absent,
 * empty or broken anywhere, and then the field must be ignored (RFC 9213 §2.1).
 */
export function parseTargeted(field: string | null | undefined): Directives | undefined {
  const text = field?.trim()
  if (!text) return undefined
  const directives = new Map<string, string | true>()
  for (let at = 0; ; ) {
    DICTIONARY_MEMBER.lastIndex = at
    const member = DICTIONARY_MEMBER.exec(text)
    if (member === null) return undefined
    const [, name = '', value = '?1'] = member
    if (value === '?1') directives.set(name, true)
    else if (value === '?0') directives.delete(name)
    else directives.set(name, value)
    if (DICTIONARY_MEMBER.lastIndex === text.length) return directives
    SEPARATOR.lastIndex = DICTIONARY_MEMBER.lastIndex
    if (SEPARATOR.exec(text) === null) return undefined
    at = SEPARATOR.lastIndex
  }
}

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/

/**
 * The fields, in lower case, that `private` or `no-cache` is for. `true`: for the whole answer; so it is, too, when what it
 * names are no names. `undefined`: it is not there.
 */
export function qualified(
  directives: Directives,
  name: 'private' | 'no-cache',
): true | readonly string[] | undefined {
  const value = directives.get(name)
  if (value === undefined || value === true) return value
  const fields = value.replace(/^"|"$/g, '').split(',') // of a structured field it comes as it was written
  const names = fields.map((field) => field.trim().toLowerCase()).filter((field) => field !== '')
  return names.length > 0 && names.every((field) => FIELD_NAME.test(field)) ? names : true
}

/** RFC 9111 §1.2.2: greater values mean this one. */
const MAX_DELTA_SECONDS = 2 ** 31

/** A number of seconds, in ms; `undefined` when the directive is absent, 0 when it is there but invalid. */
export function deltaMs(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  if (value === undefined) return undefined
  if (value === true || !/^\d+$/.test(value)) return 0
  return Math.min(Number(value), MAX_DELTA_SECONDS) * 1000
}
