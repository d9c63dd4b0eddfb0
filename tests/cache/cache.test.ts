import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Cache, MAX_KEY_LENGTH } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import { type Lifetime, loaded } from '../../src/cache/lifetime.ts'
import type { Strategy } from '../../src/cache/read.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import type { RemoteStore } from '../../src/stores/store.ts'
import { flush, internalLookup, internalRead, resultOf, source, testCache } from '../support/test-cache.ts'

const boom = new Error('the database is down')
const fails = () => Promise.reject(boom)
const never = () => assert.fail('nothing should be loaded')

describe('a read ends as', () => {
  test('miss when nothing was kept, then hit while it is fresh', async () => {
    const { cache, pass, transcript } = testCache()
    assert.deepEqual(await cache.read('k', () => 'v', { ttlMs: 100 }), {
      value: 'v',
      outcome: 'miss',
      ageMs: 0,
      expiresInMs: 100,
      kept: true,
    })
    assert.deepEqual(transcript(), ['1. load: ok', '2. memory set: ok', '3. read: miss'])

    pass(99)
    const hit = { value: 'v', outcome: 'hit', tier: 'memory', ageMs: 99, expiresInMs: 1, kept: true }
    assert.deepEqual(await cache.read('k', never), hit)
    assert.deepEqual(cache.lookup('k'), hit)
    assert.deepEqual(transcript(), ['1. read: hit, memory', '2. read: hit, memory'])

    pass(1)
    assert.equal((await cache.read('k', () => 'w')).outcome, 'miss')
  })

  test('stale while one load refreshes behind, whose value the next read gets as a hit', async () => {
    const { cache, pass, transcript } = testCache()
    const db = source<string>()
    const lifetime = { ttlMs: 100, staleWhileRevalidateMs: 50 }
    await cache.read('k', () => 'old', lifetime)
    transcript()

    pass(149)
    const stale = { value: 'old', outcome: 'stale', tier: 'memory', ageMs: 149, expiresInMs: -49, kept: true }
    assert.deepEqual(await cache.read('k', db.load, lifetime), stale)
    assert.deepEqual(await cache.read('k', db.load, lifetime), stale)
    assert.equal(db.begun, 1)
    assert.equal(db.nth(1).background, true)
    db.nth(1).answer('new')
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
    assert.deepEqual(transcript(), [
      '1. read: stale, memory',
      '2. read: stale, memory',
      '3. load: ok, behind',
      '4. memory set: ok',
      '5. read: hit, memory',
    ])
  })

  test('miss when the time for stale answers is over', async () => {
    const { cache, pass } = testCache()
    await cache.read('k', () => 'old', { ttlMs: 100, staleWhileRevalidateMs: 50, staleIfErrorMs: 500 })
    pass(150)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new')), ['miss', 'new'])
  })

  test('stale when the load fails and the entry may stand in, error when it may not any more', async () => {
    const { cache, pass, transcript } = testCache()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    transcript()
    pass(149)
    const stale = { value: 'old', outcome: 'stale', tier: 'memory', ageMs: 149, expiresInMs: -49, kept: true }
    assert.deepEqual(await cache.read('k', fails), stale)
    assert.deepEqual(transcript(), ['1. load: error', '2. read: stale, memory'])
    pass(1)
    await assert.rejects(cache.read('k', fails), (error) => error === boom)
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  test('stale also for those who waited for the load that failed', async () => {
    const { cache, pass, counted } = testCache()
    const db = source()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    pass(120)
    const reads = [cache.read('k', db.load), cache.read('k', db.load)]
    db.nth(1).fail(boom)
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['old', 'old'],
    )
    assert.deepEqual(counted(), ['miss', 'stale', 'stale'])
  })

  test('coalesced when it shared the load of another, which is a miss', async () => {
    const { cache, transcript } = testCache()
    const db = source<string>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load, { ttlMs: 100 }))
    assert.equal(db.begun, 1)
    db.nth(1).answer('v')
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

  test('error with the error of the load, untouched, for who began it and for who waited; nothing is kept', async () => {
    const { cache, transcript, events } = testCache()
    const db = source()
    const reads = [1, 2, 3].map(() => resultOf(cache.read('k', db.load)))
    db.nth(1).fail(boom)
    for (const read of await Promise.all(reads)) assert.deepEqual(read, ['threw', boom])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error', '3. read: error', '4. read: error'])
    assert.equal(events[0]?.type === 'load' && events[0].error, boom)
    assert.equal(cache.peek('k'), undefined)
  })

  test('error with the value when the load answers with a failure and nothing can stand in', async () => {
    const { cache, transcript } = testCache()
    const answer = loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', () => answer)), ['error', '503'])
    assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])
  })

  test('stale when the load answers with a failure and an entry can stand in', async () => {
    const { cache, pass } = testCache()
    await cache.read('k', () => 'old', { ttlMs: 100, staleIfErrorMs: 50 })
    pass(120)
    const answer = loaded('503', { failed: true, keep: false })
    assert.deepEqual(await resultOf(cache.read('k', () => answer)), ['stale', 'old'])
    pass(30)
    assert.deepEqual(await resultOf(cache.read('k', () => answer)), ['error', '503'])
  })

  test('bypass, whatever is kept, and whether or not it throws; nothing is read or written', async () => {
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

  test('bypass, each with a load of its own, when the cache is switched off', async () => {
    const { cache, counted, store } = testCache({ enabled: false })
    const db = source<string>()
    const reads = [resultOf(cache.read('k', db.load)), resultOf(cache.read('k', db.load))]
    assert.equal(db.begun, 2)
    db.nth(1).answer('a')
    db.nth(2).fail(boom)
    assert.deepEqual(await Promise.all(reads), [
      ['bypass', 'a'],
      ['threw', boom],
    ])
    assert.deepEqual(counted(), ['bypass', 'bypass'])
    assert.equal(cache.enabled, false)
    assert.equal(await cache.write('k', 'v'), false)
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.equal(store.stats().entries, 0)
  })

  test('bypass without a load for `fresh`, when the cache is switched off', async () => {
    const { cache, counted } = testCache({ enabled: false })
    assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), ['bypass', undefined])
    assert.deepEqual(counted(), ['bypass'])
  })

  test('bypass when something is passed by, also when that throws', async () => {
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

describe('each read is counted once', () => {
  test('and lookups that find nothing, peek, has and background refreshes are not reads', async () => {
    const { cache, pass, transcript } = testCache()
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.peek('k'), undefined)
    assert.equal(cache.has('k'), false)
    assert.deepEqual(transcript(), [])

    await cache.read('k', () => 'v', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    assert.equal(cache.has('k'), true)
    assert.equal(cache.peek('k')?.outcome, 'hit')
    assert.deepEqual(transcript(), ['1. load: ok', '2. memory set: ok', '3. read: miss'])

    pass(10)
    assert.equal(cache.has('k'), false)
    assert.equal(cache.peek('k')?.outcome, 'stale')
    assert.equal(cache.lookup('k'), undefined)
    assert.deepEqual(transcript(), [])
    const db = source()
    await cache.read('k', db.load)
    db.nth(1).fail(boom)
    await flush()
    assert.deepEqual(transcript(), ['1. read: stale, memory', '2. load: error, behind'])
  })

  test('with how long it took, its load included; also when it throws', async () => {
    const { cache, pass, events } = testCache({ name: 'users' })
    const db = source()
    const failing = resultOf(cache.read('k', db.load))
    pass(80) // the timer runs at half the speed of the clock
    db.nth(1).fail(boom)
    await failing
    assert.deepEqual(events, [
      { type: 'load', cache: 'users', result: 'error', background: false, durationMs: 40, error: boom },
      { type: 'read', cache: 'users', outcome: 'error', tier: undefined, durationMs: 40 },
    ])
  })

  test('unless its key is refused: then it was no read', async () => {
    const { cache, events } = testCache()
    await assert.rejects(cache.read('', never), TypeError)
    assert.deepEqual(events, [])
  })
})

describe('the strategy', () => {
  const strategies: [Strategy, string[], string[]][] = [
    ['fresh', ['hit', 'old'], ['miss', undefined]] as never,
    ['refresh', ['hit', 'old'], ['miss', 'new']],
    ['invalidate', ['miss', 'new'], ['miss', 'new']],
    ['bypass', ['bypass', 'new'], ['bypass', 'new']],
  ]
  for (const [strategy, whenKept, whenNot] of strategies) {
    test(`${strategy} gives ${whenKept} when there is a fresh entry, ${whenNot} when there is none`, async () => {
      const { cache, counted } = testCache()
      assert.deepEqual(await resultOf(cache.read('k', () => 'new', { strategy })), whenNot)
      cache.write('k', 'old')
      assert.deepEqual(await resultOf(cache.read('k', () => 'new', { strategy })), whenKept)
      assert.equal(counted().length, 2)
    })
  }

  test('fresh loads nothing, not even behind a stale answer', async () => {
    const { cache, pass } = testCache()
    assert.deepEqual(await cache.read('k', never, { strategy: 'fresh' }), {
      value: undefined,
      outcome: 'miss',
      ageMs: 0,
      expiresInMs: 0,
      kept: false,
    })
    const db = source()
    cache.write('k', 'v', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    pass(15)
    assert.deepEqual(await resultOf(cache.read('k', db.load, { strategy: 'fresh' })), ['stale', 'v'])
    pass(5)
    assert.deepEqual(await resultOf(cache.read('k', db.load, { strategy: 'fresh' })), ['miss', undefined])
    assert.equal(db.begun, 0)
  })

  test('fresh does not wait for the load of another', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const loading = cache.read('k', db.load)
    assert.deepEqual(await resultOf(cache.read('k', never, { strategy: 'fresh' })), ['miss', undefined])
    db.nth(1).answer('v')
    await loading
  })

  test('invalidate keeps what it loaded; when it fails, it fails, and what was kept stays', async () => {
    const { cache } = testCache()
    cache.write('k', 'old', { staleIfErrorMs: 1000 })
    assert.deepEqual(await resultOf(cache.read('k', fails, { strategy: 'invalidate' })), ['threw', boom])
    assert.equal(cache.peek('k')?.value, 'old')
    await cache.read('k', () => 'new', { strategy: 'invalidate' })
    assert.equal(cache.peek('k')?.value, 'new')
  })

  for (const coalesce of [true, false]) {
    test(`invalidate does not let an older load have the last word (coalesce: ${coalesce})`, async () => {
      const { cache } = testCache({ coalesce })
      const db = source<string>()
      const older = resultOf(cache.read('k', db.load))
      const newer = resultOf(cache.read('k', db.load, { strategy: 'invalidate' }))
      assert.equal(db.begun, 2)
      db.nth(2).answer('new')
      assert.deepEqual(await newer, ['miss', 'new'])
      db.nth(1).answer('old')
      assert.deepEqual(await older, ['miss', 'old'])
      assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
    })
  }

  test('invalidate lets newcomers share its load, not the older one', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const older = resultOf(cache.read('k', db.load))
    const newer = resultOf(cache.read('k', db.load, { strategy: 'invalidate' }))
    const newcomer = resultOf(cache.read('k', db.load))
    db.nth(1).answer('old')
    db.nth(2).answer('new')
    assert.deepEqual(await Promise.all([older, newer, newcomer]), [
      ['miss', 'old'],
      ['miss', 'new'],
      ['coalesced', 'new'],
    ])
    assert.equal(cache.peek('k')?.value, 'new')
  })

  test('invalidate in an endless stream does not keep an answer from being kept', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const reads = []
    for (let i = 1; i <= 5; i++) {
      reads.push(cache.read('k', db.load, { strategy: 'invalidate' }))
      if (i > 1) db.nth(i - 1).answer(`v${i - 1}`)
      await flush()
    }
    assert.equal(cache.peek('k')?.value, 'v4')
    db.nth(5).answer('v5')
    await Promise.all(reads)
    assert.equal(cache.peek('k')?.value, 'v5')
  })

  test('invalidate, when it fails, takes nothing from others: the entry still stands in for them', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    await resultOf(cache.read('k', fails, { strategy: 'invalidate' }))
    pass(20)
    assert.deepEqual(await resultOf(cache.read('k', fails)), ['stale', 'old'])
  })
})

