/** Keys made of parts: different lists of parts never give the same key. Keys are never parsed. */
import { invalid } from '../../options.ts'

/** One part of a key. Numbers must be finite; -0 is the same part as 0. */
export type KeyPart = string | number | bigint | boolean

/**
 * Returns a key. `name` is a kind of value, and the parts identify one value of this kind. Different lists of parts give
 * different keys, even if they differ only in type: `'1'`, `1`, `1n` and `true` are four different parts.
 *
 * Parts are joined by colons: `keyOf('user', 'ada')` is `user:ada`, `keyOf('seat', 12, 'A')` is `seat:~n12:A`. In strings a
 * colon becomes `~c`, a tilde `~t`, and a lone surrogate (which UTF-8 cannot encode) `~u` with four hex digits.
 *
 * @throws {TypeError} for an empty name, a part of another type, or a number that is not finite.
 */
export function keyOf(name: string, ...parts: readonly KeyPart[]): string {
  if (typeof name !== 'string' || name === '')
    throw invalid('keyOf: name', 'a string of at least one character', name)
  let key = escaped(name)
  for (const part of parts) key += `:${encoded(name, part)}`
  return key
}

/**
 * Returns a part of a key. An escaped string never begins with `~n`, `~i` or `~b`, because each tilde in it is followed by t, c or
 * u. So a string never equals an encoded number, bigint or boolean.
 *
 * @param name the first part of the key, for errors.
 * @throws {TypeError} for a part of another type, or a number that is not finite.
 */
export function encoded(name: string, part: KeyPart): string {
  switch (typeof part) {
    case 'string':
      return escaped(part)
    case 'number':
      if (!Number.isFinite(part)) throw invalid(`keyOf: a part of ${name}`, 'a finite number', part)
      return `~n${part}`
    case 'bigint':
      return `~i${part}`
    case 'boolean':
      return `~b${part}`
    default:
      part satisfies never
      throw invalid(`keyOf: a part of ${name}`, 'a string, number, bigint or boolean', part)
  }
}

/** Returns a string in which every tilde is followed by t, c or u, and which contains no colon. */
export function escaped(text: string): string {
  if (!/[:~\ud800-\udfff]/.test(text)) return text
  const apart = text.replaceAll('~', '~t').replaceAll(':', '~c')
  return apart.replace(/\p{Surrogate}/gu, (unit) => `~u${unit.charCodeAt(0).toString(16)}`)
}
