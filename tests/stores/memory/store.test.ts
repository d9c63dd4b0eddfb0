import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { heapModelOf } from '../../../src/heap/heap-model.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { entryBytes } from '../../../src/stores/memory/entry-bytes.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../../src/stores/store.ts'

const heap = heapModelOf()

/** An entry that is fresh until 100. */
function entry(parts: Partial<Entry> = {}): Entry {
  return {
    value: 'v',
    madeAt: 0,
    freshUntil: 100,
    revalidateUntil: 100,
    errorUntil: 100,
    keptUntil: 0,
    mustRevalidate: false,
    tags: [],
    negative: false,
    bytes: 0,
    sequence: 0,
    ...parts,
  }
}

/** The bytes counted for an entry of 0 bytes under an empty key. */
function bookkeeping(): number {
  const store = memoryStore()
  store.set('', entry())
  return store.stats().bytes
}

function watched(store: MemoryStore, prefix = ''): string[] {
  const evictions: string[] = []
  store.attach({ name: 'a', prefix, onEviction: (key, reason) => evictions.push(`${key} ${reason}`) })
  return evictions
}

function keysIn(store: MemoryStore, among: string): string[] {
  return keysOf(store, [...among])
}

function keysOf(store: MemoryStore, among: readonly string[]): string[] {
  return among.filter((key) => store.peek(key) !== undefined)
}

describe('memoryStore', () => {
  it('a stored entry is returned, as the same object, until it is deleted', () => {
    const store = memoryStore()
    const stored = entry({ value: { name: 'Ada' } })
    assert.equal(store.get('k'), undefined)
    assert.equal(store.set('k', stored), true)
    assert.equal(store.get('k'), stored)
    assert.equal(store.peek('k'), stored)
    assert.equal(store.delete('k'), true)
    assert.equal(store.delete('k'), false)
    assert.equal(store.peek('k'), undefined)
  })

  it('a stored entry replaces the one under its key, and its bytes', () => {
    const store = memoryStore()
    store.set('k', entry({ bytes: 1000 }))
    const larger = store.stats().bytes
    store.set('k', entry({ bytes: 10 }))
    assert.deepEqual(store.stats(), { entries: 1, bytes: larger - 990, maxBytes: 64 * 1024 * 1024 })
  })

  it('the bytes of the key and of the tags are counted', () => {
    const store = memoryStore()
    store.set('k'.repeat(1000), entry())
    assert.equal(store.stats().bytes, bookkeeping() + heap.string(1000, 1))
    store.clear('')
    store.set('', entry({ tags: ['t'.repeat(1000), 'u'] }))
    assert.equal(store.stats().bytes > bookkeeping() + 1000, true)
    store.clear('')
    assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
  })

  it('an entry above the limit is refused, and removes the older entry under its key', () => {
    const store = memoryStore({ maxBytes: 10_000 })
    const evictions = watched(store)
    const largest = 9000 - bookkeeping()
    store.set('a', entry({ bytes: 100 }))
    assert.equal(store.set('k', entry({ bytes: largest })), true)
    assert.deepEqual(evictions, ['a capacity'])
    assert.equal(store.set('k', entry({ bytes: largest + 1 })), false)
    assert.deepEqual(store.stats(), { entries: 0, bytes: 0, maxBytes: 10_000 })
    assert.deepEqual(evictions, ['a capacity'])
  })

  it('the tables of many entries are counted by their capacity, as the runtime says or the option', () => {
    const bytesOf = (engine: 'v8' | 'jsc', entries: number) => {
      const store = memoryStore({ engine, eviction: 'lru' })
      for (let i = 0; i < entries; i++) store.set(`${i % 10}`.repeat(i), entry())
      for (let i = 0; i < entries; i++) store.delete(`${i % 10}`.repeat(i))
      for (let i = 0; i < entries; i++) store.set(`key ${i}`, entry())
      return store.stats().bytes
    }
    for (const engine of ['v8', 'jsc'] as const) {
      const model = heapModelOf(engine)
      const ofEntry = entryBytes(model, 'key 1000', entry()) // two characters longer than some
      const columns = 2048 * (3 * 8 + 2 * 8)
      const difference = bytesOf(engine, 1500) - 1500 * ofEntry - columns - model.map(1500)
      assert.equal(Math.abs(difference) < 0.35 * model.map(1500) + 30_000, true, `${engine}: ${difference}`)
    }
  })

  it('an entry with an invalid size is refused', () => {
    const store = memoryStore()
    for (const bytes of [Number.NaN, -1, Infinity, -Infinity]) {
      assert.equal(store.set('k', entry({ bytes })), false, `${bytes}`)
    }
    assert.deepEqual(store.stats(), { entries: 0, bytes: 0, maxBytes: 64 * 1024 * 1024 })
  })

  it('a store that is too small for any entry refuses all', () => {
    const store = memoryStore({ maxBytes: 1 })
    assert.equal(store.set('k', entry()), false)
    assert.equal(store.set('k', entry({ negative: true })), false)
  })

  for (const [option, value] of [
    ['maxBytes', 0],
    ['maxBytes', -1],
    ['maxBytes', 1.5],
    ['maxBytes', Number.NaN],
    ['maxBytes', Infinity],
    ['maxBytes', '1000'],
    ['maxEntries', 0],
    ['maxEntries', Number.NaN],
    ['maxEntries', null],
  ] as const) {
    it(`a store with ${option} ${value} throws`, () => {
      assert.throws(() => memoryStore({ [option]: value }), {
        name: 'RangeError',
        message: `memoryStore: ${option} must be a positive whole number, got ${value}`,
      })
    })
  }
})

