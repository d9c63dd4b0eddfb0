/** Keys made of parts, so that no two lists of parts give the same key. Nothing takes a key apart again. */

/** What a key may be made of. A number is finite; -0 is 0. */
export type KeyPart = string | number | bigint | boolean

/**
 * A key from the name of what is kept and what tells one from another. Two lists that differ anywhere give two keys, also
 * where they differ only in type: `'1'`, `1`, `1n` and `true` are four parts.
 *
 * Words stay as they are and stand between colons: `keyOf('user', 'ada')` is `user:ada`, `keyOf('seat', 12, 'A')` is
 * `seat:~n12:A`. In strings a colon becomes `~c`, a tilde `~t` and a lone surrogate `~u` with four hex digits (UTF-8 has none).
 *
 * @throws {TypeError} for a name that is empty, a part of another type, a number that is not finite.
 */
export function keyOf(name: string, ...parts: readonly KeyPart[]): string {
  if (typeof name !== 'string' || name === '') throw new TypeError('a key needs a name')
  let key = escaped(name)
  for (const part of parts) key += `:${written(name, part)}`
  return key
}

/** What begins with a tilde and one of n, i, b is never a string: there, t, c or u follows. */
function written(name: string, part: KeyPart): string {
  switch (typeof part) {
    case 'string':
      return escaped(part)
    case 'number':
      if (!Number.isFinite(part)) throw new TypeError(`a key of ${name} cannot be made of ${part}`)
      return `~n${part}`
    case 'bigint':
      return `~i${part}`
    case 'boolean':
      return `~b${part}`
    default:
      part satisfies never
      throw new TypeError(`a key of ${name} cannot be made of ${part === null ? 'null' : typeof part}`)
  }
}

function escaped(text: string): string {
  if (!/[:~\ud800-\udfff]/.test(text)) return text
  const apart = text.replaceAll('~', '~t').replaceAll(':', '~c')
  return apart.replace(/\p{Surrogate}/gu, (unit) => `~u${unit.charCodeAt(0).toString(16)}`)
}
