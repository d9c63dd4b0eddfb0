/** The table of hit ratios with lifetimes and invalidations. */
import { createDensity } from '../../src/stores/memory/eviction/density/density.ts'
import { LruPolicy } from '../../src/stores/memory/eviction/lru-policy.ts'
import { seededRandom } from '../../tests/support/seeded-random.ts'
import { keysOf, SimulatedCache } from '../../tests/support/traces/simulation.ts'
import type { Trace } from '../../tests/support/traces/synthetic.ts'
import { print } from '../command.ts'
import { normal } from './sizes.ts'
import type { NamedTrace } from './traces.ts'

interface Conditions {
  /** Median lifetime, in requests for each entry that the cache has room for. */
  lifetime: number
  /** Probability that a request invalidates the key of an earlier one. */
  invalidations: number
}

const columns: Record<string, Conditions> = {
  'no limit': { lifetime: Infinity, invalidations: 0 },
  'lifetime 5': { lifetime: 5, invalidations: 0 },
  'lifetime 1': { lifetime: 1, invalidations: 0 },
  'invalidations 5 %': { lifetime: Infinity, invalidations: 0.05 },
  'invalidations 20 %': { lifetime: Infinity, invalidations: 0.2 },
  'lifetime 5, invalidations 5 %': { lifetime: 5, invalidations: 0.05 },
}

export function printLifetimes(traces: readonly NamedTrace[]): void {
  print(
    'Hit ratio in percent with room for 5 % of the keys: LRU / density / a cache without limit. A lifetime of 1 is as many',
  )
  print('requests as the cache has entries (median, lognormal by key).\n')
  print(`| trace | ${Object.keys(columns).join(' | ')} |`)
  print(`|---|${'---:|'.repeat(Object.keys(columns).length)}`)
  for (const { name, read } of traces) {
    const trace = read()
    const keys = keysOf(trace)
    const capacity = Math.round(0.05 * keys)
    const cells = Object.values(columns).map((conditions) =>
      [
        new SimulatedCache(new LruPolicy(), keys, capacity, () => 1),
        new SimulatedCache(createDensity({ boundedByBytes: false }), keys, capacity, () => 1),
        new SimulatedCache(new LruPolicy(), keys, keys, () => 1),
      ]
        .map((cache) => ratioOf(cache, trace, capacity, conditions).toFixed(1))
        .join(' / '),
    )
    print(`| ${name} | ${cells.join(' | ')} |`)
  }
  print('')
}

function ratioOf(cache: SimulatedCache, trace: Trace, capacity: number, conditions: Conditions): number {
  const { lifetime, invalidations } = conditions
  const random = seededRandom(3)
  const expiry = new Float64Array(keysOf(trace)).fill(Infinity)
  let hits = 0
  for (const [i, key] of trace.entries()) {
    if ((expiry[key] as number) <= i) cache.expire(key)
    if (cache.request(key)) hits++
    else expiry[key] = i + lifetime * capacity * Math.exp(normal(key, 5))
    if (random() < invalidations) cache.delete(trace[Math.floor(i * random())] as number)
  }
  return (100 * hits) / trace.length
}
