/** The outcome of each read, and how reads are counted. */
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

describe('the outcome of a read', () => {
  it('a read is a miss when nothing is stored, then a hit while the entry is fresh', async () => {
    const { cache, advance, transcript } = testCache()
    assert.deepEqual(await cache.read('k', () => 'v', { ttlMs: 100 }), {
      value: 'v',
      outcome: 'miss',
      ageMs: 0,
      expiresInMs: 100,
      kept: true,
    })
    assert.deepEqual(transcript(), ['1. load: ok', '2. memory set: ok', '3. read: miss'])

    advance(99)
    const hit = { value: 'v', outcome: 'hit', tier: 'memory', ageMs: 99, expiresInMs: 1, kept: true }
    assert.deepEqual(await cache.read('k', mustNotLoad), hit)
    assert.deepEqual(cache.lookup('k'), hit)
    assert.deepEqual(transcript(), ['1. read: hit, memory', '2. read: hit, memory'])

    advance(1)
    assert.equal((await cache.read('k', () => 'w')).outcome, 'miss')
  })

  it('a read is stale while one background load refreshes the entry, and the next read is a hit with the new value', async () => {
    const { cache, advance, transcript } = testCache()
    const db = manualLoader<string>()
    const lifetime = { ttlMs: 100, staleWhileRevalidateMs: 50 }
    await cache.read('k', () => 'old', lifetime)
    transcript()

    advance(149)
    const stale = { value: 'old', outcome: 'stale', tier: 'memory', ageMs: 149, expiresInMs: -49, kept: true }
    assert.deepEqual(await cache.read('k', db.load, lifetime), stale)
    assert.deepEqual(await cache.read('k', db.load, lifetime), stale)
    assert.equal(db.started, 1)
    assert.equal(db.nth(1).background, true)
    db.nth(1).resolve('new')
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
    assert.deepEqual(transcript(), [
      '1. read: stale, memory',
      '2. read: stale, memory',
      '3. load: ok, background',
      '4. memory set: ok',
      '5. read: hit, memory',
    ])
  })

  it('a read is a miss after the stale-while-revalidate time has ended', async () => {
    const { cache, advance } = testCache()
    await cache.read('k', () => 'old', { ttlMs: 100, staleWhileRevalidateMs: 50, staleIfErrorMs: 500 })
    advance(150)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  it('a read whose load fails is stale within staleIfErrorMs, and an error afterwards', async () => {
    const { cache, advance, transcript } = testCache()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    transcript()
    advance(149)
    const stale = { value: 'old', outcome: 'stale', tier: 'memory', ageMs: 149, expiresInMs: -49, kept: true }
    assert.deepEqual(await cache.read('k', failingLoad), stale)
    assert.deepEqual(transcript(), ['1. load: error', '2. read: stale, memory'])
    advance(1)
    await assert.rejects(cache.read('k', failingLoad), (error) => error === dbError)
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  it('a read that waited for a failed load is stale too, within staleIfErrorMs', async () => {
    const { cache, advance, outcomes } = testCache()
    const db = manualLoader()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    advance(120)
    const reads = [cache.read('k', db.load), cache.read('k', db.load)]
    db.nth(1).reject(dbError)
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['old', 'old'],
    )
    assert.deepEqual(outcomes(), ['miss', 'stale', 'stale'])
  })

  it('a read that shares the load of another read is coalesced, and the other read is a miss', async () => {
    const { cache, transcript } = testCache()
    const db = manualLoader<string>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load, { ttlMs: 100 }))
    assert.equal(db.started, 1)
    db.nth(1).resolve('v')
    const [first, ...others] = await Promise.all(reads)
    assert.deepEqual(first, { value: 'v', outcome: 'miss', ageMs: 0, expiresInMs: 100, kept: true })
    for (const other of others) assert.deepEqual(other, { ...first, outcome: 'coalesced' })
    assert.deepEqual(transcript(), [
      '1. load: ok',
      '2. memory set: ok',
      '3. read: miss',
      '4. read: coalesced',
      '5. read: coalesced',
    ])
  })

  it('each read that waits for a failed load is an error with the original error, and nothing is stored', async () => {
    const { cache, transcript, events } = testCache()
    const db = manualLoader()
    const reads = [1, 2, 3].map(() => resultOf(cache.read('k', db.load)))
    db.nth(1).reject(dbError)
    for (const read of await Promise.all(reads)) assert.deepEqual(read, ['threw', dbError])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error', '3. read: error', '4. read: error'])
    assert.equal(events[0]?.type === 'load' && events[0].error, dbError)
    assert.equal(cache.peek('k'), undefined)
  })

  it('a read is an error with the returned value when the load reports a failure and no entry is stored', async () => {
    const { cache, transcript } = testCache()
    const failure = loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', () => failure)), ['error', '503'])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  it('a read is stale when the load reports a failure and an entry may be served on error', async () => {
    const { cache, advance } = testCache()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    advance(120)
    const failure = loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', () => failure)), ['stale', 'old'])
    advance(30)
    assert.deepEqual(await resultOf(cache.read('k', () => failure)), ['error', '503'])
  })

  it('a read with strategy bypass neither reads nor writes the cache, also when its load throws', async () => {
    const { cache, transcript } = testCache()
    await cache.read('k', () => 'kept')
    transcript()
    assert.deepEqual(await cache.read('k', () => 'own', { strategy: 'bypass' }), {
      value: 'own',
      outcome: 'bypass',
      ageMs: 0,
      expiresInMs: 0,
      kept: false,
    })
    assert.deepEqual(await resultOf(cache.read('k', failingLoad, { strategy: 'bypass' })), ['threw', dbError])
    assert.equal(cache.peek('k')?.value, 'kept')
    assert.deepEqual(transcript(), ['1. load: ok', '2. read: bypass', '3. load: error', '4. read: bypass'])
  })

  it('each read of a disabled cache is a bypass with a load of its own', async () => {
    const { cache, outcomes, store } = testCache({ enabled: false })
    const db = manualLoader<string>()
    const reads = [resultOf(cache.read('k', db.load)), resultOf(cache.read('k', db.load))]
    assert.equal(db.started, 2)
    db.nth(1).resolve('a')
    db.nth(2).reject(dbError)
    assert.deepEqual(await Promise.all(reads), [
      ['bypass', 'a'],
      ['threw', dbError],
    ])
    assert.deepEqual(outcomes(), ['bypass', 'bypass'])
    assert.equal(cache.enabled, false)
    assert.equal((await cache.write('k', 'v')).kept, false)
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.equal(store.stats().entries, 0)
  })

  it('a read of a disabled cache with strategy fresh is a bypass without a load', async () => {
    const { cache, outcomes } = testCache({ enabled: false })
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { strategy: 'fresh' })), [
      'bypass',
      undefined,
    ])
    assert.deepEqual(outcomes(), ['bypass'])
  })

  it('advance() counts one bypass, also when its function throws', async () => {
    const { cache, transcript } = testCache()
    assert.equal(await cache.pass(async () => 'done'), 'done')
    await assert.rejects(cache.pass(failingLoad), (error) => error === dbError)
    await assert.rejects(
      cache.pass(() => {
        throw dbError
      }),
      (error) => error === dbError,
    )
    assert.deepEqual(transcript(), ['1. read: bypass', '2. read: bypass', '3. read: bypass'])
  })
})

