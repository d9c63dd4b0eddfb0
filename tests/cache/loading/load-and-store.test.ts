/** The options that a load returns with its value: which key, whether it is stored and shared. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { flush, manualLoader, mustNotLoad, resultOf, testCache } from '../../support/test-cache.ts'

describe('the options that a load returns', () => {
  it('keep: false does not store the value, and removes the older stored entry', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(20)
    const read = await cache.read('k', () => loaded('v', { keep: false, ttlMs: 100 }))
    assert.deepEqual([read.outcome, read.kept, read.expiresInMs], ['miss', false, 0])
    assert.equal(cache.peek('k'), undefined)
  })

  it('keep with another key stores the value under that key only', async () => {
    const { cache } = testCache()
    const read = await cache.read('k', () => loaded('v', { keep: 'k;en' }))
    assert.equal(read.kept, true)
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(await resultOf(cache.read('k;en', mustNotLoad)), ['hit', 'v'])
  })

  it('share: false makes each waiting read load for itself', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<unknown>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load))
    db.nth(1).resolve(loaded('for the first', { share: false, keep: false }))
    await flush()
    assert.equal(db.started, 3)
    db.nth(2).resolve(loaded('for the second', { share: false, keep: false }))
    db.nth(3).resolve(loaded('for the third', { share: false, keep: false }))
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['for the first', 'for the second', 'for the third'],
    )
    assert.deepEqual(outcomes(), ['miss', 'miss', 'miss'])
  })

  it('failed: true does not replace an entry that may be served on error', async () => {
    const { cache, advance } = testCache()
    const failure = () => loaded('503', { failed: true, ttlMs: 1000 })
    cache.write('k', 'good', { ttlMs: 10, staleIfErrorMs: 100 })
    assert.deepEqual(await resultOf(cache.read('k', failure, { strategy: 'invalidate' })), ['error', '503'])
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'good'])
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['stale', 'good'])
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['stale', 'good'])
    advance(100)
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['error', '503'])
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', '503'])
  })

  it('failed: true with keep: false leaves the stored entry', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'good', { ttlMs: 10, staleIfErrorMs: 100 })
    advance(20)
    await cache.read('k', () => loaded('503', { failed: true, keep: false }))
    assert.equal(cache.peek('k')?.value, 'good')
  })

  it('negative: true stores the value within a capacity of its own', async () => {
    const { cache } = testCache({ memory: memoryStore({ maxEntries: 1 }) })
    cache.write('here', 'v')
    await cache.read('absent', () => loaded(null, { negative: true }))
    assert.deepEqual(await resultOf(cache.read('absent', mustNotLoad)), ['hit', null])
    assert.equal(cache.has('here'), true)
  })

  it('undefined is returned to the reader and not stored, while null and other falsy values are stored', async () => {
    const { cache } = testCache()
    assert.deepEqual(await cache.read('k', () => undefined), {
      value: undefined,
      outcome: 'miss',
      ageMs: 0,
      expiresInMs: 0,
      kept: false,
    })
    assert.equal((await cache.write('k', undefined)).kept, false)
    for (const value of [null, 0, '', false, Number.NaN]) {
      assert.equal((await cache.write('k', value)).kept, true)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', value])
    }
  })
})
