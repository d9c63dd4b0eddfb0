/** Structural equality of values. */

/**
 * Returns true if two values have equal members. The order of the properties of an object does not matter, and a property that is
 * `undefined` counts as absent. Objects with `toJSON`, such as dates and URLs, are equal if its results are.
 *
 * @throws {RangeError} for values that are nested too deeply for the stack.
 */
export function areEqual(a: unknown, b: unknown, compared = new Map<object, object>()): boolean {
  if (a === b || Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (compared.get(a) === b) return true // a cycle, or a part that occurs twice
  compared.set(a, b)
  const equal = (one: unknown, other: unknown) => areEqual(one, other, compared)
  if (isBytes(a)) return isBytes(b) && tagOf(a) === tagOf(b) && equalBytes(bytesOf(a), bytesOf(b))
  if (a instanceof Map) return b instanceof Map && areEqualMaps(a, b, equal)
  if (a instanceof Set) return b instanceof Set && areEqualSets(a, b, equal)
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false
  if (hasToJSON(a) && hasToJSON(b)) return equal(a.toJSON(), b.toJSON())
  const [own, other] = [membersOf(a), membersOf(b)]
  if (own.size === 0 && other.size === 0) return areEqualWithoutMembers(a, b)
  return (
    own.size === other.size &&
    [...own].every(([name, value]) => other.has(name) && equal(value, other.get(name))) &&
    haveEqualTexts(a, b)
  )
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])
}

type Equal = (a: unknown, b: unknown) => boolean

/** Keys that are objects are compared in their order. No pair is compared twice: the second time, it would count as equal. */
function areEqualMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, equal: Equal): boolean {
  if (a.size !== b.size) return false
  const haveSameKeys = [...a.keys()].every((key) => b.has(key))
  return haveSameKeys ? [...a].every(([key, value]) => equal(value, b.get(key))) : equal([...a], [...b])
}

function areEqualSets(a: Set<unknown>, b: Set<unknown>, equal: Equal): boolean {
  return a.size === b.size && ([...a].every((member) => b.has(member)) || equal([...a], [...b]))
}

function membersOf(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, member]) => member !== undefined))
}

/** An object of a class may hold its content in private fields. Then only its text can be compared, if it has one. */
function areEqualWithoutMembers(a: object, b: object): boolean {
  if (isPlain(a) && isPlain(b)) return true
  const [own, other] = [String(a), String(b)]
  return own === other && own !== tagOf(a)
}

/** True if two objects of one class have equal texts. A copy from the shared tier is an object of no class, and is not compared. */
function haveEqualTexts(a: object, b: object): boolean {
  return isPlain(a) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) || String(a) === String(b)
}

/** Returns the text of an object that has none of its own, such as `[object Headers]`. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Array.isArray(value)
}

function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value)
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function hasToJSON(value: object): value is { toJSON: () => unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}
