/** What a value takes in memory, roughly and never far too little: the memory tier is bounded by it. */

const OBJECT = 32
const SLOT = 16

/**
 * Bytes of the value and all it refers to, each object once. Functions and what closures hold are not seen.
 * Infinity when it cannot be walked, since a getter or a proxy throws.
 */
export function sizeOf(value: unknown): number {
  try {
    return walk(value)
  } catch {
    return Number.POSITIVE_INFINITY // larger than every bound: the memory tier refuses it, and that is told
  }
}

function walk(value: unknown): number {
  const seen = new Set<object>()
  const pending: unknown[] = [value]
  let bytes = 0
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next === 'string') bytes += 2 * next.length + SLOT
    else if (typeof next === 'bigint') bytes += next.toString(16).length / 2 + SLOT
    else if (typeof next !== 'object' || next === null) bytes += SLOT
    else if (!seen.has(next)) {
      seen.add(next)
      bytes += OBJECT + expand(next, pending)
    }
  }
  return bytes
}

/** Puts what the object holds on the pile; returns the bytes that are its own. */
function expand(object: object, pending: unknown[]): number {
  if (ArrayBuffer.isView(object)) return object.buffer.byteLength
  if (object instanceof ArrayBuffer) return object.byteLength
  if (object instanceof Map) {
    for (const [key, item] of object) pending.push(key, item)
    return SLOT * object.size
  }
  if (object instanceof Set) {
    for (const item of object) pending.push(item)
    return SLOT * object.size
  }
  let own = 0
  for (const [key, item] of Object.entries(object)) {
    own += SLOT + (Array.isArray(object) ? 0 : 2 * key.length)
    pending.push(item)
  }
  return own
}