describe('a lifetime', () => {
  const year = 365 * 24 * 3600 * 1000
  const cases: [string, Lifetime, fresh: number | undefined][] = [
    ['without words is a minute', {}, 60_000],
    ['of 0 is not kept', { ttlMs: 0 }, undefined],
    ['of less than 0 is not kept', { ttlMs: -1 }, undefined],
    ['of NaN is not kept', { ttlMs: Number.NaN }, undefined],
    ['of -Infinity is not kept', { ttlMs: -Infinity }, undefined],
    ['of 1 ms is 1 ms', { ttlMs: 1 }, 1],
    ['of a hundred years is that', { ttlMs: 100 * year }, 100 * year],
    ['beyond 2³¹ seconds is that', { ttlMs: 2 ** 31 * 1000 }, 2 ** 31 * 1000],
    ['of Infinity never ends', { ttlMs: Infinity }, Infinity],
    ['that is half over has the other half', { ttlMs: 100, ageMs: 50 }, 50],
    ['that is over is not kept', { ttlMs: 100, ageMs: 100 }, undefined],
    ['with an age of NaN is not kept', { ageMs: Number.NaN }, undefined],
    ['with a stale time of NaN is not kept', { staleWhileRevalidateMs: Number.NaN }, undefined],
    ['with a stale time below 0 is as long as its ttl', { ttlMs: 5, staleIfErrorMs: -100 }, 5],
    [
      'with mustRevalidate is as long as its ttl, however long it could be stale',
      { ttlMs: 5, mustRevalidate: true, staleWhileRevalidateMs: Infinity, staleIfErrorMs: Infinity },
      5,
    ],
  ]
  for (const [what, lifetime, fresh] of cases) {
    test(what, async () => {
      const { cache, pass } = testCache()
      const read = await cache.read('read', () => 'v', lifetime)
      assert.equal(read.kept, fresh !== undefined)
      assert.equal(read.expiresInMs, fresh ?? 0)
      assert.equal(await cache.write('written', 'v', lifetime), fresh !== undefined)
      assert.equal(cache.peek('written')?.expiresInMs, fresh)
      if (fresh === undefined) return
      pass(Math.min(fresh, 1e15) - 1)
      assert.equal(cache.has('read') && cache.has('written'), true)
      pass(1)
      assert.equal(cache.has('read') || cache.has('written'), fresh === Infinity)
    })
  }

  test('starts when the load has ended', async () => {
    const { cache, pass } = testCache()
    const db = source()
    const read = cache.read('k', db.load, { ttlMs: 100 })
    pass(500)
    db.nth(1).answer('v')
    assert.equal((await read).expiresInMs, 100)
  })

  test('of 0 with a time for stale answers is kept for that', async () => {
    const { cache, pass } = testCache()
    await cache.read('k', () => 'v', { ttlMs: 0, staleWhileRevalidateMs: 10 })
    pass(9)
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['stale', 'v'])
  })

  test('that is over ends what was kept, since that is older', async () => {
    const { cache } = testCache()
    cache.write('k', 'old')
    await cache.read('k', () => 'new', { strategy: 'invalidate', ttlMs: 0 })
    assert.equal(cache.peek('k'), undefined)
    cache.write('k', 'old')
    assert.equal(await cache.write('k', 'new', { ttlMs: 0 }), false)
    assert.equal(cache.peek('k'), undefined)
  })

  test('with mustRevalidate never answers stale, on error neither, whatever a reader accepts', async () => {
    const { cache, pass } = testCache()
    const lifetime = { ttlMs: 10, staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000, mustRevalidate: true }
    cache.write('k', 'v', lifetime)
    pass(10)
    assert.deepEqual(await resultOf(cache.read('k', fails, { maxStaleMs: Infinity })), ['threw', boom])
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['miss', 'w'])
  })

  test('shows an age that the value came with, also when it was not kept', async () => {
    const { cache } = testCache()
    assert.equal((await cache.read('k', () => 'v', { ageMs: 30, ttlMs: 100 })).ageMs, 30)
    assert.equal(cache.peek('k')?.ageMs, 30)
    assert.equal((await cache.read('l', () => 'v', { ageMs: 30, ttlMs: 0 })).ageMs, 30)
  })

  test('cannot be made longer by an age below 0', async () => {
    const { cache } = testCache()
    cache.write('k', 'v', { ttlMs: 10, ageMs: -1000 })
    assert.equal(cache.peek('k')?.expiresInMs, 10)
  })

  test('said by the load wins over the options of the read, member by member', async () => {
    const { cache } = testCache()
    const read = await cache.read('k', () => loaded('v', { ttlMs: 5 }), { ttlMs: 500, tags: ['t'] })
    assert.equal(read.expiresInMs, 5)
    cache.invalidateTags(['t'])
    assert.equal(cache.peek('k'), undefined)
  })
})

