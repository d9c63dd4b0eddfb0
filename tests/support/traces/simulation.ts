/** Runs access traces against an eviction policy, without a store. */
import { keyHash } from '../../../src/stores/memory/eviction/density/key-hash.ts'
import type { EvictionPolicy, Removal } from '../../../src/stores/memory/eviction/eviction-policy.ts'
import type { Trace } from './synthetic.ts'

export interface SimulationOptions {
  /** Entries, or bytes if `bytesOf` is set. */
  capacity: number
  bytesOf?: (key: number) => number
}

export interface Hits {
  /** Percentage of the requests that were hits. */
  ratio: number
  /** Percentage of the requested bytes that were hits. */
  byteRatio: number
}

/** Requests the keys one by one; each key that is missing is stored. */
export function simulate(
  policy: EvictionPolicy,
  trace: Trace,
  { capacity, bytesOf }: SimulationOptions,
): Hits {
  const cache = new SimulatedCache(policy, keysOf(trace), capacity, bytesOf ?? (() => 1))
  let hits = 0
  let bytes = 0
  let hitBytes = 0
  for (const key of trace) {
    const size = bytesOf === undefined ? 1 : bytesOf(key)
    const isHit = cache.request(key)
    bytes += size
    if (isHit) {
      hits++
      hitBytes += size
    }
  }
  return { ratio: (100 * hits) / trace.length, byteRatio: (100 * hitBytes) / bytes }
}

/** Returns the number of keys from 0 to the greatest. */
export function keysOf(trace: Trace): number {
  return trace.reduce((most, key) => Math.max(most, key), 0) + 1
}

/** The part of a store that a policy needs: entries in slots, without values. */
export class SimulatedCache {
  readonly #policy: EvictionPolicy
  readonly #capacity: number
  readonly #bytesOf: (key: number) => number
  readonly #hashes: Int32Array
  /** -1 if the key has no entry. */
  readonly #slots: Int32Array
  readonly #keys: number[] = []
  #bytes = 0

  constructor(policy: EvictionPolicy, keys: number, capacity: number, bytesOf: (key: number) => number) {
    this.#policy = policy
    this.#capacity = capacity
    this.#bytesOf = bytesOf
    this.#hashes = Int32Array.from({ length: keys }, (_, key) => keyHash(`key:${key}`))
    this.#slots = new Int32Array(keys).fill(-1)
  }

  /** Returns whether the key had an entry; it has one afterwards, unless it is too large. */
  request(key: number): boolean {
    const slot = this.#slots[key] as number
    if (slot >= 0) {
      this.#policy.use(slot)
      return true
    }
    this.#policy.miss()
    const bytes = this.#bytesOf(key)
    if (bytes <= this.#capacity) this.#store(key, bytes)
    return false
  }

  /** Removes a key's entry, if it has one. */
  delete(key: number): void {
    this.#remove(key, 'deleted')
  }

  /** Removes a key's entry because its lifetime has ended. */
  expire(key: number): void {
    this.#remove(key, 'expired')
  }

  /** Replaces a key's entry, if it has one. */
  update(key: number): void {
    const slot = this.#slots[key] as number
    if (slot >= 0) this.#policy.update(slot, this.#bytesOf(key))
  }

  clear(): void {
    this.#policy.clear()
    this.#slots.fill(-1)
    this.#keys.length = 0
    this.#bytes = 0
  }

  #remove(key: number, removal: Removal): void {
    const slot = this.#slots[key] as number
    if (slot < 0) return
    this.#policy.remove(slot, removal)
    this.#free(slot)
    this.#fill(slot)
  }

  #store(key: number, bytes: number): void {
    let hole = this.#keys.length
    while (this.#bytes + bytes > this.#capacity) {
      if (hole < this.#keys.length) this.#fill(hole)
      hole = this.#policy.victim()
      if (!(hole in this.#keys)) throw new Error(`slot ${hole} has no entry`)
      this.#policy.remove(hole, 'evicted')
      this.#free(hole)
    }
    this.#slots[key] = hole
    this.#keys[hole] = key
    this.#bytes += bytes
    this.#policy.add(hole, this.#hashes[key] as number, bytes)
  }

  #free(slot: number): void {
    const key = this.#keys[slot] as number
    this.#slots[key] = -1
    this.#bytes -= this.#bytesOf(key)
  }

  /** Moves the last entry into a hole. */
  #fill(hole: number): void {
    const last = this.#keys.length - 1
    const key = this.#keys.pop() as number
    if (hole === last) return
    this.#policy.move(last, hole)
    this.#keys[hole] = key
    this.#slots[key] = hole
  }
}