describe('eviction', () => {
  it('the entry used longest ago is evicted first, with an event, and a peek does not count as use', () => {
    const store = memoryStore({ maxEntries: 3 })
    const evictions = watched(store)
    for (const key of 'abc') store.set(key, entry())
    store.get('a')
    store.peek('b')
    store.set('d', entry())
    assert.deepEqual(keysIn(store, 'abcd'), ['a', 'c', 'd'])
    store.set('c', entry())
    store.set('e', entry())
    assert.deepEqual(keysIn(store, 'abcde'), ['c', 'd', 'e'])
    assert.deepEqual(evictions, ['b capacity', 'a capacity'])
  })

  it('as many entries are evicted as a large one needs', () => {
    const store = memoryStore({ maxBytes: 10_000 })
    const evictions = watched(store)
    for (const key of 'abcdefgh') store.set(key, entry({ bytes: 500 }))
    store.set('x', entry({ bytes: 5400 }))
    assert.equal(store.peek('x') !== undefined, true)
    assert.deepEqual(
      evictions,
      ['a', 'b', 'c', 'd'].map((key) => `${key} capacity`),
    )
    assert.equal(store.stats().bytes <= 9000, true)
  })

  it('an entry for which thousands must leave is stored at once, and they leave in steps', () => {
    const store = memoryStore({ maxBytes: 10_000_000, eviction: 'lru' })
    for (let i = 0; i < 5000; i++) store.set(`${i}`, entry({ bytes: 1000 }))
    const before = store.stats().entries
    store.set('large', entry({ bytes: 8_900_000 }))
    assert.notEqual(store.peek('large'), undefined)
    assert.equal(before - store.stats().entries <= 1025, true, 'one step')
    for (let steps = 0; store.sweep(0); steps++) assert.equal(steps < 20, true)
    assert.equal(store.stats().bytes <= 9_000_000, true)
    assert.notEqual(store.peek('large'), undefined)
  })

  it('a listener that deletes the entry which made the eviction necessary has the last word', () => {
    const store = memoryStore({ maxEntries: 1 })
    store.attach({ name: 'a', prefix: '', onEviction: () => void store.delete('b') })
    store.set('a', entry())
    store.set('b', entry())
    assert.deepEqual([store.peek('a'), store.peek('b')], [undefined, undefined])
  })

  it('negative entries evict each other, and no other entries', () => {
    const store = memoryStore({ maxBytes: 10_000 })
    for (const key of 'abcdefgh') store.set(key, entry({ bytes: 500 }))
    const before = keysIn(store, 'abcdefgh')
    for (let i = 0; i < 1000; i++) store.set(`absent ${i}`, entry({ negative: true }))
    assert.deepEqual(keysIn(store, 'abcdefgh'), before)
    assert.equal(store.peek('absent 999') !== undefined, true)
    assert.equal(store.peek('absent 0'), undefined)
    assert.equal(store.stats().bytes <= 10_000, true)
  })

  it('other entries evict no negative entries', () => {
    const store = memoryStore({ maxEntries: 10 })
    store.set('absent', entry({ negative: true }))
    for (let i = 0; i < 100; i++) store.set(`k${i}`, entry())
    assert.equal(store.peek('absent') !== undefined, true)
    assert.equal(store.stats().entries, 11)
  })

  it('an entry that becomes negative, or the reverse, counts towards the other limit', () => {
    const store = memoryStore({ maxEntries: 1 })
    store.set('a', entry({ negative: true }))
    store.set('b', entry())
    store.set('a', entry())
    assert.deepEqual(keysIn(store, 'ab'), ['a'])
    store.set('a', entry({ negative: true }))
    store.set('b', entry())
    assert.deepEqual(keysIn(store, 'ab'), ['a', 'b'])
  })
})

