/** Random ids in hexadecimal digits. A generator seeded once costs a tenth of a call of `crypto` for each request. */

/** @returns four random words of 32 bits. */
export type Seed = () => Uint32Array

export interface IdGenerator {
  /** 32 hexadecimal digits. */
  traceId(): string
  /** 16 hexadecimal digits. */
  spanId(): string
}

/**
 * Creates a generator: xoshiro128++ (Blackman and Vigna, https://prng.di.unimi.it/). Its ids are unique, not secret.
 *
 * @param seed called at the first id, because Workers have no randomness outside a request. Each thread and process has its own.
 *   Default: from `crypto`.
 */
export function createIdGenerator(seed: Seed = randomSeed): IdGenerator {
  let state: Uint32Array | undefined

  function next(): number {
    state ??= nonZero(seed())
    // Reading the words as a list takes an iterator, and half of an id's time.
    const a = state[0] ?? 0
    const b = state[1] ?? 0
    const c = state[2] ?? 0
    const d = state[3] ?? 0
    const result = rotated((a + d) | 0, 7) + a
    const third = c ^ a
    const fourth = d ^ b
    state[0] = a ^ fourth
    state[1] = b ^ third
    state[2] = third ^ (b << 9)
    state[3] = rotated(fourth, 11)
    return result >>> 0
  }

  return {
    traceId: () => hex(next()) + hex(next()) + hex(next()) + hex(next()),
    spanId: () => hex(next()) + hex(next()),
  }
}

function randomSeed(): Uint32Array {
  return crypto.getRandomValues(new Uint32Array(4))
}

/** Copies the seed; the generator would return zeros only for one of zeros. */
function nonZero(seed: Uint32Array): Uint32Array {
  return seed.some((word) => word !== 0) ? seed.slice(0, 4) : new Uint32Array([1, 2, 3, 4])
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** The digits of each byte. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(word: number): string {
  const digits = BYTES as unknown as Record<number, string> // an index of 8 bits is always there
  return (
    `${digits[word >>> 24]}${digits[(word >>> 16) & 0xff]}` +
    `${digits[(word >>> 8) & 0xff]}${digits[word & 0xff]}`
  )
}
