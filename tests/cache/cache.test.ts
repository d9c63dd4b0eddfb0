import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Cache, MAX_KEY_LENGTH } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import { type Lifetime, loaded } from '../../src/cache/lifetime.ts'
import type { Strategy } from '../../src/cache/read.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { fakeRemoteStore } from '../support/fake-remote-store.ts'
import {
  flush,
  internalLookup,
  internalRead,
  manualLoader,
  resultOf,
  testCache,
} from '../support/test-cache.ts'

const boom = new Error('the database is down')
const fails = () => Promise.reject(boom)
const never = () => assert.fail('the load must not be called')

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
    assert.deepEqual(await cache.read('k', never), hit)
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
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
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
    assert.deepEqual(await cache.read('k', fails), stale)
    assert.deepEqual(transcript(), ['1. load: error', '2. read: stale, memory'])
    advance(1)
    await assert.rejects(cache.read('k', fails), (error) => error === boom)
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  it('a read that waited for a failed load is stale too, within staleIfErrorMs', async () => {
    const { cache, advance, outcomes } = testCache()
    const db = manualLoader()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    advance(120)
    const reads = [cache.read('k', db.load), cache.read('k', db.load)]
    db.nth(1).reject(boom)
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
    db.nth(1).reject(boom)
    for (const read of await Promise.all(reads)) assert.deepEqual(read, ['threw', boom])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error', '3. read: error', '4. read: error'])
    assert.equal(events[0]?.type === 'load' && events[0].error, boom)
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
    assert.deepEqual(await resultOf(cache.read('k', fails, { strategy: 'bypass' })), ['threw', boom])
    assert.equal(cache.peek('k')?.value, 'kept')
    assert.deepEqual(transcript(), ['1. load: ok', '2. read: bypass', '3. load: error', '4. read: bypass'])
  })

  it('each read of a disabled cache is a bypass with a load of its own', async () => {
    const { cache, outcomes, store } = testCache({ enabled: false })
    const db = manualLoader<string>()
    const reads = [resultOf(cache.read('k', db.load)), resultOf(cache.read('k', db.load))]
    assert.equal(db.started, 2)
    db.nth(1).resolve('a')
    db.nth(2).reject(boom)
    assert.deepEqual(await Promise.all(reads), [
      ['bypass', 'a'],
      ['threw', boom],
    ])
    assert.deepEqual(outcomes(), ['bypass', 'bypass'])
    assert.equal(cache.enabled, false)
    assert.equal(await cache.write('k', 'v'), false)
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.equal(store.stats().entries, 0)
  })

  it('a read of a disabled cache with strategy fresh is a bypass without a load', async () => {
    const { cache, outcomes } = testCache({ enabled: false })
    assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), ['bypass', undefined])
    assert.deepEqual(outcomes(), ['bypass'])
  })

  it('advance() counts one bypass, also when its function throws', async () => {
    const { cache, transcript } = testCache()
    assert.equal(await cache.pass(async () => 'done'), 'done')
    await assert.rejects(cache.pass(fails), (error) => error === boom)
    await assert.rejects(
      cache.pass(() => {
        throw boom
      }),
      (error) => error === boom,
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
    db.nth(1).reject(boom)
    await flush()
    assert.deepEqual(transcript(), ['1. read: stale, memory', '2. load: error, background'])
  })

  it('a read is counted with its duration, load included, also when it throws', async () => {
    const { cache, advance, events } = testCache({ name: 'users' })
    const db = manualLoader()
    const failing = resultOf(cache.read('k', db.load))
    advance(80) // the test timer runs at half the speed of the clock
    db.nth(1).reject(boom)
    await failing
    assert.deepEqual(events, [
      { type: 'load', cache: 'users', result: 'error', background: false, durationMs: 40, error: boom },
      { type: 'read', cache: 'users', outcome: 'error', tier: undefined, durationMs: 40 },
    ])
  })

  it('a read with an invalid key is not counted', async () => {
    const { cache, events } = testCache()
    await assert.rejects(cache.read('', never), TypeError)
    assert.deepEqual(events, [])
  })
})

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
    assert.deepEqual(await cache.read('k', never, { strategy: 'fresh' }), {
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
    assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), ['miss', undefined])
    db.nth(1).resolve('v')
    await loading
  })

  it('strategy invalidate stores the loaded value, and leaves the stored entry when its load fails', async () => {
    const { cache } = testCache()
    cache.write('k', 'old', { staleIfErrorMs: 1000 })
    assert.deepEqual(await resultOf(cache.read('k', fails, { strategy: 'invalidate' })), ['threw', boom])
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
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
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
    await resultOf(cache.read('k', fails, { strategy: 'invalidate' }))
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', fails)), ['stale', 'old'])
  })
})

