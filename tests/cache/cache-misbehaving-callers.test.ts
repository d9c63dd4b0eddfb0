/** What a cache is given by others and must survive: loads, listeners, values and options that misbehave. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Cache } from '../../src/cache/cache.ts'
import { type LoadedOptions, loaded } from '../../src/cache/lifetime.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { flush, internalLookup, internalRead, resultOf, source, testCache } from '../support/test-cache.ts'

const boom = new Error('boom')
const never = () => assert.fail('nothing should be loaded')
const explode = () => {
  throw boom
}

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeEach(() => void process.on('unhandledRejection', note))
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 0)) // when a runtime tells of promises nobody handled
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled.splice(0), [])
})

describe('a load that', () => {
  const thenable = (then: unknown) => ({ then }) as unknown as Promise<string>
  const hostile: [string, () => string | Promise<string>][] = [
    ['throws before it returns', explode],
    ['returns a thenable that throws', () => thenable(explode)],
    [
      'returns a thenable that rejects',
      () => thenable((_: unknown, reject: (e: unknown) => void) => reject(boom)),
    ],
    [
      'returns an object whose `then` cannot be read',
      () => Object.defineProperty({}, 'then', { get: explode }) as Promise<string>,
    ],
    ['rejects', () => Promise.reject(boom)],
  ]
  for (const coalesce of [true, false]) {
    for (const [what, load] of hostile) {
      test(`${what} is an error, counted once, and the next one is tried (coalesce: ${coalesce})`, async () => {
        const { cache, transcript, pass } = testCache({ coalesce })
        assert.deepEqual(await resultOf(cache.read('k', load)), ['threw', boom])
        assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])

        await cache.read('k', () => 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
        transcript()
        pass(10)
        assert.deepEqual(await resultOf(cache.read('k', load)), ['stale', 'old'])
        await flush()
        assert.deepEqual(
          transcript()
            .map((line) => line.slice(3))
            .sort(),
          ['load: error, behind', 'read: stale, memory'],
        )
      })
    }
  }

  test('throws nothing at all (undefined) is an error all the same', async () => {
    const { cache, counted } = testCache()
    assert.deepEqual(await resultOf(cache.read('k', () => Promise.reject(undefined))), ['threw', undefined])
    assert.deepEqual(counted(), ['error'])
  })

  test('reads another key of the same cache', async () => {
    const { cache } = testCache()
    const outer = await cache.read('outer', async () => (await cache.read('inner', () => 'v')).value)
    assert.equal(outer.value, 'v')
    assert.deepEqual(await resultOf(cache.read('inner', never)), ['hit', 'v'])
  })

  test('writes the key it loads is not the last word', async () => {
    const { cache } = testCache()
    await cache.read('k', async () => {
      cache.write('k', 'written')
      return 'loaded'
    })
    assert.equal(cache.peek('k')?.value, 'written')
  })

  test('never ends keeps nobody from reading after a delete, a write or a clear', async () => {
    const { cache } = testCache()
    const hang = () => new Promise<string>(() => {})
    for (const change of [() => cache.delete('k'), () => cache.write('k', 'w', { ttlMs: 0 }), cache.clear]) {
      void cache.read('k', hang)
      change()
      assert.deepEqual(await resultOf(cache.read('k', () => 'v')), ['miss', 'v'])
      cache.clear()
    }
  })

  test('says what cannot be read gets that back as an error, and breaks nothing else', async () => {
    const { cache, counted, pass } = testCache()
    const odd = loaded('v', { jitter: 2 })
    const reads = [1, 2].map(() => cache.read('k', () => odd))
    for (const read of reads) await assert.rejects(read, RangeError)
    assert.deepEqual(counted(), ['error', 'error'])

    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    pass(10)
    const alive: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void alive.push(work)
    assert.deepEqual(await resultOf(cache.read('k', () => odd, { waitUntil })), ['stale', 'old'])
    await assert.doesNotReject(Promise.all(alive))
  })

  test('returns options of the wrong type rejects with an error that names the option', async () => {
    const { cache } = testCache()
    const read = cache.read('k', () => loaded('v', { tags: 7 } as unknown as LoadedOptions))
    await assert.rejects(read, new TypeError('loaded: tags must be an array of strings, got 7'))
  })

  test('answers with a Loaded in a Loaded says what the outer one says', async () => {
    const { cache } = testCache()
    const inner = loaded('v', { ttlMs: 5 })
    assert.equal((await cache.read('k', () => loaded(inner, { ttlMs: 7 }))).value, inner)
  })
})

describe('a load that says it keeps its answer under', () => {
  const keys: [string, unknown][] = [
    ['a key that is too long', 'x'.repeat(8193)],
    ['an empty key', ''],
  ]
  for (const coalesce of [true, false]) {
    for (const [what, keep] of keys) {
      test(`${what} is answered and shared, and not kept (coalesce: ${coalesce})`, async () => {
        const { cache, transcript, pass } = testCache({ coalesce })
        const answer = loaded('v', { keep } as LoadedOptions)
        const reads = [1, 2].map(() => resultOf(cache.read('k', () => answer)))
        for (const [, value] of await Promise.all(reads)) assert.equal(value, 'v')
        assert.equal(
          transcript().filter((line) => line.includes('memory set: refused')).length,
          coalesce ? 1 : 2,
        )

        cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
        pass(10)
        assert.deepEqual(await resultOf(cache.read('k', () => answer)), ['stale', 'old'])
        await flush()
      })
    }
  }
})

describe('a value that', () => {
  const hostile: [string, object][] = [
    ['has a getter that throws', Object.defineProperty({}, 'x', { enumerable: true, get: explode })],
    ['is a revoked proxy', revoked()],
    ['has keys that cannot be listed', new Proxy({ x: 1 }, { ownKeys: explode })],
  ]
  for (const [what, value] of hostile) {
    test(`${what} is answered, and refused by the memory tier, since nobody knows its size`, async () => {
      const { cache, transcript } = testCache()
      const reads = [1, 2].map(() => cache.read('k', async () => [value]))
      assert.equal((await Promise.all(reads))[0]?.value[0], value)
      assert.equal(cache.peek('k'), undefined)
      assert.deepEqual(transcript(), [
        '1. load: ok',
        '2. memory set: refused',
        '3. read: miss',
        '4. read: coalesced',
      ])
      assert.equal(await cache.write('k', [value]), false)
    })
  }

  test('refers to itself is kept', async () => {
    const { cache } = testCache()
    const value: unknown[] = []
    value.push(value)
    assert.equal(await cache.write('k', value), true)
  })

  test('is a deep list is kept', async () => {
    const { cache } = testCache()
    let list: unknown = null
    for (let i = 0; i < 100_000; i++) list = { next: list }
    assert.equal(await cache.write('k', list), true)
    assert.equal(cache.stats().bytes > 3_200_000, true)
  })

  test('says that it takes no bytes, less than none, or NaN, cannot loosen the bound', () => {
    for (const bytes of [0, -1e9, Number.NaN, -Infinity]) {
      const { cache } = testCache({ memory: memoryStore({ maxBytes: 10_000 }) })
      for (let i = 0; i < 1000; i++) {
        cache.write(`k${i}`, 'v', { bytes })
        const stats = cache.stats()
        assert.equal(stats.bytes >= 0 && stats.bytes <= 10_000, true, `${stats.bytes} bytes`)
        assert.equal(stats.entries < 100, true, `${stats.entries} entries, each of ${bytes} bytes`)
      }
    }
  })

  test('has endless tags is bounded like all the rest', () => {
    const { cache } = testCache({ memory: memoryStore({ maxBytes: 1_000_000 }) })
    const tags = Array.from({ length: 10_000 }, (_, i) => `a tag of some length ${i}`)
    for (let i = 0; i < 100; i++) cache.write(`k${i}`, 'v', { tags: tags.map((tag) => `${tag} ${i}`) })
    assert.equal(cache.stats().entries <= 3, true, `${cache.stats().entries} entries of 10,000 tags in 1 MB`)
  })
})

describe('a reader whose', () => {
  test('accept throws gets what it threw, and is counted once; others do not notice', async () => {
    const { cache, counted } = testCache()
    const db = source<string>()
    const leader = resultOf(cache.read('k', db.load))
    const waiter = resultOf(internalRead(cache, 'k', db.load, { accept: explode }))
    const other = resultOf(cache.read('k', db.load))
    db.nth(1).answer('v')
    assert.deepEqual(await Promise.all([leader, waiter, other]), [
      ['miss', 'v'],
      ['threw', boom],
      ['coalesced', 'v'],
    ])
    assert.deepEqual(counted().sort(), ['coalesced', 'error', 'miss'])
    assert.deepEqual(await resultOf(internalRead(cache, 'k', never, { accept: explode })), ['threw', boom])
    assert.equal(counted().length, 4)
    assert.throws(() => internalLookup(cache, 'k', explode), boom)
    assert.equal(counted().length, 4, 'a lookup that found nothing is not a read')
  })

  test('waitUntil throws is counted once, and the refresh goes on', async () => {
    const { cache, pass, counted } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    pass(10)
    await resultOf(cache.read('k', () => 'new', { waitUntil: explode }))
    await flush()
    assert.deepEqual(counted().length, 1)
    assert.equal(cache.peek('k')?.value, 'new')
  })
})

describe('a listener that', () => {
  test('throws breaks nothing, and how often it did is in the stats', async () => {
    const { cache, pass, events } = testCache({ onEvent: explode, memory: memoryStore({ maxEntries: 1 }) })
    const db = source<string>()
    const reads = [1, 2].map(() =>
      resultOf(cache.read('k', db.load, { ttlMs: 10, staleWhileRevalidateMs: 10 })),
    )
    db.nth(1).answer('v')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'v'],
      ['coalesced', 'v'],
    ])
    pass(10)
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['stale', 'v'])
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'w'])
    assert.deepEqual(await resultOf(cache.read('l', explode)), ['threw', boom])
    assert.equal(cache.lookup('k')?.value, 'w')
    assert.equal(await cache.write('l', 'v'), true)
    assert.equal(await cache.delete('l'), true)
    cache.invalidateTags(['t'])
    cache.clear()
    await assert.doesNotReject(cache.pass(async () => {}))
    assert.equal(cache.stats().listenerErrors, events.length)
    assert.equal(events.length > 15, true)
  })

  const calls: [string, (cache: Cache) => unknown][] = [
    ['reads', (cache) => resultOf(cache.read('heard', () => 'v', { strategy: 'fresh' }))],
    ['writes', (cache) => cache.write('heard', 'v')],
    ['deletes', (cache) => cache.delete('heard')],
    ['clears', (cache) => cache.clear()],
    ['asks for stats', (cache) => cache.stats()],
  ]
  for (const [what, call] of calls) {
    test(`${what} when it hears of an eviction leaves the store as it should be`, () => {
      let busy = false
      const { cache, pass, store } = testCache({
        memory: memoryStore({ maxEntries: 3 }),
        onEvent(event) {
          if (event.type !== 'eviction' || busy) return
          busy = true
          call(cache)
          busy = false
        },
      })
      for (let i = 0; i < 100; i++) {
        cache.write(`k${i}`, i, { ttlMs: 1 + (i % 7) })
        pass(i % 3)
        assert.equal(store.stats().entries <= 3, true)
      }
      cache.clear()
      assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
      pass(1000)
      store.sweep(cache.now())
    })
  }
})

describe('a clock that', () => {
  test('goes back makes nothing younger than new', async () => {
    const { cache, pass } = testCache()
    cache.write('k', 'v', { ttlMs: 100 })
    pass(-50)
    const read = await cache.read('k', never)
    assert.equal(read.outcome, 'hit')
    assert.equal(read.ageMs, 0)
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
