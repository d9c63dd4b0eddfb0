/** The memory store with each policy, and caches to compare it with. */
import { LRUCache } from 'lru-cache'
import type { Entry } from '../../../src/stores/entry.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { hashed } from '../sizes.ts'

export interface Contender {
  name: string
  /** @param capacity number of entries; a Map is not bounded */
  open(capacity: number): Opened
}

export interface Opened {
  /** Returns true if the key is stored. */
  get(key: string): boolean
  set(key: string): void
}

/** Values of `eviction`; `density-by-bytes` is the policy of a store without `maxEntries`. */
export const evictions = ['lru', 'density', 'density-by-bytes'] as const

const TTL_MS = 600_000

/** Mean size of an entry in the store, with its key and bookkeeping. */
const MEAN_BYTES = 955

const value = { id: '1', name: 'Ada Lovelace' }

/** @param name `Map`, `lru-cache`, `lru-cache with ttl` or one of `evictions` */
export function contenderOf(name: string): Contender {
  return { name, open: (capacity) => open(name, capacity) }
}

function open(name: string, capacity: number): Opened {
  if (name === 'Map') {
    const map = new Map<string, object>()
    return { get: (key) => map.get(key) !== undefined, set: (key) => void map.set(key, value) }
  }
  if (name === 'lru-cache') return openLruCache({ max: capacity })
  if (name === 'lru-cache with ttl') return openLruCache({ max: capacity, ttl: TTL_MS })
  return openStore(name, capacity)
}

function openLruCache(options: LRUCache.Options<string, object, unknown>): Opened {
  const cache = new LRUCache<string, object>(options)
  return { get: (key) => cache.get(key) !== undefined, set: (key) => void cache.set(key, value) }
}

function openStore(name: string, capacity: number): Opened {
  const store = memoryStore({
    eviction: name === 'lru' ? 'lru' : 'density',
    ...(name === 'density-by-bytes'
      ? { maxBytes: Math.round((capacity * MEAN_BYTES) / 0.9) } // a tenth is for negative entries
      : { maxBytes: 2 ** 40, maxEntries: capacity }),
  })
  const entries = Array.from({ length: 1024 }, (_, n) => entryOf(n))
  let next = 0
  return {
    get: (key) => store.get(key) !== undefined,
    // Entries are made in advance, as the values of the others are.
    set: (key) => void store.set(key, entries[next++ & 1023] as Entry),
  }
}

function entryOf(number: number): Entry {
  const until = Date.now() + TTL_MS + 100 * number
  return {
    value,
    madeAt: until - TTL_MS,
    freshUntil: until,
    revalidateUntil: until,
    errorUntil: until,
    keptUntil: until,
    mustRevalidate: false,
    tags: NO_TAGS,
    negative: false,
    bytes: 550 + Math.floor(100 * hashed(number, 9)), // much smaller ones would stay, and be more than the others have
    sequence: 0,
  }
}

const NO_TAGS: readonly string[] = []
