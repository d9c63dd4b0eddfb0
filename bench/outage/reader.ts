/**
 * One process of a cache under load: known keys, which expire all the time, and new ones. Its database can fail or hang.
 *
 *     new CalledProcess('bench/outage/reader.ts', ['<name of the cache>', '<address of the store, as JSON>'])
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerCalls } from '../called-process.ts'
import { type CacheName, cacheNamed, FRESH_MS, type OpenedCache } from './caches.ts'

/** Clients give up after this time. */
export const PATIENCE_MS = 1000

const LOAD_MS = 5

const KNOWN_KEYS = 50

export type DatabaseState = 'works' | 'fails' | 'hangs'

export interface Sample {
  /** True for a key that was read before. */
  isKnown: boolean
  /** Time to the value; undefined if it did not come in time, or the read failed. */
  ms?: number
  /** True if the value was older than its lifetime. */
  isStale?: boolean
}

let database: DatabaseState = 'works'
let loads = 0
/** Number of the next new key. */
let next = 0

const { open } = cacheNamed(process.argv[2] as CacheName) // the parent sends no other name
const openOne = () => open(JSON.parse(process.argv[3] ?? ''), load)
const cache = await openOne()
let other: OpenedCache | undefined

async function load(): Promise<number> {
  loads++
  await sleep(LOAD_MS)
  if (database === 'fails') throw new Error('the database fails')
  if (database === 'hangs') await new Promise(() => {})
  return Date.now()
}

const commands = {
  ready: () => true,

  setDatabase(state: DatabaseState): void {
    database = state
  },

  /** So many times, reads a known key and a new one every `pauseMs`, whatever becomes of the earlier reads. */
  async read({ times, pauseMs }: { times: number; pauseMs: number }) {
    const loadsBefore = loads
    const reads: Promise<Sample>[] = []
    const startedAt = performance.now()
    for (let i = 0; i < times; i++) {
      reads.push(sampleOf(`known:${i % KNOWN_KEYS}`, true), sampleOf(`new:${next++}`, false))
      await sleep(Math.max(0, startedAt + (i + 1) * pauseMs - performance.now()))
    }
    return { samples: await Promise.all(reads), loads: loads - loadsBefore }
  },

  /** Time until a value that this cache has stored is found by another one without memory in common, in ms. */
  async timeToShare(limitMs: number): Promise<number> {
    const startedAt = performance.now()
    while (performance.now() - startedAt < limitMs) {
      const key = `back:${next++}`
      await withPatience(cache.read(key))
      await sleep(10)
      other ??= await openOne()
      if ((await withPatience(other.find(key))) !== undefined) return performance.now() - startedAt
    }
    return Number.POSITIVE_INFINITY
  },

  /** Time until a known key has a fresh value again, in ms. */
  async timeToFresh(limitMs: number): Promise<number> {
    const startedAt = performance.now()
    while (performance.now() - startedAt < limitMs) {
      const value = await withPatience(cache.read('known:0'))
      if (value !== undefined && Date.now() - value <= FRESH_MS) return performance.now() - startedAt
      await sleep(10)
    }
    return Number.POSITIVE_INFINITY
  },

  /** Stores keys with a tag; resolves when another cache finds the last of them. */
  async storeTagged(keys: number, tag: string): Promise<void> {
    for (let i = 0; i < keys; i++)
      await withPatience(cache.read(`tagged:${i}`, { tags: [tag], ttlMs: 600_000 }))
    await sleep(500) // values are stored after the read
  },

  /** Resolves to the time of the invalidation. */
  async invalidateTag(tag: string): Promise<number> {
    await cache.invalidateTag?.(tag)
    return Date.now()
  },

  /** Reads through a cache with an empty memory; returns the number of values that are older than `time`. */
  async countOlder(keys: number, tag: string, time: number): Promise<number> {
    const fresh = await openOne()
    let older = 0
    for (let i = 0; i < keys; i++) {
      await withPatience(fresh.find(`tagged:${i}`)) // for caches that look into Redis after their first answer
      const value = await withPatience(fresh.read(`tagged:${i}`, { tags: [tag], ttlMs: 600_000 }))
      if (value !== undefined && value < time) older++
    }
    return older
  },
}

export type Commands = typeof commands

async function sampleOf(key: string, isKnown: boolean): Promise<Sample> {
  const startedAt = performance.now()
  const value = await withPatience(cache.read(key))
  if (value === undefined) return { isKnown }
  return { isKnown, ms: performance.now() - startedAt, isStale: Date.now() - value > FRESH_MS + 20 }
}

/** The value, or undefined if the read fails or takes too long. */
async function withPatience(read: Promise<number | undefined>): Promise<number | undefined> {
  const limit = new AbortController()
  const gaveUp = sleep(PATIENCE_MS, undefined, { signal: limit.signal }).catch(() => undefined)
  try {
    return await Promise.race([read, gaveUp])
  } catch {
    return undefined
  } finally {
    limit.abort()
  }
}

answerCalls(commands)
