/** Tests the search for the hottest and the largest entries, through the store. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { heapModelOf } from '../../../src/heap/heap-model.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { LruPolicy } from '../../../src/stores/memory/eviction/lru-policy.ts'
import { Room } from '../../../src/stores/memory/room.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { RoomScan } from '../../../src/stores/memory/top-scan.ts'
import type { MemoryStore, TopFound } from '../../../src/stores/store.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const all = () => true

function entry(bytes: number): Entry {
  const until = { freshUntil: 1e12, revalidateUntil: 1e12, errorUntil: 1e12, keptUntil: 1e12 }
  const flags = { mustRevalidate: false, negative: false }
  return { value: 'v', madeAt: 0, tags: [], bytes, sequence: 0, ...until, ...flags }
}

const keysOf = (found: TopFound['hottest']) => found.map(({ key }) => key)

function filled(sizes: Record<string, number>, store: MemoryStore = memoryStore()): MemoryStore {
  for (const [key, bytes] of Object.entries(sizes)) store.set(key, entry(bytes))
  return store
}

/** A store of 100 entries, of which two get half and a fifth of the look-ups. */
function storeInUse(random: () => number): MemoryStore {
  const store = filled(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, 10])))
  for (let i = 0; i < 10_000; i++) {
    const draw = random()
    store.get(draw < 0.5 ? 'key 7' : draw < 0.7 ? 'key 3' : `key ${Math.floor(random() * 100)}`)
  }
  return store
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

describe('RoomScan', () => {
  it('finds the largest entries, with their bytes as the store counts them', () => {
    const scan = filled({ a: 100, b: 3000, c: 20 }).scanTop?.()
    const { largest, examined } = scan?.next(2, all) ?? assert.fail('the store can search')
    assert.deepEqual(keysOf(largest), ['b', 'a'])
    assert.ok((largest[0]?.bytes ?? 0) > 3000)
    assert.equal(examined, 3)
  })

  it('finds the entries with most look-ups, and estimates their share', () => {
    const seed = Date.now() % 1e6
    console.log(`seed ${seed}`)
    const random = seededRandom(seed)
    // One estimate varies with the newest intervals between look-ups; the median of many is near the truth.
    const shares = Array.from({ length: 41 }, () => {
      const { hottest } = storeInUse(random).scanTop?.().next(2, all) ?? assert.fail('the store can search')
      assert.deepEqual(keysOf(hottest).sort(), ['key 3', 'key 7'])
      return new Map(hottest.map(({ key, share = 0 }) => [key, share]))
    })
    const first = median(shares.map((share) => share.get('key 7') ?? 0))
    const second = median(shares.map((share) => share.get('key 3') ?? 0))
    assert.ok(first > 0.35 && first < 0.6, `0.503 was estimated as ${first}`)
    assert.ok(second > 0.1 && second < 0.27, `0.203 was estimated as ${second}`)
  })

  it('lists no entry as hot that was looked up once, or whose policy counts no look-ups', () => {
    const found = filled({ a: 1 }).scanTop?.().next(5, all)
    assert.deepEqual(found?.hottest, [])
    const lru = filled({ a: 1 }, memoryStore({ eviction: 'lru' }))
    lru.get('a')
    assert.deepEqual(lru.scanTop?.().next(5, all).hottest, [])
    assert.deepEqual(keysOf(lru.scanTop?.().next(5, all).largest ?? []), ['a'])
  })

  it('finds negative entries too, and none that `accepts` refuses', () => {
    const store = filled({ a: 100, b: 200 })
    store.set('none', { ...entry(300), negative: true })
    const scan = store.scanTop?.()
    assert.deepEqual(keysOf(scan?.next(3, all).largest ?? []), ['none', 'b', 'a'])
    assert.deepEqual(keysOf(scan?.next(3, (key) => key !== 'b').largest ?? []), ['none', 'a'])
  })

  it('marks no entry as used', () => {
    const store = filled({ a: 100, b: 100 }, memoryStore({ eviction: 'lru', maxEntries: 2 }))
    store.scanTop?.().next(2, all)
    store.set('c', entry(1))
    assert.deepEqual([...(store.keys?.('') ?? [])].sort(), ['b', 'c'])
  })

  it('examines a bounded number of entries, continues with the next ones, and keeps the best', () => {
    const heap = heapModelOf('v8')
    const room = new Room({ maxBytes: 1e6, maxEntries: 100, policy: new LruPolicy(), heap, onMove: () => {} })
    const slots = new Map<string, number>()
    const sizes = [5, 9, 1, 7, 3, 8, 2]
    for (const bytes of sizes) slots.set(`${bytes}`, room.add(`${bytes}`, entry(bytes), bytes, 0))
    const scan = new RoomScan([room], (key) => slots.get(key), 3)
    const steps = Array.from({ length: 4 }, () => scan.next(2, all))
    assert.deepEqual(
      steps.map(({ largest }) => keysOf(largest).join(' ')),
      ['9 5', '9 8', '9 8', '9 8'],
    )
    assert.ok(steps.every(({ examined }) => examined <= 5))
  })

  it('forgets entries that have left the store', () => {
    const store = filled({ a: 100, b: 200 })
    const scan = store.scanTop?.()
    scan?.next(2, all)
    store.delete('b')
    assert.deepEqual(keysOf(scan?.next(2, all).largest ?? []), ['a'])
    store.clear('')
    assert.deepEqual(scan?.next(2, all), { hottest: [], largest: [], examined: 0 })
  })
})
