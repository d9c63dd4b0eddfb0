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
  let count = args.length
  // One argument is always encoded, because the name alone is a tag of all entries.
  while (count > 1 && args[count - 1] === undefined) count--
  let key = escaped(name)
  let i = 0
  try {
    do key += `:${encodedValue(args[i])}`
    while (++i < count)
  } catch (cause) {
    throw new TypeError(
      `wrap ${name}: argument ${i + 1} must consist of strings, finite numbers, bigints, booleans, null, undefined, dates, arrays and plain objects, or set the option key`,
      { cause },
    )
  }
  return key
}

/** @throws {TypeError} for a value of another type; {RangeError} for one that contains itself. */
function encodedValue(value: unknown): string {
  if (value === undefined) return '~_'
  if (value === null) return '~0'
  if (typeof value !== 'object') return encoded('', value as KeyPart) // throws for a function and a symbol
  if (value instanceof Date) return `~d${encodedValue(value.getTime())}`
  // Each item and property has an end, so that an empty list differs from one of an empty string.
  if (Array.isArray(value)) {
    let items = ''
    for (const item of value) items += `${encodedValue(item)}~,`
    return `~[${items}~]`
  }
  if (!isPlainObject(value) || Object.getOwnPropertySymbols(value).length > 0) {
    throw new TypeError('the object is no plain data')
  }
  let properties = ''
  for (const name of Object.keys(value).sort()) {
    properties += `${escaped(name)}~=${encodedValue(value[name])}~,`
  }
  return `~{${properties}~}`
}
