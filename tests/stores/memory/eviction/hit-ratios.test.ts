/** Hit ratios of the eviction policies, on a recorded trace and on synthetic ones. They are the same on every machine. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createDensity } from '../../../../src/stores/memory/eviction/density/density.ts'
import type { EvictionPolicy } from '../../../../src/stores/memory/eviction/eviction-policy.ts'
import { LruPolicy } from '../../../../src/stores/memory/eviction/lru-policy.ts'
import { keysOf, type SimulationOptions, simulate } from '../../../support/traces/simulation.ts'
import { hostileLoads, scanLoopScan, type Trace } from '../../../support/traces/synthetic.ts'
import { web07 } from '../../../support/traces/web07.ts'

function ratiosOf(t: TestContext, trace: Trace, options: SimulationOptions) {
  const boundedByBytes = options.bytesOf !== undefined
  const lru: EvictionPolicy = new LruPolicy()
  const ratios = {
    density: simulate(createDensity({ boundedByBytes }), trace, options),
    lru: simulate(lru, trace, options),
  }
  t.diagnostic(JSON.stringify(ratios))
  return ratios
}

describe('hit ratios', () => {
  const trace = web07()
  const keys = keysOf(trace)

  /** The ratio of LRU, and the least that density must have, in percent. */
  const byShare = [
    { share: 0.001, lru: 21.3, density: 25 },
    { share: 0.01, lru: 39.2, density: 45 },
    { share: 0.05, lru: 50.6, density: 54.5 },
    { share: 0.1, lru: 55.7, density: 58.1 },
    { share: 0.2, lru: 61.0, density: 62.3 },
  ]
  for (const { share, lru, density } of byShare) {
    it(`web07, room for ${100 * share} % of the keys: at least ${density} %, LRU ${lru} %`, (t) => {
      const ratios = ratiosOf(t, trace, { capacity: Math.round(share * keys) })
      assert.equal(ratios.lru.ratio.toFixed(1), lru.toFixed(1))
      assert.ok(ratios.density.ratio >= density, `${ratios.density.ratio}`)
    })
  }

  it('web07, room for 5 % of the bytes: at least 7 points above LRU, and no fewer bytes', (t) => {
    const bytesOf = (key: number) => 2 ** (6 + (Math.imul(key, 0x9e3779b1) >>> 29))
    const bytes = Array.from({ length: keys }, (_, key) => bytesOf(key)).reduce((sum, one) => sum + one)
    const { density, lru } = ratiosOf(t, trace, { capacity: 0.05 * bytes, bytesOf })
    assert.ok(density.ratio >= lru.ratio + 7, `${density.ratio}, LRU ${lru.ratio}`)
    assert.ok(density.byteRatio >= lru.byteRatio, `${density.byteRatio}, LRU ${lru.byteRatio}`)
  })

  it('a loop between two skewed phases: at least 47 %', () => {
    const { ratio } = simulate(createDensity({ boundedByBytes: false }), scanLoopScan(), { capacity: 512 })
    assert.ok(ratio >= 47, `${ratio}`)
  })

  /** The least that density must have above LRU, in points. */
  const aboveLru = {
    'zipf, all keys new every 5k requests': 0,
    'uniform over the 800 newest keys, sliding': 0,
    'each key twice, 900 requests apart': -0.1,
    'a loop of 1,500 and zipf by turns of 20k': 30,
    'stack distances log-uniform to 4,000': -0.5,
  }
  for (const [name, points] of Object.entries(aboveLru)) {
    it(`${name}: at least ${points} points above LRU`, (t) => {
      const load = hostileLoads[name]?.() ?? assert.fail('no such load')
      const { density, lru } = ratiosOf(t, load, { capacity: 1000 })
      assert.ok(density.ratio >= lru.ratio + points, `${density.ratio}, LRU ${lru.ratio}`)
    })
  }
})