describe('the lifetime of an entry', () => {
  const year = 365 * 24 * 3600 * 1000
  const cases: [string, Lifetime, freshMs: number | undefined][] = [
    ['without options: a minute', {}, 60_000],
    ['ttlMs 0: not stored', { ttlMs: 0 }, undefined],
    ['negative ttlMs: not stored', { ttlMs: -1 }, undefined],
    ['ttlMs NaN: not stored', { ttlMs: Number.NaN }, undefined],
    ['ttlMs -Infinity: not stored', { ttlMs: -Infinity }, undefined],
    ['ttlMs 1: 1 ms', { ttlMs: 1 }, 1],
    ['ttlMs of a hundred years: unchanged', { ttlMs: 100 * year }, 100 * year],
    ['ttlMs above 2³¹ seconds: unchanged', { ttlMs: 2 ** 31 * 1000 }, 2 ** 31 * 1000],
    ['ttlMs Infinity: never expires', { ttlMs: Infinity }, Infinity],
    ['ttlMs 100 with ageMs 50: 50 ms', { ttlMs: 100, ageMs: 50 }, 50],
    ['ttlMs 100 with ageMs 100: not stored', { ttlMs: 100, ageMs: 100 }, undefined],
    ['ageMs NaN: not stored', { ageMs: Number.NaN }, undefined],
    ['staleWhileRevalidateMs NaN: not stored', { staleWhileRevalidateMs: Number.NaN }, undefined],
    ['negative staleIfErrorMs: ttlMs', { ttlMs: 5, staleIfErrorMs: -100 }, 5],
    [
      'mustRevalidate with endless stale times: ttlMs',
      { ttlMs: 5, mustRevalidate: true, staleWhileRevalidateMs: Infinity, staleIfErrorMs: Infinity },
      5,
    ],
  ]
  for (const [description, lifetime, freshMs] of cases) {
    it(`an entry has the lifetime of ${description}`, async () => {
      const { cache, advance } = testCache()
      const read = await cache.read('read', () => 'v', lifetime)
      assert.equal(read.kept, freshMs !== undefined)
      assert.equal(read.expiresInMs, freshMs ?? 0)
      assert.equal(await cache.write('written', 'v', lifetime), freshMs !== undefined)
      assert.equal(cache.peek('written')?.expiresInMs, freshMs)
      if (freshMs === undefined) return
      advance(Math.min(freshMs, 1e15) - 1)
      assert.equal(cache.has('read') && cache.has('written'), true)
      advance(1)
      assert.equal(cache.has('read') || cache.has('written'), freshMs === Infinity)
    })
  }

  it('the lifetime starts when the load ends', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader()
    const read = cache.read('k', db.load, { ttlMs: 100 })
    advance(500)
    db.nth(1).resolve('v')
    assert.equal((await read).expiresInMs, 100)
  })

  it('a value with ttlMs 0 and a stale-while-revalidate time is stored for that time', async () => {
    const { cache, advance } = testCache()
    await cache.read('k', () => 'v', { ttlMs: 0, staleWhileRevalidateMs: 10 })
    advance(9)
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['stale', 'v'])
  })

  it('a value whose lifetime has ended removes the stored entry, which is older', async () => {
    const { cache } = testCache()
    cache.write('k', 'old')
    await cache.read('k', () => 'new', { strategy: 'invalidate', ttlMs: 0 })
    assert.equal(cache.peek('k'), undefined)
    cache.write('k', 'old')
    assert.equal(await cache.write('k', 'new', { ttlMs: 0 }), false)
    assert.equal(cache.peek('k'), undefined)
  })

  it('an entry with mustRevalidate is never served stale, not on error and not for maxStaleMs', async () => {
    const { cache, advance } = testCache()
    const lifetime = { ttlMs: 10, staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000, mustRevalidate: true }
    cache.write('k', 'v', lifetime)
    advance(10)
    assert.deepEqual(await resultOf(cache.read('k', fails, { maxStaleMs: Infinity })), ['threw', boom])
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['miss', 'w'])
  })

  it('the age that a value is loaded with appears in the read, also when the value is not stored', async () => {
    const { cache } = testCache()
    assert.equal((await cache.read('k', () => 'v', { ageMs: 30, ttlMs: 100 })).ageMs, 30)
    assert.equal(cache.peek('k')?.ageMs, 30)
    assert.equal((await cache.read('l', () => 'v', { ageMs: 30, ttlMs: 0 })).ageMs, 30)
  })

  it('a negative age does not extend the lifetime', async () => {
    const { cache } = testCache()
    cache.write('k', 'v', { ttlMs: 10, ageMs: -1000 })
    assert.equal(cache.peek('k')?.expiresInMs, 10)
  })

  it('options that the load returns override the options of the read one by one', async () => {
    const { cache } = testCache()
    const read = await cache.read('k', () => loaded('v', { ttlMs: 5 }), { ttlMs: 500, tags: ['t'] })
    assert.equal(read.expiresInMs, 5)
    cache.invalidateTags(['t'])
    assert.equal(cache.peek('k'), undefined)
  })
})

