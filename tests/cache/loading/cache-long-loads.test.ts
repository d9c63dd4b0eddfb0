/** Loads that take long: what answers while it still grows, and what never ends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

/** A cache whose values grow until they are told that they have grown up. */
function nursery(ttlMs = 1000) {
  const clock = { ms: 0 }
  const cache = createCache({ memory: memoryStore(), now: () => clock.ms, jitter: 0 })
  const growing: ((whole: { value: unknown; bytes: number }) => void)[] = []
  const read = (options = {}) =>
    cache.read<string>(
      'k',
      () => {
        const { promise, resolve } = Promise.withResolvers<{ value: unknown; bytes: number }>()
        return loaded(`${growing.push(resolve)}`, { ttlMs, tags: ['t'], completed: promise })
      },
      options,
    )
  async function growUp(nth: number): Promise<void> {
    growing[nth - 1]?.({ value: `${nth} whole`, bytes: 10 })
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return { cache, clock, read, growUp }
}

describe('a value that grows', () => {
  test('is shared by those who come meanwhile, and kept in the end', async () => {
    const { read, growUp } = nursery()
    assert.equal((await read()).value, '1')
    assert.deepEqual(await read().then(({ value, outcome }) => [value, outcome]), ['1', 'coalesced'])
    await growUp(1)
    assert.deepEqual(await read().then(({ value, outcome }) => [value, outcome]), ['1 whole', 'hit'])
  })

  // Once, who came next joined it, saw that it was outdated, and joined it again, without end.
  test('is loaded anew, once, for those who come after its tag was invalidated', async () => {
    const { cache, read, growUp } = nursery()
    await read()
    await cache.invalidateTags(['t'])
    assert.deepEqual(await Promise.all([read(), read()].map(async (one) => (await one).value)), ['2', '2'])
    await growUp(1)
    assert.equal((await read()).value, '2')
    await growUp(2)
    assert.equal((await read()).value, '2 whole')
  })

  test('is loaded anew, once, for those who come when it is fresh no more', async () => {
    const { clock, read, growUp } = nursery()
    await read()
    clock.ms += 999
    assert.equal((await read()).value, '1')
    clock.ms += 1
    assert.deepEqual(await Promise.all([read(), read()].map(async (one) => (await one).value)), ['2', '2'])
    await growUp(2)
    await growUp(1)
    assert.equal((await read()).value, '2 whole', 'the older one comes last, and is not kept')
  })

  test('is not for those who take nothing as old as it is', async () => {
    const { clock, read } = nursery()
    await read()
    clock.ms += 500
    assert.equal((await read({ maxAgeMs: 501 })).value, '1')
    assert.equal((await read({ maxAgeMs: 500 })).value, '2')
  })
})

describe('a load that never ends', () => {
  test('is joined for half a minute, and overwrites nothing should it end after all', async () => {
    const clock = { ms: 0 }
    const cache = createCache({ memory: memoryStore(), now: () => clock.ms })
    const { promise: hangs, resolve } = Promise.withResolvers<string>()
    const first = cache.read('k', () => hangs)
    clock.ms += 29_999
    const second = cache.read('k', () => assert.fail('joined no more'))
    clock.ms += 1
    assert.equal((await cache.read('k', () => 'new')).value, 'new')
    resolve('old')
    assert.deepEqual([(await first).value, (await second).value], ['old', 'old'])
    assert.equal(cache.peek('k')?.value, 'new')
  })

  test('does not keep a stale value from being refreshed behind', async () => {
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
