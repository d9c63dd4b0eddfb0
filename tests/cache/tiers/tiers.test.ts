/** Faults between the tiers: values without bytes, reads that throw, and writes that race across processes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { flush, internalRead, manualLoader, resultOf, testCache } from '../../support/test-cache.ts'

/** Two processes without memory, so that all their entries are in the remote tier they share. */
function processes() {
  const clock = { now: 1_800_000_000_000 }
  const options: CacheOptions = { remote: fakeRemoteStore(), now: () => clock.now }
  return { a: createCache(options), b: createCache(options), clock }
}

/** Reads, and waits until the remote tier has stored the loaded value. */
async function settled(
  read: (waitUntil: (work: Promise<unknown>) => void) => Promise<unknown>,
): Promise<void> {
  const work: Promise<unknown>[] = []
  await read((each) => void work.push(each))
  await Promise.all(work)
}

describe('a value that cannot be encoded', () => {
  const circular: unknown[] = []
  circular.push(circular)
  for (const [description, value] of [
    ['a bigint', 10n],
    ['a circular array', circular],
  ] as const) {
    it(`${description} is returned and stored in memory, and refused by the remote tier`, async () => {
      const { cache, transcript } = testCache({ remote: fakeRemoteStore({ messages: false }) })
      assert.deepEqual(await resultOf(cache.read('k', () => value)), ['miss', value])
      await flush()
      assert.deepEqual(transcript(), [
        '1. remote get: miss',
        '2. lease: granted',
        '3. load: ok',
        '4. memory set: ok',
        '5. remote set: refused',
        '6. lease: released',
        '7. read: miss',
        '8. remote release: ok',
      ])
      assert.equal((await cache.write('k', value)).kept, true)
      assert.equal(cache.peek('k')?.value, value)
    })
  }
})

describe('a read whose accept throws for a remote entry', () => {
  it('an error of accept rejects its read and does not affect the next read', async () => {
    const { a, b } = processes()
    const thrown = new Error('thrown by accept')
    const accept = () => {
      throw thrown
    }
    await settled((waitUntil) => a.read('k', () => 'v', { waitUntil }))
    assert.deepEqual(await resultOf(internalRead(b, 'k', () => 'v', { accept })), ['threw', thrown])
    await new Promise((resolve) => setTimeout(resolve, 0)) // the runtime reports unhandled rejections now
    assert.deepEqual(await resultOf(b.read('k', () => assert.fail('the value is stored'))), ['hit', 'v'])
  })
})

describe('a write', () => {
  it('a written value is not overwritten in the remote tier by a load that another process started before', async () => {
    const { a, b } = processes()
    const db = manualLoader<string>()
    const older = settled((waitUntil) => b.read('k', db.load, { waitUntil }))
    await flush()
    assert.equal(db.started, 1)
    await a.write('k', 'new')
    db.nth(1).resolve('old')
    await older
    assert.deepEqual(await resultOf(a.read('k', () => assert.fail('the value is stored'))), ['hit', 'new'])
  })

  it('a written value is read by another process', async () => {
    const { a, b } = processes()
    await a.write('k', 'new')
    assert.deepEqual(await resultOf(b.read('k', () => assert.fail('the value is stored'))), ['hit', 'new'])
  })

  it('a load that reports a failure leaves the entry in the remote tier', async () => {
    const { a, b } = processes()
    await settled((waitUntil) => a.read('k', () => 'good', { waitUntil }))
    const failure = () => loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(a.read('k', failure, { strategy: 'invalidate' })), ['error', '503'])
    assert.deepEqual(await resultOf(b.read('k', () => assert.fail('the value is stored'))), ['hit', 'good'])
  })

  it('a write during a remote look-up is not replaced by the entry found there', async () => {
    const { cache } = testCache({ remote: fakeRemoteStore() })
    const earlier = resultOf(cache.read('k', () => 'loaded'))
    await cache.write('k', 'written')
    await earlier
    assert.equal(cache.peek('k')?.value, 'written')
  })
})

describe('a late result of the remote tier', () => {
  it('an entry that the remote tier returns late does not replace a value loaded meanwhile', async () => {
    const delay = Promise.withResolvers<void>()
    let isDelayed = false
    const remote = fakeRemoteStore({
      after(operation) {
        if (!isDelayed || operation !== 'read') return undefined
        isDelayed = false
        return delay.promise
      },
    })
    await createCache({ remote, now: () => Date.UTC(2026, 10, 1) }).write('k', 'old')
    isDelayed = true
    const { cache } = testCache({ remote })
    const earlier = resultOf(cache.read('k', () => assert.fail('the value is stored')))
    await flush()
    await cache.read('k', () => 'new', { strategy: 'invalidate' })
    delay.resolve()
    assert.deepEqual(await earlier, ['hit', 'old'])
    assert.equal(cache.peek('k')?.value, 'new')
  })
})