describe('the options that a load returns', () => {
  it('keep: false does not store the value, and removes the older stored entry', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(20)
    const read = await cache.read('k', () => loaded('v', { keep: false, ttlMs: 100 }))
    assert.deepEqual([read.outcome, read.kept, read.expiresInMs], ['miss', false, 0])
    assert.equal(cache.peek('k'), undefined)
  })

  it('keep with another key stores the value under that key only', async () => {
    const { cache } = testCache()
    const read = await cache.read('k', () => loaded('v', { keep: 'k;en' }))
    assert.equal(read.kept, true)
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(await resultOf(cache.read('k;en', never)), ['hit', 'v'])
  })

  it('share: false makes each waiting read load for itself', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<unknown>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load))
    db.nth(1).resolve(loaded('for the first', { share: false, keep: false }))
    await flush()
    assert.equal(db.started, 3)
    db.nth(2).resolve(loaded('for the second', { share: false, keep: false }))
    db.nth(3).resolve(loaded('for the third', { share: false, keep: false }))
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['for the first', 'for the second', 'for the third'],
    )
    assert.deepEqual(outcomes(), ['miss', 'miss', 'miss'])
  })

  it('failed: true does not replace an entry that may be served on error', async () => {
    const { cache, advance } = testCache()
    const failure = () => loaded('503', { failed: true, ttlMs: 1000 })
    cache.write('k', 'good', { ttlMs: 10, staleIfErrorMs: 100 })
    assert.deepEqual(await resultOf(cache.read('k', failure, { strategy: 'invalidate' })), ['error', '503'])
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'good'])
    advance(20)
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['stale', 'good'])
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['stale', 'good'])
    advance(100)
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['error', '503'])
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', '503'])
  })

  it('failed: true with keep: false leaves the stored entry', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'good', { ttlMs: 10, staleIfErrorMs: 100 })
    advance(20)
    await cache.read('k', () => loaded('503', { failed: true, keep: false }))
    assert.equal(cache.peek('k')?.value, 'good')
  })

  it('negative: true stores the value within a capacity of its own', async () => {
    const { cache } = testCache({ memory: memoryStore({ maxEntries: 1 }) })
    cache.write('here', 'v')
    await cache.read('gone', () => loaded(null, { negative: true }))
    assert.deepEqual(await resultOf(cache.read('gone', never)), ['hit', null])
    assert.equal(cache.has('here'), true)
  })

  it('undefined is returned to the reader and not stored, while null and other falsy values are stored', async () => {
    const { cache } = testCache()
    assert.deepEqual(await cache.read('k', () => undefined), {
      value: undefined,
      outcome: 'miss',
      ageMs: 0,
      expiresInMs: 0,
      kept: false,
    })
    assert.equal(await cache.write('k', undefined), false)
    for (const value of [null, 0, '', false, Number.NaN]) {
      assert.equal(await cache.write('k', value), true)
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', value])
    }
  })
})

