/** The strategies and the demands of a read. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Strategy } from '../../../src/cache/read.ts'
import {
  dbError,
  failingLoad,
  flush,
  internalLookup,
  internalRead,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'

describe('the strategy of a read', () => {
  const strategies: [Strategy, string[], string[]][] = [
    ['fresh', ['hit', 'old'], ['miss', undefined]] as never,
    ['refresh', ['hit', 'old'], ['miss', 'new']],
    ['invalidate', ['miss', 'new'], ['miss', 'new']],
    ['bypass', ['bypass', 'new'], ['bypass', 'new']],
  ]
  for (const [strategy, whenStored, whenAbsent] of strategies) {
    it(`strategy ${strategy} returns ${whenStored} for a fresh entry and ${whenAbsent} for no entry`, async () => {
      const { cache, outcomes } = testCache()
      assert.deepEqual(await resultOf(cache.read('k', () => 'new', { strategy })), whenAbsent)
      cache.write('k', 'old')
      assert.deepEqual(await resultOf(cache.read('k', () => 'new', { strategy })), whenStored)
      assert.equal(outcomes().length, 2)
    })
  }

  it('strategy fresh never calls the load, not even for a background refresh of a stale entry', async () => {
    const { cache, advance } = testCache()
    assert.deepEqual(await cache.read('k', mustNotLoad, { strategy: 'fresh' }), {
      value: undefined,
      outcome: 'miss',
      ageMs: 0,
      expiresInMs: 0,
      kept: false,
    })
    const db = manualLoader()
    cache.write('k', 'v', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    advance(15)
    assert.deepEqual(await resultOf(cache.read('k', db.load, { strategy: 'fresh' })), ['stale', 'v'])
    advance(5)
    assert.deepEqual(await resultOf(cache.read('k', db.load, { strategy: 'fresh' })), ['miss', undefined])
    assert.equal(db.started, 0)
  })

  it('strategy fresh does not wait for a load in flight', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const loading = cache.read('k', db.load)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { strategy: 'fresh' })), ['miss', undefined])
    db.nth(1).resolve('v')
    await loading
  })

  it('strategy invalidate stores the loaded value, and leaves the stored entry when its load fails', async () => {
    const { cache } = testCache()
    cache.write('k', 'old', { staleIfErrorMs: 1000 })
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { strategy: 'invalidate' })), [
      'threw',
      dbError,
    ])
    assert.equal(cache.peek('k')?.value, 'old')
    await cache.read('k', () => 'new', { strategy: 'invalidate' })
    assert.equal(cache.peek('k')?.value, 'new')
  })

  for (const coalesce of [true, false]) {
    it(`strategy invalidate is not overwritten by a load that started before (coalesce: ${coalesce})`, async () => {
      const { cache } = testCache({ coalesce })
      const db = manualLoader<string>()
      const older = resultOf(cache.read('k', db.load))
      const newer = resultOf(cache.read('k', db.load, { strategy: 'invalidate' }))
      assert.equal(db.started, 2)
      db.nth(2).resolve('new')
      assert.deepEqual(await newer, ['miss', 'new'])
      db.nth(1).resolve('old')
      assert.deepEqual(await older, ['miss', 'old'])
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
    })
  }

  it('strategy invalidate shares its load with later reads, and the older load is not shared any more', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const older = resultOf(cache.read('k', db.load))
    const newer = resultOf(cache.read('k', db.load, { strategy: 'invalidate' }))
    const later = resultOf(cache.read('k', db.load))
    db.nth(1).resolve('old')
    db.nth(2).resolve('new')
    assert.deepEqual(await Promise.all([older, newer, later]), [
      ['miss', 'old'],
      ['miss', 'new'],
      ['coalesced', 'new'],
    ])
    assert.equal(cache.peek('k')?.value, 'new')
  })

  it('strategy invalidate in overlapping reads stores the value of each load that ends', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const reads = []
    for (let i = 1; i <= 5; i++) {
      reads.push(cache.read('k', db.load, { strategy: 'invalidate' }))
      if (i > 1) db.nth(i - 1).resolve(`v${i - 1}`)
      await flush()
    }
    assert.equal(cache.peek('k')?.value, 'v4')
    db.nth(5).resolve('v5')
    await Promise.all(reads)
    assert.equal(cache.peek('k')?.value, 'v5')
  })

  it('strategy invalidate whose load fails leaves the entry for other reads to serve on error', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    await resultOf(cache.read('k', failingLoad, { strategy: 'invalidate' }))
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad)), ['stale', 'old'])
  })
})

describe('the demands of a read', () => {
  it('maxAgeMs rejects an older entry', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old')
    advance(10)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { maxAgeMs: 10 })), ['hit', 'old'])
    advance(1)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxAgeMs: 10 })), ['miss', 'new'])
  })

  it('minFreshMs rejects an entry that will not be fresh for that long', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 100, staleWhileRevalidateMs: 100 })
    advance(90)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { minFreshMs: 10 })), ['hit', 'old'])
    advance(1)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { minFreshMs: 10 })), ['miss', 'new'])
  })

  it('maxStaleMs accepts a stale entry without a background refresh', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(30)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { maxStaleMs: 20 })), ['stale', 'old'])
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { maxStaleMs: 20, strategy: 'fresh' })), [
      'stale',
      'old',
    ])
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxStaleMs: 19 })), ['miss', 'new'])
  })

  it('accept rejects both an entry and a shared load', async () => {
    const { cache, outcomes } = testCache()
    const accept = (value: string) => value.startsWith('de')
    cache.write('k', 'en')
    assert.equal(internalLookup(cache, 'k', accept), undefined)
    assert.equal(internalLookup<string>(cache, 'k', (value) => value === 'en')?.outcome, 'hit')
    assert.deepEqual(await resultOf(internalRead(cache, 'k', () => 'de', { accept })), ['miss', 'de'])
    assert.deepEqual(await resultOf(internalRead(cache, 'k', mustNotLoad, { accept })), ['hit', 'de'])

    cache.delete('k')
    const db = manualLoader<string>()
    const reads = [cache.read('k', db.load), internalRead(cache, 'k', db.load, { accept })]
    db.nth(1).resolve('en')
    await flush()
    db.nth(2).resolve('de')
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['en', 'de'],
    )
    assert.deepEqual(outcomes(), ['hit', 'miss', 'hit', 'miss', 'miss'])
  })

  it('accept rejects an entry that would be served on error', async () => {
    const { cache } = testCache()
    cache.write('k', 'en', { staleIfErrorMs: 1000 })
    assert.deepEqual(await resultOf(internalRead(cache, 'k', failingLoad, { accept: () => false })), [
      'threw',
      dbError,
    ])
  })
})