describe('a store of many entries', () => {
  for (const eviction of ['density', 'lru'] as const) {
    it(`entries are replaced, read, deleted, evicted and swept at every place (${eviction})`, () => {
      const store = memoryStore({ maxEntries: 20_000, eviction })
      for (let i = 0; i < 20_000; i++) store.set(`${i}`, entry({ value: i }))
      for (let i = 0; i < 20_000; i += 7) store.set(`${i}`, entry({ value: -i, freshUntil: 50 + (i % 40) }))
      for (let i = 0; i < 20_000; i++) assert.equal(store.get(`${i}`)?.value, i % 7 === 0 ? -i : i)
      for (let i = 0; i < 20_000; i += 3) assert.equal(store.delete(`${i}`), true)
      for (let i = 20_000; i < 40_000; i++) store.set(`${i}`, entry({ value: i }))
      assert.equal(store.stats().entries, 20_000)
      for (let i = 0; i < 40_000; i++) {
        const value = store.peek(`${i}`)?.value
        if (value !== undefined) assert.equal(Math.abs(Number(value)), i)
      }
      while (store.sweep(1000));
      assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
    })
  }
})

describe('expired entries', () => {
  it('an expired entry is removed by sweep without a read, with an event', () => {
    const store = memoryStore()
    const evictions = watched(store)
    store.set('a', entry({ freshUntil: 10, revalidateUntil: 10, errorUntil: 10 }))
    store.set('b', entry({ freshUntil: 10, revalidateUntil: 20, errorUntil: 10 }))
    store.set('c', entry({ freshUntil: 10, revalidateUntil: 10, errorUntil: 30 }))
    store.set('d', entry({ freshUntil: Infinity, revalidateUntil: Infinity, errorUntil: Infinity }))
    const remaining = [9, 10, 19, 20, 29, 30, Number.MAX_VALUE].map((now) => {
      store.sweep(now)
      return keysIn(store, 'abcd').join('')
    })
    assert.deepEqual(remaining, ['abcd', 'bcd', 'bcd', 'cd', 'cd', 'd', 'd'])
    assert.deepEqual(evictions, ['a expired', 'b expired', 'c expired'])
    assert.equal(store.stats().entries, 1)
  })

  it('an expired entry is returned until it is swept, because the cache decides whether to use it', () => {
    const store = memoryStore()
    store.set('k', entry({ freshUntil: 10 }))
    assert.notEqual(store.get('k'), undefined)
  })

  it('a replaced entry expires with its replacement', () => {
    const store = memoryStore()
    store.set('k', entry({ freshUntil: 10, revalidateUntil: 10, errorUntil: 10 }))
    store.set('k', entry())
    store.sweep(99)
    assert.notEqual(store.peek('k'), undefined)
    store.sweep(100)
    assert.equal(store.peek('k'), undefined)
  })
})