describe('the demands of a read', () => {
  it('maxAgeMs rejects an older entry', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old')
    advance(10)
    assert.deepEqual(await resultOf(cache.read('k', never, { maxAgeMs: 10 })), ['hit', 'old'])
    advance(1)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxAgeMs: 10 })), ['miss', 'new'])
  })

  it('minFreshMs rejects an entry that will not be fresh for that long', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 100, staleWhileRevalidateMs: 100 })
    advance(90)
    assert.deepEqual(await resultOf(cache.read('k', never, { minFreshMs: 10 })), ['hit', 'old'])
    advance(1)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { minFreshMs: 10 })), ['miss', 'new'])
  })

  it('maxStaleMs accepts a stale entry without a background refresh', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(30)
    assert.deepEqual(await resultOf(cache.read('k', never, { maxStaleMs: 20 })), ['stale', 'old'])
    assert.deepEqual(await resultOf(cache.read('k', never, { maxStaleMs: 20, strategy: 'fresh' })), [
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
    assert.deepEqual(await resultOf(internalRead(cache, 'k', never, { accept })), ['hit', 'de'])

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
    assert.deepEqual(await resultOf(internalRead(cache, 'k', fails, { accept: () => false })), [
      'threw',
      boom,
    ])
  })
})

describe('keys', () => {
  it('every method rejects a key that is not a string, is empty or is too long, and names the cache', async () => {
    const { cache } = testCache({ name: 'users' })
    const expected = {
      name: 'TypeError',
      message: 'cache users: a key must be a string of 1 to 8192 characters',
    }
    for (const key of ['', 'x'.repeat(MAX_KEY_LENGTH + 1), 7, null, undefined, ['k'], new String('k')]) {
      const bad = key as string
      await assert.rejects(cache.read(bad, never), expected)
      assert.throws(() => cache.lookup(bad), expected)
      assert.throws(() => cache.peek(bad), expected)
      assert.throws(() => cache.has(bad), expected)
      await assert.rejects(cache.write(bad, 'v'), expected)
      await assert.rejects(cache.delete(bad), expected)
    }
    assert.equal(await cache.write('x'.repeat(MAX_KEY_LENGTH), 'v'), true)
  })

  it('different keys stay different, whatever characters they contain', async () => {
    const { cache } = testCache()
    const keys = [
      'a',
      'A',
      'a ',
      'a\0',
      'a\n',
      'é',
      'e\u0301',
      '__proto__',
      'constructor',
      '\ud800',
      '\udc00',
      ':',
    ]
    for (const key of keys) cache.write(key, key)
    for (const key of keys) assert.equal(cache.peek(key)?.value, key)
  })

  it('the same key in two namespaces of one memory store is two entries', async () => {
    const memory = memoryStore()
    const users = testCache({ memory, namespace: 'users' })
    const rates = testCache({ memory, namespace: 'rates' })
    users.cache.write('k', 'a user')
    assert.equal(rates.cache.peek('k'), undefined)
    rates.cache.write('k', 'a rate')
    assert.equal(await users.cache.delete('k'), true)
    assert.equal(rates.cache.peek('k')?.value, 'a rate')
    users.cache.write('k', 'a user')
    users.cache.clear()
    assert.equal(users.cache.peek('k'), undefined)
    assert.equal(rates.cache.peek('k')?.value, 'a rate')
    assert.equal(memory.stats().entries, 1)
  })

  it('a namespace that is empty or contains a colon is rejected', () => {
    const expected = /^TypeError: cache hitrate: namespace must not be empty or contain ":", got "a:b"$/
    assert.throws(() => createCache({ namespace: 'a:b' }), expected)
    assert.throws(() => createCache({ namespace: '' }), /got ""$/)
  })

  it('the same key in two namespaces of one remote tier is two entries, whatever the namespaces are called', async () => {
    const remote = fakeRemoteStore()
    // These namespaces equal the beginnings of store keys without a namespace: of entries, key marks and tag marks.
    for (const namespace of ['e3.0', 'k', 't']) {
      remote.entries.clear()
      const [plain, named, other] = [undefined, namespace, namespace].map((namespace) =>
        createCache({ memory: memoryStore(), remote, jitter: 0, ...(namespace ? { namespace } : {}) }),
      ) as [Cache, Cache, Cache]
      await named.write('a', 'old')
      await named.clear()
      const before = new Map(remote.entries)
      await plain.read('a', () => 'plain')
      await plain.delete('a')
      await plain.invalidateTags(['a'])
      for (const [storeKey, bytes] of before)
        assert.equal(remote.entries.get(storeKey), bytes, `${storeKey} was changed`)
      assert.equal((await other.read('a', () => 'new')).value, 'new')
    }
  })

  it('the eviction of an entry is reported to the cache whose namespace it has', () => {
    const memory = memoryStore({ maxEntries: 1 })
    const users = testCache({ memory, namespace: 'users', name: 'users' })
    const rates = testCache({ memory, namespace: 'rates', name: 'rates' })
    users.cache.write('k', 'v')
    rates.cache.write('k', 'v')
    assert.deepEqual(users.transcript(), ['1. memory set: ok', '2. memory eviction: capacity'])
    assert.deepEqual(rates.transcript(), ['1. memory set: ok'])
  })
})

