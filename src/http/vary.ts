/** `Vary` (RFC 9111 §4.1): which of a resource's answers is the one for this request. */

/** What a stored answer was selected by: field names in lower case, with the values its own request had. */
export type Selecting = Readonly<Record<string, string | undefined>>

/** Reads a request's field; names in lower case. */
export type RequestHeader = (name: string) => string | undefined

/** `Vary: *`, or a name that is none: no later request can be compared. */
export function variesByAnything(vary: string | null): boolean {
  return fieldNames(vary).some((name) => !FIELD_NAME.test(name))
}

/** In lower case, without `*`. */
const FIELD_NAME = /^[!#$%&'+\-.^_`|~0-9a-z]+$/

/** The selecting fields of a response, or `undefined` when it does not vary. {@link variesByAnything} comes first. */
export function selectingFields(vary: string | null, header: RequestHeader): Selecting | undefined {
  const names = fieldNames(vary)
  if (names.length === 0) return undefined
  return Object.fromEntries(names.map((name) => [name, normalised(header(name))]))
}

/** Is an answer that was selected by these values the one for this request? */
export function selects(selecting: Selecting | undefined, header: RequestHeader): boolean {
  if (selecting === undefined) return true
  for (const name in selecting) if (selecting[name] !== normalised(header(name))) return false
  return true
}

/** Where variants are kept side by side: a resource's fields are learnt from its answers. Keys are {@link plainKey}s. */
export interface Variants {
  /** The key of this request's variant, as far as it is known that there are any. */
  keyFor(key: string, header: RequestHeader): string
  /** Remembers what a resource varies by; returns the key of the variant that was selected. */
  learn(key: string, selecting: Selecting): string
}

/**
 * @param maxLength how many characters of keys and field names are remembered; beyond, the oldest resources are forgotten.
 *   Forgetting one costs a load; it never mixes variants.
 */
export function createVariants(maxLength = 512 * 1024): Variants {
  const fields = new Map<string, readonly string[]>()
  let length = 0

  function forget(key: string): void {
    const names = fields.get(key)
    if (names === undefined) return
    fields.delete(key)
    length -= lengthOf(key, names)
  }

  return {
    keyFor(key, header) {
      const names = fields.get(key)
      if (names === undefined) return key
      return variantKey(key, Object.fromEntries(names.map((name) => [name, normalised(header(name))])))
    },
    learn(key, selecting) {
      const names = Object.keys(selecting)
      forget(key)
      fields.set(key, names)
      length += lengthOf(key, names)
      for (const oldest of fields.keys()) {
        if (length <= maxLength) break
        forget(oldest)
      }
      return variantKey(key, selecting)
    },
  }
}

function lengthOf(key: string, names: readonly string[]): number {
  return key.length + names.reduce((sum, name) => sum + name.length, 0)
}

/** Keys may hold anything that strangers send, but a variant's alone has a line feed that is not doubled. */
export function plainKey(key: string): string {
  return key.replaceAll('\n', '\n\n')
}

/** A field value holds neither NUL nor line feed, so no two selections give the same key. */
function variantKey(key: string, selecting: Selecting): string {
  let variant = key
  for (const name of Object.keys(selecting))
    variant += `\n${name}${selecting[name] === undefined ? '' : `\0${selecting[name]}`}`
  return variant
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
function normalised(value: string | undefined): string | undefined {
  if (value === undefined || value.includes('"')) return value?.trim()
  return value
    .split(',')
    .map((member) => member.trim())
    .join(',')
}
