/** Entries stored beyond their freshness lifetime (keepStaleMs) and served when a load throws (staleOnThrow). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import {
  dbError,
  failingLoad,
  flush,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'

describe('keepStaleMs', () => {
  const lifetime = { ttlMs: 10, keepStaleMs: 100 }

  it('an entry stored by keepStaleMs is stale, and a read loads it again', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', lifetime)
    advance(10)
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.deepEqual(
      [cache.peek('k')?.value, cache.peek('k')?.outcome, cache.peek('k')?.expiresInMs],
      ['old', 'stale', 0],
    )
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  it('an entry stored by keepStaleMs is not served when a load fails', async () => {
    const { cache, outcomes, advance } = testCache()
    cache.write('k', 'old', lifetime)
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad)), ['threw', dbError])
    assert.deepEqual(await resultOf(cache.read('k', () => loaded('failed', { failed: true, keep: false }))), [
      'error',
      'failed',
    ])
    assert.deepEqual(outcomes(), ['error', 'error'])
  })

  it('an entry stored by keepStaleMs is served stale to reads with a sufficient maxStaleMs', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', lifetime)
    advance(60)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { maxStaleMs: 50 })), ['stale', 'old'])
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxStaleMs: 49 })), ['miss', 'new'])
  })

  it('an entry is removed from memory when keepStaleMs ends', async () => {
    const { cache, advance, transcript } = testCache()
    cache.write('k', 'old', lifetime)
    advance(109)
    assert.equal(cache.stats().entries, 1)
    advance(1)
    transcript()
    assert.equal(cache.stats().entries, 0)
    assert.deepEqual(transcript(), ['1. memory eviction: expired'])
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxStaleMs: Infinity })), ['miss', 'new'])
  })

  it('an entry with mustRevalidate is stored by keepStaleMs, but never served stale', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ...lifetime, mustRevalidate: true })
    advance(20)
    assert.equal(cache.peek('k')?.value, 'old')
    for (const options of [{ maxStaleMs: Infinity }, { staleOnThrow: true }, { softTimeoutMs: 1 }]) {
      const read = resultOf(cache.read('k', failingLoad, options))
      assert.deepEqual(await read, ['threw', dbError], JSON.stringify(options))
    }
  })

  it('a value with ttlMs 0 is stored by keepStaleMs', async () => {
    const { cache } = testCache()
    assert.equal(
      (await cache.write('k', 'v', { ttlMs: 0, keepStaleMs: 100, mustRevalidate: true })).kept,
      true,
    )
    assert.equal(cache.peek('k')?.value, 'v')
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  it('keepStaleMs counts from the end of freshness and does not shorten staleIfErrorMs', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, keepStaleMs: 1, staleIfErrorMs: 100 })
    advance(50)
    assert.equal(cache.stats().entries, 1)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad)), ['stale', 'old'])
  })
})

describe('staleOnThrow', () => {
  const lifetime = { ttlMs: 10, keepStaleMs: 100 }

  it('staleOnThrow serves any stored entry when the load throws', async () => {
    const { cache, outcomes, advance } = testCache()
    cache.write('k', 'old', lifetime)
    advance(109)
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { staleOnThrow: true })), ['stale', 'old'])
    assert.deepEqual(outcomes(), ['stale'])
  })

  it('staleOnThrow does not serve an entry after keepStaleMs, though it is still in memory', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', lifetime)
    advance(110)
    assert.equal(cache.peek('k')?.value, 'old')
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { staleOnThrow: true })), ['threw', dbError])
  })

  it('staleOnThrow has no effect on a load that reports a failure', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', lifetime)
    advance(20)
    const failure = () => loaded('failed', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', failure, { staleOnThrow: true })), ['error', 'failed'])
  })

  it('staleOnThrow applies to each waiting read by its own option', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    cache.write('k', 'old', lifetime)
    advance(20)
    const both = [true, false].map((staleOnThrow) => resultOf(cache.read('k', db.load, { staleOnThrow })))
    db.nth(1).reject(dbError)
    assert.deepEqual(await Promise.all(both), [
      ['stale', 'old'],
      ['threw', dbError],
    ])
  })

  it('staleOnThrow does not serve an entry that was invalidated before or during the load', async () => {
    for (const when of ['before', 'meanwhile']) {
      for (const target of ['key', 'tag'] as const) {
        const { cache, advance } = testCache()
        const db = manualLoader<string>()
        const invalidate = () => (target === 'key' ? cache.delete('k') : cache.invalidateTags(['t']))
        cache.write('k', 'old', { ...lifetime, tags: ['t'] })
        advance(20)
        if (when === 'before') invalidate()
        const read = resultOf(cache.read('k', db.load, { staleOnThrow: true }))
        if (when === 'meanwhile') invalidate()
        db.nth(1).reject(dbError)
        assert.deepEqual(await read, ['threw', dbError], `${target} ${when}`)
      }
    }
  })

  it('staleOnThrow has no effect on an aborted read or on strategy invalidate', async () => {
    const { cache, advance } = testCache()
    const reader = new AbortController()
    cache.write('k', 'old', lifetime)
    advance(20)
    const aborted = resultOf(cache.read('k', failingLoad, { staleOnThrow: true, signal: reader.signal }))
    reader.abort(dbError)
    assert.deepEqual(await aborted, ['threw', dbError])
    const invalidating = cache.read('k', failingLoad, { staleOnThrow: true, strategy: 'invalidate' })
    assert.deepEqual(await resultOf(invalidating), ['threw', dbError])
    await flush()
  })
})
