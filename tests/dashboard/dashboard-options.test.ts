import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { type DashboardOptions, resolveDashboard } from '../../src/dashboard/dashboard-options.ts'
import { createRegistry } from '../../src/metrics/index.ts'

const registry = createRegistry()
const cache = createCache()
const resolve = (options: object) => resolveDashboard('dashboard', options as DashboardOptions)

describe('the options of dashboard()', () => {
  it('have defaults', () => {
    const { caches, purge, title, showKeys, history } = resolve({ registry })
    assert.deepEqual(
      { caches, purge, title, showKeys, history },
      {
        caches: [],
        purge: undefined,
        title: 'hitrate',
        showKeys: false,
        history: { everyMs: 5000, samples: 180 },
      },
    )
  })

  it('accept one cache, several, and no history', () => {
    assert.deepEqual(resolve({ registry, cache }).caches, [cache])
    assert.deepEqual(resolve({ registry, cache: [cache, createCache()] }).caches.length, 2)
    assert.equal(resolve({ registry, history: false }).history, undefined)
  })

  const wrong: [options: object, message: RegExp][] = [
    [{}, /dashboard: registry must be a registry such as createRegistry\(\)/],
    [{ registry: [] }, /dashboard: registry must be/],
    [{ registry, cache: 1 }, /dashboard: cache must be a cache made by createCache\(\)/],
    [{ registry, cache: [cache, cache] }, /dashboard: cache must be .* different/],
    [{ registry, showkeys: true }, /dashboard: unknown option "showkeys"; did you mean "showKeys"\?/],
    [{ registry, title: 1 }, /dashboard: title must be a string, got 1/],
    [{ registry, cache, purge: true }, /dashboard: purge must be an object, got true/],
    [{ registry, cache, purge: {} }, /dashboard: purge: fetch must be a function such as app.fetch/],
    [{ registry, cache, purge: { fetch, tokens: 1 } }, /dashboard: purge: unknown option "tokens"/],
    [{ registry, purge: { fetch } }, /dashboard: purge needs the option cache/],
    [{ registry, history: 5 }, /dashboard: history must be false or an object, got 5/],
    [
      { registry, history: { everyMs: 50 } },
      /dashboard: history: everyMs must be a number of ms from 100, got 50/,
    ],
    [
      { registry, history: { samples: 0 } },
      /dashboard: history: samples must be a whole number from 1 to 10000/,
    ],
    [{ registry, history: { every: 1 } }, /dashboard: history: unknown option "every"/],
  ]
  for (const [options, message] of wrong) {
    it(`are refused with the name of the wrong one: ${message.source}`, () => {
      assert.throws(() => resolve(options), message)
    })
  }
})
