/** Time limits of loads (`loadTimeoutMs`), and the bounds of the loads that were abandoned at their limit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeadlineError } from '../../../src/cache/loading/deadline-error.ts'
import { flush, internalRead, manualLoader, resultOf, testCache } from '../../support/test-cache.ts'

const LIMIT = { loadTimeoutMs: 1000 }

for (const coalesce of [true, false]) {
  describe(`a load with a time limit (coalesce: ${coalesce})`, () => {
    it('all reads that wait end at the limit with a DeadlineError, and the signal of the load aborts', async () => {
      const { cache, advance, outcomes, pendingTimers } = testCache({ coalesce })
      const db = manualLoader<string>()
      const reads = [internalRead(cache, 'k', db.load, LIMIT)]
      advance(500)
      reads.push(internalRead(cache, 'k', db.load, LIMIT))
      const results = reads.map((read) => resultOf(read))
      advance(499)
      await flush()
      assert.equal(db.nth(1).signal.aborted, false)
      advance(1)
      if (!coalesce) advance(500)
      for (const [outcome, error] of await Promise.all(results)) {
        assert.equal(outcome, 'threw')
        assert.ok(error instanceof DeadlineError && error.deadlineMs === 1000)
      }
      assert.equal(db.nth(1).signal.aborted, true)
      assert.equal(db.nth(1).signal.reason.name, 'TimeoutError')
      assert.deepEqual(outcomes(), ['error', 'error'])
      db.nth(1).resolve('late')
      if (!coalesce) db.nth(2).resolve('late')
      await flush()
      assert.equal(pendingTimers(), 0)
    })

    it('a late value is stored unless a later load has stored one', async () => {
      const { cache, advance } = testCache({ coalesce })
      const db = manualLoader<string>()
      void resultOf(internalRead(cache, 'k', db.load, LIMIT))
      advance(1000)
      await flush()
      db.nth(1).resolve('late')
      await flush()
      const second = internalRead(cache, 'k', db.load, LIMIT)
      assert.deepEqual(await resultOf(second), ['hit', 'late'])
      void resultOf(internalRead(cache, 'other', db.load, LIMIT))
      advance(1000)
      await flush()
      const newer = internalRead(cache, 'other', db.load, LIMIT)
      db.nth(3).resolve('new')
      await newer
      db.nth(2).resolve('late')
      await flush()
      assert.deepEqual(await resultOf(internalRead(cache, 'other', db.load, LIMIT)), ['hit', 'new'])
    })

    it('a load within its limit leaves no timer', async () => {
      const { cache, pendingTimers } = testCache({ coalesce })
      await internalRead(cache, 'k', () => 'value', LIMIT)
      assert.equal(pendingTimers(), 0)
    })
  })
}

describe('a load whose readers have all left', () => {
  it('its late value does not replace that of a later load', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const first = resultOf(cache.read('k', db.load, { hardTimeoutMs: 1000 }))
    advance(1000)
    assert.equal((await first)[0], 'threw')
    const second = cache.read('k', db.load, { hardTimeoutMs: 1000 })
    db.nth(2).resolve('new')
    await second
    db.nth(1).resolve('old')
    await flush()
    assert.equal((await cache.read('k', db.load)).value, 'new')
  })
})

// A bound that is missing leaves a read without an end.
describe('loads that run past their limit', { timeout: 10_000 }, () => {
  it('after four of one key, reads end at once, until one of them ends', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const read = () => resultOf(internalRead(cache, 'k', db.load, { ...LIMIT, shared: false }))
    const reads = [read(), read(), read(), read()]
    advance(1000)
    await Promise.all(reads)
    assert.equal((await read())[0], 'threw')
    assert.equal(db.started, 4)
    assert.deepEqual(await resultOf(internalRead(cache, 'other', () => 'value', LIMIT)), ['miss', 'value'])
    db.nth(4).reject(new Error('aborted'))
    await flush()
    void read()
    await flush()
    assert.equal(db.started, 5)
  })

  it('they count as ended after three more limits', async () => {
    const { cache, advance, pendingTimers } = testCache()
    const db = manualLoader<string>()
    const read = () => resultOf(internalRead(cache, 'k', db.load, { ...LIMIT, shared: false }))
    const reads = [read(), read(), read(), read()]
    advance(1000)
    await Promise.all(reads)
    advance(2999)
    assert.equal((await read())[0], 'threw')
    advance(1)
    assert.equal(pendingTimers(), 0)
    void read()
    assert.equal(db.started, 5)
  })

  it('a background refresh is left out while too many run', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const options = { ...LIMIT, ttlMs: 10, staleWhileRevalidateMs: 60_000, failurePauseMs: 0 }
    await internalRead(cache, 'k', () => 'old', options)
    const bypass = () => resultOf(internalRead(cache, 'k', db.load, { ...options, strategy: 'bypass' }))
    const reads = [bypass(), bypass(), bypass(), bypass()]
    advance(1000)
    await Promise.all(reads)
    assert.deepEqual(await resultOf(internalRead(cache, 'k', db.load, options)), ['stale', 'old'])
    assert.equal(db.started, 4)
  })

  it('reads without a limit are not bounded', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const read = (options: object) =>
      resultOf(internalRead(cache, 'k', db.load, { ...options, shared: false }))
    const reads = [read(LIMIT), read(LIMIT), read(LIMIT), read(LIMIT)]
    advance(1000)
    await Promise.all(reads)
    void read({})
    void read({ loadTimeoutMs: Infinity })
    assert.equal(db.started, 6)
  })
})
