/** The key of a call: different arguments never give the same key. Keys are never parsed. */
import { encoded, escaped, type KeyPart } from '../entity/key-of.ts'
import { isPlainObject } from '../values/json-values.ts'

/**
 * Returns the key of a call. Strings, numbers, bigints and booleans are encoded as by `keyOf`. The other types begin with a tilde
 * and a character that follows no tilde there: `keyOfArguments('list', [{ page: 1 }])` is `list:~{page~=~n1~,~}`.
 *
 * @throws {TypeError} for an argument of another type. The message names the function and the position, from 1.
 */
export function keyOfArguments(name: string, args: readonly unknown[]): string {
  const last = args.findLastIndex((arg) => arg !== undefined)
  // Without arguments one `undefined` is encoded, because the name alone is a tag of all entries.
  const parts = last < 0 ? [undefined] : args.slice(0, last + 1)
  const encodedParts = parts.map((arg, i) => {
    try {
      return encodedValue(arg)
    } catch (cause) {
      throw new TypeError(
        `wrap ${name}: argument ${i + 1} must consist of strings, finite numbers, bigints, booleans, null, undefined, dates, arrays and plain objects, or set the option key`,
        { cause },
      )
    }
  })
  return [escaped(name), ...encodedParts].join(':')
}

/** @throws {TypeError} for a value of another type; {RangeError} for one that contains itself. */
function encodedValue(value: unknown): string {
  if (value === undefined) return '~_'
  if (value === null) return '~0'
  if (value instanceof Date) return `~d${encodedValue(value.getTime())}`
  // Each item and property has an end, so that an empty list differs from one of an empty string.
  if (Array.isArray(value)) return `~[${Array.from(value, (item) => `${encodedValue(item)}~,`).join('')}~]`
  if (typeof value === 'object' && isPlainObject(value) && Object.getOwnPropertySymbols(value).length === 0) {
    const names = Object.keys(value).sort()
    return `~{${names.map((name) => `${escaped(name)}~=${encodedValue(value[name])}~,`).join('')}~}`
  }
  return encoded('', value as KeyPart) // throws for other types
}
