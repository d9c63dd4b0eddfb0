/** Keys of the variants of a resource (`Vary`). The headers that select a variant are recorded from the resource's responses. */

import { createBoundedMap } from '../bounded-map.ts'
import { type AcceptedCodings, acceptedCodings, IDENTITY } from '../fields/accept-encoding.ts'
import { favouriteLanguage } from '../fields/accepted-languages.ts'
import {
  ACCEPT_ENCODING,
  type RequestHeader,
  type SelectingHeaders,
  selectingValues,
} from '../fields/vary.ts'
import { Codings, preferring, wishOf } from './codings.ts'

/** A `resource` is a key as {@link escapedKey} returns it. */
export interface Variants {
  /**
   * Key of the variant that the request selects. As long as no response with `Vary` was added, it is the key of the resource
   * itself. If no recorded coding is acceptable, it is the key of the coding that the handler is expected to make.
   *
   * @param tried keys whose response did not match the request. If the expected coding is among them, the key is one for requests
   *   that accept the same codings.
   */
  keyFor(resource: string, header: RequestHeader, tried?: readonly string[]): string
  /**
   * The keys under which responses with `Vary` may be stored. If none was added, another process may have stored one: then these
   * are the keys of the codings that most servers make.
   */
  keysOf(resource: string): string[]
  /** Parses `Accept-Encoding`, and remembers the result for headers that many clients send. */
  codingsOf(this: void, header: RequestHeader): AcceptedCodings
  /**
   * Records the selecting headers of a response.
   *
   * @param selecting as `selectingHeaders` returns them for this request.
   * @param language the response's `Content-Language`.
   * @returns the key of the response's variant, and the keys of variants to delete: those that no request can select any more,
   *   and the oldest beyond `maxVariants`.
   */
  add(
    resource: string,
    selecting: SelectingHeaders,
    header: RequestHeader,
    language?: string,
  ): { key: string; dropped: string[] }
}

export interface VariantsOptions {
  /** Largest number of variants of one resource; the oldest variant beyond it is dropped. Default: 32. */
  maxVariants?: number
  /**
   * Largest number of characters of all keys and header names; the oldest resources beyond it are evicted. An eviction costs a
   * load, but never confuses variants. Default: 512 Ki.
   */
  maxLength?: number
}

/** Largest number of codings in the list of likely ones. */
const MAX_LIKELY = 8

interface VaryingResource {
  /** Names of the selecting headers, without `Accept-Encoding`. */
  names: readonly string[]
  /** True if `Accept-Encoding` is a selecting header. */
  isCoded: boolean
  /** Keys of the variants, oldest first, each with its base: the key without the coding. */
  keys: Map<string, string>
  /** The codings of each base. Filled only if `isCoded`. */
  codings: Map<string, Codings>
  /** The base of the responses in each language (in lower case). Filled only if `Accept-Language` is the only one of `names`. */
  languages: Map<string, string>
}

export function createVariants({ maxVariants = 32, maxLength = 512 * 1024 }: VariantsOptions = {}): Variants {
  const resources = createBoundedMap<VaryingResource>({ maxLength, lengthOf })
  const codingsOf = createParser()
  /** Codings that the route has made for any resource, preferred ones first. Every server that compresses knows gzip. */
  let likely: readonly string[] = ['gzip']

  /** Records the coding of a response. @returns the keys that no request can select any more. */
  function addCoding(codings: Map<string, Codings>, base: string, value: string, header: RequestHeader) {
    const accepted = codingsOf(header)
    const ofBase = codings.get(base) ?? new Codings()
    codings.set(base, ofBase)
    if (value !== IDENTITY && !value.startsWith('=')) {
      likely = preferring(likely, value, accepted).slice(0, MAX_LIKELY)
    }
    return ofBase.add(value, accepted, likely).map((excess) => codingKey(base, excess))
  }

  return {
    codingsOf,
    keysOf(resource) {
      const varying = resources.get(resource)
      if (varying !== undefined) return [...varying.keys.keys()]
      return [IDENTITY, ...likely].map((coding) => codingKey(resource, coding))
    },
    keyFor(resource, header, tried) {
      const varying = resources.size === 0 ? undefined : resources.get(resource)
      if (varying === undefined) return resource
      const base = baseFor(varying, resource, header)
      if (!varying.isCoded) return base
      const accepted = codingsOf(header)
      const expected = (varying.codings.get(base) ?? NO_CODINGS).expected(accepted, likely)
      const key = expected && codingKey(base, expected)
      return key && !tried?.includes(key) ? key : codingKey(base, `?${wishOf(accepted, likely)}`)
    },
    add(resource, selecting, header, language) {
      const { [ACCEPT_ENCODING]: coding, ...others } = selecting
      const names = Object.keys(others)
      const isCoded = coding !== undefined
      const previous = resources.get(resource)
      resources.delete(resource) // deleted before its length changes, as the bounded map requires
      const hasSameNames = previous?.isCoded === isCoded && previous.names.join() === names.join()
      const varying = hasSameNames ? previous : newResource(names, isCoded)
      const { keys, codings } = varying
      const exact = variantKey(resource, others)
      const base = names.join() === 'accept-language' ? addLanguage(varying, exact, header, language) : exact
      const key = isCoded ? codingKey(base, coding) : base
      keys.delete(key)
      keys.set(key, base)
      const replaced = hasSameNames ? [] : [...(previous?.keys.keys() ?? [])]
      const excess = isCoded ? addCoding(codings, base, coding, header) : []
      for (const one of excess) remove(varying, one)
      const oldest = [...keys.keys()].slice(0, Math.max(0, keys.size - maxVariants))
      for (const one of oldest) remove(varying, one)
      resources.set(resource, varying)
      return { key, dropped: [...replaced, ...excess, ...oldest] }
    },
  }
}

