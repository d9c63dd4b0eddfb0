/** Reads of many keys: one load for all missing keys, each key loaded once at a time, one outcome per key. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { LoadMany, Read } from '../../../src/cache/read.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { flush, manualBatchLoader, manualLoader, resultOf, testCache } from '../../support/test-cache.ts'

const boom = new Error('the database is down')
const never = () => assert.fail('the load must not be called')
const upper: LoadMany<string> = (keys) => keys.map((key) => [key, key.toUpperCase()] as const)

/** One line per key: outcome and value, in order. */
function resultLines<T>(reads: Map<string, Read<T>>): string[] {
  return Array.from(reads, ([key, { outcome, value }]) => `${key}: ${outcome} ${value}`)
}

describe('readMany', () => {
  for (const coalesce of [true, false]) {
    it(`readMany loads all missing keys in one call, each once and in order (coalesce: ${coalesce})`, async () => {
      const { cache, transcript } = testCache({ coalesce })
      cache.write('b', 'kept')
      transcript()
      const db = manualBatchLoader<string>()
      const reads = cache.readMany(['c', 'b', 'a', 'c', 'a'], db.load, { ttlMs: 100 })
      await flush()
      assert.deepEqual(db.batches(), ['c a'])
      db.nth(1).resolve([
        ['a', 'A'],
        ['c', 'C'],
      ])
      assert.deepEqual(resultLines(await reads), ['c: miss C', 'b: hit kept', 'a: miss A'])
      assert.deepEqual(transcript(), [
        '1. read: hit, memory',
        '2. load of 2: ok',
        '3. memory set: ok',
        '4. memory set: ok',
        '5. read: miss',
        '6. read: miss',
      ])
      assert.deepEqual(resultLines(await cache.readMany(['a', 'b', 'c'], never)), [
        'a: hit A',
        'b: hit kept',
        'c: hit C',
      ])
    })
  }

  it('readMany calls no load when all keys are stored or none are given', async () => {
    const { cache, transcript } = testCache()
    assert.deepEqual(await cache.readMany([], never), new Map())
    assert.deepEqual(transcript(), [])
    await cache.readMany(['a', 'b'], upper)
    assert.deepEqual([...(await cache.readMany(['a', 'b'], never)).keys()], ['a', 'b'])
  })

  it('readMany returns the same read result per key as read()', async () => {
    const { cache, advance } = testCache()
    await cache.readMany(['a'], upper, { ttlMs: 100 })
    advance(40)
    const hit = { value: 'A', outcome: 'hit', tier: 'memory', ageMs: 40, expiresInMs: 60, kept: true }
    assert.deepEqual(await cache.readMany(['a'], never), new Map([['a', hit]]))
  })

  it('readMany accepts a Map, pairs and loaded(), and ignores keys that it did not request', async () => {
    const { cache } = testCache()
    const load: LoadMany<string> = async () =>
      new Map([
        ['short', loaded('s', { ttlMs: 5, tags: ['t'] })],
        ['long', loaded('l', { ttlMs: 500 })],
        ['other', loaded('o', {})],
      ])
    const reads = await cache.readMany(['short', 'long'], load)
    assert.deepEqual([reads.get('short')?.expiresInMs, reads.get('long')?.expiresInMs], [5, 500])
    assert.equal(cache.has('other'), false)
    cache.invalidateTags(['t'])
    assert.deepEqual(['short', 'long'].filter(cache.has), ['long'])
  })

  it('readMany returns undefined without storing it for a key that the load omits, and stores null', async () => {
    const { cache } = testCache()
    cache.write('omitted', 'old', { ttlMs: 0, staleIfErrorMs: 100 })
    const load: LoadMany<string | null> = () =>
      new Map([
        ['null', null],
        ['undefined', undefined],
      ] as const)
    const reads = await cache.readMany(['omitted', 'null', 'undefined'], load)
    assert.deepEqual(resultLines(reads), [
      'omitted: miss undefined',
      'null: miss null',
      'undefined: miss undefined',
    ])
    assert.equal(cache.peek('omitted'), undefined)
    assert.deepEqual(['omitted', 'null', 'undefined'].filter(cache.has), ['null'])
  })

  it('readMany accepts keys of any characters', async () => {
    const { cache } = testCache()
    const keys = ['__proto__', 'constructor', 'a\0', ' ']
    assert.deepEqual([...(await cache.readMany(keys, upper)).keys()], keys)
    assert.deepEqual(resultLines(await cache.readMany(keys, never))[0], '__proto__: hit __PROTO__')
  })

  it('readMany and deleteMany reject an invalid key before anything is read', async () => {
    const { cache, events } = testCache({ name: 'users' })
    const expected = {
      name: 'TypeError',
      message: 'cache users: a key must be a string of 1 to 8192 characters',
    }
    await assert.rejects(cache.readMany(['a', ''], never), expected)
    await assert.rejects(cache.deleteMany(['a', '']), expected)
    assert.deepEqual(events, [])
  })

  for (const [strategy, outcomes] of [
    ['fresh', ['hit', 'miss']],
    ['invalidate', ['miss', 'miss']],
    ['bypass', ['bypass', 'bypass']],
  ] as const) {
    it(`readMany follows the strategy ${strategy}`, async () => {
      const { cache } = testCache()
      cache.write('kept', 'k')
      const db = manualBatchLoader<string>()
      const reads = cache.readMany(['kept', 'new'], db.load, { strategy })
      if (strategy === 'fresh') assert.deepEqual(db.batches(), [])
      else {
        assert.deepEqual(db.batches(), ['kept new'])
        db.nth(1).resolve([
          ['kept', 'K'],
          ['new', 'N'],
        ])
      }
      assert.deepEqual(
        [...(await reads).values()].map(({ outcome }) => outcome),
        outcomes,
      )
      assert.equal(cache.peek('kept')?.value, strategy === 'invalidate' ? 'K' : 'k')
    })
  }

  it('readMany of a disabled cache is a bypass for each key, in one call', async () => {
    const { cache, outcomes } = testCache({ enabled: false })
    const db = manualBatchLoader<string>()
    const reads = cache.readMany(['a', 'b'], db.load)
    assert.deepEqual(db.batches(), ['a b'])
    db.nth(1).resolve([['a', 'A']])
    assert.deepEqual(resultLines(await reads), ['a: bypass A', 'b: bypass undefined'])
    assert.deepEqual(outcomes(), ['bypass', 'bypass'])
  })

  it('readMany refreshes stale keys in one background call, apart from the call for missing keys', async () => {
    const { cache, advance } = testCache()
    await cache.readMany(['a', 'b'], upper, { ttlMs: 10, staleWhileRevalidateMs: 100 })
    advance(20)
    const db = manualBatchLoader<string>()
    const background: Promise<unknown>[] = []
    const reads = cache.readMany(['a', 'b', 'c'], db.load, {
      waitUntil: (work) => void background.push(work),
    })
    assert.deepEqual(db.batches().sort(), ['a b', 'c'])
    const [first, second] = [db.nth(1), db.nth(2)]
    const [missing, refresh] = first.background ? [second, first] : [first, second]
    assert.deepEqual([missing.background, refresh.background], [false, true])
    missing.resolve([['c', 'C']])
    assert.deepEqual(resultLines(await reads), ['a: stale A', 'b: stale B', 'c: miss C'])
    refresh.resolve([['a', 'new']])
    await Promise.all(background)
    assert.deepEqual(['a', 'b', 'c'].filter(cache.has), ['a', 'c'])
    assert.equal(cache.peek('a')?.value, 'new')
  })

  it('readMany refreshes its other keys while one key is already being refreshed', async () => {
    for (const coalesce of [true, false]) {
      const { cache, advance } = testCache({ coalesce })
      await cache.readMany(['a', 'b'], upper, { ttlMs: 10, staleWhileRevalidateMs: 100 })
      advance(20)
      const db = manualBatchLoader<string>()
      await cache.read('a', manualLoader().load)
      await cache.readMany(['a', 'b'], db.load)
      assert.deepEqual(db.batches(), ['b'])
    }
  })
})

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
    const read = resultOf(cache.read('b', never))
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
    one.nth(1).resolve(loaded('mine', { share: false, keep: false }))
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
    const other = resultOf(cache.read('b', never))
    db.nth(1).reject(boom)
    assert.equal(await reads, boom)
    assert.deepEqual(await other, ['threw', boom])
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
          throw boom
        },
        boom.message,
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
    assert.deepEqual(resultLines(await cache.readMany(['a', 'b'], () => Promise.reject(boom))), [
      'a: stale A',
      'b: stale B',
    ])
    await assert.rejects(
      cache.readMany(['a', 'c'], () => Promise.reject(boom)),
      (error) => error === boom,
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
      throw boom
    }
    await assert.rejects(cache.readMany(['a', 'b'], upper, { waitUntil }), (error) => error === boom)
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
    const waiting = resultOf(cache.read('b', never, { signal: other.signal }))
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
      const late = cache.readMany(['a', 'b', 'c'], db.load)
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
      assert.equal((await late).get('a')?.value, 'new')
      assert.deepEqual(
        ['a', 'b'].map((key) => cache.peek(key)?.value),
        ['new', 'written'],
      )
    })
  }

  it('an invalidation of a tag makes later reads load the tagged keys again', async () => {
    const { cache } = testCache()
    const db = manualBatchLoader<unknown>()
    const early = cache.readMany(['a', 'b'], db.load)
    cache.invalidateTags(['t'])
    const late = cache.readMany(['a', 'b'], db.load)
    db.nth(1).resolve([
      ['a', loaded('old', { tags: ['t'] })],
      ['b', 'B'],
    ])
    await early
    await flush()
    assert.deepEqual(db.batches(), ['a b', 'a'])
    db.nth(2).resolve([['a', 'new']])
    assert.deepEqual(resultLines(await late), ['a: miss new', 'b: coalesced B'])
  })
})

