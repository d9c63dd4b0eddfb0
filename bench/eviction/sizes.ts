/** Sizes and lifetimes of keys, by a hash of the key. */

/** A number from 0 to below 1. */
export function hashed(key: number, seed: number): number {
  let hash = Math.imul(key ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f)
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}

/** A number with a normal distribution (Box and Muller 1958). */
export function normal(key: number, seed: number): number {
  const radius = Math.sqrt(-2 * Math.log(hashed(key, seed) + 2 ** -33))
  return radius * Math.cos(2 * Math.PI * hashed(key, seed + 1))
}

/** Lognormal: median 1 KiB, sigma 1.5, from 64 B to 1 MiB. */
export function bytesOf(key: number): number {
  return Math.round(Math.min(2 ** 20, Math.max(64, 1024 * Math.exp(1.5 * normal(key, 1)))))
}