function newResource(names: readonly string[], isCoded: boolean): VaryingResource {
  return { names, isCoded, keys: new Map(), codings: new Map(), languages: new Map() }
}

const NO_CODINGS = new Codings()

/** The key of the request's variant, without the coding. */
function baseFor(varying: VaryingResource, resource: string, header: RequestHeader): string {
  const { names, isCoded, keys, languages } = varying
  const exact = variantKey(resource, selectingValues(names, header))
  if (languages.size === 0 || (!isCoded && keys.has(exact))) return exact
  return languages.get(favouriteLanguage(header('accept-language')) ?? '') ?? exact
}

/**
 * Records the language of a response, if it has one. @returns the base of the response. Coded responses in the favourite
 * language of their requests share one base, so that each coding is loaded once per language.
 */
function addLanguage(
  { isCoded, languages }: VaryingResource,
  exact: string,
  header: RequestHeader,
  language: string | undefined,
): string {
  const name = language?.toLowerCase()
  if (name === undefined) return exact
  const isFavourite = isCoded && favouriteLanguage(header('accept-language')) === name
  const base = (isFavourite ? languages.get(name) : undefined) ?? exact
  for (const [other, ofOther] of languages) if (ofOther === base) languages.delete(other)
  languages.set(name, base)
  return base
}

function isRecorded({ isCoded, keys, codings }: VaryingResource, base: string): boolean {
  return isCoded ? codings.has(base) : keys.has(base)
}

/** Removes a variant that is not stored any more. */
function remove(varying: VaryingResource, key: string): void {
  const { keys, codings, languages } = varying
  const base = keys.get(key) ?? key
  keys.delete(key)
  const ofBase = codings.get(base)
  ofBase?.remove(key.slice(codingKey(base, '').length))
  if (ofBase?.isEmpty) codings.delete(base)
  if (isRecorded(varying, base)) return
  for (const [language, ofLanguage] of languages) if (ofLanguage === base) languages.delete(language)
}

/** Counts the key of a coded variant twice, because its base and its coding are stored as well. */
function lengthOf(resource: string, { names, isCoded, keys }: VaryingResource): number {
  let length = resource.length + names.join('').length
  for (const key of keys.keys()) length += key.length * (isCoded ? 2 : 1)
  return length
}

/** Long headers are not remembered, because few clients send the same one. */
function createParser(): (header: RequestHeader) => AcceptedCodings {
  const parsed = createBoundedMap<AcceptedCodings>({ maxLength: 8 * 1024, maxEntries: 128 })
  const ofMissing = acceptedCodings(undefined)

  return (header) => {
    const field = header(ACCEPT_ENCODING)
    if (field === undefined) return ofMissing
    const known = parsed.get(field)
    if (known !== undefined) return known
    const accepted = acceptedCodings(field)
    if (field.length <= 128) parsed.set(field, accepted)
    return accepted
  }
}

/** Doubles the line feeds of a key. A variant's key contains single line feeds, so no URL can have the key of a variant. */
export function escapedKey(key: string): string {
  return key.includes('\n') ? key.replaceAll('\n', '\n\n') : key
}

/** Returns the key that {@link escapedKey} got. @param key of a resource or of one of its variants. */
export function unescapedKey(key: string): string {
  let at = key.indexOf('\n')
  if (at < 0) return key
  while (at >= 0 && key[at + 1] === '\n') at = key.indexOf('\n', at + 2)
  return (at < 0 ? key : key.slice(0, at)).replaceAll('\n\n', '\n')
}

/** The key of a variant in one coding. No name of a header begins with a colon, so no other variant has this key. */
function codingKey(base: string, coding: string): string {
  return `${base}\n:${coding}`
}

/**
 * The tag of all variants of a resource whose `keyGenerator` makes the key; for any other, the tag of its URL is enough. It begins
 * with a line feed, so no tag in a header can be equal to it.
 */
export function variantsTag(resource: string): string {
  return `\nv${resource}`
}

/**
 * Joins the names and values of the selecting headers. These contain neither NUL nor line feeds, so different selections have
 * different keys.
 */
function variantKey(resource: string, selecting: SelectingHeaders): string {
  let key = resource
  for (const [name, value] of Object.entries(selecting))
    key += `\n${name}${value === undefined ? '' : `\0${value}`}`
  return key
}
