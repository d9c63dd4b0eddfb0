/** Least recently used: our own policy. */
import { LruPolicy } from '../../../src/stores/memory/eviction/lru-policy.ts'
import { SimulatedCache } from '../../../tests/support/traces/simulation.ts'
import type { Rival } from './rival.ts'

export function createLru(capacity: number, keys: number): Rival {
  return new SimulatedCache(new LruPolicy(), keys, capacity, () => 1)
}
