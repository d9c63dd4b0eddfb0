/** The table of hit ratios with a limit of bytes. */
import { createDensity } from '../../src/stores/memory/eviction/density/density.ts'
import { LruPolicy } from '../../src/stores/memory/eviction/lru-policy.ts'
import { keysOf, SimulatedCache } from '../../tests/support/traces/simulation.ts'
import type { Trace } from '../../tests/support/traces/synthetic.ts'
import { print } from '../command.ts'
import { createGdsf } from './rivals/gdsf.ts'
import type { Rival } from './rivals/rival.ts'
import { bytesOf } from './sizes.ts'
import type { NamedTrace } from './traces.ts'

const SHARES = [0.01, 0.05, 0.2]

const policies: Record<string, (capacity: number, keys: number, sizes: Float64Array) => Rival> = {
  LRU: (capacity, keys, sizes) => new SimulatedCache(new LruPolicy(), keys, capacity, sizeIn(sizes)),
  GDSF: (capacity, keys, sizes) => createGdsf(capacity, keys, sizeIn(sizes)),
  'density without sizes': (capacity, keys, sizes) =>
    new SimulatedCache(createDensity({ boundedByBytes: false }), keys, capacity, sizeIn(sizes)),
  density: (capacity, keys, sizes) =>
    new SimulatedCache(createDensity({ boundedByBytes: true }), keys, capacity, sizeIn(sizes)),
}

export function printBytes(traces: readonly NamedTrace[]): void {
  print('Hits of requests / hits of bytes in percent, with lognormal sizes.\n')
  print(`| trace, share of its bytes | ${Object.keys(policies).join(' | ')} |`)
  print(`|---|${'---:|'.repeat(Object.keys(policies).length)}`)
  for (const { name, read } of traces) {
    const trace = read()
    const keys = keysOf(trace)
    const sizes = Float64Array.from({ length: keys }, (_, key) => bytesOf(key))
    const bytes = sizes.reduce((sum, size) => sum + size)
    for (const share of SHARES) {
      const ratios = Object.values(policies).map((create) =>
        ratiosOf(create(Math.round(share * bytes), keys, sizes), trace, sizes),
      )
      print(`| ${name}, ${100 * share} % | ${ratios.join(' | ')} |`)
    }
  }
  print('')
}

function ratiosOf(rival: Rival, trace: Trace, sizes: Float64Array): string {
  let [hits, hitBytes, bytes] = [0, 0, 0]
  for (const key of trace) {
    const size = sizes[key] as number
    bytes += size
    if (!rival.request(key)) continue
    hits++
    hitBytes += size
  }
  return `${((100 * hits) / trace.length).toFixed(1)} / ${((100 * hitBytes) / bytes).toFixed(1)}`
}

function sizeIn(sizes: Float64Array): (key: number) => number {
  return (key) => sizes[key] as number
}