describe('readMany with a remote tier', () => {
  it('readMany reads each key from the remote tier first, then loads and stores all missing keys in one call', async () => {
    const remote = fakeRemoteStore()
    const [one, two] = [testCache({ remote }), testCache({ remote })]
    await one.cache.write('a', 'A', { ttlMs: 1000 })
    const db = manualBatchLoader<string>()
    const reads = two.cache.readMany(['a', 'b', 'c'], db.load, { ttlMs: 1000 })
    await flush(300)
    assert.deepEqual(db.batches(), ['b c'])
    db.nth(1).resolve([
      ['b', 'B'],
      ['c', 'C'],
    ])
    assert.deepEqual(resultLines(await reads), ['a: hit A', 'b: miss B', 'c: miss C'])
    await flush(300)
    assert.deepEqual(resultLines(await testCache({ remote }).cache.readMany(['a', 'b', 'c'], never)), [
      'a: hit A',
      'b: hit B',
      'c: hit C',
    ])
    assert.deepEqual(
      resultLines(await testCache({ remote }).cache.readMany(['a', 'd'], never, { strategy: 'fresh' })),
      ['a: hit A', 'd: miss undefined'],
    )
  })

  it('readMany is an error for each key when the remote tier is down', async () => {
    const remote = fakeRemoteStore({
      before(operation) {
        if (operation === 'get') throw new Error('no connection')
      },
    })
    const { cache } = testCache({ remote })
    assert.deepEqual(resultLines(await cache.readMany(['a', 'b'], upper)), ['a: error A', 'b: error B'])
  })
})

