/** Entries that are kept past their time though nothing lets them answer by themselves. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, resultOf, source, testCache } from '../../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')
const boom = new Error('the database is down')
const fails = () => Promise.reject(boom)

describe('keepStaleMs', () => {
  const lifetime = { ttlMs: 10, keepStaleMs: 100 }

  test('keeps an entry that is no hit any more: it is loaded anew', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', lifetime)
    pass(10)
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.deepEqual(
      [cache.peek('k')?.value, cache.peek('k')?.outcome, cache.peek('k')?.expiresInMs],
      ['old', 'stale', 0],
    )
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  test('lets nobody have it stale who does not say so, not even when the load fails', async () => {
    const { cache, counted, pass } = testCache()
    cache.write('k', 'old', lifetime)
    pass(20)
    assert.deepEqual(await resultOf(cache.read('k', fails)), ['threw', boom])
    assert.deepEqual(await resultOf(cache.read('k', () => loaded('failed', { failed: true, keep: false }))), [
      'error',
      'failed',
    ])
    assert.deepEqual(counted(), ['error', 'error'])
  })

  test('is for readers who take it stale, as stale as they say', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', lifetime)
    pass(60)
    assert.deepEqual(await resultOf(cache.read('k', never, { maxStaleMs: 50 })), ['stale', 'old'])
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxStaleMs: 49 })), ['miss', 'new'])
  })

  test('takes no room after that', async () => {
    const { cache, pass, transcript } = testCache()
    cache.write('k', 'old', lifetime)
    pass(109)
    assert.equal(cache.stats().entries, 1)
    pass(1)
    transcript()
    assert.equal(cache.stats().entries, 0)
    assert.deepEqual(transcript(), ['1. memory eviction: expired'])
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxStaleMs: Infinity })), ['miss', 'new'])
  })

  test('keeps what must be revalidated for who revalidates it, and for nobody else', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ...lifetime, mustRevalidate: true })
    pass(20)
    assert.equal(cache.peek('k')?.value, 'old')
    for (const options of [{ maxStaleMs: Infinity }, { staleOnThrow: true }, { softTimeoutMs: 1 }]) {
      const read = resultOf(cache.read('k', fails, options))
      assert.deepEqual(await read, ['threw', boom], JSON.stringify(options))
    }
  })

  test('keeps what was never fresh', async () => {
    const { cache } = testCache()
    assert.equal(await cache.write('k', 'v', { ttlMs: 0, keepStaleMs: 100, mustRevalidate: true }), true)
    assert.equal(cache.peek('k')?.value, 'v')
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  test('counts from the end of its freshness, and never shortens what may answer stale', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 10, keepStaleMs: 1, staleIfErrorMs: 100 })
    pass(50)
    assert.equal(cache.stats().entries, 1)
    assert.deepEqual(await resultOf(cache.read('k', fails)), ['stale', 'old'])
  })
})

describe('staleOnThrow', () => {
  const lifetime = { ttlMs: 10, keepStaleMs: 100 }

  test('lets whatever is kept stand in for a load that throws', async () => {
    const { cache, counted, pass } = testCache()
    cache.write('k', 'old', lifetime)
    pass(109)
    assert.deepEqual(await resultOf(cache.read('k', fails, { staleOnThrow: true })), ['stale', 'old'])
    assert.deepEqual(counted(), ['stale'])
  })

  test('is over when it is kept no longer, though it is still in memory', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', lifetime)
    pass(110)
    assert.equal(cache.peek('k')?.value, 'old')
    assert.deepEqual(await resultOf(cache.read('k', fails, { staleOnThrow: true })), ['threw', boom])
  })

  test('is nothing to a load that answers with a failure', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', lifetime)
    pass(20)
    const failure = () => loaded('failed', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', failure, { staleOnThrow: true })), ['error', 'failed'])
  })

  test('is for each who waited: one says so, one does not', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    cache.write('k', 'old', lifetime)
    pass(20)
    const both = [true, false].map((staleOnThrow) => resultOf(cache.read('k', db.load, { staleOnThrow })))
    db.nth(1).fail(boom)
    assert.deepEqual(await Promise.all(both), [
      ['stale', 'old'],
      ['threw', boom],
    ])
  })

  test('brings nothing back that was invalidated, before or while the load failed', async () => {
    for (const when of ['before', 'meanwhile']) {
      for (const what of ['key', 'tag'] as const) {
        const { cache, pass } = testCache()
        const db = source<string>()
        const invalidate = () => (what === 'key' ? cache.delete('k') : cache.invalidateTags(['t']))
        cache.write('k', 'old', { ...lifetime, tags: ['t'] })
        pass(20)
        if (when === 'before') invalidate()
        const read = resultOf(cache.read('k', db.load, { staleOnThrow: true }))
        if (when === 'meanwhile') invalidate()
        db.nth(1).fail(boom)
        assert.deepEqual(await read, ['threw', boom], `${what} ${when}`)
      }
    }
  })

  test('is nothing to a reader who has left, or wants no stale answer', async () => {
    const { cache, pass } = testCache()
    const reader = new AbortController()
    cache.write('k', 'old', lifetime)
    pass(20)
    const leaving = resultOf(cache.read('k', fails, { staleOnThrow: true, signal: reader.signal }))
    reader.abort(boom)
    assert.deepEqual(await leaving, ['threw', boom])
    const anew = cache.read('k', fails, { staleOnThrow: true, strategy: 'invalidate' })
    assert.deepEqual(await resultOf(anew), ['threw', boom])
    await flush()
  })
})
