/** Many readers, one load: who shares it, who leaves it, and what becomes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, resultOf, source, testCache } from '../../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')

describe('one load per key at a time', () => {
  test('however many read it: a thousand reads, one load', async () => {
    const { cache, counted } = testCache()
    const db = source<object>()
    const reads = Array.from({ length: 1000 }, () => cache.read('k', db.load))
    await flush()
    reads.push(...Array.from({ length: 1000 }, () => cache.read('k', db.load)))
    assert.equal(db.begun, 1)
    const value = { name: 'Ada' }
    db.nth(1).answer(value)
    for (const read of await Promise.all(reads)) assert.equal(read.value, value)
    assert.deepEqual([...new Set(counted().sort())], ['coalesced', 'miss'])
    assert.equal(counted().filter((outcome) => outcome === 'coalesced').length, 1999)
  })

  test('and different keys do not wait for each other', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const slow = cache.read('slow', db.load)
    assert.deepEqual(await resultOf(cache.read('quick', () => 'v')), ['miss', 'v'])
    db.nth(1).answer('v')
    await slow
  })

  test('and the next begins when it has ended, also when it failed', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const first = resultOf(cache.read('k', db.load))
    db.nth(1).fail(new Error('down'))
    await first
    const second = resultOf(cache.read('k', db.load))
    assert.equal(db.begun, 2)
    db.nth(2).answer('v')
    assert.deepEqual(await second, ['miss', 'v'])
  })

  test('and who reads while it is refreshed behind, when stale is over, waits for that', async () => {
    const { cache, pass, transcript } = testCache()
    const db = source<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    transcript()
    pass(15)
    await cache.read('k', db.load)
    pass(5)
    const late = resultOf(cache.read('k', db.load))
    assert.equal(db.begun, 1)
    db.nth(1).answer('new')
    assert.deepEqual(await late, ['coalesced', 'new'])
    assert.deepEqual(transcript(), [
      '1. read: stale, memory',
      '2. load: ok, behind',
      '3. memory eviction: expired',
      '4. memory set: ok',
      '5. read: coalesced',
    ])
  })

  test('in two namespaces are two loads', async () => {
    const users = testCache({ namespace: 'users' })
    const db = source<string>()
    const a = resultOf(users.cache.read('k', db.load))
    const b = resultOf(testCache({ namespace: 'rates', memory: users.store }).cache.read('k', db.load))
    db.nth(1).answer('a user')
    db.nth(2).answer('a rate')
    assert.deepEqual(await Promise.all([a, b]), [
      ['miss', 'a user'],
      ['miss', 'a rate'],
    ])
  })
})

describe('where promises may not be shared (coalesce: false)', () => {
  test('each read loads for itself, and is a miss', async () => {
    const { cache, counted } = testCache({ coalesce: false })
    const db = source<string>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load))
    assert.equal(db.begun, 3)
    for (const n of [3, 2, 1]) db.nth(n).answer(`v${n}`)
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['v1', 'v2', 'v3'],
    )
    assert.deepEqual(counted(), ['miss', 'miss', 'miss'])
  })

  test('one refreshes behind, and keeps its runtime alive by waitUntil', async () => {
    const { cache, pass, counted } = testCache({ coalesce: false })
    const db = source<string>()
    const alive: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void alive.push(work)
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(15)
    for (let i = 0; i < 3; i++) await cache.read('k', db.load, { waitUntil })
    assert.equal(db.begun, 1)
    assert.equal(alive.length, 1)
    db.nth(1).answer('new')
    await Promise.all(alive)
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'new'])
    assert.deepEqual(counted(), ['stale', 'stale', 'stale', 'hit'])
  })

  test('a refresh that failed may be tried again at once', async () => {
    const { cache, pass } = testCache({ coalesce: false })
    const db = source<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(15)
    await cache.read('k', db.load)
    db.nth(1).fail(new Error('down'))
    await flush()
    await cache.read('k', db.load)
    assert.equal(db.begun, 2)
  })

  test('a refresh that was lost, its request stopped by the runtime, is tried again after half a minute', async () => {
    const { cache, pass } = testCache({ coalesce: false })
    const db = source<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1_000_000 })
    pass(15)
    await cache.read('k', db.load)
    pass(29_999)
    await cache.read('k', db.load)
    assert.equal(db.begun, 1)
    pass(1)
    await cache.read('k', db.load)
    assert.equal(db.begun, 2)
    db.nth(1).answer('from the lost one, which was only late')
    await flush()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1_000_000 })
    pass(15)
    await cache.read('k', db.load)
    assert.equal(db.begun, 2, 'the second one is still under way')
  })

  test('a reader who leaves does not stop the refresh behind its answer', async () => {
    const { cache, pass } = testCache({ coalesce: false })
    const db = source<string>()
    const reader = new AbortController()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(15)
    await cache.read('k', db.load, { signal: reader.signal })
    reader.abort()
    assert.equal(db.nth(1).signal.aborted, false)
  })
})

describe('waitUntil', () => {
  test('gets the refresh behind a stale answer, once, and never a promise that rejects', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    const alive: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void alive.push(work)
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    await cache.read('k', never, { waitUntil })
    assert.equal(alive.length, 0)
    pass(15)
    await cache.read('k', db.load, { waitUntil })
    await cache.read('k', db.load, { waitUntil })
    assert.equal(alive.length, 1)
    db.nth(1).fail(new Error('down'))
    await Promise.all(alive)
  })
})

describe('a reader with a signal', () => {
  const gone = new Error('the client went away')

  for (const [how, options] of [
    ['with others', {}],
    ['alone, since promises may not be shared', { coalesce: false }],
    ['alone, since the cache is off', { enabled: false }],
  ] as const) {
    test(`leaves at once with the reason it gave, when it loads ${how}; its load hears of it`, async () => {
      const { cache, counted } = testCache(options)
      const db = source<string>()
      const reader = new AbortController()
      const read = resultOf(cache.read('k', db.load, { signal: reader.signal }))
      assert.equal(db.nth(1).signal.aborted, false)
      reader.abort(gone)
      assert.deepEqual(await read, ['threw', gone])
      assert.equal(db.nth(1).signal.aborted, true)
      assert.equal(db.nth(1).signal.reason, gone)
      assert.equal(counted().length, 1)
    })
  }

  test('leaves, and the load goes on for those who wait', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const readers = [1, 2, 3].map(() => new AbortController())
    const reads = readers.map(({ signal }) => resultOf(cache.read('k', db.load, { signal })))
    readers[0]?.abort(gone)
    readers[2]?.abort(gone)
    assert.equal(db.nth(1).signal.aborted, false)
    db.nth(1).answer('v')
    assert.deepEqual(await Promise.all(reads), [
      ['threw', gone],
      ['coalesced', 'v'],
      ['threw', gone],
    ])
    assert.equal(cache.peek('k')?.value, 'v')
  })

  test('does not stop a load that someone without a signal waits for', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const reader = new AbortController()
    const leaving = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    const staying = resultOf(cache.read('k', db.load))
    reader.abort(gone)
    assert.equal(db.nth(1).signal.aborted, false)
    db.nth(1).answer('v')
    assert.deepEqual(await Promise.all([leaving, staying]), [
      ['threw', gone],
      ['coalesced', 'v'],
    ])
  })

  test('leaves as the last, and who comes then begins a load anew: it never gets the error of an abandoned one', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const reader = new AbortController()
    const abandoned = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    reader.abort(gone)
    const newcomer = resultOf(cache.read('k', db.load))
    db.nth(1).fail(gone)
    assert.equal(db.begun, 2)
    db.nth(2).answer('v')
    assert.deepEqual(await Promise.all([abandoned, newcomer]), [
      ['threw', gone],
      ['miss', 'v'],
    ])
  })

  test('does not stop a refresh that began behind the answer of another', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    const reader = new AbortController()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    pass(15)
    await cache.read('k', db.load)
    pass(10)
    const waiting = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    reader.abort(gone)
    await waiting
    assert.equal(db.begun, 1)
    assert.equal(db.nth(1).signal.aborted, false)
  })

  test('that has left before it came is answered by an entry, but never by a load', async () => {
    const { cache } = testCache()
    const signal = AbortSignal.abort(gone)
    assert.deepEqual(await resultOf(cache.read('k', () => 'v', { signal })), ['threw', gone])
    cache.write('k', 'v')
    assert.deepEqual(await resultOf(cache.read('k', never, { signal })), ['hit', 'v'])
  })

  test('gets its reason, not a stale entry, when it leaves', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    const reader = new AbortController()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    pass(20)
    const read = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    reader.abort(gone)
    assert.deepEqual(await read, ['threw', gone])
  })

  test('leaves nothing on it that could hear it later', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof addEventListener>) => {
        listeners++
        addEventListener.apply(signal, args)
      },
      removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
        listeners--
        removeEventListener.apply(signal, args)
      },
    })
    const reads = [1, 2, 3].map(() => cache.read('k', db.load, { signal }))
    assert.equal(listeners, 3)
    db.nth(1).answer('v')
    await Promise.all(reads)
    await flush()
    assert.equal(listeners, 0)
  })
})

describe('what is not for a waiter', () => {
  test('is loaded by each for itself, and what they bring is kept', async () => {
    const { cache } = testCache()
    const db = source<unknown>()
    const reads = [1, 2].map(() => cache.read('k', db.load))
    db.nth(1).answer(loaded('private', { share: false, keep: false }))
    await flush()
    db.nth(2).answer('public')
    await Promise.all(reads)
    assert.equal(cache.peek('k')?.value, 'public')
  })
})
