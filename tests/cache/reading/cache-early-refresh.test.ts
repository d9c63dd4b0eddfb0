/** Hits that are refreshed behind before they end, by chance: XFetch. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flush, manySource, resultOf, source, testCache } from '../../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')

/** Keeps `old` for 1000 ms by a load that took 100 ms. */
async function costly(options: Parameters<typeof testCache>[0]) {
  const on = testCache({ ...options })
  const db = source<string>()
  const read = on.cache.read('k', db.load, { ttlMs: 1000 })
  on.pass(200) // the timer runs at half the speed of the clock
  db.nth(1).answer('old')
  await read
  on.transcript()
  return { ...on, db }
}

// 100 ms · 1 · -ln(0.5) is 69 ms before the end.
const half = { random: () => 0.5 }

for (const coalesce of [true, false]) {
  describe(`an early refresh (coalesce: ${coalesce})`, () => {
    test('begins behind a hit when the dice say so, once, and stays a hit', async () => {
      const { cache, pass, db, transcript } = await costly({ coalesce, earlyRefresh: 1, ...half })
      pass(930)
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'old'])
      pass(1)
      for (let i = 0; i < 3; i++) assert.deepEqual(await resultOf(cache.read('k', db.load)), ['hit', 'old'])
      assert.equal(db.begun, 2)
      assert.equal(db.nth(2).background, true)
      db.nth(2).answer('new')
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
      assert.deepEqual(transcript(), [
        '1. read: hit, memory',
        '2. read: hit, memory',
        '3. read: hit, memory',
        '4. read: hit, memory',
        '5. load: ok, behind',
        '6. memory set: ok',
        '7. read: hit, memory',
      ])
    })

    test('that fails leaves the entry as it is', async () => {
      const { cache, pass, db } = await costly({ coalesce, earlyRefresh: 1, ...half })
      pass(931)
      await cache.read('k', db.load)
      db.nth(2).fail(new Error('down'))
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', db.load)), ['hit', 'old'])
    })
  })
}

describe('early refreshes', () => {
  test('are off unless asked for', async () => {
    const { cache, pass } = await costly({ random: () => 0 })
    pass(999)
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'old'])
  })

  test('can be asked for, or forgone, by a read', async () => {
    const one = await costly(half)
    one.pass(931)
    await one.cache.read('k', one.db.load, { earlyRefresh: 1 })
    assert.equal(one.db.begun, 2)
    const other = await costly({ earlyRefresh: 1, ...half })
    other.pass(931)
    assert.deepEqual(await resultOf(other.cache.read('k', never, { earlyRefresh: 0 })), ['hit', 'old'])
  })

  test('come the earlier the larger beta is', async () => {
    const { cache, pass, db } = await costly({ earlyRefresh: 10, ...half })
    pass(1000 - 694)
    await cache.read('k', never)
    pass(1)
    await cache.read('k', db.load)
    assert.equal(db.begun, 2)
  })

  test('do not come by lookup, by `fresh`, nor for what was written', async () => {
    const { cache, pass } = await costly({ earlyRefresh: 1, random: () => 0 })
    pass(999)
    assert.equal(cache.lookup('k')?.outcome, 'hit')
    assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), ['hit', 'old'])
    await cache.write('k', 'written', { ttlMs: 1000 })
    pass(999)
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'written'])
  })

  test('of many keys are one call', async () => {
    const { cache, pass } = testCache({ earlyRefresh: 1, random: () => 0 })
    const db = manySource<string>()
    const reads = cache.readMany(['a', 'b', 'c'], db.load, { ttlMs: 1000 })
    pass(2)
    db.nth(1).answer(new Map([...'abc'].map((key) => [key, 'old'])))
    await reads
    pass(1)
    await cache.readMany(['a', 'b', 'c'], db.load)
    assert.deepEqual(db.asked(), ['a b c', 'a b c'])
    assert.equal(db.nth(2).background, true)
  })

  test('come as often as the paper says: by the end of the lifetime exp(-left / (delta · beta)) of reads', async () => {
    let draws = 0
    const { cache, pass, db } = await costly({ earlyRefresh: 1, random: () => (draws++ + 0.5) / 10_000 })
    pass(900) // 100 ms are left, which is how long the load took
    let refreshed = 0
    for (let i = 0; i < 10_000; i++) {
      const before = db.begun
      await cache.read('k', db.load)
      if (db.begun === before) continue
      refreshed++
      db.nth(db.begun).fail(new Error('so that the next may try'))
      await flush(10)
    }
    assert.equal(refreshed, Math.round(10_000 * Math.exp(-1)))
  })
})
