/** Loads of many keys: shared with other reads, failing, aborted, and invalidated meanwhile. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import {
  dbError,
  flush,
  manualBatchLoader,
  manualLoader,
  mustNotLoad,
  resultLines,
  resultOf,
  testCache,
  upper,
} from '../../support/test-cache.ts'

describe('a key in flight', () => {
  it('readMany waits for a key that read() is loading, and does not load it again', async () => {
    const { cache, outcomes } = testCache()
    const [one, db] = [manualLoader<string>(), manualBatchLoader<string>()]
    const read = cache.read('a', one.load)
    const reads = cache.readMany(['a', 'b'], db.load)
    await flush()
    assert.deepEqual(db.batches(), ['b'], 'the load of b does not wait for the load of a')
    db.nth(1).resolve([['b', 'B']])
    one.nth(1).resolve('one')
    assert.deepEqual(resultLines(await reads), ['a: coalesced one', 'b: miss B'])
    await read
    assert.deepEqual(outcomes().sort(), ['coalesced', 'miss', 'miss'])
  })

  it('read() and another readMany wait for a key that readMany is loading', async () => {
    const { cache } = testCache()
    const [first, second] = [manualBatchLoader<string>(), manualBatchLoader<string>()]
    const reads = cache.readMany(['a', 'b'], first.load)
    const read = resultOf(cache.read('b', mustNotLoad))
    const others = cache.readMany(['b', 'c', 'a'], second.load)
    await flush()
    assert.deepEqual([first.batches(), second.batches()], [['a b'], ['c']])
    second.nth(1).resolve([['c', 'C']])
    first.nth(1).resolve([
      ['a', 'A'],
      ['b', 'B'],
    ])
    assert.deepEqual(resultLines(await reads), ['a: miss A', 'b: miss B'])
    assert.deepEqual(resultLines(await others), ['b: coalesced B', 'c: miss C', 'a: coalesced A'])
    assert.deepEqual(await read, ['coalesced', 'B'])
  })

  it('a key that the load of many keys omits is undefined for another readMany, and loaded again by read()', async () => {
    const { cache, outcomes } = testCache()
    const [db, one] = [manualBatchLoader<string>(), manualLoader<string>()]
    const reads = [cache.readMany(['a'], db.load), cache.readMany(['a'], db.load)]
    const read = resultOf(cache.read('a', one.load))
    db.nth(1).resolve([])
    assert.deepEqual((await Promise.all(reads)).map(resultLines), [
      ['a: miss undefined'],
      ['a: coalesced undefined'],
    ])
    await flush()
    one.nth(1).resolve('A')
    assert.deepEqual(await read, ['miss', 'A'])
    assert.deepEqual(outcomes(), ['miss', 'coalesced', 'miss'])
  })

  it('a key that the load of many keys omits is loaded once for all reads of that key alone', async () => {
    const { cache } = testCache()
    const [db, one] = [manualBatchLoader<string>(), manualLoader<string>()]
    const many = cache.readMany(['a'], db.load)
    const reads = Array.from({ length: 1000 }, () => cache.read('a', one.load))
    db.nth(1).resolve([])
    await many
    await flush()
    assert.equal(one.started, 1)
    one.nth(1).resolve('A')
    assert.deepEqual(new Set((await Promise.all(reads)).map(({ value }) => value)), new Set(['A']))
  })

  it('a value with share: false makes readMany load the key in a call of its own', async () => {
    const { cache } = testCache()
    const [one, db] = [manualLoader<unknown>(), manualBatchLoader<unknown>()]
    const read = cache.read('a', one.load)
    const reads = cache.readMany(['a', 'b'], db.load)
    await flush()
    db.nth(1).resolve([['b', 'B']])
    one.nth(1).resolve(loaded('private', { share: false, keep: false }))
    await read
    await flush()
    assert.deepEqual(db.batches(), ['b', 'a'])
    db.nth(2).resolve([['a', 'A']])
    assert.deepEqual(resultLines(await reads), ['a: miss A', 'b: miss B'])
  })

  it('a thousand overlapping readMany calls load each key once', async () => {
    const { cache, outcomes } = testCache()
    const db = manualBatchLoader<string>()
    const reads = Array.from({ length: 1000 }, (_, i) => cache.readMany(['a', 'b', `k${i % 2}`], db.load))
    await flush()
    assert.deepEqual(db.batches(), ['a b k0', 'k1'])
    for (const n of [1, 2]) db.nth(n).resolve(upper(db.nth(n).keys, db.nth(n)) as [string, string][])
    await Promise.all(reads)
    assert.equal(outcomes().length, 3000)
    assert.equal(outcomes().filter((outcome) => outcome === 'miss').length, 4)
  })
})

describe('a load of many keys that fails', () => {
  it('a failed load of many keys rejects all waiting reads with its error, counts each key, and stores nothing', async () => {
    const { cache, transcript } = testCache()
    const db = manualBatchLoader<string>()
    const reads = cache.readMany(['a', 'b'], db.load).catch((error: unknown) => error)
    const other = resultOf(cache.read('b', mustNotLoad))
    db.nth(1).reject(dbError)
    assert.equal(await reads, dbError)
    assert.deepEqual(await other, ['threw', dbError])
    assert.deepEqual(transcript(), [
      '1. load of 2: error',
      '2. read: error',
      '3. read: error',
      '4. read: error',
    ])
    assert.equal(cache.has('a') || cache.has('b'), false)
  })

  it('a load of many keys that throws synchronously or returns no pairs is an error', async () => {
    for (const [load, message] of [
      [
        () => {
          throw dbError
        },
        dbError.message,
      ],
      [
        () => ({ a: 'A' }) as never,
        'cache hitrate: a load for many keys must return pairs of key and value, such as a Map',
      ],
      [
        () => undefined as never,
        'cache hitrate: a load for many keys must return pairs of key and value, such as a Map',
      ],
      [
        () => ['A'] as never,
        'cache hitrate: a load for many keys must return pairs of key and value, such as a Map',
      ],
    ] as const) {
      const { cache, outcomes } = testCache()
      await assert.rejects(cache.readMany(['a', 'b'], load), { message })
      assert.deepEqual(outcomes(), ['error', 'error'])
    }
  })

  it('a failed load of many keys serves stale entries, and rejects when one key has none', async () => {
    const { cache, advance, outcomes } = testCache()
    await cache.readMany(['a', 'b'], upper, { ttlMs: 10, staleIfErrorMs: 100 })
    advance(20)
    assert.deepEqual(resultLines(await cache.readMany(['a', 'b'], () => Promise.reject(dbError))), [
      'a: stale A',
      'b: stale B',
    ])
    await assert.rejects(
      cache.readMany(['a', 'c'], () => Promise.reject(dbError)),
      (error) => error === dbError,
    )
    assert.deepEqual(outcomes().slice(-2).sort(), ['error', 'stale'])
  })

  it('a failure of one key in a load of many keys leaves the other keys stored', async () => {
    const { cache, transcript } = testCache()
    const reads = await cache.readMany(['a', 'b'], () => [
      ['a', loaded('503', { failed: true, keep: false })],
      ['b', 'B'],
    ])
    assert.deepEqual(resultLines(reads), ['a: error 503', 'b: miss B'])
    assert.equal(transcript()[0], '1. load of 2: error')
    assert.deepEqual(['a', 'b'].filter(cache.has), ['b'])
  })

  it('a waitUntil that throws counts its key as an error, and the other keys with their own outcomes', async () => {
    const { cache, outcomes, advance } = testCache()
    cache.write('a', 'A', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    advance(15)
    const waitUntil = () => {
      throw dbError
    }
    await assert.rejects(cache.readMany(['a', 'b'], upper, { waitUntil }), (error) => error === dbError)
    assert.deepEqual(outcomes().sort(), ['error', 'miss'])
  })
})

describe('readMany with a signal', () => {
  it('an aborted readMany rejects with its reason, and its load is aborted when no other read waits', async () => {
    const { cache, outcomes } = testCache()
    const db = manualBatchLoader<string>()
    const reason = new Error('the client went away')
    const [reader, other] = [new AbortController(), new AbortController()]
    const reads = cache.readMany(['a', 'b'], db.load, { signal: reader.signal })
    const waiting = resultOf(cache.read('b', mustNotLoad, { signal: other.signal }))
    reader.abort(reason)
    await assert.rejects(reads, (error) => error === reason)
    assert.equal(db.nth(1).signal.aborted, false)
    other.abort(reason)
    assert.deepEqual(await waiting, ['threw', reason])
    assert.equal(db.nth(1).signal.reason, reason)
    assert.deepEqual(outcomes(), ['error', 'error', 'error'])
  })
})

describe('an invalidation during a load of many keys', () => {
  for (const coalesce of [true, false]) {
    it(`an invalidation of one key does not affect the other keys of the load (coalesce: ${coalesce})`, async () => {
      const { cache } = testCache({ coalesce })
      const db = manualBatchLoader<string>()
      const reads = cache.readMany(['a', 'b', 'c'], db.load)
      await cache.delete('a')
      await cache.write('b', 'written')
      const later = cache.readMany(['a', 'b', 'c'], db.load)
      await flush()
      assert.deepEqual(db.batches(), ['a b c', coalesce ? 'a' : 'a c'])
      db.nth(1).resolve([
        ['a', 'old'],
        ['b', 'old'],
        ['c', 'old'],
      ])
      assert.deepEqual(resultLines(await reads), ['a: miss old', 'b: miss old', 'c: miss old'])
      assert.deepEqual(['a', 'b', 'c'].filter(cache.has), ['b', 'c'])
      db.nth(2).resolve([
        ['a', 'new'],
        ['c', 'new'],
      ])
      assert.equal((await later).get('a')?.value, 'new')
      assert.deepEqual(
        ['a', 'b'].map((key) => cache.peek(key)?.value),
        ['new', 'written'],
      )
    })
  }

  it('an invalidation of a tag makes later reads load the tagged keys again', async () => {
    const { cache } = testCache()
    const db = manualBatchLoader<unknown>()
    const earlier = cache.readMany(['a', 'b'], db.load)
    cache.invalidateTags(['t'])
    const later = cache.readMany(['a', 'b'], db.load)
    db.nth(1).resolve([
      ['a', loaded('old', { tags: ['t'] })],
      ['b', 'B'],
    ])
    await earlier
    await flush()
    assert.deepEqual(db.batches(), ['a b', 'a'])
    db.nth(2).resolve([['a', 'new']])
    assert.deepEqual(resultLines(await later), ['a: miss new', 'b: coalesced B'])
  })
})
