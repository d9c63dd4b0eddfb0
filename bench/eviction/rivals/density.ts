/** Hit density: our own policy. */
import { createDensity as createPolicy } from '../../../src/stores/memory/eviction/density/density.ts'
import { SimulatedCache } from '../../../tests/support/traces/simulation.ts'
import type { Rival } from './rival.ts'

export function createDensity(capacity: number, keys: number): Rival {
  return new SimulatedCache(createPolicy({ boundedByBytes: false }), keys, capacity, () => 1)
}
