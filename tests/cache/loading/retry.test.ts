/** Loads that fail and are retried. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { Retry } from '../../../src/cache/read.ts'
import {
  dbError,
  flush,
  manualBatchLoader,
  manualLoader,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'

const always: Retry = { attempts: 3, baseMs: 100, retryable: () => true }

for (const coalesce of [true, false]) {
  describe(`a load that fails (coalesce: ${coalesce})`, () => {
    it('a failed load is called again after a pause, and its reads wait for the result', async () => {
      const { cache, advance, events, pendingTimers } = testCache({ coalesce, random: () => 0.5 })
      const db = manualLoader<string>()
      const read = resultOf(cache.read('k', db.load, { retry: always }))
      db.nth(1).reject(dbError)
      await flush()
      advance(49)
      await flush()
      assert.equal(db.started, 1)
      advance(1)
      await flush()
      db.nth(2).reject(dbError)
      await flush()
      advance(99)
      assert.equal(db.started, 2)
      advance(1)
      await flush()
      db.nth(3).resolve('v')
      assert.deepEqual(await read, ['miss', 'v'])
      assert.equal(cache.peek('k')?.value, 'v')
      assert.deepEqual(
        events.flatMap((event) => (event.type === 'load' ? [[event.result, event.retryInMs]] : [])),
        [
          ['error', 50],
          ['error', 100],
          ['ok', undefined],
        ],
      )
      assert.equal(pendingTimers(), 0)
    })

    it('a load that fails in every attempt rejects with its last error', async () => {
      const { cache, advance, transcript } = testCache({ coalesce, random: () => 0 })
      const errors = [1, 2, 3].map((n) => new Error(`failure ${n}`))
      let calls = 0
      const read = resultOf(cache.read('k', () => Promise.reject(errors[calls++]), { retry: always }))
      for (let i = 0; i < 3; i++) {
        await flush()
        advance(0)
      }
      assert.deepEqual(await read, ['threw', errors[2]])
      assert.equal(calls, 3)
      assert.deepEqual(transcript(), ['1. load: error', '2. load: error', '3. load: error', '4. read: error'])
    })

    it('a load whose error is not retryable is not called again', async () => {
      const { cache } = testCache({ coalesce })
      const errors: unknown[] = []
      const retryable = (error: unknown) => {
        errors.push(error)
        return false
      }
      const read = cache.read('k', () => Promise.reject(dbError), { retry: { ...always, retryable } })
      assert.deepEqual(await resultOf(read), ['threw', dbError])
      assert.deepEqual(errors, [dbError])
    })

    it('a failed load is not called again, and its pause ends, when no read waits any more', async () => {
      const { cache, advance, pendingTimers } = testCache({ coalesce, random: () => 0.5 })
      const db = manualLoader<string>()
      const reader = new AbortController()
      const read = resultOf(cache.read('k', db.load, { retry: always, signal: reader.signal }))
      db.nth(1).reject(dbError)
      await flush()
      assert.equal(pendingTimers(), 1)
      reader.abort('aborted')
      assert.deepEqual(await read, ['threw', 'aborted'])
      assert.equal(pendingTimers(), 0)
      advance(1000)
      await flush()
      assert.equal(db.started, 1)

      const other = new AbortController()
      const second = resultOf(cache.read('l', db.load, { retry: always, signal: other.signal }))
      other.abort('aborted')
      db.nth(2).reject(dbError)
      await second
      await flush()
      assert.equal(pendingTimers(), 0)
    })

    it('a retry pause ends at the hard deadline', async () => {
      const { cache, advance, pendingTimers } = testCache({ coalesce, random: () => 0.5 })
      const options = { retry: always, hardTimeoutMs: 20 }
      const read = resultOf(cache.read('k', () => Promise.reject(dbError), options))
      await flush()
      advance(20)
      assert.equal(((await read)[1] as Error).name, 'DeadlineError')
      await flush()
      assert.equal(pendingTimers(), 0)
    })
  })
}

describe('retries', () => {
  it('the maximal retry pause doubles with each attempt up to maxMs', async () => {
    const { cache, advance, events } = testCache({ random: () => 0.999_999 })
    const retry: Retry = { attempts: 9, baseMs: 10, maxMs: 100, retryable: () => true }
    const read = resultOf(cache.read('k', () => Promise.reject(dbError), { retry }))
    for (let i = 0; i < 9; i++) {
      await flush()
      advance(100)
    }
    assert.deepEqual(await read, ['threw', dbError])
    const pauses = events.flatMap((event) =>
      event.type === 'load' && event.retryInMs !== undefined ? [Math.round(event.retryInMs)] : [],
    )
    assert.deepEqual(pauses, [10, 20, 40, 80, 100, 100, 100, 100])
  })

  it('a load that reports a failure is not retried', async () => {
    const { cache, transcript } = testCache()
    const failure = loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', () => failure, { retry: always })), ['error', '503'])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  it('an error that retryable throws rejects the read', async () => {
    const { cache, outcomes } = testCache()
    const mistake = new Error('mistake')
    const retryable = () => {
      throw mistake
    }
    const read = cache.read('k', () => Promise.reject(dbError), { retry: { attempts: 2, retryable } })
    assert.deepEqual(await resultOf(read), ['threw', mistake])
    assert.deepEqual(outcomes(), ['error'])
  })

  it('retries are shared by the reads that wait for the load', async () => {
    const { cache, advance } = testCache({ random: () => 0 })
    const db = manualLoader<string>()
    const reads = [1, 2, 3].map(() => resultOf(cache.read('k', db.load, { retry: always })))
    db.nth(1).reject(dbError)
    await flush()
    advance(0)
    await flush()
    db.nth(2).resolve('v')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'v'],
      ['coalesced', 'v'],
      ['coalesced', 'v'],
    ])
    assert.equal(db.started, 2)
  })

  it('a retry of a load of many keys requests all keys again', async () => {
    const { cache, advance, transcript } = testCache({ random: () => 0 })
    const db = manualBatchLoader<string>()
    const reads = cache.readMany(['a', 'b'], db.load, { retry: always })
    db.nth(1).reject(dbError)
    await flush()
    advance(0)
    await flush()
    assert.deepEqual(db.batches(), ['a b', 'a b'])
    db.nth(2).resolve([
      ['a', 'A'],
      ['b', 'B'],
    ])
    await reads
    assert.deepEqual(transcript().slice(0, 2), ['1. load of 2: error', '2. load of 2: ok'])
  })

  it('retries of a background refresh are in the background too', async () => {
    const { cache, advance, transcript } = testCache({ random: () => 0 })
    const db = manualLoader<string>()
    await cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1000 })
    advance(20)
    transcript()
    await cache.read('k', db.load, { retry: always })
    db.nth(1).reject(dbError)
    await flush()
    advance(0)
    await flush()
    db.nth(2).resolve('new')
    await flush()
    assert.deepEqual(transcript(), [
      '1. read: stale, memory',
      '2. load: error, background',
      '3. load: ok, background',
      '4. memory set: ok',
    ])
  })

  it('a retried load is not stored after an invalidation during its pause', async () => {
    const { cache, advance } = testCache({ random: () => 0 })
    const db = manualLoader<string>()
    const read = resultOf(cache.read('k', db.load, { retry: always }))
    db.nth(1).reject(dbError)
    await flush()
    await cache.delete('k')
    const later = resultOf(cache.read('k', db.load))
    advance(0)
    await flush()
    db.nth(3).resolve('older')
    assert.deepEqual(await read, ['miss', 'older'])
    assert.equal(cache.peek('k'), undefined)
    db.nth(2).resolve('new')
    assert.deepEqual(await later, ['miss', 'new'])
    assert.equal(cache.peek('k')?.value, 'new')
  })
})