describe('clear and attach', () => {
  it('clear and eviction events apply to the keys with their prefix, and clear causes no event', () => {
    const store = memoryStore({ maxEntries: 4 })
    const [ofA, ofB] = [watched(store, 'a:'), watched(store, 'b:')]
    for (const key of ['a:1', 'a:2', 'b:1', 'a']) store.set(key, entry())
    store.clear('a:')
    assert.equal(store.stats().entries, 2)
    assert.deepEqual([ofA, ofB], [[], []])
    for (const key of ['c', 'd', 'e']) store.set(key, entry())
    assert.deepEqual([ofA, ofB], [[], ['b:1 capacity']])
    store.clear('')
    assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
  })

  it('an eviction event comes after the entry was removed, so that its listener may store it again', () => {
    const store = memoryStore({ maxEntries: 2 })
    const stillStored: boolean[] = []
    store.attach({
      name: 'a',
      prefix: '',
      onEviction: (key) => stillStored.push(store.peek(key) !== undefined),
    })
    for (const key of 'abcd') store.set(key, entry())
    assert.deepEqual(stillStored, [false, false])
  })

  const attached = (name: string, prefix: string) => ({ name, prefix, onEviction() {} })
  const overlapping: [one: string, other: string, message: string][] = [
    ['', '', 'cache new (no namespace) and cache old (no namespace)'],
    ['', 'a:', 'cache new (namespace a) and cache old (no namespace)'],
    ['a:', '', 'cache new (no namespace) and cache old (namespace a)'],
    ['a:', 'a:', 'cache new (namespace a) and cache old (namespace a)'],
  ]
  for (const [old, next, caches] of overlapping) {
    it(`a cache with the prefix "${next}" is refused beside one with "${old}"`, () => {
      const store = memoryStore()
      const detach = store.attach(attached('old', old))
      const message = `${caches} would share keys in one memory store; set a different \`namespace\` for each`
      assert.throws(() => store.attach(attached('new', next)), { name: 'TypeError', message })
      detach()
      store.attach(attached('new', next))
    })
  }

  it('a detached cache leaves no entries, and gets no event', () => {
    const store = memoryStore({ maxEntries: 1 })
    const evictions: string[] = []
    const detach = store.attach({ name: 'a', prefix: 'a:', onEviction: (key) => evictions.push(key) })
    store.attach(attached('b', 'b:'))
    store.set('a:1', entry())
    detach()
    assert.equal(store.stats().entries, 0)
    store.attach(attached('a', 'a:'))
    for (const key of ['a:1', 'a:2']) store.set(key, entry())
    detach() // the second call must not remove the entries of the next cache
    assert.deepEqual([keysOf(store, ['a:1', 'a:2']), evictions], [['a:2'], []])
  })
})