describe('write and delete', () => {
  it('write resolves to whether the value was stored, delete to whether an entry existed', async () => {
    const { cache, transcript } = testCache()
    assert.equal(await cache.write('k', 'v'), true)
    assert.equal(await cache.delete('k'), true)
    assert.equal(await cache.delete('k'), false)
    assert.deepEqual(transcript(), [
      '1. memory set: ok',
      '2. memory delete: ok',
      '3. invalidation: 1 by key',
      '4. memory delete: absent',
      '5. invalidation: 1 by key',
    ])
  })

  it('a write of a value that is too large removes the stored entry', async () => {
    const { cache, transcript } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
    assert.equal(await cache.write('k', 'small'), true)
    assert.equal(await cache.write('k', 'large', { bytes: 20_000 }), false)
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(transcript(), ['1. memory set: ok', '2. memory set: refused'])
  })

  it('a cache without a memory tier stores nothing, and shares its loads', async () => {
    const events: string[] = []
    const cache = createCache({ onEvent: ({ type }) => events.push(type) })
    const db = manualLoader<string>()
    const reads = [cache.read('k', db.load), cache.read('k', db.load)]
    db.nth(1).resolve('v')
    assert.deepEqual(
      (await Promise.all(reads)).map(({ outcome, kept }) => [outcome, kept]),
      [
        ['miss', false],
        ['coalesced', false],
      ],
    )
    assert.equal(await cache.write('k', 'v'), false)
    assert.equal(await cache.delete('k'), false)
    cache.clear()
    cache.invalidateTags(['t'])
    assert.equal(cache.lookup('k'), undefined)
    assert.deepEqual(cache.stats(), {
      entries: 0,
      bytes: 0,
      maxBytes: 0,
      remoteUp: undefined,
      listenerErrors: 0,
    })
    assert.deepEqual(events.slice(0, 3), ['load', 'read', 'read'])
  })
})

describe('stats', () => {
  it('stats removes expired entries first, and reports their eviction', () => {
    const { cache, advance, transcript } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
    cache.write('short', 'v', { ttlMs: 10 })
    cache.write('long', 'v', { ttlMs: 20 })
    assert.equal(cache.stats().entries, 2)
    transcript()
    advance(10)
    const { entries, bytes, maxBytes } = cache.stats()
    assert.deepEqual([entries, maxBytes], [1, 10_000])
    assert.deepEqual(transcript(), ['1. memory eviction: expired'])
    advance(10)
    assert.equal(bytes > 0, true)
    assert.deepEqual(cache.stats(), {
      entries: 0,
      bytes: 0,
      maxBytes: 10_000,
      remoteUp: undefined,
      listenerErrors: 0,
    })
  })

  it('expired entries are also removed by the next value that is stored', () => {
    const { cache, advance, store } = testCache()
    for (let i = 0; i < 100; i++) cache.write(`k${i}`, i, { ttlMs: 10 })
    advance(10)
    cache.write('another', 'v')
    assert.equal(store.stats().entries, 1)
  })
})

describe('the defaults of createCache', () => {
  it('a cache without options uses the system clock and no listener', async () => {
    const cache = createCache({ memory: memoryStore() })
    const before = Date.now()
    assert.equal(cache.now() >= before && cache.now() <= Date.now(), true)
    assert.equal(cache.name, 'hitrate')
    assert.deepEqual(await resultOf(cache.read('k', () => 'v')), ['miss', 'v'])
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'v'])
  })
})
