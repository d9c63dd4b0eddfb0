/** Keys of the variants of a resource (`Vary`). The headers that select a variant are recorded from the resource's responses. */

import { createBoundedMap } from '../bounded-map.ts'
import { favouriteLanguage } from '../fields/accepted-languages.ts'
import {
  type RequestHeader,
  type SelectingHeaders,
  selectingValues,
  variesByLanguageOnly,
} from '../fields/vary.ts'

/** A `resource` is a key as {@link escapedKey} returns it. */
export interface Variants {
  /**
   * Key of the variant that the request selects. As long as no response with `Vary` was added, it is the key of the resource
   * itself.
   */
  keyFor(resource: string, header: RequestHeader): string
  /**
   * Records the selecting headers of a response.
   *
   * @param language the response's `Content-Language`.
   * @returns the key of the response's variant, and the keys of variants to delete: those that no request can select any more,
   *   and the oldest beyond `maxVariants`.
   */
  add(resource: string, selecting: SelectingHeaders, language?: string): { key: string; dropped: string[] }
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

interface VaryingResource {
  /** Names of the selecting headers. */
  names: readonly string[]
  /** Keys of the variants, oldest first. */
  keys: Set<string>
  /** The key of the response in each language (in lower case). Filled only if `Accept-Language` is the only selecting header. */
  languages: Map<string, string>
}

export function createVariants({ maxVariants = 32, maxLength = 512 * 1024 }: VariantsOptions = {}): Variants {
  const resources = createBoundedMap<VaryingResource>({ maxLength, lengthOf })

  return {
    keyFor(resource, header) {
      const varying = resources.size === 0 ? undefined : resources.get(resource)
      if (varying === undefined) return resource
      const key = variantKey(resource, selectingValues(varying.names, header))
      if (varying.languages.size === 0 || varying.keys.has(key)) return key
      return varying.languages.get(favouriteLanguage(header('accept-language')) ?? '') ?? key
    },
    add(resource, selecting, language) {
      const names = Object.keys(selecting)
      const key = variantKey(resource, selecting)
      const previous = resources.get(resource)
      resources.delete(resource) // deleted before its length changes, as the bounded map requires
      const hasSameNames = previous !== undefined && previous.names.join() === names.join()
      const { keys, languages } = hasSameNames
        ? previous
        : { keys: new Set<string>(), languages: new Map<string, string>() }
      const dropped = hasSameNames ? [] : [...(previous?.keys ?? [])]
      keys.delete(key)
      keys.add(key)
      for (const oldest of keys) {
        if (keys.size <= maxVariants) break
        keys.delete(oldest)
        dropped.push(oldest)
      }
      if (language !== undefined && variesByLanguageOnly(names)) languages.set(language.toLowerCase(), key)
      for (const [name, variant] of languages) if (!keys.has(variant)) languages.delete(name)
      resources.set(resource, { names, keys, languages })
      return { key, dropped }
    },
  }
}

function lengthOf(resource: string, { names, keys }: VaryingResource): number {
  return [...names, ...keys].reduce((sum, text) => sum + text.length, resource.length)
}

/** Doubles the line feeds of a key. A variant's key contains single line feeds, so no URL can have the key of a variant. */
export function escapedKey(key: string): string {
  return key.includes('\n') ? key.replaceAll('\n', '\n\n') : key
}

/** The tag of all variants of a resource. It begins with a line feed, so no tag in a header can be equal to it. */
export function variantsTag(resource: string): string {
  return `\n${resource}`
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
