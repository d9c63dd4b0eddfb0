/** Reads of many keys: one load for all missing keys, and one outcome per key. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import type { LoadMany } from '../../../src/cache/read.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import {
  flush,
  manualBatchLoader,
  manualLoader,
  mustNotLoad,
  resultLines,
  testCache,
  upper,
} from '../../support/test-cache.ts'

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
      assert.deepEqual(resultLines(await cache.readMany(['a', 'b', 'c'], mustNotLoad)), [
        'a: hit A',
        'b: hit kept',
        'c: hit C',
      ])
    })
  }

  it('readMany calls no load when all keys are stored or none are given', async () => {
    const { cache, transcript } = testCache()
    assert.deepEqual(await cache.readMany([], mustNotLoad), new Map())
    assert.deepEqual(transcript(), [])
    await cache.readMany(['a', 'b'], upper)
    assert.deepEqual([...(await cache.readMany(['a', 'b'], mustNotLoad)).keys()], ['a', 'b'])
  })

  it('readMany returns the same read result per key as read()', async () => {
    const { cache, advance } = testCache()
    await cache.readMany(['a'], upper, { ttlMs: 100 })
    advance(40)
    const hit = { value: 'A', outcome: 'hit', tier: 'memory', ageMs: 40, expiresInMs: 60, kept: true }
    assert.deepEqual(await cache.readMany(['a'], mustNotLoad), new Map([['a', hit]]))
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
    assert.deepEqual(resultLines(await cache.readMany(keys, mustNotLoad))[0], '__proto__: hit __PROTO__')
  })

  it('readMany and deleteMany reject an invalid key before anything is read', async () => {
    const { cache, events } = testCache({ name: 'users' })
    const expected = {
      name: 'TypeError',
      message: 'cache users: a key must be a string of 1 to 8192 characters',
    }
    await assert.rejects(cache.readMany(['a', ''], mustNotLoad), expected)
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
    assert.deepEqual(resultLines(await testCache({ remote }).cache.readMany(['a', 'b', 'c'], mustNotLoad)), [
      'a: hit A',
      'b: hit B',
      'c: hit C',
    ])
    assert.deepEqual(
      resultLines(await testCache({ remote }).cache.readMany(['a', 'd'], mustNotLoad, { strategy: 'fresh' })),
      ['a: hit A', 'd: miss undefined'],
    )
  })

  it('readMany is an error for each key when the remote tier is down', async () => {
    const remote = fakeRemoteStore({
      before(operation) {
        if (operation === 'read') throw new Error('no connection')
      },
    })
    const { cache } = testCache({ remote })
    assert.deepEqual(resultLines(await cache.readMany(['a', 'b'], upper)), ['a: error A', 'b: error B'])
  })
})
