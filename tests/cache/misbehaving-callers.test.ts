/** Loads, listeners, values and options that misbehave: the cache must survive them. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Cache } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import { type LoadedOptions, loaded } from '../../src/cache/lifetime.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { consoleErrors } from '../support/console-errors.ts'
import {
  flush,
  internalLookup,
  internalRead,
  manualLoader,
  mustNotLoad,
  resultOf,
  testCache,
} from '../support/test-cache.ts'

const thrown = new Error('thrown by the caller')
const throwError = () => {
  throw thrown
}

const unhandled: unknown[] = []
const record = (error: unknown) => void unhandled.push(error)
beforeEach(() => void process.on('unhandledRejection', record))
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 0)) // the runtime reports unhandled rejections now
  process.off('unhandledRejection', record)
  assert.deepEqual(unhandled.splice(0), [])
})

describe('a misbehaving load', () => {
  const thenable = (then: unknown) => ({ then }) as unknown as Promise<string>
  const faults: [string, () => string | Promise<string>][] = [
    ['throws before it returns', throwError],
    ['returns a thenable that throws', () => thenable(throwError)],
    [
      'returns a thenable that rejects',
      () => thenable((_: unknown, reject: (e: unknown) => void) => reject(thrown)),
    ],
    [
      'returns an object whose `then` cannot be read',
      () => Object.defineProperty({}, 'then', { get: throwError }) as Promise<string>,
    ],
    ['rejects', () => Promise.reject(thrown)],
  ]
  for (const coalesce of [true, false]) {
    for (const [fault, load] of faults) {
      it(`a load that ${fault} is an error, outcomes once, and the next load is called (coalesce: ${coalesce})`, async () => {
        const { cache, transcript, advance } = testCache({ coalesce })
        assert.deepEqual(await resultOf(cache.read('k', load)), ['threw', thrown])
        assert.deepEqual(transcript(), ['1. load: error', '2. read: error'])

        await cache.read('k', () => 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
        transcript()
        advance(10)
        assert.deepEqual(await resultOf(cache.read('k', load)), ['stale', 'old'])
        await flush()
        assert.deepEqual(
          transcript()
            .map((line) => line.slice(3))
            .sort(),
          ['load: error, background', 'read: stale, memory'],
        )
      })
    }
  }

  it('a load that rejects with undefined is an error', async () => {
    const { cache, outcomes } = testCache()
    assert.deepEqual(await resultOf(cache.read('k', () => Promise.reject(undefined))), ['threw', undefined])
    assert.deepEqual(outcomes(), ['error'])
  })

  it('a load may read another key of the same cache', async () => {
    const { cache } = testCache()
    const outer = await cache.read('outer', async () => (await cache.read('inner', () => 'v')).value)
    assert.equal(outer.value, 'v')
    assert.deepEqual(await resultOf(cache.read('inner', mustNotLoad)), ['hit', 'v'])
  })

  it('a load that writes its own key does not overwrite the written value', async () => {
    const { cache } = testCache()
    await cache.read('k', async () => {
      cache.write('k', 'written')
      return 'loaded'
    })
    assert.equal(cache.peek('k')?.value, 'written')
  })

  it('a load that never ends does not block reads after a delete, a write or a clear', async () => {
    const { cache } = testCache()
    const endlessLoad = () => new Promise<string>(() => {})
    for (const change of [() => cache.delete('k'), () => cache.write('k', 'w', { ttlMs: 0 }), cache.clear]) {
      void cache.read('k', endlessLoad)
      change()
      assert.deepEqual(await resultOf(cache.read('k', () => 'v')), ['miss', 'v'])
      cache.clear()
    }
  })

  it('a load that returns invalid options rejects its reads, and a background refresh causes no rejection', async () => {
    const { cache, outcomes, advance } = testCache()
    const invalid = loaded('v', { jitter: 2 })
    const reads = [1, 2].map(() => cache.read('k', () => invalid))
    for (const read of reads) await assert.rejects(read, RangeError)
    assert.deepEqual(outcomes(), ['error', 'error'])

    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    advance(10)
    const background: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void background.push(work)
    assert.deepEqual(await resultOf(cache.read('k', () => invalid, { waitUntil })), ['stale', 'old'])
    await assert.doesNotReject(Promise.all(background))
  })

  it('a load that returns options of the wrong type rejects with an error that names the option', async () => {
    const { cache } = testCache()
    const read = cache.read('k', () => loaded('v', { tags: 7 } as unknown as LoadedOptions))
    await assert.rejects(read, new TypeError('loaded: tags must be an array of strings, got 7'))
  })

  it('a load that returns a Loaded inside a Loaded uses the options of the outer one', async () => {
    const { cache } = testCache()
    const inner = loaded('v', { ttlMs: 5 })
    assert.equal((await cache.read('k', () => loaded(inner, { ttlMs: 7 }))).value, inner)
  })
})

describe('a load that stores under an invalid key', () => {
  const keys: [string, unknown][] = [
    ['a key that is too long', 'x'.repeat(8193)],
    ['an empty key', ''],
  ]
  for (const coalesce of [true, false]) {
    for (const [description, keep] of keys) {
      it(`a value for ${description} is returned and shared, and not stored (coalesce: ${coalesce})`, async () => {
        const { cache, transcript, advance } = testCache({ coalesce })
        const value = loaded('v', { keep } as LoadedOptions)
        const reads = [1, 2].map(() => resultOf(cache.read('k', () => value)))
        for (const [, returned] of await Promise.all(reads)) assert.equal(returned, 'v')
        assert.equal(
          transcript().filter((line) => line.includes('memory set: refused')).length,
          coalesce ? 1 : 2,
        )

        cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
        advance(10)
        assert.deepEqual(await resultOf(cache.read('k', () => value)), ['stale', 'old'])
        await flush()
      })
    }
  }
})

describe('a misbehaving value', () => {
  const faults: [string, object][] = [
    ['has a getter that throws', Object.defineProperty({}, 'x', { enumerable: true, get: throwError })],
    ['is a revoked proxy', revoked()],
    ['has keys that cannot be listed', new Proxy({ x: 1 }, { ownKeys: throwError })],
  ]
  for (const [fault, value] of faults) {
    it(`a value that ${fault} is returned, and refused by the memory tier because its size is unknown`, async () => {
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
      assert.equal((await cache.write('k', [value])).kept, false)
    })
  }

  it('a value that refers to itself is stored', async () => {
    const { cache } = testCache()
    const value: unknown[] = []
    value.push(value)
    assert.equal((await cache.write('k', value)).kept, true)
  })

  it('a deeply nested list is stored', async () => {
    const { cache } = testCache()
    let list: unknown = null
    for (let i = 0; i < 100_000; i++) list = { next: list }
    assert.equal((await cache.write('k', list)).kept, true)
    assert.equal(cache.stats().bytes > 3_200_000, true)
  })

  it('a value whose bytes are 0, negative or NaN does not weaken the memory bound', () => {
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

  it('a value with many tags counts them towards the memory bound', () => {
    const { cache } = testCache({ memory: memoryStore({ maxBytes: 1_000_000 }) })
    const tags = Array.from({ length: 10_000 }, (_, i) => `a tag of some length ${i}`)
    for (let i = 0; i < 100; i++) cache.write(`k${i}`, 'v', { tags: tags.map((tag) => `${tag} ${i}`) })
    assert.equal(cache.stats().entries <= 3, true, `${cache.stats().entries} entries of 10,000 tags in 1 MB`)
  })
})

describe('misbehaving options of a read', () => {
  it('an accept that throws rejects its own read, which is counted once, and no other read', async () => {
    const { cache, outcomes } = testCache()
    const db = manualLoader<string>()
    const leader = resultOf(cache.read('k', db.load))
    const waiter = resultOf(internalRead(cache, 'k', db.load, { accept: throwError }))
    const other = resultOf(cache.read('k', db.load))
    db.nth(1).resolve('v')
    assert.deepEqual(await Promise.all([leader, waiter, other]), [
      ['miss', 'v'],
      ['threw', thrown],
      ['coalesced', 'v'],
    ])
    assert.deepEqual(outcomes().sort(), ['coalesced', 'error', 'miss'])
    assert.deepEqual(await resultOf(internalRead(cache, 'k', mustNotLoad, { accept: throwError })), [
      'threw',
      thrown,
    ])
    assert.equal(outcomes().length, 4)
    assert.throws(() => internalLookup(cache, 'k', throwError), thrown)
    assert.equal(outcomes().length, 4, 'a lookup that found nothing is not a read')
  })

  it('a waitUntil that throws is counted once, and the refresh goes on', async () => {
    const { cache, advance, outcomes } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 10 })
    advance(10)
    await resultOf(cache.read('k', () => 'new', { waitUntil: throwError }))
    await flush()
    assert.deepEqual(outcomes().length, 1)
    assert.equal(cache.peek('k')?.value, 'new')
  })
})

describe('a misbehaving listener', () => {
  it('a listener that throws causes no failure, and its errors are counted in stats', async () => {
    const { cache, advance, events } = testCache({
      onEvent: throwError,
      memory: memoryStore({ maxEntries: 1 }),
    })
    const db = manualLoader<string>()
    const reads = [1, 2].map(() =>
      resultOf(cache.read('k', db.load, { ttlMs: 10, staleWhileRevalidateMs: 10 })),
    )
    db.nth(1).resolve('v')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'v'],
      ['coalesced', 'v'],
    ])
    advance(10)
    assert.deepEqual(await resultOf(cache.read('k', () => 'w')), ['stale', 'v'])
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'w'])
    assert.deepEqual(await resultOf(cache.read('l', throwError)), ['threw', thrown])
    assert.equal(cache.lookup('k')?.value, 'w')
    assert.equal((await cache.write('l', 'v')).kept, true)
    assert.equal((await cache.delete('l')).removed, 1)
    cache.invalidateTags(['t'])
    cache.clear()
    await assert.doesNotReject(cache.pass(async () => {}))
    assert.equal(cache.stats().listenerErrors, events.length)
    assert.equal(events.length > 15, true)
  })

  it('an async listener that rejects is counted and written to console.error once, and ends no process', async () => {
    const lines = await consoleErrors(async () => {
      const cache = createCache({
        name: 'users',
        memory: memoryStore(),
        onEvent: () => Promise.reject(new Error('queue full')) as never,
      })
      assert.equal((await cache.read('k', () => 'v', { ttlMs: 1000 })).value, 'v')
      assert.equal((await cache.read('k', mustNotLoad)).value, 'v')
      await flush()
      assert.equal(cache.stats().listenerErrors, 4) // load, set, and two reads
    })
    assert.deepEqual(lines, ['cache users: onEvent failed, reported once: Error: queue full'])
  })

  const calls: [string, (cache: Cache) => unknown][] = [
    ['reads', (cache) => resultOf(cache.read('from listener', () => 'v', { strategy: 'fresh' }))],
    ['writes', (cache) => cache.write('from listener', 'v')],
    ['deletes', (cache) => cache.delete('from listener')],
    ['clears', (cache) => cache.clear()],
    ['reads stats', (cache) => cache.stats()],
  ]
  for (const [action, call] of calls) {
    it(`a listener that ${action} at an eviction leaves the store consistent`, () => {
      let busy = false
      const { cache, advance, store } = testCache({
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
        advance(i % 3)
        assert.equal(store.stats().entries <= 3, true)
      }
      cache.clear()
      assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
      advance(1000)
      store.sweep(cache.now())
    })
  }
})

describe('a misbehaving clock', () => {
  it('a clock that goes back never makes an age negative', async () => {
    const { cache, advance } = testCache()
    cache.write('k', 'v', { ttlMs: 100 })
    advance(-50)
    const read = await cache.read('k', mustNotLoad)
    assert.equal(read.outcome, 'hit')
    assert.equal(read.ageMs, 0)
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
