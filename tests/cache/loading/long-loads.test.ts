/** Long loads: values whose completion is pending, and loads that never end. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

/** A cache of values that stay incomplete until the test completes them. */
function cacheOfIncompleteValues(ttlMs = 1000) {
  const clock = { ms: 0 }
  const cache = createCache({ memory: memoryStore(), now: () => clock.ms, jitter: 0 })
  const completions: ((complete: { value: unknown; bytes: number }) => void)[] = []
  const read = (options = {}) =>
    cache.read<string>(
      'k',
      () => {
        const { promise, resolve } = Promise.withResolvers<{ value: unknown; bytes: number }>()
        return loaded(`${completions.push(resolve)}`, { ttlMs, tags: ['t'], completed: promise })
      },
      options,
    )
  async function complete(nth: number): Promise<void> {
    completions[nth - 1]?.({ value: `${nth} complete`, bytes: 10 })
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return { cache, clock, read, complete }
}

describe('an incomplete value', () => {
  it('an incomplete value is shared with later reads, and stored when it is complete', async () => {
    const { read, complete } = cacheOfIncompleteValues()
    assert.equal((await read()).value, '1')
    assert.deepEqual(await read().then(({ value, outcome }) => [value, outcome]), ['1', 'coalesced'])
    await complete(1)
    assert.deepEqual(await read().then(({ value, outcome }) => [value, outcome]), ['1 complete', 'hit'])
  })

  // Regression: the next read joined the load, found it outdated, and joined it again in an endless loop.
  it('an incomplete value is loaded again, once, for reads after its tag was invalidated', async () => {
    const { cache, read, complete } = cacheOfIncompleteValues()
    await read()
    await cache.invalidateTags(['t'])
    assert.deepEqual(await Promise.all([read(), read()].map(async (one) => (await one).value)), ['2', '2'])
    await complete(1)
    assert.equal((await read()).value, '2')
    await complete(2)
    assert.equal((await read()).value, '2 complete')
  })

  it('an incomplete value is loaded again, once, for reads after its lifetime has ended', async () => {
    const { clock, read, complete } = cacheOfIncompleteValues()
    await read()
    clock.ms += 999
    assert.equal((await read()).value, '1')
    clock.ms += 1
    assert.deepEqual(await Promise.all([read(), read()].map(async (one) => (await one).value)), ['2', '2'])
    await complete(2)
    await complete(1)
    assert.equal((await read()).value, '2 complete', 'the older value ends last and is not stored')
  })

  it('an incomplete value is not shared with a read whose maxAgeMs it exceeds', async () => {
    const { clock, read } = cacheOfIncompleteValues()
    await read()
    clock.ms += 500
    assert.equal((await read({ maxAgeMs: 501 })).value, '1')
    assert.equal((await read({ maxAgeMs: 500 })).value, '2')
  })
})

describe('a load that never ends', () => {
  it('a load that never ends is shared for 30 seconds, and overwrites nothing if it ends later', async () => {
    const clock = { ms: 0 }
    const cache = createCache({ memory: memoryStore(), now: () => clock.ms })
    const { promise: endless, resolve } = Promise.withResolvers<string>()
    const first = cache.read('k', () => endless)
    clock.ms += 29_999
    const second = cache.read('k', () => assert.fail('the load in flight is shared'))
    clock.ms += 1
    assert.equal((await cache.read('k', () => 'new')).value, 'new')
    resolve('old')
    assert.deepEqual([(await first).value, (await second).value], ['old', 'old'])
    assert.equal(cache.peek('k')?.value, 'new')
  })

  it('a load that never ends blocks a background refresh for 30 seconds only', async () => {
    const clock = { ms: 0 }
    const cache = createCache({ memory: memoryStore(), now: () => clock.ms, jitter: 0 })
    const lifetime = { ttlMs: 1, staleWhileRevalidateMs: 100_000 }
    await cache.read('k', () => 'old', lifetime)
    clock.ms += 10
    await cache.read('k', () => new Promise<string>(() => {}), lifetime)
    clock.ms += 30_000
    await cache.read('k', () => 'new', lifetime)
    await new Promise((resolve) => setTimeout(resolve, 0))
    assert.equal(cache.peek('k')?.value, 'new')
  })
})
