/** Many reads of one key share one load; reads that abort; loads that nobody waits for. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, manualLoader, mustNotLoad, resultOf, testCache } from '../../support/test-cache.ts'

describe('one load per key at a time', () => {
  it('a thousand reads of a key share one load', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<object>()
    const reads = Array.from({ length: 1000 }, () => cache.read('k', db.load))
    await flush()
    reads.push(...Array.from({ length: 1000 }, () => cache.read('k', db.load)))
    assert.equal(db.started, 1)
    const value = { name: 'Ada' }
    db.nth(1).resolve(value)
    for (const read of await Promise.all(reads)) assert.equal(read.value, value)
    assert.deepEqual([...new Set(outcomes().sort())], ['coalesced', 'miss'])
    assert.equal(outcomes().filter((outcome) => outcome === 'coalesced').length, 1999)
  })

  it('reads of different keys do not wait for each other', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const slow = cache.read('slow', db.load)
    assert.deepEqual(await resultOf(cache.read('quick', () => 'v')), ['miss', 'v'])
    db.nth(1).resolve('v')
    await slow
  })

  it('a new load starts after the last one has ended or failed', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const first = resultOf(cache.read('k', db.load))
    db.nth(1).reject(new Error('down'))
    await first
    const second = resultOf(cache.read('k', db.load))
    assert.equal(db.started, 2)
    db.nth(2).resolve('v')
    assert.deepEqual(await second, ['miss', 'v'])
  })

  it('a read during a background refresh waits for it when the entry must not be served stale any more', async () => {
    const { cache, advance, transcript } = testCache()
    const db = manualLoader<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    transcript()
    advance(15)
    await cache.read('k', db.load)
    advance(5)
    const later = resultOf(cache.read('k', db.load))
    assert.equal(db.started, 1)
    db.nth(1).resolve('new')
    assert.deepEqual(await later, ['coalesced', 'new'])
    assert.deepEqual(transcript(), [
      '1. read: stale, memory',
      '2. load: ok, background',
      '3. memory eviction: expired',
      '4. memory set: ok',
      '5. read: coalesced',
    ])
  })

  it('reads of one key in two namespaces start two loads', async () => {
    const users = testCache({ namespace: 'users' })
    const db = manualLoader<string>()
    const a = resultOf(users.cache.read('k', db.load))
    const b = resultOf(testCache({ namespace: 'rates', memory: users.store }).cache.read('k', db.load))
    db.nth(1).resolve('a user')
    db.nth(2).resolve('a rate')
    assert.deepEqual(await Promise.all([a, b]), [
      ['miss', 'a user'],
      ['miss', 'a rate'],
    ])
  })
})

describe('coalesce: false', () => {
  it('each read loads for itself and is a miss when promises are not shared', async () => {
    const { cache, outcomes } = testCache({ coalesce: false })
    const db = manualLoader<string>()
    const reads = [1, 2, 3].map(() => cache.read('k', db.load))
    assert.equal(db.started, 3)
    for (const n of [3, 2, 1]) db.nth(n).resolve(`v${n}`)
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      ['v1', 'v2', 'v3'],
    )
    assert.deepEqual(outcomes(), ['miss', 'miss', 'miss'])
  })

  it('one read refreshes in the background and passes the promise to waitUntil when promises are not shared', async () => {
    const { cache, advance, outcomes } = testCache({ coalesce: false })
    const db = manualLoader<string>()
    const background: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void background.push(work)
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    advance(15)
    for (let i = 0; i < 3; i++) await cache.read('k', db.load, { waitUntil })
    assert.equal(db.started, 1)
    assert.equal(background.length, 1)
    db.nth(1).resolve('new')
    await Promise.all(background)
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'new'])
    assert.deepEqual(outcomes(), ['stale', 'stale', 'stale', 'hit'])
  })

  it('a failed refresh can be started again after its pause when promises are not shared', async () => {
    const { cache, advance } = testCache({ coalesce: false })
    const db = manualLoader<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10_000 })
    advance(15)
    await cache.read('k', db.load)
    db.nth(1).reject(new Error('down'))
    await flush()
    await cache.read('k', db.load)
    assert.equal(db.started, 1)
    advance(1000)
    await cache.read('k', db.load)
    assert.equal(db.started, 2)
  })

  it('a lost refresh, whose request the runtime stopped, is started again after 30 seconds', async () => {
    const { cache, advance } = testCache({ coalesce: false })
    const db = manualLoader<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1_000_000 })
    advance(15)
    await cache.read('k', db.load)
    advance(29_999)
    await cache.read('k', db.load)
    assert.equal(db.started, 1)
    advance(1)
    await cache.read('k', db.load)
    assert.equal(db.started, 2)
    db.nth(1).resolve('from the lost refresh, which was late')
    await flush()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1_000_000 })
    advance(15)
    await cache.read('k', db.load)
    assert.equal(db.started, 2, 'the second refresh is still in flight')
  })

  it('an aborted read does not abort its background refresh when promises are not shared', async () => {
    const { cache, advance } = testCache({ coalesce: false })
    const db = manualLoader<string>()
    const reader = new AbortController()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    advance(15)
    await cache.read('k', db.load, { signal: reader.signal })
    reader.abort()
    assert.equal(db.nth(1).signal.aborted, false)
  })
})

describe('waitUntil', () => {
  it('waitUntil gets each background refresh once, as a promise that never rejects', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const background: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void background.push(work)
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    await cache.read('k', mustNotLoad, { waitUntil })
    assert.equal(background.length, 0)
    advance(15)
    await cache.read('k', db.load, { waitUntil })
    await cache.read('k', db.load, { waitUntil })
    assert.equal(background.length, 1)
    db.nth(1).reject(new Error('down'))
    await Promise.all(background)
  })
})

describe('a read with a signal', () => {
  const reason = new Error('the client went away')

  for (const [how, options] of [
    ['with other reads', {}],
    ['alone, with coalesce: false', { coalesce: false }],
    ['alone, in a disabled cache', { enabled: false }],
  ] as const) {
    it(`an aborted read that loads ${how} rejects with its reason at once and aborts its load`, async () => {
      const { cache, outcomes } = testCache(options)
      const db = manualLoader<string>()
      const reader = new AbortController()
      const read = resultOf(cache.read('k', db.load, { signal: reader.signal }))
      assert.equal(db.nth(1).signal.aborted, false)
      reader.abort(reason)
      assert.deepEqual(await read, ['threw', reason])
      assert.equal(db.nth(1).signal.aborted, true)
      assert.equal(db.nth(1).signal.reason, reason)
      assert.equal(outcomes().length, 1)
    })
  }

  it('an aborted read leaves the load in flight for the other reads', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const readers = [1, 2, 3].map(() => new AbortController())
    const reads = readers.map(({ signal }) => resultOf(cache.read('k', db.load, { signal })))
    readers[0]?.abort(reason)
    readers[2]?.abort(reason)
    assert.equal(db.nth(1).signal.aborted, false)
    db.nth(1).resolve('v')
    assert.deepEqual(await Promise.all(reads), [
      ['threw', reason],
      ['coalesced', 'v'],
      ['threw', reason],
    ])
    assert.equal(cache.peek('k')?.value, 'v')
  })

  it('an aborted read does not abort a load that a read without a signal waits for', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const reader = new AbortController()
    const aborted = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    const waiting = resultOf(cache.read('k', db.load))
    reader.abort(reason)
    assert.equal(db.nth(1).signal.aborted, false)
    db.nth(1).resolve('v')
    assert.deepEqual(await Promise.all([aborted, waiting]), [
      ['threw', reason],
      ['coalesced', 'v'],
    ])
  })

  it('a read after the last waiting read was aborted starts a new load and never gets the abort error', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const reader = new AbortController()
    const aborted = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    reader.abort(reason)
    const later = resultOf(cache.read('k', db.load))
    db.nth(1).reject(reason)
    assert.equal(db.started, 2)
    db.nth(2).resolve('v')
    assert.deepEqual(await Promise.all([aborted, later]), [
      ['threw', reason],
      ['miss', 'v'],
    ])
  })

  it('an aborted read does not abort a background refresh that another read started', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const reader = new AbortController()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    advance(15)
    await cache.read('k', db.load)
    advance(10)
    const waiting = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    reader.abort(reason)
    await waiting
    assert.equal(db.started, 1)
    assert.equal(db.nth(1).signal.aborted, false)
  })

  it('a read whose signal is already aborted is served from the cache, but never by a load', async () => {
    for (const coalesce of [true, false]) {
      const { cache, outcomes, events } = testCache({ coalesce })
      const signal = AbortSignal.abort(reason)
      for (const strategy of ['refresh', 'invalidate', 'bypass'] as const) {
        for (const options of [
          { signal, strategy },
          { signal, strategy, hardTimeoutMs: 10 },
        ]) {
          assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, options)), ['threw', reason])
        }
      }
      const many = await cache.readMany(['k'], mustNotLoad, { signal }).catch((error: unknown) => error)
      assert.equal(many, reason)
      assert.deepEqual(outcomes(), ['error', 'error', 'error', 'error', 'bypass', 'bypass', 'error'])
      assert.equal(events.length, 7, 'no load, and no use of a tier')
      cache.write('k', 'v')
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad, { signal })), ['hit', 'v'])
    }
  })

  it('an aborted read rejects with its reason rather than serving a stale entry', async () => {
    const { cache, advance } = testCache()
    const db = manualLoader<string>()
    const reader = new AbortController()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(20)
    const read = resultOf(cache.read('k', db.load, { signal: reader.signal }))
    reader.abort(reason)
    assert.deepEqual(await read, ['threw', reason])
  })

  it('a settled read leaves no listener on its signal', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
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
    db.nth(1).resolve('v')
    await Promise.all(reads)
    await flush()
    assert.equal(listeners, 0)
  })
})

describe('a value that must not be shared', () => {
  it('a value with share: false makes waiting reads load, and their values are stored', async () => {
    const { cache } = testCache()
    const db = manualLoader<unknown>()
    const reads = [1, 2].map(() => cache.read('k', db.load))
    db.nth(1).resolve(loaded('private', { share: false, keep: false }))
    await flush()
    db.nth(2).resolve('public')
    await Promise.all(reads)
    assert.equal(cache.peek('k')?.value, 'public')
  })
})
