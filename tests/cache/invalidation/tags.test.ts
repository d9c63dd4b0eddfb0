/** What an invalidation by tag costs, counted in operations; and that its bookkeeping is bounded, whatever is invalidated. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'
import { RecentMarks } from '../../../src/cache/invalidation/recent-marks.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import type { MemoryStore, RemoteStore } from '../../../src/stores/store.ts'
import { testCache } from '../../support/test-cache.ts'

/** As many as are remembered one by one, by default. */
const REMEMBERED = 16_384
const MILLION = 1_000_000

const entry: Entry = {
  value: 'v',
  madeAt: 0,
  freshUntil: Number.POSITIVE_INFINITY,
  revalidateUntil: Number.POSITIVE_INFINITY,
  errorUntil: Number.POSITIVE_INFINITY,
  keptUntil: Number.POSITIVE_INFINITY,
  mustRevalidate: false,
  tags: ['all'],
  negative: false,
  bytes: 0,
  sequence: 0,
}

describe('invalidating a tag', () => {
  it('asks the tiers for as much with ten tagged entries as with a million, and reaches them all', async () => {
    const [few, many] = [await operationsWith(10), await operationsWith(MILLION)]
    assert.deepEqual(many.asked, few.asked)
    assert.deepEqual(few.asked, ['remote set'], 'one mark, and nothing searched')
    assert.equal(few.left + many.left, 0)
  })

  it('costs as much as there are tags, not as there are entries with each', async () => {
    const { asked } = await operationsWith(1000, ['all', 'other', 'third'])
    assert.deepEqual(asked, ['remote set', 'remote set', 'remote set'])
  })
})

/** What the tiers are asked for, and how many entries are answered with afterwards. */
async function operationsWith(count: number, tags = ['all']): Promise<{ asked: string[]; left: number }> {
  const asked: string[] = []
  const entries = new Map<string, Entry>()
  for (let i = 0; i < count; i++) entries.set(`k${i}`, entry)
  const bytes = new Map<string, Uint8Array>()
  const cache = createCache({
    memory: told('memory', memoryOf(entries), asked),
    remote: told('remote', remoteOf(bytes), asked),
  })
  asked.length = 0
  await cache.invalidateTags(tags)
  const invalidation = [...asked]
  let left = 0
  for (let i = 0; i < count; i++) if (cache.peek(`k${i}`) !== undefined) left++
  return { asked: invalidation, left }
}

/** Writes down which methods are called. */
function told<T extends object>(name: string, store: T, asked: string[]): T {
  return new Proxy(store, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver)
      if (typeof member === 'function' && asked.length < 100) asked.push(`${name} ${String(property)}`)
      return member
    },
  })
}

function memoryOf(entries: Map<string, Entry>): MemoryStore {
  return {
    get: (key) => entries.get(key),
    peek: (key) => entries.get(key),
    set: (key, entry) => entries.set(key, entry).size > 0,
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
    sweep: () => {},
    stats: () => ({ entries: entries.size, bytes: 0, maxBytes: 0 }),
    watch: () => {},
  }
}

function remoteOf(bytes: Map<string, Uint8Array>): RemoteStore {
  return {
    name: 'map',
    get: async (key) => bytes.get(key),
    getMany: async (keys) => keys.map((key) => bytes.get(key)),
    set: async (key, value) => void bytes.set(key, value),
    delete: async (key) => void bytes.delete(key),
    ping: async () => {},
  }
}

