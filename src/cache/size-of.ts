/** Estimates the memory that a value takes. The bound of the memory tier is counted in these bytes. */

const OBJECT = 32
const SLOT = 16

/**
 * Returns the bytes of the value and of everything it refers to; each object counts once. Functions and the variables they
 * close over are not counted. Returns Infinity if a getter or a proxy throws during the walk.
 */
export function sizeOf(value: unknown): number {
  try {
    return walk(value)
  } catch {
    return Infinity // above every bound, so the memory tier refuses the value and reports it
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
      bytes += OBJECT + pushMembers(next, pending)
    }
  }
  return bytes
}

/** Adds the object's members to `pending`, the stack of the walk; returns the bytes of the object itself. */
function pushMembers(object: object, pending: unknown[]): number {
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
