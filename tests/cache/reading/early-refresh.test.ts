/** Early refreshes: a hit starts a background load before the entry expires, with the probability of XFetch. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  flush,
  manualBatchLoader,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../../support/test-cache.ts'

/** Stores `old` for 1000 ms, from a load that took 100 ms. */
async function storedByLoad(options: Parameters<typeof testCache>[0]) {
  const test = testCache({ ...options })
  const db = manualLoader<string>()
  const read = test.cache.read('k', db.load, { ttlMs: 1000 })
  test.advance(200) // the test timer runs at half the speed of the clock
  db.nth(1).resolve('old')
  await read
  test.transcript()
  return { ...test, db }
}

// Refreshes from 100 ms · 1 · -ln(0.5) = 69 ms before expiry.
const half = { random: () => 0.5 }

for (const coalesce of [true, false]) {
  describe(`an early refresh (coalesce: ${coalesce})`, () => {
    it('an early refresh starts once in the background, and its reads stay hits', async () => {
      const { cache, advance, db, transcript } = await storedByLoad({ coalesce, earlyRefresh: 1, ...half })
      advance(930)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'old'])
      advance(1)
      for (let i = 0; i < 3; i++) assert.deepEqual(await resultOf(cache.read('k', db.load)), ['hit', 'old'])
      assert.equal(db.started, 2)
      assert.equal(db.nth(2).background, true)
      db.nth(2).resolve('new')
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
      assert.deepEqual(transcript(), [
        '1. read: hit, memory',
        '2. read: hit, memory',
        '3. read: hit, memory',
        '4. read: hit, memory',
        '5. load: ok, background',
        '6. memory set: ok',
        '7. read: hit, memory',
      ])
    })

    it('an early refresh that fails leaves the entry', async () => {
      const { cache, advance, db } = await storedByLoad({ coalesce, earlyRefresh: 1, ...half })
      advance(931)
      await cache.read('k', db.load)
      db.nth(2).reject(new Error('down'))
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', db.load)), ['hit', 'old'])
    })
  })
}

describe('the option earlyRefresh', () => {
  it('early refreshes are off by default', async () => {
    const { cache, advance } = await storedByLoad({ random: () => 0 })
    advance(999)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'old'])
  })

  it('a read can turn early refreshes on or off', async () => {
    const one = await storedByLoad(half)
    one.advance(931)
    await one.cache.read('k', one.db.load, { earlyRefresh: 1 })
    assert.equal(one.db.started, 2)
    const other = await storedByLoad({ earlyRefresh: 1, ...half })
    other.advance(931)
    assert.deepEqual(await resultOf(other.cache.read('k', mustNotLoad, { earlyRefresh: 0 })), ['hit', 'old'])
  })

  it('early refreshes start earlier with a larger beta', async () => {
    const { cache, advance, db } = await storedByLoad({ earlyRefresh: 10, ...half })
    advance(1000 - 694)
    await cache.read('k', mustNotLoad)
    advance(1)
    await cache.read('k', db.load)
    assert.equal(db.started, 2)
  })

  it('early refreshes are not started by lookup, by strategy fresh, nor for written values', async () => {
    const { cache, advance } = await storedByLoad({ earlyRefresh: 1, random: () => 0 })
    advance(999)
    assert.equal(cache.lookup('k')?.outcome, 'hit')
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { strategy: 'fresh' })), ['hit', 'old'])
    await cache.write('k', 'written', { ttlMs: 1000 })
    advance(999)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'written'])
  })

  it('early refreshes of many keys are one call', async () => {
    const { cache, advance } = testCache({ earlyRefresh: 1, random: () => 0 })
    const db = manualBatchLoader<string>()
    const reads = cache.readMany(['a', 'b', 'c'], db.load, { ttlMs: 1000 })
    advance(2)
    db.nth(1).resolve(new Map([...'abc'].map((key) => [key, 'old'])))
    await reads
    advance(1)
    await cache.readMany(['a', 'b', 'c'], db.load)
    assert.deepEqual(db.batches(), ['a b c', 'a b c'])
    assert.equal(db.nth(2).background, true)
  })

  it('early refreshes have started for exp(-left / (delta · beta)) of the reads, as the XFetch paper states', async () => {
    let draws = 0
    const { cache, advance, db } = await storedByLoad({
      earlyRefresh: 1,
      random: () => (draws++ + 0.5) / 10_000,
    })
    advance(900) // 100 ms are left, the duration of the load
    let refreshed = 0
    for (let i = 0; i < 10_000; i++) {
      const before = db.started
      await cache.read('k', db.load, { failurePauseMs: 0 })
      if (db.started === before) continue
      refreshed++
      db.nth(db.started).reject(new Error('down'))
      await flush(10)
    }
    assert.equal(refreshed, Math.round(10_000 * Math.exp(-1)))
  })
})
