import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Entry } from '../../../src/stores/entry.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../../src/stores/store.ts'

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

/** What an entry of no bytes under a key of no characters takes. */
function bookkeeping(): number {
  const store = memoryStore()
  store.set('', entry())
  return store.stats().bytes
}

function watched(store: MemoryStore, prefix = ''): string[] {
  const evictions: string[] = []
  store.watch(prefix, (key, reason) => evictions.push(`${key} ${reason}`))
  return evictions
}

function keysIn(store: MemoryStore, among: string): string[] {
  return [...among].filter((key) => store.peek(key) !== undefined)
}

describe('the memory store', () => {
  test('gives back what was put, the same object, until it is deleted', () => {
    const store = memoryStore()
    const kept = entry({ value: { name: 'Ada' } })
    assert.equal(store.get('k'), undefined)
    assert.equal(store.set('k', kept), true)
    assert.equal(store.get('k'), kept)
    assert.equal(store.peek('k'), kept)
    assert.equal(store.delete('k'), true)
    assert.equal(store.delete('k'), false)
    assert.equal(store.peek('k'), undefined)
  })

  test('replaces what was there, bytes and all', () => {
    const store = memoryStore()
    store.set('k', entry({ bytes: 1000 }))
    const larger = store.stats().bytes
    store.set('k', entry({ bytes: 10 }))
    assert.deepEqual(store.stats(), { entries: 1, bytes: larger - 990, maxBytes: 64 * 1024 * 1024 })
  })

  test('counts the key and the tags, so that neither can fill the memory unseen', () => {
    const store = memoryStore()
    store.set('k'.repeat(1000), entry())
    assert.equal(store.stats().bytes, bookkeeping() + 2000)
    store.clear('')
    store.set('', entry({ tags: ['t'.repeat(1000), 'u'] }))
    assert.equal(store.stats().bytes > bookkeeping() + 2000, true)
    store.clear('')
    assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
  })

  test('refuses what is larger than it may hold, and an older entry under the key is gone', () => {
    const store = memoryStore({ maxBytes: 10_000 })
    const evictions = watched(store)
    const room = 9000 - bookkeeping() - 2
    store.set('a', entry({ bytes: 100 }))
    assert.equal(store.set('k', entry({ bytes: room })), true)
    assert.deepEqual(evictions, ['a capacity'])
    assert.equal(store.set('k', entry({ bytes: room + 1 })), false)
    assert.deepEqual(store.stats(), { entries: 0, bytes: 0, maxBytes: 10_000 })
    assert.deepEqual(evictions, ['a capacity'])
  })

  test('refuses what has no size', () => {
    const store = memoryStore()
    for (const bytes of [Number.NaN, -1, Infinity, -Infinity]) {
      assert.equal(store.set('k', entry({ bytes })), false, `${bytes}`)
    }
    assert.deepEqual(store.stats(), { entries: 0, bytes: 0, maxBytes: 64 * 1024 * 1024 })
  })

  test('is not one entry, however small its bounds: it keeps none', () => {
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
    test(`is refused with ${option} ${value}`, () => {
      assert.throws(() => memoryStore({ [option]: value }), {
        name: 'RangeError',
        message: `memoryStore: ${option} must be a positive whole number, got ${value}`,
      })
    })
  }
})

describe('when there is no room', () => {
  test('what was used longest ago leaves first, and that is told; a peek is no use', () => {
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

  test('as many leave as are needed for a large one', () => {
    const store = memoryStore({ maxBytes: 10_000 })
    const evictions = watched(store)
    for (const key of 'abcdefgh') store.set(key, entry({ bytes: 500 }))
    store.set('x', entry({ bytes: 5000 }))
    assert.equal(store.peek('x') !== undefined, true)
    assert.deepEqual(
      evictions,
      ['a', 'b', 'c', 'd'].map((key) => `${key} capacity`),
    )
    assert.equal(store.stats().bytes <= 9000, true)
  })

  test('absences push out one another and nothing that exists', () => {
    const store = memoryStore({ maxBytes: 10_000 })
    for (const key of 'abcdefgh') store.set(key, entry({ bytes: 500 }))
    const before = keysIn(store, 'abcdefgh')
    for (let i = 0; i < 1000; i++) store.set(`absent ${i}`, entry({ negative: true }))
    assert.deepEqual(keysIn(store, 'abcdefgh'), before)
    assert.equal(store.peek('absent 999') !== undefined, true)
    assert.equal(store.peek('absent 0'), undefined)
    assert.equal(store.stats().bytes <= 10_000, true)
  })

  test('what exists pushes out no absence either', () => {
    const store = memoryStore({ maxEntries: 10 })
    store.set('absent', entry({ negative: true }))
    for (let i = 0; i < 100; i++) store.set(`k${i}`, entry())
    assert.equal(store.peek('absent') !== undefined, true)
    assert.equal(store.stats().entries, 11)
  })

  test('an absence that comes to exist, and the other way round, changes rooms', () => {
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

describe('what is dead', () => {
  test('leaves by a sweep, without being read, and that is told as expired', () => {
    const store = memoryStore()
    const evictions = watched(store)
    store.set('a', entry({ freshUntil: 10, revalidateUntil: 10, errorUntil: 10 }))
    store.set('b', entry({ freshUntil: 10, revalidateUntil: 20, errorUntil: 10 }))
    store.set('c', entry({ freshUntil: 10, revalidateUntil: 10, errorUntil: 30 }))
    store.set('d', entry({ freshUntil: Infinity, revalidateUntil: Infinity, errorUntil: Infinity }))
    const left = [9, 10, 19, 20, 29, 30, Number.MAX_VALUE].map((now) => {
      store.sweep(now)
      return keysIn(store, 'abcd').join('')
    })
    assert.deepEqual(left, ['abcd', 'bcd', 'bcd', 'cd', 'cd', 'd', 'd'])
    assert.deepEqual(evictions, ['a expired', 'b expired', 'c expired'])
    assert.equal(store.stats().entries, 1)
  })

  test('does not leave by being read: whether it may still be used is not for the store to say', () => {
    const store = memoryStore()
    store.set('k', entry({ freshUntil: 10 }))
    assert.notEqual(store.get('k'), undefined)
  })

  test('dies when its replacement does, not before', () => {
    const store = memoryStore()
    store.set('k', entry({ freshUntil: 10, revalidateUntil: 10, errorUntil: 10 }))
    store.set('k', entry())
    store.sweep(99)
    assert.notEqual(store.peek('k'), undefined)
    store.sweep(100)
    assert.equal(store.peek('k'), undefined)
  })
})

describe('clear and watch', () => {
  test('reach the keys with their prefix, and no others; clearing is no eviction', () => {
    const store = memoryStore({ maxEntries: 4 })
    const [ofA, ofB, ofAll] = [watched(store, 'a:'), watched(store, 'b:'), watched(store)]
    for (const key of ['a:1', 'a:2', 'b:1', 'a']) store.set(key, entry())
    store.clear('a:')
    assert.equal(store.stats().entries, 2)
    assert.deepEqual([ofA, ofB, ofAll], [[], [], []])
    for (const key of ['c', 'd', 'e']) store.set(key, entry())
    assert.deepEqual([ofA, ofB, ofAll], [[], ['b:1 capacity'], ['b:1 capacity']])
    store.clear('')
    assert.deepEqual([store.stats().entries, store.stats().bytes], [0, 0])
  })

  test('tell of an entry when it is gone already, so that the listener may put it back', () => {
    const store = memoryStore({ maxEntries: 2 })
    const there: boolean[] = []
    store.watch('', (key) => there.push(store.peek(key) !== undefined))
    for (const key of 'abcd') store.set(key, entry())
    assert.deepEqual(there, [false, false])
  })
})

describe('the bounds', () => {
  const overhead = bookkeeping()
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

  test('hold at every step, and everything else is as in a simple model', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1000, max: 20_000 }),
        fc.integer({ min: 1, max: 6 }),
        (steps, maxBytes, maxEntries) => {
          const store = memoryStore({ maxBytes, maxEntries })
          const evictions = watched(store)
          const model = createModel(maxBytes, maxEntries, overhead)
          for (const act of steps) {
            evictions.length = 0
            model.evictions.length = 0
            if (act.do === 'set') {
              const kept = entry({ ...act, revalidateUntil: act.freshUntil })
              assert.equal(store.set(act.key, kept), model.set(act.key, kept))
            }
            if (act.do === 'get') assert.equal(store.get(act.key), model.get(act.key))
            if (act.do === 'peek') assert.equal(store.peek(act.key), model.peek(act.key))
            if (act.do === 'delete') assert.equal(store.delete(act.key), model.delete(act.key))
            if (act.do === 'clear') assert.equal(store.clear(act.prefix), model.clear(act.prefix))
            if (act.do === 'sweep') assert.equal(store.sweep(act.now), model.sweep(act.now))
            // Those that die at the same moment leave in any order.
            if (act.do === 'sweep') assert.deepEqual(evictions.sort(), model.evictions.sort())
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

/** The store in twenty lines that are slow and easy to believe: one list, the least recently used first. */
function createModel(maxBytes: number, maxEntries: number, overhead: number) {
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
      const ofNegatives = Math.floor(maxBytes / 10)
      const [bytesOf, entriesOf] = entry.negative
        ? [ofNegatives, Math.ceil(maxEntries / 10)]
        : [maxBytes - ofNegatives, maxEntries]
      const ofTags = entry.tags.reduce((sum, tag) => sum + 2 * tag.length + 32, 0)
      const bytes = entry.bytes + ofTags + 2 * key.length + overhead
      if (bytes > bytesOf) return false
      list.push({ key, entry, bytes })
      for (;;) {
        const room = list.filter((one) => one.entry.negative === entry.negative)
        const taken = room.reduce((sum, one) => sum + one.bytes, 0)
        const [oldest] = room
        if (oldest === undefined || (taken <= bytesOf && room.length <= entriesOf)) return true
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
    sweep(now: number): void {
      const isDead = ({ entry }: { entry: Entry }) => Math.max(entry.freshUntil, entry.errorUntil) <= now
      for (const one of list) if (isDead(one)) evictions.push(`${one.key} expired`)
      list = list.filter((one) => !isDead(one))
    },
    stats: () => ({ entries: list.length, bytes: list.reduce((sum, one) => sum + one.bytes, 0) }),
  }
}
