/** Many keys in one read: one load for all that is missing, each key still once at a time, each with its own outcome. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { LoadMany, Read } from '../../../src/cache/read.ts'
import type { RemoteStore } from '../../../src/stores/store.ts'
import { flush, manySource, resultOf, source, testCache } from '../../support/test-cache.ts'

const boom = new Error('the database is down')
const never = () => assert.fail('nothing should be loaded')
const upper: LoadMany<string> = (keys) => keys.map((key) => [key, key.toUpperCase()] as const)

/** Key by key, in order: outcome and value. */
function told<T>(reads: Map<string, Read<T>>): string[] {
  return Array.from(reads, ([key, { outcome, value }]) => `${key}: ${outcome} ${value}`)
}

function remoteStore(): RemoteStore {
  const kept = new Map<string, Uint8Array>()
  return {
    name: 'fake',
    get: async (key) => kept.get(key),
    getMany: async (keys) => keys.map((key) => kept.get(key)),
    set: async (key, bytes) => void kept.set(key, bytes),
    delete: async (key) => void kept.delete(key),
    ping: async () => {},
  }
}

describe('readMany', () => {
  for (const coalesce of [true, false]) {
    test(`loads what is missing by one call, each key once and in order (coalesce: ${coalesce})`, async () => {
      const { cache, transcript } = testCache({ coalesce })
      cache.write('b', 'kept')
      transcript()
      const db = manySource<string>()
      const reads = cache.readMany(['c', 'b', 'a', 'c', 'a'], db.load, { ttlMs: 100 })
      await flush()
      assert.deepEqual(db.asked(), ['c a'])
      db.nth(1).answer([
        ['a', 'A'],
        ['c', 'C'],
      ])
      assert.deepEqual(told(await reads), ['c: miss C', 'b: hit kept', 'a: miss A'])
      assert.deepEqual(transcript(), [
        '1. read: hit, memory',
        '2. load of 2: ok',
        '3. memory set: ok',
        '4. memory set: ok',
        '5. read: miss',
        '6. read: miss',
      ])
      assert.deepEqual(told(await cache.readMany(['a', 'b', 'c'], never)), [
        'a: hit A',
        'b: hit kept',
        'c: hit C',
      ])
    })
  }

  test('calls nothing when all is kept, or nothing is asked for', async () => {
    const { cache, transcript } = testCache()
    assert.deepEqual(await cache.readMany([], never), new Map())
    assert.deepEqual(transcript(), [])
    await cache.readMany(['a', 'b'], upper)
    assert.deepEqual([...(await cache.readMany(['a', 'b'], never)).keys()], ['a', 'b'])
  })

  test('gives each read as a single one is', async () => {
    const { cache, pass } = testCache()
    await cache.readMany(['a'], upper, { ttlMs: 100 })
    pass(40)
    const hit = { value: 'A', outcome: 'hit', tier: 'memory', ageMs: 40, expiresInMs: 60, kept: true }
    assert.deepEqual(await cache.readMany(['a'], never), new Map([['a', hit]]))
  })

  test('takes a Map, pairs, or what `loaded` says of each; what it was not asked for is passed over', async () => {
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

  test('gives undefined, a miss that is not kept, for a key that the load does not give; keeps null', async () => {
    const { cache } = testCache()
    cache.write('gone', 'old', { ttlMs: 0, staleIfErrorMs: 100 })
    const load: LoadMany<string | null> = () =>
      new Map([
        ['null', null],
        ['undefined', undefined],
      ] as const)
    const reads = await cache.readMany(['gone', 'null', 'undefined'], load)
    assert.deepEqual(told(reads), ['gone: miss undefined', 'null: miss null', 'undefined: miss undefined'])
    assert.equal(cache.peek('gone'), undefined)
    assert.deepEqual(['gone', 'null', 'undefined'].filter(cache.has), ['null'])
  })

  test('works for keys of any kind', async () => {
    const { cache } = testCache()
    const keys = ['__proto__', 'constructor', 'a\0', ' ']
    assert.deepEqual([...(await cache.readMany(keys, upper)).keys()], keys)
    assert.deepEqual(told(await cache.readMany(keys, never))[0], '__proto__: hit __PROTO__')
  })

  test('refuses a key that cannot be used before anything is read', async () => {
    const { cache, events } = testCache({ name: 'users' })
    const says = { name: 'TypeError', message: 'cache users: a key must be a string of 1 to 8192 characters' }
    await assert.rejects(cache.readMany(['a', ''], never), says)
    await assert.rejects(cache.deleteMany(['a', '']), says)
    assert.deepEqual(events, [])
  })

  for (const [strategy, outcomes] of [
    ['fresh', ['hit', 'miss']],
    ['invalidate', ['miss', 'miss']],
    ['bypass', ['bypass', 'bypass']],
  ] as const) {
    test(`follows the strategy ${strategy}`, async () => {
      const { cache } = testCache()
      cache.write('kept', 'k')
      const db = manySource<string>()
      const reads = cache.readMany(['kept', 'new'], db.load, { strategy })
      if (strategy === 'fresh') assert.deepEqual(db.asked(), [])
      else {
        assert.deepEqual(db.asked(), ['kept new'])
        db.nth(1).answer([
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

  test('is a bypass for each key, by one call, when the cache is switched off', async () => {
    const { cache, counted } = testCache({ enabled: false })
    const db = manySource<string>()
    const reads = cache.readMany(['a', 'b'], db.load)
    assert.deepEqual(db.asked(), ['a b'])
    db.nth(1).answer([['a', 'A']])
    assert.deepEqual(told(await reads), ['a: bypass A', 'b: bypass undefined'])
    assert.deepEqual(counted(), ['bypass', 'bypass'])
  })

  test('refreshes all that is stale by one call behind, beside the one for what is missing', async () => {
    const { cache, pass } = testCache()
    await cache.readMany(['a', 'b'], upper, { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(20)
    const db = manySource<string>()
    const alive: Promise<unknown>[] = []
    const reads = cache.readMany(['a', 'b', 'c'], db.load, { waitUntil: (work) => void alive.push(work) })
    assert.deepEqual(db.asked().sort(), ['a b', 'c'])
    const [first, second] = [db.nth(1), db.nth(2)]
    const [missing, behind] = first.background ? [second, first] : [first, second]
    assert.deepEqual([missing.background, behind.background], [false, true])
    missing.answer([['c', 'C']])
    assert.deepEqual(told(await reads), ['a: stale A', 'b: stale B', 'c: miss C'])
    behind.answer([['a', 'new']])
    await Promise.all(alive)
    assert.deepEqual(['a', 'b', 'c'].filter(cache.has), ['a', 'c'])
    assert.equal(cache.peek('a')?.value, 'new')
  })

  test('is not stopped from refreshing by a key that is being refreshed already', async () => {
    for (const coalesce of [true, false]) {
      const { cache, pass } = testCache({ coalesce })
      await cache.readMany(['a', 'b'], upper, { ttlMs: 10, staleWhileRevalidateMs: 100 })
      pass(20)
      const db = manySource<string>()
      await cache.read('a', source().load)
      await cache.readMany(['a', 'b'], db.load)
      assert.deepEqual(db.asked(), ['b'])
    }
  })
})

describe('a key that is being loaded', () => {
  test('by a read is waited for by readMany, and not loaded again', async () => {
    const { cache, counted } = testCache()
    const [one, db] = [source<string>(), manySource<string>()]
    const read = cache.read('a', one.load)
    const reads = cache.readMany(['a', 'b'], db.load)
    await flush()
    assert.deepEqual(db.asked(), ['b'], 'its load does not wait for that of the other')
    db.nth(1).answer([['b', 'B']])
    one.nth(1).answer('one')
    assert.deepEqual(told(await reads), ['a: coalesced one', 'b: miss B'])
    await read
    assert.deepEqual(counted().sort(), ['coalesced', 'miss', 'miss'])
  })

  test('by readMany is waited for by a read, and by another readMany', async () => {
    const { cache } = testCache()
    const [first, second] = [manySource<string>(), manySource<string>()]
    const reads = cache.readMany(['a', 'b'], first.load)
    const read = resultOf(cache.read('b', never))
    const others = cache.readMany(['b', 'c', 'a'], second.load)
    await flush()
    assert.deepEqual([first.asked(), second.asked()], [['a b'], ['c']])
    second.nth(1).answer([['c', 'C']])
    first.nth(1).answer([
      ['a', 'A'],
      ['b', 'B'],
    ])
    assert.deepEqual(told(await reads), ['a: miss A', 'b: miss B'])
    assert.deepEqual(told(await others), ['b: coalesced B', 'c: miss C', 'a: coalesced A'])
    assert.deepEqual(await read, ['coalesced', 'B'])
  })

  test('and that the load of many does not give: another readMany takes that, a read loads for itself', async () => {
    const { cache, counted } = testCache()
    const [db, one] = [manySource<string>(), source<string>()]
    const reads = [cache.readMany(['a'], db.load), cache.readMany(['a'], db.load)]
    const read = resultOf(cache.read('a', one.load))
    db.nth(1).answer([])
    assert.deepEqual((await Promise.all(reads)).map(told), [
      ['a: miss undefined'],
      ['a: coalesced undefined'],
    ])
    await flush()
    one.nth(1).answer('A')
    assert.deepEqual(await read, ['miss', 'A'])
    assert.deepEqual(counted(), ['miss', 'coalesced', 'miss'])
  })

  test('and that the load of many does not give is loaded once for all who read it alone', async () => {
    const { cache } = testCache()
    const [db, one] = [manySource<string>(), source<string>()]
    const many = cache.readMany(['a'], db.load)
    const reads = Array.from({ length: 1000 }, () => cache.read('a', one.load))
    db.nth(1).answer([])
    await many
    await flush()
    assert.equal(one.begun, 1)
    one.nth(1).answer('A')
    assert.deepEqual(new Set((await Promise.all(reads)).map(({ value }) => value)), new Set(['A']))
  })

  test('for one reader only is loaded by a call of its own', async () => {
    const { cache } = testCache()
    const [one, db] = [source<unknown>(), manySource<unknown>()]
    const read = cache.read('a', one.load)
    const reads = cache.readMany(['a', 'b'], db.load)
    await flush()
    db.nth(1).answer([['b', 'B']])
    one.nth(1).answer(loaded('mine', { share: false, keep: false }))
    await read
    await flush()
    assert.deepEqual(db.asked(), ['b', 'a'])
    db.nth(2).answer([['a', 'A']])
    assert.deepEqual(told(await reads), ['a: miss A', 'b: miss B'])
  })

  test('by a thousand reads of many keys is loaded once', async () => {
    const { cache, counted } = testCache()
    const db = manySource<string>()
    const reads = Array.from({ length: 1000 }, (_, i) => cache.readMany(['a', 'b', `k${i % 2}`], db.load))
    await flush()
    assert.deepEqual(db.asked(), ['a b k0', 'k1'])
    for (const n of [1, 2]) db.nth(n).answer(upper(db.nth(n).keys, db.nth(n)) as [string, string][])
    await Promise.all(reads)
    assert.equal(counted().length, 3000)
    assert.equal(counted().filter((outcome) => outcome === 'miss').length, 4)
  })
})

describe('a load of many keys that fails', () => {
  test('gives its error, untouched, to all who wait, each counted; nothing is kept', async () => {
    const { cache, transcript } = testCache()
    const db = manySource<string>()
    const reads = cache.readMany(['a', 'b'], db.load).catch((error: unknown) => error)
    const other = resultOf(cache.read('b', never))
    db.nth(1).fail(boom)
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

  test('by throwing before it returns, or giving what are no pairs, is an error all the same', async () => {
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
      const { cache, counted } = testCache()
      await assert.rejects(cache.readMany(['a', 'b'], load), { message })
      assert.deepEqual(counted(), ['error', 'error'])
    }
  })

  test('is answered by stale entries where they may stand in, and rejects where one may not', async () => {
    const { cache, pass, counted } = testCache()
    await cache.readMany(['a', 'b'], upper, { ttlMs: 10, staleIfErrorMs: 100 })
    pass(20)
    assert.deepEqual(told(await cache.readMany(['a', 'b'], () => Promise.reject(boom))), [
      'a: stale A',
      'b: stale B',
    ])
    await assert.rejects(
      cache.readMany(['a', 'c'], () => Promise.reject(boom)),
      (error) => error === boom,
    )
    assert.deepEqual(counted().slice(-2).sort(), ['error', 'stale'])
  })

  test('for one key by an answer that is a failure: the others are kept', async () => {
    const { cache, transcript } = testCache()
    const reads = await cache.readMany(['a', 'b'], () => [
      ['a', loaded('503', { failed: true, keep: false })],
      ['b', 'B'],
    ])
    assert.deepEqual(told(reads), ['a: error 503', 'b: miss B'])
    assert.equal(transcript()[0], '1. load of 2: error')
    assert.deepEqual(['a', 'b'].filter(cache.has), ['b'])
  })

  test('a waitUntil that throws counts its key as an error, and the other keys as they end', async () => {
    const { cache, counted, pass } = testCache()
    cache.write('a', 'A', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(15)
    const waitUntil = () => {
      throw boom
    }
    await assert.rejects(cache.readMany(['a', 'b'], upper, { waitUntil }), (error) => error === boom)
    assert.deepEqual(counted().sort(), ['error', 'miss'])
  })
})

describe('who reads many keys and goes away', () => {
  test('leaves at once with its reason; the load hears of it when nobody waits for any of its keys', async () => {
    const { cache, counted } = testCache()
    const db = manySource<string>()
    const gone = new Error('the client went away')
    const [reader, other] = [new AbortController(), new AbortController()]
    const reads = cache.readMany(['a', 'b'], db.load, { signal: reader.signal })
    const waiting = resultOf(cache.read('b', never, { signal: other.signal }))
    reader.abort(gone)
    await assert.rejects(reads, (error) => error === gone)
    assert.equal(db.nth(1).signal.aborted, false)
    other.abort(gone)
    assert.deepEqual(await waiting, ['threw', gone])
    assert.equal(db.nth(1).signal.reason, gone)
    assert.deepEqual(counted(), ['error', 'error', 'error'])
  })
})

describe('an invalidation while many keys are loaded', () => {
  for (const coalesce of [true, false]) {
    test(`fences each key for itself (coalesce: ${coalesce})`, async () => {
      const { cache } = testCache({ coalesce })
      const db = manySource<string>()
      const reads = cache.readMany(['a', 'b', 'c'], db.load)
      await cache.delete('a')
      await cache.write('b', 'written')
      const late = cache.readMany(['a', 'b', 'c'], db.load)
      await flush()
      assert.deepEqual(db.asked(), ['a b c', coalesce ? 'a' : 'a c'])
      db.nth(1).answer([
        ['a', 'old'],
        ['b', 'old'],
        ['c', 'old'],
      ])
      assert.deepEqual(told(await reads), ['a: miss old', 'b: miss old', 'c: miss old'])
      assert.deepEqual(['a', 'b', 'c'].filter(cache.has), ['b', 'c'])
      db.nth(2).answer([
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

  test('of a tag: who came after loads anew what was tagged', async () => {
    const { cache } = testCache()
    const db = manySource<unknown>()
    const early = cache.readMany(['a', 'b'], db.load)
    cache.invalidateTags(['t'])
    const late = cache.readMany(['a', 'b'], db.load)
    db.nth(1).answer([
      ['a', loaded('old', { tags: ['t'] })],
      ['b', 'B'],
    ])
    await early
    await flush()
    assert.deepEqual(db.asked(), ['a b', 'a'])
    db.nth(2).answer([['a', 'new']])
    assert.deepEqual(told(await late), ['a: miss new', 'b: coalesced B'])
  })
})

describe('a remote tier', () => {
  test('is asked for each key first; one load for what it does not have, and it has that then', async () => {
    const remote = remoteStore()
    const [one, two] = [testCache({ remote }), testCache({ remote })]
    await one.cache.write('a', 'A', { ttlMs: 1000 })
    const db = manySource<string>()
    const reads = two.cache.readMany(['a', 'b', 'c'], db.load, { ttlMs: 1000 })
    await flush(300)
    assert.deepEqual(db.asked(), ['b c'])
    db.nth(1).answer([
      ['b', 'B'],
      ['c', 'C'],
    ])
    assert.deepEqual(told(await reads), ['a: hit A', 'b: miss B', 'c: miss C'])
    await flush(300)
    assert.deepEqual(told(await testCache({ remote }).cache.readMany(['a', 'b', 'c'], never)), [
      'a: hit A',
      'b: hit B',
      'c: hit C',
    ])
    assert.deepEqual(
      told(await testCache({ remote }).cache.readMany(['a', 'd'], never, { strategy: 'fresh' })),
      ['a: hit A', 'd: miss undefined'],
    )
  })

  test('that is down makes errors of what is loaded in its place', async () => {
    const down = () => Promise.reject(new Error('no connection'))
    const remote = { ...remoteStore(), get: down }
    const { cache } = testCache({ remote })
    assert.deepEqual(told(await cache.readMany(['a', 'b'], upper)), ['a: error A', 'b: error B'])
  })
})

describe('deleteMany', () => {
  test('forgets each key, also what loads under way will bring; says how many were there', async () => {
    const { cache, transcript } = testCache()
    await cache.write('a', 'A')
    await cache.write('c', 'C')
    const db = source<string>()
    const read = cache.read('b', db.load)
    transcript()
    assert.equal(await cache.deleteMany(['a', 'b', 'a']), 1)
    db.nth(1).answer('old')
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

  test('tells the other processes', async () => {
    const remote = remoteStore()
    const [one, two] = [testCache({ remote }), testCache({ remote })]
    await one.cache.readMany(['a', 'b', 'c'], upper, { ttlMs: 1000 })
    one.pass(10)
    two.pass(10_000) // further than their clocks are trusted to agree
    await flush(100)
    await two.cache.deleteMany(['a', 'b'])
    const late = testCache({ remote }).cache
    assert.deepEqual(told(await late.readMany(['a', 'b', 'c'], () => [])), [
      'a: miss undefined',
      'b: miss undefined',
      'c: hit C',
    ])
  })
})
