import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDensity } from '../../../../../src/stores/memory/eviction/density/density.ts'
import { keyHash } from '../../../../../src/stores/memory/eviction/density/key-hash.ts'
import { seededRandom } from '../../../../support/seeded-random.ts'
import { SimulatedCache, simulate } from '../../../../support/traces/simulation.ts'

const byNumber = { boundedByBytes: false }
const byBytes = { boundedByBytes: true }

describe('createDensity', () => {
  it('learns to keep a part of a loop that is larger than the cache', () => {
    const loop = Int32Array.from({ length: 100_000 }, (_, i) => i % 1200)
    const { ratio } = simulate(createDensity(byNumber), loop, { capacity: 1000 })
    assert.ok(ratio > 75, `${ratio} % of the requests are hits, 83 % would be the best`)
  })

  it('prefers small entries if the bytes are bounded', () => {
    const random = seededRandom(1)
    const uniform = Int32Array.from({ length: 50_000 }, () => Math.floor(1000 * random()))
    const bytesOf = (key: number) => (key % 2 === 0 ? 100 : 10_000)
    const { ratio } = simulate(createDensity(byBytes), uniform, { capacity: 505_000, bytesOf })
    assert.ok(ratio > 52, `${ratio} % of the requests are hits, 10 % without regard to the sizes`)
  })

  it('returns slots of entries, whatever happens to them', () => {
    for (const options of [byNumber, byBytes]) {
      const random = seededRandom(2)
      const bytesOf = (key: number) => 1 + (key % 7)
      const policy = createDensity(options)
      const cache = new SimulatedCache(policy, 400, 100, bytesOf)
      for (let i = 0; i < 50_000; i++) {
        const key = Math.floor(400 * random() ** 2)
        const action = random()
        if (action < 0.8) cache.request(key)
        else if (action < 0.9) cache.delete(key)
        else if (action < 0.9999) cache.update(key)
        else cache.clear()
      }
    }
  })

  it('gives the memory of its tables back when the entries are gone', () => {
    const policy = createDensity(byBytes)
    const cache = new SimulatedCache(policy, 200_000, 100_000, () => 1)
    const empty = policy.bytes
    for (let key = 0; key < 200_000; key++) cache.request(key)
    const full = policy.bytes - empty
    assert.ok(full > 1_600_000 && full < 5_000_000, `${full} bytes for 100,000 entries`)
    for (let key = 0; key < 200_000; key++) cache.delete(key)
    assert.ok(policy.bytes - empty < 200_000, `${policy.bytes - empty} bytes for none`)
  })

  it('evicts the least recently used entry before it has learnt anything', () => {
    const policy = createDensity(byNumber)
    for (let slot = 0; slot < 8; slot++) policy.add(slot, keyHash(`key:${slot}`), 100)
    for (const slot of [3, 0, 1, 2, 4, 5, 6, 7]) {
      policy.use(slot)
      for (let i = 0; slot === 3 && i < 200; i++) policy.miss()
    }
    assert.equal(policy.victim(), 3)
  })
})
