import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Demands, type Use, useOf } from '../../src/cache/freshness.ts'
import type { Entry } from '../../src/stores/entry.ts'

/** Made at 0, fresh until 100, stale while it is refreshed until 150, on error until 200. */
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

describe('an entry', () => {
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
    const asked = Object.entries(demands).map(([name, ms]) => `${name} ${ms}`)
    test(`of 100 ms, at ${now} ms, asked for ${asked.join(', ') || 'nothing more'}: ${use}`, () => {
      assert.equal(useOf(entry, demands, now), use)
    })
  }

  test('that must be revalidated is a hit or nothing', () => {
    const strict = { ...entry, mustRevalidate: true }
    assert.equal(useOf(strict, {}, 99), 'hit')
    assert.equal(useOf(strict, {}, 100), 'load')
    assert.equal(useOf(strict, { maxStaleMs: Infinity }, 100), 'load')
  })
})
