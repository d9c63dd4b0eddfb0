/** Loads that fail and are tried again. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { Retry } from '../../../src/cache/read.ts'
import { flush, manySource, resultOf, source, testCache } from '../../support/test-cache.ts'

const boom = new Error('the database is busy')
const always: Retry = { attempts: 3, baseMs: 100, retryable: () => true }

for (const coalesce of [true, false]) {
  describe(`a load that fails (coalesce: ${coalesce})`, () => {
    test('is called again after a pause, and its readers wait for how it ends', async () => {
      const { cache, pass, events, timers } = testCache({ coalesce, random: () => 0.5 })
      const db = source<string>()
      const read = resultOf(cache.read('k', db.load, { retry: always }))
      db.nth(1).fail(boom)
      await flush()
      pass(49)
      await flush()
      assert.equal(db.begun, 1)
      pass(1)
      await flush()
      db.nth(2).fail(boom)
      await flush()
      pass(99)
      assert.equal(db.begun, 2)
      pass(1)
      await flush()
      db.nth(3).answer('v')
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
      assert.equal(timers(), 0)
    })

    test('as often as it may gives its last error', async () => {
      const { cache, pass, transcript } = testCache({ coalesce, random: () => 0 })
      const errors = [1, 2, 3].map((n) => new Error(`failure ${n}`))
      let calls = 0
      const read = resultOf(cache.read('k', () => Promise.reject(errors[calls++]), { retry: always }))
      for (let i = 0; i < 3; i++) {
        await flush()
        pass(0)
      }
      assert.deepEqual(await read, ['threw', errors[2]])
      assert.equal(calls, 3)
      assert.deepEqual(transcript(), ['1. load: error', '2. load: error', '3. load: error', '4. read: error'])
    })

    test('with an error that is not worth it is not called again', async () => {
      const { cache } = testCache({ coalesce })
      const asked: unknown[] = []
      const retryable = (error: unknown) => {
        asked.push(error)
        return false
      }
      const read = cache.read('k', () => Promise.reject(boom), { retry: { ...always, retryable } })
      assert.deepEqual(await resultOf(read), ['threw', boom])
      assert.deepEqual(asked, [boom])
    })

    test('is not called again when nobody waits any more: not after the pause, and not for the pause', async () => {
      const { cache, pass, timers } = testCache({ coalesce, random: () => 0.5 })
      const db = source<string>()
      const reader = new AbortController()
      const read = resultOf(cache.read('k', db.load, { retry: always, signal: reader.signal }))
      db.nth(1).fail(boom)
      await flush()
      assert.equal(timers(), 1)
      reader.abort('gone')
      assert.deepEqual(await read, ['threw', 'gone'])
      assert.equal(timers(), 0)
      pass(1000)
      await flush()
      assert.equal(db.begun, 1)

      const other = new AbortController()
      const second = resultOf(cache.read('l', db.load, { retry: always, signal: other.signal }))
      other.abort('gone')
      db.nth(2).fail(boom)
      await second
      await flush()
      assert.equal(timers(), 0)
    })

    test('ends at the hard deadline, in the middle of a pause', async () => {
      const { cache, pass, timers } = testCache({ coalesce, random: () => 0.5 })
      const options = { retry: always, hardTimeoutMs: 20 }
      const read = resultOf(cache.read('k', () => Promise.reject(boom), options))
      await flush()
      pass(20)
      assert.equal(((await read)[1] as Error).name, 'DeadlineError')
      await flush()
      assert.equal(timers(), 0)
    })
  })
}

describe('retries', () => {
  test('pause for anything up to twice as long each time, up to the longest pause', async () => {
    const { cache, pass, events } = testCache({ random: () => 0.999_999 })
    const retry: Retry = { attempts: 9, baseMs: 10, maxMs: 100, retryable: () => true }
    const read = resultOf(cache.read('k', () => Promise.reject(boom), { retry }))
    for (let i = 0; i < 9; i++) {
      await flush()
      pass(100)
    }
    assert.deepEqual(await read, ['threw', boom])
    const pauses = events.flatMap((event) =>
      event.type === 'load' && event.retryInMs !== undefined ? [Math.round(event.retryInMs)] : [],
    )
    assert.deepEqual(pauses, [10, 20, 40, 80, 100, 100, 100, 100])
  })

  test('are for errors: an answer that is a failure is an answer', async () => {
    const { cache, transcript } = testCache()
    const answer = loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', () => answer, { retry: always })), ['error', '503'])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  test('give what `retryable` throws itself to the reader', async () => {
    const { cache, counted } = testCache()
    const mistake = new Error('mistake')
    const retryable = () => {
      throw mistake
    }
    const read = cache.read('k', () => Promise.reject(boom), { retry: { attempts: 2, retryable } })
    assert.deepEqual(await resultOf(read), ['threw', mistake])
    assert.deepEqual(counted(), ['error'])
  })

  test('are shared by those who wait for the load', async () => {
    const { cache, pass } = testCache({ random: () => 0 })
    const db = source<string>()
    const reads = [1, 2, 3].map(() => resultOf(cache.read('k', db.load, { retry: always })))
    db.nth(1).fail(boom)
    await flush()
    pass(0)
    await flush()
    db.nth(2).answer('v')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'v'],
      ['coalesced', 'v'],
      ['coalesced', 'v'],
    ])
    assert.equal(db.begun, 2)
  })

  test('of a load of many keys call it again for all of them', async () => {
    const { cache, pass, transcript } = testCache({ random: () => 0 })
    const db = manySource<string>()
    const reads = cache.readMany(['a', 'b'], db.load, { retry: always })
    db.nth(1).fail(boom)
    await flush()
    pass(0)
    await flush()
    assert.deepEqual(db.asked(), ['a b', 'a b'])
    db.nth(2).answer([
      ['a', 'A'],
      ['b', 'B'],
    ])
    await reads
    assert.deepEqual(transcript().slice(0, 2), ['1. load of 2: error', '2. load of 2: ok'])
  })

  test('behind a stale answer are behind too', async () => {
    const { cache, pass, transcript } = testCache({ random: () => 0 })
    const db = source<string>()
    await cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1000 })
    pass(20)
    transcript()
    await cache.read('k', db.load, { retry: always })
    db.nth(1).fail(boom)
    await flush()
    pass(0)
    await flush()
    db.nth(2).answer('new')
    await flush()
    assert.deepEqual(transcript(), [
      '1. read: stale, memory',
      '2. load: error, behind',
      '3. load: ok, behind',
      '4. memory set: ok',
    ])
  })

  test('do not bring back what was invalidated in a pause', async () => {
    const { cache, pass } = testCache({ random: () => 0 })
    const db = source<string>()
    const read = resultOf(cache.read('k', db.load, { retry: always }))
    db.nth(1).fail(boom)
    await flush()
    await cache.delete('k')
    const late = resultOf(cache.read('k', db.load))
    pass(0)
    await flush()
    db.nth(3).answer('perhaps old')
    assert.deepEqual(await read, ['miss', 'perhaps old'])
    assert.equal(cache.peek('k'), undefined)
    db.nth(2).answer('new')
    assert.deepEqual(await late, ['miss', 'new'])
    assert.equal(cache.peek('k')?.value, 'new')
  })
})
