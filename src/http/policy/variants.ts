/** Where the variants of a resource are kept: side by side, under keys of their own, which are learnt from its answers. */

import { createBoundedMap } from '../bounded-map.ts'
import { favouriteLanguage } from '../fields/accepted-languages.ts'
import {
  type RequestHeader,
  type SelectingHeaders,
  selectingValues,
  variesByLanguageOnly,
} from '../fields/vary.ts'

/** Resources go by their {@link escapedKey}s. */
export interface Variants {
  /** The key of this request's variant; the resource's own, while no answer of it is known to vary. */
  keyFor(resource: string, header: RequestHeader): string
  /**
   * Remembers what a resource varies by.
   *
   * @param language the answer's `Content-Language`.
   * @returns the key of the variant that was selected, and those of variants to be dropped: because no request selects them any
   *   more, or because they have to make room.
   */
  add(resource: string, selecting: SelectingHeaders, language?: string): { key: string; dropped: string[] }
}

export interface VariantsOptions {
  /** How many variants of one resource are kept side by side; beyond, the one that was made first is over. Default 32. */
  maxVariants?: number
  /**
   * How many characters of keys and field names are remembered; beyond, the oldest resources are forgotten. Forgetting one
   * costs a load; it never mixes variants. Default 512 Ki.
   */
  maxLength?: number
}

/** What is known of one resource: by which fields it varies, and the keys of its variants, the first made first. */
interface KnownResource {
  names: readonly string[]
  keys: Set<string>
  /** Where nothing but languages select: the key of the answer in each, in lower case. */
  languages: Map<string, string>
}

export function createVariants({ maxVariants = 32, maxLength = 512 * 1024 }: VariantsOptions = {}): Variants {
  const resources = createBoundedMap<KnownResource>({ maxLength, lengthOf })

  return {
    keyFor(resource, header) {
      const known = resources.size === 0 ? undefined : resources.get(resource)
      if (known === undefined) return resource
      const key = variantKey(resource, selectingValues(known.names, header))
      if (known.languages.size === 0 || known.keys.has(key)) return key
      return known.languages.get(favouriteLanguage(header('accept-language')) ?? '') ?? key
    },
    add(resource, selecting, language) {
      const names = Object.keys(selecting)
      const key = variantKey(resource, selecting)
      const before = resources.get(resource)
      resources.delete(resource) // before it is changed
      const isAsBefore = before !== undefined && before.names.join() === names.join()
      const { keys, languages } = isAsBefore
        ? before
        : { keys: new Set<string>(), languages: new Map<string, string>() }
      const dropped = isAsBefore ? [] : [...(before?.keys ?? [])]
      keys.delete(key)
      keys.add(key)
      for (const oldest of keys) {
        if (keys.size <= maxVariants) break
        keys.delete(oldest)
        dropped.push(oldest)
      }
      if (language !== undefined && variesByLanguageOnly(names)) languages.set(language.toLowerCase(), key)
      for (const [spoken, at] of languages) if (!keys.has(at)) languages.delete(spoken)
      resources.set(resource, { names, keys, languages })
      return { key, dropped }
    },
  }
}

function lengthOf(resource: string, { names, keys }: KnownResource): number {
  return [...names, ...keys].reduce((sum, text) => sum + text.length, resource.length)
}

/** A key with its line feeds doubled: whatever strangers put into theirs, it is no variant's, which has single ones. */
export function escapedKey(key: string): string {
  return key.includes('\n') ? key.replaceAll('\n', '\n\n') : key
}

/** What invalidates every variant of a resource. No handler's tag: a field value holds no line feed. */
export function variantsTag(resource: string): string {
  return `\n${resource}`
}

/** A field value holds neither NUL nor line feed, so no two selections give the same key. */
function variantKey(key: string, selecting: SelectingHeaders): string {
  let variant = key
  for (const name of Object.keys(selecting))
    variant += `\n${name}${selecting[name] === undefined ? '' : `\0${selecting[name]}`}`
  return variant
}
