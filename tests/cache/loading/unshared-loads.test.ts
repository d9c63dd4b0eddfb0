/** Reads that share no load, and reads that retry under a key of their own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import {
  flush,
  internalRead,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'

describe('a read with shared: false', () => {
  it('a read with shared: false does not wait for a load in flight', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const first = resultOf(cache.read('k', db.load))
    assert.deepEqual(await resultOf(internalRead(cache, 'k', () => 'own', { shared: false })), [
      'miss',
      'own',
    ])
    db.nth(1).resolve('first')
    assert.deepEqual(await first, ['miss', 'first'])
  })

  it('a read with shared: false does not share its load', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const reads = [false, false, true].map((shared) =>
      resultOf(internalRead(cache, 'k', db.load, { shared })),
    )
    assert.equal(db.started, 3)
    for (const [i, value] of ['a', 'b', 'c'].entries()) db.nth(i + 1).resolve(value)
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'a'],
      ['miss', 'b'],
      ['miss', 'c'],
    ])
  })

  it('a read with shared: false stores the value of its load', async () => {
    const { cache } = testCache()
    await internalRead(cache, 'k', () => 'v', { shared: false })
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'v'])
  })

  it('a read with shared: false is served from the cache', async () => {
    const { cache } = testCache()
    cache.write('k', 'v')
    assert.deepEqual(await resultOf(internalRead(cache, 'k', mustNotLoad, { shared: false })), ['hit', 'v'])
  })

  it('a read with shared: false refreshes a stale entry in one background load, like other reads', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    advance(15)
    for (const _ of [1, 2]) {
      assert.deepEqual(await resultOf(internalRead(cache, 'k', db.load, { shared: false })), ['stale', 'old'])
    }
    assert.equal(db.started, 1)
  })
})

/** Accepts the values in one language. */
const isIn = (language: string) => (value: string) => value.startsWith(language)

describe('a waiting read that rejects the shared value', () => {
  it('reads with the same retryKey share one load under that key, and its value is stored there', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<unknown>()
    const readIn = (language: string) => {
      const options = { accept: isIn(language), retryKey: () => `k ${language}` }
      return resultOf(internalRead<string>(cache, 'k', db.load as () => Promise<string>, options))
    }
    const english = [readIn('en'), readIn('en')]
    const welsh = [readIn('cy'), readIn('cy'), readIn('cy')]
    assert.equal(db.started, 1)
    db.nth(1).resolve(loaded('en 1', { keep: 'k en' }))
    await flush()
    assert.equal(db.started, 2)
    db.nth(2).resolve(loaded('cy 2', { keep: 'k cy' }))
    assert.deepEqual(await Promise.all(english), [
      ['miss', 'en 1'],
      ['coalesced', 'en 1'],
    ])
    assert.deepEqual(await Promise.all(welsh), [
      ['miss', 'cy 2'],
      ['coalesced', 'cy 2'],
      ['coalesced', 'cy 2'],
    ])
    assert.deepEqual(outcomes().sort(), ['coalesced', 'coalesced', 'coalesced', 'miss', 'miss'])
    assert.equal(cache.peek('k en')?.value, 'en 1')
    assert.equal(cache.peek('k cy')?.value, 'cy 2')
    assert.equal(cache.peek('k'), undefined)
  })

  it('a read that joins another load under its retryKey is moved again', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    let retries = 0
    const readIn = (language: string) =>
      resultOf(
        internalRead(cache, 'k', db.load, { accept: isIn(language), retryKey: () => `retry ${++retries}` }),
      )
    const first = readIn('en')
    const second = resultOf(cache.read('retry 1', db.load))
    const third = readIn('cy')
    db.nth(1).resolve('en 1')
    await first
    await flush()
    assert.equal(db.started, 2, 'the read waits for the load under its retryKey')
    db.nth(2).resolve('en 2')
    await second
    await flush()
    assert.equal(db.started, 3, 'no load of the second key was running')
    db.nth(3).resolve('cy 3')
    assert.deepEqual(await third, ['miss', 'cy 3'])
    assert.equal(retries, 2)
  })

  it('reads load for themselves when retryKey returns the same key or an invalid one', async () => {
    for (const retryKey of ['k', '', 'x'.repeat(9000)]) {
      const { cache } = testCache()
      const db = manualLoader<string>()
      const readIn = (language: string) =>
        resultOf(internalRead(cache, 'k', db.load, { accept: isIn(language), retryKey: () => retryKey }))
      const reads = [readIn('en'), readIn('cy'), readIn('cy')]
      db.nth(1).resolve('en 1')
      await flush()
      assert.equal(db.started, 3, JSON.stringify(retryKey.slice(0, 5)))
      db.nth(2).resolve('cy 2')
      db.nth(3).resolve('cy 3')
      assert.deepEqual(await Promise.all(reads), [
        ['miss', 'en 1'],
        ['miss', 'cy 2'],
        ['miss', 'cy 3'],
      ])
    }
  })

  it('retryKey is not called for a value with share: false, and each read loads for itself', async () => {
    const { cache } = testCache()
    const db = manualLoader<unknown>()
    const options = { retryKey: () => assert.fail('retryKey must not be called') }
    const reads = [1, 2, 3].map(() => resultOf(internalRead(cache, 'k', db.load, options)))
    db.nth(1).resolve(loaded('private', { share: false, keep: false }))
    await flush()
    assert.equal(db.started, 3)
    db.nth(2).resolve('b')
    db.nth(3).resolve('c')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'private'],
      ['miss', 'b'],
      ['miss', 'c'],
    ])
  })

  it('retryKey is also called for reads that join an incomplete value', async () => {
    const { cache } = testCache()
    const { promise: completed } = Promise.withResolvers<undefined>()
    await cache.read<string>('k', () => loaded('en', { completed }))
    const read = internalRead(cache, 'k', () => 'cy 2', { accept: isIn('cy'), retryKey: () => 'k cy' })
    assert.deepEqual(await resultOf(read), ['miss', 'cy 2'])
    assert.equal(cache.peek('k cy')?.value, 'cy 2')
  })

  it('an error of retryKey rejects its own read, which is counted once', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<string>()
    const thrown = new Error('retryKey is broken')
    const options = {
      accept: isIn('cy'),
      retryKey() {
        throw thrown
      },
    }
    const reads = [resultOf(cache.read('k', db.load)), resultOf(internalRead(cache, 'k', db.load, options))]
    db.nth(1).resolve('en')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'en'],
      ['threw', thrown],
    ])
    assert.deepEqual(outcomes().sort(), ['error', 'miss'])
  })
})