describe('the count of reads', () => {
  it('lookups that find nothing, peek, has and background refreshes are not counted as reads', async () => {
    const { cache, advance, transcript } = testCache()
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.peek('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.deepEqual(transcript(), [])

    await cache.read('k', () => 'v', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    assert.equal(cache.has('k'), true)
    assert.equal(cache.peek('k')?.outcome, 'hit')
    assert.deepEqual(transcript(), ['1. load: ok', '2. memory set: ok', '3. read: miss'])

    advance(10)
    assert.equal(cache.has('k'), false)
    assert.equal(cache.peek('k')?.outcome, 'stale')
    assert.equal(cache.lookup('k'), undefined)
    assert.deepEqual(transcript(), [])
    const db = manualLoader()
    await cache.read('k', db.load)
    db.nth(1).reject(dbError)
    await flush()
    assert.deepEqual(transcript(), ['1. read: stale, memory', '2. load: error, background'])
  })

  it('a read is counted with its duration, load included, also when it throws', async () => {
    const { cache, advance, events } = testCache({ name: 'users' })
    const db = manualLoader()
    const failing = resultOf(cache.read('k', db.load))
    advance(80) // the test timer runs at half the speed of the clock
    db.nth(1).reject(dbError)
    await failing
    assert.deepEqual(events, [
      { type: 'load', cache: 'users', result: 'error', background: false, durationMs: 40, error: dbError },
      { type: 'read', cache: 'users', outcome: 'error', tier: undefined, durationMs: 40 },
    ])
  })

  it('a read with an invalid key is not counted', async () => {
    const { cache, events } = testCache()
    await assert.rejects(cache.read('', mustNotLoad), TypeError)
    assert.deepEqual(events, [])
  })
})
