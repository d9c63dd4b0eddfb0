/** Prints how long the steps of the memory tier take: one JSON object per kind of step. */
import process from 'node:process'
import { createCache } from '../../src/cache/create-cache.ts'
import type { Entry } from '../../src/stores/entry.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

const entries = Number(process.argv[2] ?? 1_000_000)
const maxBytes = 8 * 1024 ** 3

function entryUntil(time: number): Entry {
  const until = { freshUntil: time, revalidateUntil: time, errorUntil: time, keptUntil: time }
  return {
    value: 1,
    madeAt: 0,
    mustRevalidate: false,
    tags: [],
    negative: false,
    bytes: 8,
    sequence: 0,
    ...until,
  }
}

function print(name: string, durations: readonly number[]): void {
  const sorted = Float64Array.from(durations).sort()
  const usual = sorted[Math.ceil(0.999 * sorted.length) - 1]
  const total = sorted.reduce((sum, one) => sum + one, 0)
  const steps = sorted.length
  process.stdout.write(`${JSON.stringify({ name, usual, longest: sorted.at(-1), total, steps })}\n`)
}

/** Calls `step` until it returns false. */
function measure(name: string, step: (index: number) => boolean): void {
  const durations: number[] = []
  let more = true
  while (more) {
    const startedAt = performance.now()
    more = step(durations.length)
    durations.push(performance.now() - startedAt)
  }
  print(name, durations)
}

/** Runs `work`, and measures for how long the event loop is held while its promise is pending. */
async function measureLoop(name: string, work: () => Promise<unknown>): Promise<void> {
  const durations: number[] = []
  let isPending = true
  let last = performance.now()
  function tick(): void {
    const now = performance.now()
    durations.push(now - last)
    last = now
    if (isPending) setImmediate(tick)
  }
  setImmediate(tick)
  await work()
  isPending = false
  await new Promise((resolve) => setImmediate(resolve))
  print(name, durations)
}

function fillMap(): void {
  const map = new Map<string, Entry>()
  measure('Map: set of a new key', (i) => map.set(`key ${i}`, entryUntil(1e12)) && i + 1 < entries)
  measure('Map: delete one, set another', (i) => {
    map.delete(`key ${i}`)
    map.set(`other ${i}`, entryUntil(1e12))
    return i + 1 < entries / 2
  })
  const keys = [...map.keys()]
  measure('Map: delete of all keys', (i) => map.delete(keys[i] ?? '') && i + 1 < keys.length)
}

function fillStore(eviction: 'density' | 'lru'): void {
  const store = memoryStore({ maxBytes, maxEntries: entries, eviction })
  measure(`${eviction}: set of a new key`, (i) => store.set(`key ${i}`, entryUntil(1000)) && i + 1 < entries)
  measure(`${eviction}: set of a new key that evicts`, (i) => {
    store.set(`other ${i}`, entryUntil(1000))
    return i + 1 < entries / 2
  })
  measure(`${eviction}: sweep of entries that expired at once`, () => store.sweep(1000))
  for (let i = 0; i < entries; i++) store.set(`key ${i}`, entryUntil(1e12))
  measure(`${eviction}: clear of all`, () => {
    store.clear('')
    return false
  })
  const namespaced = memoryStore({ maxBytes, eviction })
  for (let i = 0; i < entries; i++) namespaced.set(`${i % 2 === 0 ? 'a' : 'b'}:${i}`, entryUntil(1e12))
  measure(`${eviction}: clear of half of the entries, by namespace`, (i) => {
    if (i === 0) namespaced.clear('a:')
    return namespaced.sweep(0)
  })
}

async function invalidate(): Promise<void> {
  const cache = createCache({ memory: memoryStore({ maxBytes }) })
  const keys = Array.from({ length: 100_000 }, (_, i) => `key ${i}`)
  for (const key of keys) await cache.write(key, 1, { tags: ['all'] })
  await measureLoop('cache: invalidateTags of a tag with 100,000 entries', () =>
    cache.invalidateTags(['all']),
  )
  for (const key of keys) await cache.write(key, 1)
  await measureLoop('cache: deleteMany of 100,000 keys', () => cache.deleteMany(keys))
  const large = Array.from({ length: 100_000 }, (_, id) => ({ id, name: `user ${id}` }))
  for (const time of ['first', 'second', 'third']) {
    await measureLoop(`cache: write of an array of 100,000 objects, ${time} time`, () =>
      cache.write('large', large),
    )
  }
  await cache.close()
}

fillMap()
fillStore('lru')
fillStore('density')
await invalidate()