describe('a load may say', () => {
  test('keep: false, and its answer is not kept; what was kept is older and ends', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    pass(20)
    const read = await cache.read('k', () => loaded('v', { keep: false, ttlMs: 100 }))
    assert.deepEqual([read.outcome, read.kept, read.expiresInMs], ['miss', false, 0])
    assert.equal(cache.peek('k'), undefined)
  })

  test('keep: another key, and it is kept there only', async () => {
    const { cache } = testCache()
    const read = await cache.read('k', () => loaded('v', { keep: 'k;en' }))
    assert.equal(read.kept, true)
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(await resultOf(cache.read('k;en', never)), ['hit', 'v'])
  })

  test('share: false, and those who waited load for themselves', async () => {
    const { cache, counted } = testCache()
    const db = source<unknown>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load))
    db.nth(1).answer(loaded('for the first', { share: false, keep: false }))
    await flush()
    assert.equal(db.begun, 3)
    db.nth(2).answer(loaded('for the second', { share: false, keep: false }))
    db.nth(3).answer(loaded('for the third', { share: false, keep: false }))
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['for the first', 'for the second', 'for the third'],
    )
    assert.deepEqual(counted(), ['miss', 'miss', 'miss'])
  })

  test('failed: true, and a failure that may be kept does not push out what can stand in for it', async () => {
    const { cache, pass } = testCache()
    const failure = () => loaded('503', { failed: true, ttlMs: 1000 })
    cache.write('k', 'good', { ttlMs: 10, staleIfErrorMs: 100 })
    assert.deepEqual(await resultOf(cache.read('k', failure, { strategy: 'invalidate' })), ['error', '503'])
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'good'])
    pass(20)
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['stale', 'good'])
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['stale', 'good'])
    pass(100)
    assert.deepEqual(await resultOf(cache.read('k', failure)), ['error', '503'])
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', '503'])
  })

  test('failed: true, not to be kept, and what was kept stays', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'good', { ttlMs: 10, staleIfErrorMs: 100 })
    pass(20)
    await cache.read('k', () => loaded('503', { failed: true, keep: false }))
    assert.equal(cache.peek('k')?.value, 'good')
  })

  test('negative: true, and its answer is kept in a room of its own', async () => {
    const { cache } = testCache({ memory: memoryStore({ maxEntries: 1 }) })
    cache.write('here', 'v')
    await cache.read('gone', () => loaded(null, { negative: true }))
    assert.deepEqual(await resultOf(cache.read('gone', never)), ['hit', null])
    assert.equal(cache.has('here'), true)
  })

  test('nothing at all: undefined is an answer that is not kept', async () => {
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

describe('a reader may demand', () => {
  test('maxAgeMs: nothing older', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old')
    pass(10)
    assert.deepEqual(await resultOf(cache.read('k', never, { maxAgeMs: 10 })), ['hit', 'old'])
    pass(1)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxAgeMs: 10 })), ['miss', 'new'])
  })

  test('minFreshMs: nothing that will not be fresh for so long', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 100, staleWhileRevalidateMs: 100 })
    pass(90)
    assert.deepEqual(await resultOf(cache.read('k', never, { minFreshMs: 10 })), ['hit', 'old'])
    pass(1)
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { minFreshMs: 10 })), ['miss', 'new'])
  })

  test('maxStaleMs: stale is welcome, and is not refreshed for it', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    pass(30)
    assert.deepEqual(await resultOf(cache.read('k', never, { maxStaleMs: 20 })), ['stale', 'old'])
    assert.deepEqual(await resultOf(cache.read('k', never, { maxStaleMs: 20, strategy: 'fresh' })), [
      'stale',
      'old',
    ])
    assert.deepEqual(await resultOf(cache.read('k', () => 'new', { maxStaleMs: 19 })), ['miss', 'new'])
  })

  test('accept: neither an entry nor a shared load that it refuses', async () => {
    const { cache, counted } = testCache()
    const accept = (value: string) => value.startsWith('de')
    cache.write('k', 'en')
    assert.equal(internalLookup(cache, 'k', accept), undefined)
    assert.equal(internalLookup<string>(cache, 'k', (value) => value === 'en')?.outcome, 'hit')
    assert.deepEqual(await resultOf(internalRead(cache, 'k', () => 'de', { accept })), ['miss', 'de'])
    assert.deepEqual(await resultOf(internalRead(cache, 'k', never, { accept })), ['hit', 'de'])

    cache.delete('k')
    const db = source<string>()
    const reads = [cache.read('k', db.load), internalRead(cache, 'k', db.load, { accept })]
    db.nth(1).answer('en')
    await flush()
    db.nth(2).answer('de')
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['en', 'de'],
    )
    assert.deepEqual(counted(), ['hit', 'miss', 'hit', 'miss', 'miss'])
  })

  test('accept: an entry that it refuses does not stand in on error', async () => {
    const { cache } = testCache()
    cache.write('k', 'en', { staleIfErrorMs: 1000 })
    assert.deepEqual(await resultOf(internalRead(cache, 'k', fails, { accept: () => false })), [
      'threw',
      boom,
    ])
  })
})

