/** What goes wrong between the tiers: values that cannot travel, readers that throw, writes that race across processes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { RemoteStore } from '../../../src/stores/store.ts'
import { flush, internalRead, resultOf, source, testCache } from '../../support/test-cache.ts'

/** A remote tier that answers at once. */
function remoteStore(): RemoteStore {
  const kept = new Map<string, Uint8Array>()
  return {
    name: 'fake',
    get: async (key) => kept.get(key),
    getMany: async (keys) => keys.map((key) => kept.get(key)),
    set: async (key, bytes) => void kept.set(key, bytes),
    delete: async (key) => void kept.delete(key),
    ping: async () => {},
  }
}

/** Two processes with no memory of their own, so that all they keep is in the remote tier they share. */
function processes() {
  const clock = { now: 1_800_000_000_000 }
  const options: CacheOptions = { remote: remoteStore(), now: () => clock.now }
  return { a: createCache(options), b: createCache(options), clock }
}

/** Reads, and waits until the remote tier knows what was loaded. */
async function settled(
  read: (waitUntil: (work: Promise<unknown>) => void) => Promise<unknown>,
): Promise<void> {
  const work: Promise<unknown>[] = []
  await read((each) => void work.push(each))
  await Promise.all(work)
}

describe('a value of which no bytes can be made', () => {
  const circle: unknown[] = []
  circle.push(circle)
  for (const [what, value] of [
    ['a bigint', 10n],
    ['a circle', circle],
  ] as const) {
    test(`(${what}) is answered and kept in memory, and refused by the remote tier`, async () => {
      const { cache, transcript } = testCache({ remote: remoteStore() })
      assert.deepEqual(await resultOf(cache.read('k', () => value)), ['miss', value])
      await flush()
      assert.deepEqual(transcript(), [
        '1. remote get: miss',
        '2. load: ok',
        '3. memory set: ok',
        '4. remote set: refused',
        '5. read: miss',
      ])
      assert.equal(await cache.write('k', value), true)
      assert.equal(cache.peek('k')?.value, value)
    })
  }
})

describe('a reader whose accept throws at what the remote tier has', () => {
  test('gets what it threw, and breaks nothing else', async () => {
    const { a, b } = processes()
    const boom = new Error('boom')
    const accept = () => {
      throw boom
    }
    await settled((waitUntil) => a.read('k', () => 'v', { waitUntil }))
    assert.deepEqual(await resultOf(internalRead(b, 'k', () => 'v', { accept })), ['threw', boom])
    await new Promise((resolve) => setTimeout(resolve, 0)) // when a runtime tells of promises nobody handled
    assert.deepEqual(await resultOf(b.read('k', () => assert.fail('it is kept'))), ['hit', 'v'])
  })
})

describe('a write', () => {
  test('is not overwritten in the remote tier by a load that another process began before it', async () => {
    const { a, b } = processes()
    const db = source<string>()
    const older = settled((waitUntil) => b.read('k', db.load, { waitUntil }))
    await flush()
    assert.equal(db.begun, 1)
    await a.write('k', 'new')
    db.nth(1).answer('old')
    await older
    assert.deepEqual(await resultOf(a.read('k', () => 'newest')), ['miss', 'newest'])
  })

  test('is what another process reads then', async () => {
    const { a, b } = processes()
    await a.write('k', 'new')
    assert.deepEqual(await resultOf(b.read('k', () => assert.fail('it is kept'))), ['hit', 'new'])
  })

  test('of a failure ends nothing that is in the remote tier', async () => {
    const { a, b } = processes()
    await settled((waitUntil) => a.read('k', () => 'good', { waitUntil }))
    const failure = () => loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(a.read('k', failure, { strategy: 'invalidate' })), ['error', '503'])
    assert.deepEqual(await resultOf(b.read('k', () => assert.fail('it is kept'))), ['hit', 'good'])
  })

  test('during a look into the remote tier: what comes back from there does not replace it', async () => {
    const { cache } = testCache({ remote: remoteStore() })
    const early = resultOf(cache.read('k', () => 'loaded'))
    await cache.write('k', 'written')
    await early
    assert.equal(cache.peek('k')?.value, 'written')
  })
})

describe('what comes late from the remote tier', () => {
  test('does not take the place of what was loaded anew meanwhile', async () => {
    const remote = remoteStore()
    await createCache({ remote, now: () => Date.UTC(2026, 10, 1) }).write('k', 'old')
    const slow = Promise.withResolvers<void>()
    const { cache } = testCache({
      remote: {
        ...remote,
        async getMany(keys) {
          const found = await remote.getMany(keys)
          await slow.promise
          return found
        },
      },
    })
    const early = resultOf(cache.read('k', () => assert.fail('it is kept')))
    await flush()
    await cache.read('k', () => 'new', { strategy: 'invalidate' })
    slow.resolve()
    assert.deepEqual(await early, ['hit', 'old'])
    assert.equal(cache.peek('k')?.value, 'new')
  })
})
