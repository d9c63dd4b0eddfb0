/** Returns a 32-bit hash of a key. A multiplication takes 4 characters, because it is the slowest step. */
export function keyHash(key: string): number {
  const { length } = key
  let hash = length
  let i = 0
  for (; i + 3 < length; i += 4) {
    hash ^=
      key.charCodeAt(i) +
      (key.charCodeAt(i + 1) << 8) +
      (key.charCodeAt(i + 2) << 16) +
      (key.charCodeAt(i + 3) << 24)
    hash = mix(hash)
  }
  for (; i < length; i++) hash = mix(hash ^ key.charCodeAt(i))
  return hash
}

function mix(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1)
  return product ^ (product >>> 15)
}