describe('keys', () => {
  test('that are no strings, empty or too long are refused by every call, with the name of the cache', async () => {
    const { cache } = testCache({ name: 'users' })
    const says = { name: 'TypeError', message: 'cache users: a key must be a string of 1 to 8192 characters' }
    for (const key of ['', 'x'.repeat(MAX_KEY_LENGTH + 1), 7, null, undefined, ['k'], new String('k')]) {
      const bad = key as string
      await assert.rejects(cache.read(bad, never), says)
      assert.throws(() => cache.lookup(bad), says)
      assert.throws(() => cache.peek(bad), says)
      assert.throws(() => cache.has(bad), says)
      await assert.rejects(cache.write(bad, 'v'), says)
      await assert.rejects(cache.delete(bad), says)
    }
    assert.equal(await cache.write('x'.repeat(MAX_KEY_LENGTH), 'v'), true)
  })

  test('of any characters are different keys when they differ', async () => {
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

  test('of caches with different namespaces do not meet in a store they share', async () => {
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

  test('cannot reach into another namespace: a namespace holds no colon', () => {
    const says = /^TypeError: cache hitrate: namespace must not be empty or contain ":", got "a:b"$/
    assert.throws(() => createCache({ namespace: 'a:b' }), says)
    assert.throws(() => createCache({ namespace: '' }), /got ""$/)
  })

  test('do not meet those of another namespace in a remote tier, whatever the namespace is called', async () => {
    const kept = new Map<string, Uint8Array>()
    const remote: RemoteStore = {
      name: 'map',
      get: async (key) => kept.get(key),
      getMany: async (keys) => keys.map((key) => kept.get(key)),
      set: async (key, bytes) => void kept.set(key, bytes),
      delete: async (key) => void kept.delete(key),
      ping: async () => {},
    }
    // Names as those of a cache without a namespace begin: of its entries, its keys' and its tags' marks.
    for (const namespace of ['e3.0', 'k', 't']) {
      kept.clear()
      const [plain, named, other] = [undefined, namespace, namespace].map((namespace) =>
        createCache({ memory: memoryStore(), remote, jitter: 0, ...(namespace ? { namespace } : {}) }),
      ) as [Cache, Cache, Cache]
      await named.write('a', 'old')
      await named.clear()
      const before = new Map(kept)
      await plain.read('a', () => 'its own')
      await plain.delete('a')
      await plain.invalidateTags(['a'])
      for (const [at, bytes] of before) assert.equal(kept.get(at), bytes, `${at} is not what it was`)
      assert.equal((await other.read('a', () => 'new')).value, 'new')
    }
  })

  test('of evicted entries are told to the cache in whose namespace they are', () => {
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
  test('say whether the value was kept, or an entry was there', async () => {
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

  test('of a value that is too large ends what was kept', async () => {
    const { cache, transcript } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
    assert.equal(await cache.write('k', 'small'), true)
    assert.equal(await cache.write('k', 'large', { bytes: 20_000 }), false)
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(transcript(), ['1. memory set: ok', '2. memory set: refused'])
  })

  test('work without a memory tier: nothing is kept, loads are shared', async () => {
    const events: string[] = []
    const cache = createCache({ onEvent: ({ type }) => events.push(type) })
    const db = source<string>()
    const reads = [cache.read('k', db.load), cache.read('k', db.load)]
    db.nth(1).answer('v')
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
  test('show what is kept now: what is dead leaves first, and is told as evicted', () => {
    const { cache, pass, transcript } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
    cache.write('short', 'v', { ttlMs: 10 })
    cache.write('long', 'v', { ttlMs: 20 })
    assert.equal(cache.stats().entries, 2)
    transcript()
    pass(10)
    const { entries, bytes, maxBytes } = cache.stats()
    assert.deepEqual([entries, maxBytes], [1, 10_000])
    assert.deepEqual(transcript(), ['1. memory eviction: expired'])
    pass(10)
    assert.equal(bytes > 0, true)
    assert.deepEqual(cache.stats(), {
      entries: 0,
      bytes: 0,
      maxBytes: 10_000,
      remoteUp: undefined,
      listenerErrors: 0,
    })
  })

  test('are not needed for the dead to leave: the next value that is kept sweeps them out', () => {
    const { cache, pass, store } = testCache()
    for (let i = 0; i < 100; i++) cache.write(`k${i}`, i, { ttlMs: 10 })
    pass(10)
    cache.write('another', 'v')
    assert.equal(store.stats().entries, 1)
  })
})

describe('the parts handed in', () => {
  test('have defaults: the system clock and nobody who listens', async () => {
    const cache = createCache({ memory: memoryStore() })
    const before = Date.now()
    assert.equal(cache.now() >= before && cache.now() <= Date.now(), true)
    assert.equal(cache.name, 'hitrate')
    assert.deepEqual(await resultOf(cache.read('k', () => 'v')), ['miss', 'v'])
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'v'])
  })
})
