/** The values that JSON returns with the type that they had. */

/**
 * Returns true if every part of a value has the same type after `JSON.parse(JSON.stringify(value))`.
 *
 * A property with the value `undefined` may be dropped, because reading the absent property gives the same. Symbols as names,
 * properties that are not enumerable, named properties of arrays and the sign of -0 are not compared.
 *
 * @param value must not refer to itself, which `JSON.stringify` finds out faster.
 */
export function survivesJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      if (value === null) return true
      if (isPlainObject(value)) return propertiesSurvive(value)
      return isPlainArray(value) && itemsSurvive(value)
    default:
      return false
  }
}

function itemsSurvive(items: readonly unknown[]): boolean {
  for (let i = 0; i < items.length; i++) {
    if (items[i] === undefined || !survivesJson(items[i])) return false
  }
  return true
}

function propertiesSurvive(object: Record<string, unknown>): boolean {
  // Faster than Object.keys: 0.9 instead of 2.5 us for an object of 1 kB, which JSON.stringify encodes in 3 us.
  for (const name in object) {
    if (!survivesJson(object[name]) && Object.hasOwn(object, name)) return false
  }
  return true
}

/** True for an object literal, also of another realm: its prototype is `null` or has no prototype itself. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return !Array.isArray(value) && Object.getPrototypeOf(prototype) === null
}

/** True for an array, also of another realm, but not for an instance of a subclass. */
function isPlainArray(value: object): value is unknown[] {
  if (!Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Array.prototype || Array.isArray(prototype) // each realm's Array.prototype is an array
}

/**
 * Describes the first part of a value that does not survive JSON, and what becomes of it: `value.items[2].at is a Date, which
 * JSON would turn into a string`. Returns `undefined` if there is none.
 */
export function jsonProblem(
  value: unknown,
  path = 'value',
  ancestors: readonly object[] = [],
): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : becomes(path, `${value}`, 'null')
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    return `${path} is a ${typeof value}, which JSON cannot encode`
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (ancestors.includes(value)) return `${path} is an object that contains itself, which JSON cannot encode`
  const inside = [...ancestors, value]
  if (isPlainArray(value)) {
    return firstOf(Array.from(value), (item, i) => {
      const place = `${path}[${i}]`
      return item === undefined ? becomes(place, 'undefined', 'null') : jsonProblem(item, place, inside)
    })
  }
  if (!isPlainObject(value)) return becomes(path, withArticle(classOf(value)), jsonTypeOf(value))
  return firstOf(Object.entries(value), ([name, item]) => jsonProblem(item, path + accessOf(name), inside))
}

function becomes(path: string, kind: string, result: string): string {
  return `${path} is ${kind}, which JSON would turn into ${result}`
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T, i: number) => string | undefined,
): string | undefined {
  for (const [i, item] of items.entries()) {
    const found = find(item, i)
    if (found !== undefined) return found
  }
  return undefined
}

function classOf(value: object): string {
  const { constructor: made } = value
  return typeof made === 'function' && made.name !== '' ? made.name : 'class instance'
}

function withArticle(noun: string): string {
  return `${/^[AEIO]/i.test(noun) ? 'an' : 'a'} ${noun}`
}

function jsonTypeOf(value: object): string {
  if (value instanceof Date) return 'a string'
  if ('toJSON' in value) return 'the result of its toJSON'
  return Array.isArray(value) ? 'a plain array' : 'a plain object'
}

function accessOf(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}