describe('the limits of a store', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('set' as const),
        key: fc.constantFrom('a:1', 'a:2', 'a:3', 'b:1', 'b:2', 'b:33', 'c', 'dddd'),
        bytes: fc.integer({ min: 0, max: 1500 }),
        tags: fc.array(fc.constantFrom('t', 'uuuu'), { maxLength: 2 }),
        negative: fc.boolean(),
        freshUntil: fc.integer({ min: 1, max: 30 }),
        errorUntil: fc.integer({ min: 1, max: 30 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('get', 'peek', 'delete'),
        key: fc.constantFrom('a:1', 'a:2', 'a:3', 'b:1', 'b:2', 'b:33', 'c', 'dddd'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('clear' as const), prefix: fc.constantFrom('a:', 'b:', 'c') }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('sweep' as const), now: fc.integer({ min: 0, max: 35 }) }),
    },
  )

  it('the limits hold at every step, and the store behaves as a simple model', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1000, max: 20_000 }),
        fc.integer({ min: 1, max: 6 }),
        (steps, maxBytes, maxEntries) => {
          const store = memoryStore({ maxBytes, maxEntries })
          const evictions = watched(store)
          const model = createModel(maxBytes, maxEntries)
          let latest = 0
          for (const action of steps) {
            evictions.length = 0
            model.evictions.length = 0
            if (action.do === 'set') {
              // An entry that has expired already would be the next to be evicted.
              const until = { freshUntil: latest + action.freshUntil, errorUntil: latest + action.errorUntil }
              const stored = entry({ ...action, ...until, revalidateUntil: until.freshUntil })
              assert.equal(store.set(action.key, stored), model.set(action.key, stored))
            }
            if (action.do === 'get') assert.equal(store.get(action.key), model.get(action.key))
            if (action.do === 'peek') assert.equal(store.peek(action.key), model.peek(action.key))
            if (action.do === 'delete') assert.equal(store.delete(action.key), model.delete(action.key))
            if (action.do === 'clear') assert.equal(store.clear(action.prefix), model.clear(action.prefix))
            if (action.do === 'sweep') {
              latest += action.now
              assert.equal(store.sweep(latest), false)
              assert.equal((store.nextExpiry?.() ?? 0) <= model.sweep(latest), true)
            }
            // Entries that expire at the same time are removed in any order.
            if (action.do === 'sweep') assert.deepEqual(evictions.sort(), model.evictions.sort())
            else assert.deepEqual(evictions, model.evictions)

            const { entries, bytes } = store.stats()
            assert.deepEqual({ entries, bytes }, model.stats())
            assert.equal(bytes <= maxBytes, true)
            assert.equal(entries <= maxEntries + Math.ceil(maxEntries / 10), true)
          }
          store.clear('')
          assert.deepEqual(store.stats(), { entries: 0, bytes: 0, maxBytes })
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** The store as a slow, simple model: one list, the least recently used entry first. */
function createModel(maxBytes: number, maxEntries: number) {
  let list: { key: string; entry: Entry; bytes: number }[] = []
  const evictions: string[] = []
  const find = (key: string) => list.find((one) => one.key === key)
  const without = (key: string) => list.filter((one) => one.key !== key)

  return {
    evictions,
    peek: (key: string) => find(key)?.entry,
    get(key: string) {
      const one = find(key)
      if (one) list = [...without(key), one]
      return one?.entry
    },
    set(key: string, entry: Entry) {
      list = without(key)
      const negativeBytes = Math.floor(maxBytes / 10)
      const [byteLimit, entryLimit] = entry.negative
        ? [negativeBytes, Math.ceil(maxEntries / 10)]
        : [maxBytes - negativeBytes, maxEntries]
      const bytes = entryBytes(heap, key, entry) + heap.slot
      if (bytes > byteLimit) return false
      list.push({ key, entry, bytes })
      for (;;) {
        const sameKind = list.filter((one) => one.entry.negative === entry.negative)
        const used = sameKind.reduce((sum, one) => sum + one.bytes, 0)
        const [oldest] = sameKind
        if (oldest === undefined || (used <= byteLimit && sameKind.length <= entryLimit)) return true
        evictions.push(`${oldest.key} capacity`)
        list = without(oldest.key)
      }
    },
    delete(key: string) {
      const before = list.length
      list = without(key)
      return list.length < before
    },
    clear(prefix: string): void {
      list = list.filter((one) => !one.key.startsWith(prefix))
    },
    /** Returns the time of the next expiry. */
    sweep(now: number): number {
      const isExpired = ({ entry }: { entry: Entry }) => Math.max(entry.freshUntil, entry.errorUntil) <= now
      for (const one of list) if (isExpired(one)) evictions.push(`${one.key} expired`)
      list = list.filter((one) => !isExpired(one))
      return Math.min(...list.map(({ entry }) => Math.max(entry.freshUntil, entry.errorUntil)), Infinity)
    },
    stats: () => ({ entries: list.length, bytes: list.reduce((sum, one) => sum + one.bytes, 0) }),
  }
}