describe('deleteMany', () => {
  it('deleteMany deletes each key, is not undone by loads in flight, and resolves to the number of entries', async () => {
    const { cache, transcript } = testCache()
    await cache.write('a', 'A')
    await cache.write('c', 'C')
    const db = manualLoader<string>()
    const read = cache.read('b', db.load)
    transcript()
    assert.equal(await cache.deleteMany(['a', 'b', 'a']), 1)
    db.nth(1).resolve('old')
    await read
    assert.deepEqual(['a', 'b', 'c'].filter(cache.has), ['c'])
    assert.deepEqual(transcript(), [
      '1. memory delete: ok',
      '2. memory delete: absent',
      '3. invalidation: 2 by key',
      '4. load: ok',
      '5. read: miss',
    ])
    assert.equal(await cache.deleteMany([]), 0)
    assert.deepEqual(transcript(), [])
  })

  it('deleteMany invalidates the keys in other processes', async () => {
    const remote = fakeRemoteStore()
    const [one, two] = [testCache({ remote }), testCache({ remote })]
    await one.cache.readMany(['a', 'b', 'c'], upper, { ttlMs: 1000 })
    one.advance(10)
    two.advance(10_000) // beyond the clock skew that caches tolerate
    await flush(100)
    await two.cache.deleteMany(['a', 'b'])
    const late = testCache({ remote }).cache
    assert.deepEqual(resultLines(await late.readMany(['a', 'b', 'c'], () => [])), [
      'a: miss undefined',
      'b: miss undefined',
      'c: hit C',
    ])
  })
})
