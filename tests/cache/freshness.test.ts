import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Demands, type Use, useOf } from '../../src/cache/freshness.ts'
import type { Entry } from '../../src/stores/entry.ts'

/** Made at 0, fresh until 100, stale while revalidating until 150, stale on error until 200. */
const entry: Entry = {
  value: 'v',
  madeAt: 0,
  freshUntil: 100,
  revalidateUntil: 150,
  errorUntil: 200,
  keptUntil: 200,
  mustRevalidate: false,
  tags: [],
  negative: false,
  bytes: 1,
  sequence: 0,
}

describe('useOf', () => {
  const cases: [now: number, demands: Demands, use: Use][] = [
    [0, {}, 'hit'],
    [99, {}, 'hit'],
    [100, {}, 'refresh'],
    [149, {}, 'refresh'],
    [150, {}, 'load'],
    [10_000, {}, 'load'],
    [99, { maxAgeMs: 99 }, 'hit'],
    [99, { maxAgeMs: 98 }, 'load'],
    [0, { maxAgeMs: 0 }, 'hit'],
    [1, { maxAgeMs: 0 }, 'load'],
    [120, { maxAgeMs: 120 }, 'refresh'],
    [89, { minFreshMs: 10 }, 'hit'],
    [90, { minFreshMs: 10 }, 'hit'],
    [91, { minFreshMs: 10 }, 'load'],
    [100, { minFreshMs: 0 }, 'load'],
    [120, { minFreshMs: 0 }, 'load'],
    [120, { maxStaleMs: 20 }, 'refresh'],
    [150, { maxStaleMs: 50 }, 'stale'],
    [150, { maxStaleMs: 49 }, 'load'],
    [150, { maxStaleMs: Infinity }, 'stale'],
    [150, { maxStaleMs: Infinity, maxAgeMs: 150 }, 'stale'],
    [150, { maxStaleMs: Infinity, maxAgeMs: 149 }, 'load'],
    [0, { maxAgeMs: Number.NaN }, 'hit'],
    [0, { minFreshMs: Number.NaN }, 'load'],
    [160, { maxStaleMs: Number.NaN }, 'load'],
  ]
  for (const [now, demands, use] of cases) {
    const requirements = Object.entries(demands).map(([name, ms]) => `${name} ${ms}`)
    it(`an entry with a ttl of 100 ms at ${now} ms, with ${requirements.join(', ') || 'no demands'}: ${use}`, () => {
      assert.equal(useOf(entry, demands, now), use)
    })
  }

  it('an entry with mustRevalidate is a hit or is loaded again, never stale', () => {
    const strict = { ...entry, mustRevalidate: true }
    assert.equal(useOf(strict, {}, 99), 'hit')
    assert.equal(useOf(strict, {}, 100), 'load')
    assert.equal(useOf(strict, { maxStaleMs: Infinity }, 100), 'load')
  })
})