describe('the bookkeeping of invalidations', () => {
  it('remembers a bounded number of a million distinct tags, at every moment', () => {
    const marks = new RecentMarks()
    let most = 0
    for (let at = 1; at <= MILLION; at++) {
      marks.mark(`user:${at}`, at)
      if (at % 997 === 0 || at % REMEMBERED < 2) most = Math.max(most, remembered(marks, at))
    }
    assert.ok(most <= REMEMBERED, `${most} are remembered`)
    assert.ok(most > REMEMBERED / 2, 'and no fewer than there is room for')
  })

  it('remembers a bounded length of names, however long each is', () => {
    const marks = new RecentMarks()
    let most = 0
    for (let at = 1; at <= 20_000; at++) {
      marks.mark(`${at}`.padStart(1024, 'x'), at)
      most = Math.max(most, remembered(marks, at) * 1024)
    }
    assert.ok(most <= 1024 * 1024, `${most} characters are remembered`)
  })

  it('forgets the older half when it is full, so that each mark costs two steps in the mean', () => {
    const marks = new RecentMarks(100)
    const sizes = Array.from({ length: 203 }, (_, i) => {
      marks.mark(`${i}`, i + 1)
      return remembered(marks, i + 1)
    })
    assert.equal(Math.max(...sizes), 100)
    const forgotten = sizes.filter((size, i) => size < (sizes[i - 1] ?? 0)).length
    assert.equal(forgotten, 3, 'not one at a time')
  })

  it('is as bounded for keys and tags together, and everything empties it', () => {
    const invalidations = new InvalidationLog(100)
    for (let i = 0; i < 10_000; i++) {
      invalidations.recordKey(`k${i}`)
      invalidations.recordTag(`t${i}`)
    }
    const { sequence } = invalidations
    assert.ok(sequence - oldestTrusted(invalidations) <= 200)
    invalidations.recordEverything()
    assert.equal(invalidations.areTagsInvalidated(['never marked'], invalidations.sequence), false)
  })
})

/**
 * How many marks are remembered one by one, seen from outside: each is at a moment of its own, and whatever was born
 * before the youngest forgotten one counts as hit.
 */
function remembered(marks: RecentMarks, last: number): number {
  let [low, high] = [0, last]
  while (low < high) {
    const middle = (low + high) >> 1
    if (marks.isMarkedAfter('never marked', middle)) low = middle + 1
    else high = middle
  }
  return last - low
}

function oldestTrusted(invalidations: InvalidationLog): number {
  let born = 0
  while (invalidations.areTagsInvalidated(['never marked'], born)) born++
  return born
}

describe('a cache that was told of more tags than it remembers', () => {
  it('forgets more than it was told to, and never less', async () => {
    const { cache } = testCache()
    const keep = (key: string, tags: string[]) => cache.write(key, key, { ttlMs: 1e9, tags })
    await Promise.all([keep('told', ['told']), keep('never told', ['other']), keep('untagged', [])])
    await cache.invalidateTags(['told'])
    for (let i = 0; i < 3; i++) {
      await cache.invalidateTags(Array.from({ length: REMEMBERED }, (_, n) => `${i}:${n}`))
    }
    assert.equal(cache.has('told'), false)
    assert.equal(cache.has('never told'), false, 'the benefit of the doubt is for nobody')
    assert.equal(cache.has('untagged'), true)
    await keep('told', ['told'])
    assert.equal(cache.has('told'), true, 'what comes afterwards is kept')
  })

  it('keeps nothing that a load brings which began before a mark that is forgotten', async () => {
    const { cache } = testCache()
    const { promise, resolve } = Promise.withResolvers<string>()
    const read = cache.read('k', () => promise, { tags: ['told'] })
    await cache.invalidateTags(['told'])
    await cache.invalidateTags(Array.from({ length: 2 * REMEMBERED }, (_, n) => `${n}`))
    resolve('old')
    assert.equal((await read).kept, false)
    assert.equal(cache.has('k'), false)
  })

  it('tells other processes of everything, when its remote tier was away for too many', async () => {
    const bytes = new Map<string, Uint8Array>()
    const store = remoteOf(bytes)
    const clock = { now: 1_800_000_000_000 }
    let down = false
    const remote: RemoteStore = {
      ...store,
      set: (key, value, ttlMs) => (down ? Promise.reject(new Error('away')) : store.set(key, value, ttlMs)),
    }
    const process = () => createCache({ remote, now: () => clock.now })
    const one = process()
    await one.write('told', 1, { tags: ['told'], ttlMs: 1e9 })
    await one.write('never told', 1, { tags: ['other'], ttlMs: 1e9 })
    clock.now += 5000
    down = true
    await one.invalidateTags(['told', ...Array.from({ length: 10_001 }, (_, n) => `${n}`)])
    down = false
    clock.now += 60_000
    const before = bytes.size
    await one.invalidateTags(['last'])
    assert.ok(bytes.size - before <= 2, `${bytes.size - before} marks for ten thousand`)
    for (const key of ['told', 'never told']) {
      assert.equal((await process().read(key, () => 2)).value, 2, key)
    }
  })
})
